//! A stand-in for business licensing, for the demo only: the same rules, records in memory, and no database at all.
//!
//! Tests run against a foreign peer instead: what both sides of a conversation got from one head proves nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan as _};
use jisr_adapter::async_trait;
use jisr_adapter::proto::adapter::v1::Refused;

use crate::error::{Verdict, refused};
use crate::legacy::Register;
use crate::messages::{DUBAI, Decision, Issue, Line, Renewal, Status};

/// How long a call takes.
const DELAY: Duration = Duration::from_millis(60);
/// How long an officer of the demo takes.
const OFFICER: Duration = Duration::from_secs(20);
/// Restaurants are looked at by an officer.
const BY_OFFICER: &str = "56";
/// Gambling is not licensed.
const FORBIDDEN: &str = "92";

/// Applications by our reference, as long as it lives.
#[derive(Debug, Default)]
pub struct StandIn(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    applications: BTreeMap<String, Application>,
    /// Lines without a receipt.
    lines: BTreeMap<i64, (String, Decision)>,
    last_line: i64,
    last_licence: i64,
}

#[derive(Debug)]
struct Application {
    decision: Decision,
    decide_at: Option<Instant>,
}

impl StandIn {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    /// What is known under a reference, or what is made of it now.
    fn apply(&mut self, reference: &str, officer: bool, licence: Option<(i64, i64)>) -> Decision {
        if let Some(known) = self.applications.get(reference) {
            return known.decision.clone();
        }
        let (number, years) = licence.unwrap_or_else(|| {
            self.last_licence += 1;
            (800_000 + self.last_licence, 1)
        });
        let today = now().date();
        let approved = Decision {
            status: Status::Approved,
            licence_no: Some(number),
            issued_on: Some(today),
            expires_on: Some(in_years(today, years)),
            code: None,
            words_ar: Some("تمت الموافقة على الرخصة".into()),
            words_en: Some("The licence is approved".into()),
            decided_at: Some(now()),
        };
        let pending = Decision {
            status: Status::Pending,
            words_ar: Some("الطلب قيد الدراسة".into()),
            words_en: Some("The application is under review".into()),
            ..approved.clone()
        };
        let decision = if officer { pending } else { approved };
        let decide_at = officer.then(|| Instant::now() + OFFICER);
        self.applications.insert(reference.to_owned(), Application { decision: decision.clone(), decide_at });
        decision
    }

    /// What the officer has decided by now becomes a line of the status table.
    fn decide(&mut self) {
        let due = self
            .applications
            .iter_mut()
            .filter(|(_, application)| application.decide_at.is_some_and(|at| at <= Instant::now()));
        for (reference, application) in due {
            application.decide_at = None;
            application.decision.status = Status::Approved;
            application.decision.words_ar = Some("تمت الموافقة على الرخصة".into());
            application.decision.words_en = Some("The licence is approved".into());
            self.last_line += 1;
            self.lines.insert(self.last_line, (reference.clone(), application.decision.clone()));
        }
    }
}

#[async_trait]
impl Register for StandIn {
    async fn issue(&self, issue: &Issue) -> Result<Decision, Verdict> {
        tokio::time::sleep(DELAY).await;
        if issue.activities.split(',').any(|code| code.starts_with(FORBIDDEN)) {
            return Err(no("EC203"));
        }
        let officer = issue.activities.split(',').any(|code| code.starts_with(BY_OFFICER));
        Ok(self.records().apply(&issue.reference, officer, None))
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Decision, Verdict> {
        tokio::time::sleep(DELAY).await;
        if renewal.licence_no >= 900_000 {
            return Err(no("EC211"));
        }
        Ok(self.records().apply(&renewal.reference, false, Some((renewal.licence_no, renewal.years))))
    }

    async fn revoke(&self, reference: &str) -> Result<Option<DateTime>, Verdict> {
        tokio::time::sleep(DELAY).await;
        let mut records = self.records();
        let Some(application) = records.applications.get_mut(reference) else { return Ok(None) };
        if application.decision.status != Status::Revoked {
            application.decision.status = Status::Revoked;
            application.decision.decided_at = Some(now());
            application.decide_at = None;
        }
        Ok(application.decision.decided_at)
    }

    async fn waiting(&self, beyond: i64) -> Result<Vec<Line>, Verdict> {
        let mut records = self.records();
        records.decide();
        let lines = records.lines.range(beyond.saturating_add(1)..).map(|(number, (reference, decision))| Line {
            number: *number,
            reference: Some(reference.clone()),
            decision: Ok(decision.clone()),
        });
        Ok(lines.collect())
    }

    async fn acknowledge(&self, numbers: &[i64]) -> Result<(), Verdict> {
        let mut records = self.records();
        records.lines.retain(|number, _| !numbers.contains(number));
        Ok(())
    }
}

fn no(code: &str) -> Verdict {
    let refused: Refused = refused(code, "");
    Verdict::Refused(refused)
}

fn now() -> DateTime {
    DUBAI.to_datetime(Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn in_years(date: Date, years: i64) -> Date {
    date.checked_add(years.years()).unwrap_or(date)
}
