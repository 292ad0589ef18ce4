//! The adapters that have announced themselves: what they promise, and whether they are alive.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use jisr_bus::Bus;
use jisr_core::name::{DepartmentId, OperationId};
use jisr_core::policy::{Policies, Policy};
use jisr_core::time::Timestamp;
use jisr_journal::{AdapterRecord, Journal, Unavailable};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::convert;
use prost::Message as _;

use crate::calendar::{Calendar, Closed};
use crate::trust::Trust;

/// Whether a department's adapter is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Heard of lately.
    Up,
    /// Heard of, but not lately.
    Down,
    /// Never heard of.
    Unknown,
}

/// What is known of a department's adapter.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterStatus {
    /// Whose adapter.
    pub department: DepartmentId,
    /// Whether it is there.
    pub availability: Availability,
    /// Version of the adapter.
    pub version: String,
    /// Which instance spoke last.
    pub instance: String,
    /// When anything was last heard of it.
    pub last_heard: Timestamp,
    /// Requests it had in hand then.
    pub in_flight: u32,
    /// What it announced.
    pub manifest: Option<wire::Manifest>,
    /// What the conformance kit has found, as it announced it.
    pub conformance: Option<wire::ConformanceVerdict>,
    /// Why it is sent nothing, where only adapters are that have passed the conformance suite.
    pub doubt: Option<String>,
}

struct Known {
    /// As it came, for keeping.
    body: Bytes,
    announcement: wire::AdapterAnnouncement,
    policies: HashMap<OperationId, Policy>,
    calendar: Option<Calendar>,
    /// Why it is not to be sent work, where only adapters that have passed the conformance suite are.
    doubt: Option<String>,
    last_heard: Timestamp,
    /// When the journal was last told that it is alive, for the engines and gateways that did not hear it.
    kept: Timestamp,
    in_flight: u32,
}

/// A sign of life is kept no more often than this.
const KEEP_EVERY: Duration = Duration::from_secs(3);

/// The directory of adapters: what they promise, and when they were last heard of, by this engine or another.
pub struct Directory {
    known: RwLock<HashMap<DepartmentId, Known>>,
    /// Told how many messages an adapter takes as one.
    bus: Arc<dyn Bus>,
    start_within: Option<Duration>,
    silence: Duration,
    /// Whose verdicts are believed; nothing where every adapter is sent work.
    trust: Option<Trust>,
}

impl Directory {
    pub(crate) async fn load(
        journal: &dyn Journal,
        bus: Arc<dyn Bus>,
        start_within: Option<Duration>,
        silence: Duration,
        trust: Option<Trust>,
    ) -> Result<Self, Unavailable> {
        let directory = Self { known: RwLock::default(), bus, start_within, silence, trust };
        directory.refresh(journal).await?;
        Ok(directory)
    }

    /// Takes in what other engines have heard.
    pub(crate) async fn refresh(&self, journal: &dyn Journal) -> Result<(), Unavailable> {
        for record in journal.adapters().await? {
            if let Err(error) = self.read(&record.announcement, record.time, record.time) {
                tracing::warn!(department = %record.department, error, "kept announcement not readable, waiting for a new one");
            }
        }
        Ok(())
    }

    /// Takes in an announcement; answers what must be kept if it says something new.
    pub(crate) fn announced(&self, body: &Bytes, now: Timestamp) -> Result<Option<AdapterRecord>, String> {
        let (department, new) = self.read(body, now, now)?;
        Ok(new.then(|| AdapterRecord { department, announcement: body.clone(), time: now }))
    }

    /// Takes in an announcement, unless something later is known. Whose it is, and whether it says something new.
    fn read(&self, body: &Bytes, heard: Timestamp, kept: Timestamp) -> Result<(DepartmentId, bool), String> {
        let announcement = wire::AdapterAnnouncement::decode(body.clone()).map_err(|error| error.to_string())?;
        let department = DepartmentId::new(&announcement.department).map_err(|error| error.to_string())?;
        let operations = announcement.manifest.iter().flat_map(|manifest| &manifest.operations);
        let mut policies = HashMap::new();
        for operation in operations {
            let id = OperationId::new(&operation.operation).map_err(|error| error.to_string())?;
            let mut policy = convert::policy(operation);
            policy.start_within = self.start_within.unwrap_or(policy.start_within);
            policies.insert(id, policy);
        }
        let calendar = announcement.manifest.as_ref().and_then(|manifest| manifest.calendar.as_ref());
        let calendar = calendar.map(Calendar::read).transpose().map_err(|error| format!("calendar: {error}"))?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.get(&department);
        if before.is_some_and(|before| before.last_heard > heard) {
            return Ok((department, false));
        }
        let new = before.is_none_or(|before| {
            before.announcement.manifest != announcement.manifest
                || before.announcement.adapter_version != announcement.adapter_version
                || before.announcement.conformance != announcement.conformance
        });
        let doubt = self.trust.as_ref().and_then(|trust| trust.doubt(&announcement));
        if let Some(doubt) = doubt.as_ref().filter(|_| new) {
            tracing::warn!(%department, doubt, "adapter not trusted: its work waits");
        }
        let most = announcement.manifest.as_ref().map_or(0, |manifest| manifest.max_pack);
        self.bus.set_pack(&department, u16::try_from(most).unwrap_or(u16::MAX));
        self.bus.set_json(&department, announcement.manifest.as_ref().is_some_and(|manifest| manifest.json));
        let in_flight = before.map_or(0, |before| before.in_flight);
        let body = body.clone();
        let announced = Known { body, announcement, policies, calendar, doubt, last_heard: heard, kept, in_flight };
        known.insert(department.clone(), announced);
        Ok((department, new))
    }

