//! Building control over SOAP: the only I/O of this adapter. One call each, never again by itself.

use std::time::Duration;

use jiff::civil::DateTime;
use jisr_adapter::connectors::http::HttpClient;
use jisr_adapter::connectors::soap::{Element, SoapClient};

use crate::config::{Config, ConfigError, ElementForm};
use crate::error::Verdict;
use crate::messages::{self, NAMESPACE, NocResult, Submission};

/// What building control keeps as the reason of a withdrawal.
const WITHDRAWAL_REASON: &str = "سُحب الطلب لإلغاء المعاملة التي قُدِّم ضمنها";

/// A client of building control. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BuildingControl {
    soap: SoapClient,
    form: ElementForm,
}

/// What was asked for by our reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding<T> {
    /// Building control knows it.
    Known(T),
    /// It does not.
    Unknown,
}

impl BuildingControl {
    /// A client with this limit for one call. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config, call_timeout: Duration) -> Result<Self, ConfigError> {
        let http = HttpClient::new(config.http(call_timeout)?)?;
        let soap = SoapClient::new(http, config.endpoint()?, Some(config.token()?));
        Ok(Self { soap, form: config.element_form })
    }

    /// One of the `Submit…` operations. Executes again if it is called again.
    ///
    /// # Errors
    /// [`Verdict`].
    pub async fn submit(&self, submission: &Submission) -> Result<NocResult, Verdict> {
        let answer = self.call(submission.message, &messages::submit(submission, self.form)).await?;
        messages::noc_result(&answer).map_err(|why| Verdict::unreadable(&why))
    }

    /// `FindNoc`. Changes nothing.
    ///
    /// # Errors
    /// [`Verdict`], never `NotFound`.
    pub async fn find(&self, our_reference: &str) -> Result<Finding<NocResult>, Verdict> {
        match self.call("FindNoc", &messages::find(our_reference, self.form)).await {
            Ok(answer) => messages::noc_result(&answer).map(Finding::Known).map_err(|why| Verdict::unreadable(&why)),
            Err(Verdict::NotFound) => Ok(Finding::Unknown),
            Err(verdict) => Err(verdict),
        }
    }

    /// `WithdrawNoc`: when it was withdrawn, local time in Dubai. A repetition answers the first date again.
    ///
    /// # Errors
    /// [`Verdict`], never `NotFound`.
    pub async fn withdraw(&self, our_reference: &str) -> Result<Finding<DateTime>, Verdict> {
        let message = messages::withdraw(our_reference, WITHDRAWAL_REASON, self.form);
        match self.call("WithdrawNoc", &message).await {
            Ok(answer) => {
                messages::withdrawn_date(&answer).map(Finding::Known).map_err(|why| Verdict::unreadable(&why))
            }
            Err(Verdict::NotFound) => Ok(Finding::Unknown),
            Err(verdict) => Err(verdict),
        }
    }

    async fn call(&self, operation: &str, message: &Element) -> Result<Element, Verdict> {
        Ok(self.soap.call(&format!("{NAMESPACE}/{operation}"), message).await?)
    }
}
