//! The permit system over OData: the only I/O of this adapter. No change is made twice by itself.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jisr_adapter::connectors::http::HttpClient;
use jisr_adapter::connectors::odata::{
    Condition, ETag, Entity, Literal, ODataClient, ODataError, PageLimits, Pages, Tokens, Value, Written,
};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::{CallFault, Reference};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::messages::{APPLICATIONS, Application, Record, Status, record};

/// What the permit system keeps as the reason of a withdrawal.
const WITHDRAWAL_REASON: &str = "سُحب الطلب لإلغاء المعاملة التي قُدِّم ضمنها";
/// Decided, and not yet collected by us.
const UNCOLLECTED: &str = "Collected eq false and Status ne 'PENDING'";
/// Pages of one round; what does not fit is there in the next.
const PAGES: usize = 200;

/// A moment by which all calls of one piece of work must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Within(Instant);

impl Within {
    /// So long from now.
    #[must_use]
    pub fn from_now(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// A client of the permit system. Cheap to clone; clones share their access token.
#[derive(Clone, Debug)]
pub struct Permits {
    odata: ODataClient,
    call_timeout: Duration,
}

impl Permits {
    /// A client with this limit for one call. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config, call_timeout: Duration) -> Result<Self, ConfigError> {
        let http = HttpClient::new(config.http(call_timeout)?)?;
        let tokens = Tokens::new(http.clone(), config.credentials()?);
        Ok(Self { odata: ODataClient::new(http, config.root()?, Some(tokens)), call_timeout })
    }

    /// Puts the application if there is none under its reference; what is there already says what became of it. If the
    /// directorate asked for more and this application says more, it takes the place of the one that is there.
    ///
    /// # Errors
    /// [`Verdict`].
    pub async fn submit(&self, application: &Application, within: Within) -> Result<Record, Verdict> {
        match self.put(application, Condition::Absent, within).await {
            Ok(written) => return self.outcome(written, &application.reference, within).await,
            Err(error) if !is_condition(&error) => return Err(error.into()),
            Err(_) => {}
        }
        let found = self.find(&application.reference, within).await.map_err(Verdict::in_doubt)?;
        let Some((found, entity)) = found else {
            // Nothing is ever removed there: then it is not what answers now that answered before.
            let fault =
                Fault::new(FaultClass::Transient, "CONDITION_FAILED").detail("there, and a moment later not there");
            return Err(Verdict::Fault(CallFault::NotDone(fault)).in_doubt());
        };
        if found.status != Status::InformationRequired || application.is_stored_as(&entity.value) {
            return Ok(found);
        }
        let etag = entity.etag.ok_or_else(|| Verdict::unreadable("without an ETag"))?;
        match self.put(application, Condition::Unchanged(&etag), within).await {
            Ok(written) => self.outcome(written, &application.reference, within).await,
            Err(error) => Err(Verdict::from(error).in_doubt()),
        }
    }

    /// Withdraws what is under the reference: when that was, if the system says so; nothing as well if there is nothing left
    /// to withdraw.
    ///
    /// # Errors
    /// [`Verdict`]. If the application has changed between reading and withdrawing, nothing was withdrawn.
    pub async fn withdraw(&self, reference: &Reference, within: Within) -> Result<Option<Timestamp>, Verdict> {
        let Some((found, entity)) = self.find(reference, within).await? else { return Ok(None) };
        match found.status {
            Status::Withdrawn => return Ok(found.withdrawn_at),
            // The directorate said no: there is nothing of ours that it would do.
            Status::Refused => return Ok(None),
            Status::Pending | Status::Approved | Status::InformationRequired => {}
        }
        let etag = entity.etag.ok_or_else(|| {
            let fault =
                Fault::new(FaultClass::Permanent, "ETAG_MISSING").detail("the entity has no ETag to hold a change to");
            Verdict::Fault(CallFault::NotDone(fault))
        })?;
        let change = object([("Status", "WITHDRAWN".into()), ("WithdrawalReason", WITHDRAWAL_REASON.into())]);
        let key = Literal::text(&reference.to_string());
        let condition = Condition::Unchanged(&etag);
        let written = self.odata.patch(APPLICATIONS, &key, condition, &change, within.left()).await?;
        let told = written.entity.and_then(|entity| record(&entity.value).ok());
        Ok(told.and_then(|record| record.withdrawn_at))
    }

    /// What is decided and not yet collected, the oldest first, page by page.
    ///
    /// # Errors
    /// [`ODataError`].
    pub fn uncollected(&self) -> Result<Pages<'_>, ODataError> {
        let options = [("$filter", UNCOLLECTED.to_owned()), ("$orderby", "DecidedAt,Reference".to_owned())];
        let limits = PageLimits { pages: PAGES, page_within: self.call_timeout };
        self.odata.pages(APPLICATIONS, &options, limits)
    }

    /// Marks what was read with this ETag as collected. `false`: it has changed since, and is to be read again.
    ///
    /// # Errors
    /// [`ODataError`].
    pub async fn collect(&self, reference: &Reference, etag: &ETag) -> Result<bool, ODataError> {
        let key = Literal::text(&reference.to_string());
        let change = object([("Collected", true.into())]);
        match self.odata.patch(APPLICATIONS, &key, Condition::Unchanged(etag), &change, self.call_timeout).await {
            Ok(_) => Ok(true),
            Err(error) if is_condition(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn put(
        &self,
        application: &Application,
        condition: Condition<'_>,
        within: Within,
    ) -> Result<Written, ODataError> {
        let key = Literal::text(&application.reference.to_string());
        self.odata.put(APPLICATIONS, &key, condition, &application.body(), within.left()).await
    }

    /// The record that a change left; read again where the system sends nothing back.
    async fn outcome(&self, written: Written, reference: &Reference, within: Within) -> Result<Record, Verdict> {
        if let Some(entity) = written.entity {
            return record(&entity.value).map_err(|why| Verdict::unreadable(&why));
        }
        let found = self.find(reference, within).await.map_err(Verdict::in_doubt)?;
        found.map(|(record, _)| record).ok_or_else(|| Verdict::unreadable("written, and not there"))
    }

    async fn find(&self, reference: &Reference, within: Within) -> Result<Option<(Record, Entity)>, Verdict> {
        let key = Literal::text(&reference.to_string());
        let Some(entity) = self.odata.read(APPLICATIONS, &key, within.left()).await? else { return Ok(None) };
        let record = record(&entity.value).map_err(|why| Verdict::unreadable(&why))?;
        Ok(Some((record, entity)))
    }
}

/// Whether the condition did not hold; then nothing was changed.
fn is_condition(error: &ODataError) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 412)
}

fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    Value::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
