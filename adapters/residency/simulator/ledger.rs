//! What the stand-in remembers and by which rules it decides.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::odata::{Map, Value};

/// So long an officer takes.
const OFFICER: Duration = Duration::from_secs(5);

/// A no of the house: HTTP status, code, and words in Arabic and English.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) arabic: &'static str,
    pub(super) english: &'static str,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, arabic: &'static str, english: &'static str) -> Self {
        Self { status, code, arabic, english }
    }
}

/// One application.
#[derive(Clone)]
pub(super) struct Application {
    properties: Map<String, Value>,
    version: u32,
    since: Instant,
}

impl Application {
    pub(super) fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    pub(super) fn entity(&self) -> Value {
        let mut properties = self.properties.clone();
        properties.insert("@odata.etag".into(), self.etag().into());
        Value::Object(properties)
    }

    fn text(&self, name: &str) -> &str {
        self.properties.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn set(&mut self, properties: &[(&str, Value)]) {
        for (name, value) in properties {
            self.properties.insert((*name).to_owned(), value.clone());
        }
        self.version += 1;
    }

    fn serial(&self) -> &str {
        self.text("ResidenceFileNo").rsplit('/').next().unwrap_or_default()
    }

    /// What the officer says once there was time.
    fn decide(&mut self) {
        if self.text("Status") != "PENDING" || self.since.elapsed() < OFFICER {
            return;
        }
        let serial = self.serial().to_owned();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let years = self.properties.get("Years").and_then(Value::as_i64).unwrap_or(1);
        if serial.starts_with("999") {
            let words = ("انقضت المهلة المسموح بها لتجديد التصريح", "The period of grace for renewal is over");
            self.decided("REFUSED", words, &[("RefusalCode", "RES-202".into())]);
        } else if serial.starts_with("555") && self.text("SponsorFileNo").is_empty() {
            let words = ("يرجى تزويدنا برقم ملف الكفيل", "Please give the sponsor's file number");
            self.decided("INFORMATION_REQUIRED", words, &[("RequiredFields", "SponsorFileNo".into())]);
        } else {
            let words = ("تمت الموافقة على تجديد تصريح الإقامة", "The residence permit is renewed");
            let until =
                i16::try_from(years).ok().and_then(|years| today.checked_add(jiff::Span::new().years(years)).ok());
            let more = [
                ("PermitNo", format!("RP-{serial}").into()),
                ("ValidFrom", today.to_string().into()),
                ("ValidUntil", until.map_or(Value::Null, |day: Date| day.to_string().into())),
                ("FeePaid", format!("{}.00", 300 * years).into()),
            ];
            self.decided("APPROVED", words, &more);
        }
    }

    fn decided(&mut self, status: &str, (arabic, english): (&str, &str), more: &[(&str, Value)]) {
        self.set(more);
        self.set(&[
            ("Status", status.into()),
            ("RemarksAr", arabic.into()),
            ("RemarksEn", english.into()),
            ("DecidedAt", Timestamp::now().to_string().into()),
            ("Collected", false.into()),
        ]);
    }
}

/// Applications by our reference.
#[derive(Default)]
pub(super) struct Ledger(Mutex<BTreeMap<String, Application>>);

impl Ledger {
    fn applications(&self) -> MutexGuard<'_, BTreeMap<String, Application>> {
        let mut applications = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        applications.values_mut().for_each(Application::decide);
        applications
    }

    pub(super) fn find(&self, reference: &str) -> Result<Application, Refusal> {
        self.applications().get(reference).cloned().ok_or_else(unknown)
    }

    pub(super) fn uncollected(&self) -> Vec<Application> {
        let open = |application: &&Application| {
            application.text("Status") != "PENDING" && application.properties.get("Collected") == Some(&false.into())
        };
        self.applications().values().filter(open).cloned().collect()
    }

    pub(super) fn put(
        &self,
        reference: &str,
        properties: Map<String, Value>,
        absent: bool,
        unchanged: Option<String>,
    ) -> Result<Application, Refusal> {
        let mut applications = self.applications();
        let known = applications.get(reference);
        if absent && known.is_some() || unchanged.is_some() && unchanged != known.map(Application::etag) {
            return Err(moved());
        }
        let version = known.map_or(0, |known| known.version);
        let mut application = Application { properties, version, since: Instant::now() };
        if application.serial().starts_with("000") {
            return Err(Refusal::new(422, "RES-201", "رقم ملف الإقامة غير معروف", "The residence file is not known"));
        }
        if application.text("MakaniNo").starts_with("99999") {
            return Err(Refusal::new(422, "RES-203", "رقم مكاني غير معروف", "The Makani number is not known"));
        }
        if application.text("Kind") == "ADDRESS_CHANGE" {
            let words = ("تم تحديث عنوان السكن في ملف الإقامة", "The address on the residence file is updated");
            application.decided("APPROVED", words, &[("FeePaid", "0.00".into())]);
        } else {
            application.set(&[
                ("Status", "PENDING".into()),
                ("RemarksAr", "قيد التدقيق لدى الموظف المختص".into()),
                ("RemarksEn", "An officer is looking at it".into()),
                ("Collected", false.into()),
            ]);
        }
        applications.insert(reference.to_owned(), application.clone());
        Ok(application)
    }

    pub(super) fn patch(
        &self,
        reference: &str,
        change: &Map<String, Value>,
        unchanged: Option<String>,
    ) -> Result<Application, Refusal> {
        let mut applications = self.applications();
        let application = applications.get_mut(reference).ok_or_else(unknown)?;
        if unchanged != Some(application.etag()) {
            return Err(moved());
        }
        if change.get("Status").and_then(Value::as_str) == Some("WITHDRAWN") {
            let now = Timestamp::now().to_string();
            application.set(&[("Status", "WITHDRAWN".into()), ("WithdrawnAt", now.into())]);
        }
        application.set(&[("Collected", true.into())]);
        Ok(application.clone())
    }
}

fn unknown() -> Refusal {
    Refusal::new(404, "RES-404", "لا توجد معاملة بهذا المرجع", "No application under this reference")
}

fn moved() -> Refusal {
    Refusal::new(412, "RES-412", "تغيرت المعاملة", "The application has changed")
}