    /// Takes in a heartbeat; answers what must be kept, now and then. One from an adapter that never announced itself
    /// is ignored: it will announce itself.
    pub(crate) fn alive(&self, body: &Bytes, now: Timestamp) -> Result<Option<AdapterRecord>, String> {
        let heartbeat = wire::Heartbeat::decode(body.clone()).map_err(|error| error.to_string())?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Some((department, adapter)) = known.get_key_value(heartbeat.department.as_str()) else { return Ok(None) };
        let (department, announcement) = (department.clone(), adapter.body.clone());
        let Some(adapter) = known.get_mut(&department) else { return Ok(None) };
        adapter.last_heard = now;
        adapter.in_flight = heartbeat.in_flight;
        if now.since(adapter.kept) < KEEP_EVERY {
            return Ok(None);
        }
        adapter.kept = now;
        Ok(Some(AdapterRecord { department, announcement, time: now }))
    }

    /// Whether a department's adapter is there.
    #[must_use]
    pub fn availability(&self, department: &DepartmentId, now: Timestamp) -> Availability {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(department).map_or(Availability::Unknown, |known| self.judge(known, now))
    }

    /// The departments that are closed at a time.
    pub(crate) fn closed(&self, at: Timestamp) -> BTreeMap<DepartmentId, Closed> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let closed = known.iter().filter_map(|(department, known)| Some((department, known.calendar.as_ref()?)));
        closed.filter_map(|(department, calendar)| Some((department.clone(), calendar.closed(at)?))).collect()
    }

    /// The departments that may be sent work; nothing where all of them may.
    pub(crate) fn trusted(&self) -> Option<BTreeSet<DepartmentId>> {
        self.trust.as_ref()?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let trusted = known.iter().filter(|(_, known)| known.doubt.is_none());
        Some(trusted.map(|(department, _)| department.clone()).collect())
    }

    /// The version a department's adapter announced last.
    pub(crate) fn version(&self, department: &DepartmentId) -> Option<Arc<str>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(department).map(|known| known.announcement.adapter_version.as_str().into())
    }

    /// Everything known of all adapters, by department.
    #[must_use]
    pub fn adapters(&self, now: Timestamp) -> Vec<AdapterStatus> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known
            .iter()
            .map(|(department, known)| AdapterStatus {
                department: department.clone(),
                availability: self.judge(known, now),
                version: known.announcement.adapter_version.clone(),
                instance: known.announcement.instance.clone(),
                last_heard: known.last_heard,
                in_flight: known.in_flight,
                manifest: known.announcement.manifest.clone(),
                conformance: known.announcement.conformance.clone(),
                doubt: known.doubt.clone(),
            })
            .collect();
        all.sort_by(|one, other| one.department.cmp(&other.department));
        all
    }

    fn judge(&self, known: &Known, now: Timestamp) -> Availability {
        if now.since(known.last_heard) <= self.silence { Availability::Up } else { Availability::Down }
    }
}

impl Policies for Directory {
    fn policy(&self, department: &DepartmentId, operation: &OperationId) -> Policy {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(department).and_then(|known| known.policies.get(operation)).copied();
        found.unwrap_or_else(|| Policy {
            start_within: self.start_within.unwrap_or(Policy::CAREFUL.start_within),
            ..Policy::CAREFUL
        })
    }

    fn opens(&self, department: &DepartmentId, at: Timestamp) -> Timestamp {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let calendar = known.get(department).and_then(|known| known.calendar.as_ref());
        calendar.and_then(|calendar| calendar.closed(at)).map_or(at, |closed| closed.until)
    }
}
