//! Records become a batch: written aside, put in place, announced. Nothing counts before it is announced, and nothing is
//! announced later than the doubt about its records allows.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::files::{Session, TransferError, Transport, complete, stage, trigger, withdraw};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::{Answer, CallFault};

use super::gather::{Place, Round};
use super::{BATCHES, IN};
use crate::error::{of_transfer, too_late};
use crate::mapping::handed_over;
use crate::records::{Application, DUBAI, batch, references};

/// How long a call may take, and when it has certainly ended; as in the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// After so long nothing is announced any more.
    pub call_timeout: Duration,
    /// After so long somebody else may be at work on the same record.
    pub ends_within: Duration,
}

/// A record that waits for its batch.
pub(super) struct Member {
    application: Application,
    /// There was an attempt before.
    again: bool,
    begun: Begun,
}

impl Member {
    pub(super) fn new(application: Application, again: bool) -> Self {
        Self { application, again, begun: Begun(Instant::now(), SystemTime::now()) }
    }
}

/// When a call began, by two clocks: one that no one sets, and one that also counts while the machine stands still.
#[derive(Clone, Copy)]
struct Begun(Instant, SystemTime);

impl Begun {
    fn elapsed(self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

type Result = std::result::Result<Answer, CallFault>;

/// See the module.
pub(super) struct HandOver {
    transport: Arc<dyn Transport>,
    times: Times,
    /// Tells the batches of several instances apart.
    instance: String,
    last: AtomicU64,
}

impl HandOver {
    pub(super) fn new(transport: Arc<dyn Transport>, times: Times) -> Self {
        Self { transport, times, instance: format!("{:08x}", rand::random::<u32>()), last: AtomicU64::new(0) }
    }

    /// Grows, and leaves gaps: milliseconds, or one more than the last.
    fn sequence(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        let next = |last: u64| Some(now.max(last + 1));
        self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).map_or(now, |last| now.max(last + 1))
    }

    /// What becomes of all members of one batch.
    async fn announce(
        &self,
        session: &mut dyn Session,
        members: &[Place<Member, Result>],
        name: &str,
        file: &[u8],
    ) -> std::result::Result<(), CallFault> {
        stage(session, BATCHES, IN, name, file).await.map_err(|error| of_transfer(&error))?;
        // Directly before the one request that counts.
        let longest = || members.iter().map(|member| member.item.begun.elapsed()).max().unwrap_or_default();
        if longest() >= self.times.call_timeout {
            return Err(too_late());
        }
        trigger(session, BATCHES, IN, name).await.map_err(|error| of_transfer(&error))?;
        if longest() >= self.times.ends_within {
            // Somebody else may have taken the batch back before its trigger came.
            return Err(CallFault::Doubtful { detail: "the batch was announced too late to be sure of it".into() });
        }
        Ok(())
    }

    /// Takes back what earlier attempts put in place and never announced: a trigger of theirs that is still under way must
    /// find nothing. Gives the references of which this is not certain.
    async fn withdraw(
        &self,
        session: &mut dyn Session,
        wanted: &HashSet<&str>,
    ) -> std::result::Result<HashSet<String>, TransferError> {
        let mut uncertain = HashSet::new();
        let (_, waiting) = complete(&session.list(IN).await?, BATCHES);
        for stem in waiting.into_iter().filter(|stem| is_ours(stem)) {
            let file = match session.read(&BATCHES.data(IN, &stem)).await {
                Ok(file) => file,
                Err(error) if error.is_missing() => continue,
                Err(error) => return Err(error),
            };
            // What we cannot read we have not put there.
            let held = references(&file).unwrap_or_default();
            let held: Vec<_> = held.into_iter().filter(|reference| wanted.contains(reference.as_str())).collect();
            if !held.is_empty() && !withdraw(session, BATCHES, IN, &stem).await? {
                uncertain.extend(held);
            }
        }
        Ok(uncertain)
    }

    async fn connected(
        &self,
        members: &mut Vec<Place<Member, Result>>,
    ) -> std::result::Result<Box<dyn Session>, CallFault> {
        let mut session = self.transport.open().await.map_err(|error| of_transfer(&error))?;
        let again: HashSet<&str> = members
            .iter()
            .filter(|member| member.item.again)
            .map(|member| member.item.application.reference.as_str())
            .collect();
        if !again.is_empty() {
            let uncertain = self.withdraw(&mut *session, &again).await.map_err(|error| {
                CallFault::NotDone(Fault::new(FaultClass::Transient, error.code()).detail(error.chain()))
            })?;
            let (doubtful, certain) = std::mem::take(members)
                .into_iter()
                .partition(|member: &Place<Member, Result>| uncertain.contains(&member.item.application.reference));
            *members = certain;
            let detail = "an earlier batch with this record was announced meanwhile";
            settle(doubtful, &Err(CallFault::Doubtful { detail: detail.into() }), "");
        }
        Ok(session)
    }
}

#[async_trait]
impl Round for HandOver {
    type Item = Member;
    type Done = Result;

    async fn round(&self, members: Vec<Place<Member, Result>>) {
        // Nobody waits for these any more; others may soon be at work on them.
        let mut members: Vec<_> = members.into_iter().filter(|member| !member.done.is_closed()).collect();
        let sequence = self.sequence();
        let name = format!("J{sequence:013}-{}", self.instance);
        let connected = self.connected(&mut members).await;
        let outcome = match connected {
            Err(fault) => Err(fault),
            Ok(_) if members.is_empty() => return,
            Ok(mut session) => {
                let created = Timestamp::now().to_zoned(TimeZone::fixed(DUBAI)).datetime();
                match batch(&name, sequence, created, members.iter().map(|member| &member.item.application)) {
                    Ok(file) => self.announce(&mut *session, &members, &name, &file).await,
                    Err(error) => {
                        let field = error.field().to_owned();
                        Err(CallFault::NotDone(error.into_fault(&field)))
                    }
                }
            }
        };
        tracing::info!(batch = name, records = members.len(), announced = outcome.is_ok(), "batch");
        settle(members, &outcome, &name);
    }
}

/// Others may hand files over to the same folder; ours have this name.
pub(super) fn is_ours(stem: &str) -> bool {
    stem.starts_with('J')
}

fn settle(members: Vec<Place<Member, Result>>, outcome: &std::result::Result<(), CallFault>, name: &str) {
    for member in members {
        let answer = match outcome {
            Ok(()) => Ok(handed_over(&member.item.application.reference, name)),
            Err(fault) => Err(fault.clone()),
        };
        // Whoever gave up waiting asks by look-up.
        let _ = member.done.send(answer);
    }
}
