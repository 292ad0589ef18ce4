//! What each answer of the permit system means: the department's no, a fault that may pass, one that will not, or doubt.

use std::error::Error;

use jisr_adapter::connectors::http::CallError;
use jisr_adapter::connectors::odata::{ODataError, ServiceError};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::Refused;
use jisr_adapter::{Answer, CallFault};

use crate::mapping::localized;

/// What a call came to when it brought no record.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The department's no to the customer.
    Refused(Refused),
    /// A technical fault, certain or doubtful.
    Fault(CallFault),
}

impl Verdict {
    /// As the SDK wants it.
    ///
    /// # Errors
    /// Everything but a refusal.
    pub fn into_answer(self) -> Result<Answer, CallFault> {
        match self {
            Self::Refused(refused) => Ok(Answer::Refused(refused)),
            Self::Fault(fault) => Err(fault),
        }
    }

    /// An answer that is well-formed and still not what was agreed: the call was executed, its result is unknown.
    #[must_use]
    pub fn unreadable(why: &str) -> Self {
        Self::Fault(CallFault::Doubtful { detail: format!("the answer cannot be read: {why}") })
    }

    /// The application is there already, so whatever fails now must not be taken as if it were not.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        match self {
            Self::Fault(CallFault::NotDone(fault)) => {
                let detail = fault.detail.as_deref().unwrap_or_default();
                Self::Fault(CallFault::Doubtful { detail: format!("it is there, and cannot be read: {detail}") })
            }
            other => other,
        }
    }

    /// What the fault table says for a call that brought an error.
    #[must_use]
    pub fn of(error: &ODataError) -> Self {
        let code = error.service().map(|service| service.code.as_str()).filter(|code| code.starts_with("RES-"));
        let Some(code) = code.filter(|_| !error.is_doubtful()) else { return Self::Fault(without_code(error)) };
        let not_done = |class, detail: &str| {
            let fault = Fault::new(class, code).detail(detail);
            Self::Fault(CallFault::NotDone(with_delay(fault, error)))
        };
        match (code, error.service()) {
            (_, Some(service)) if code.starts_with("RES-2") => Self::Refused(refusal(service)),
            // An access that is refused concerns every call and is put right once: waiting beats parking each leg.
            ("RES-401" | "RES-403", _) => not_done(FaultClass::Transient, "the permit system refuses our access token"),
            ("RES-412", _) => not_done(FaultClass::Transient, "the application has changed meanwhile"),
            _ if code.starts_with("RES-9") => not_done(FaultClass::Transient, "the permit system does not serve now"),
            _ if code.starts_with("RES-3") => {
                not_done(FaultClass::Permanent, "the application is in a state that forbids it")
            }
            _ if code.starts_with("RES-5") => {
                not_done(FaultClass::Permanent, "the permit system finds the application malformed")
            }
            _ => not_done(FaultClass::Permanent, "a code that the fault table does not know"),
        }
    }
}

impl From<ODataError> for Verdict {
    fn from(error: ODataError) -> Self {
        Self::of(&error)
    }
}

/// An error of the transport, of the authorisation server, or of something that stands before the permit system.
fn without_code(error: &ODataError) -> CallFault {
    let detail = chain(error);
    if error.is_doubtful() {
        return CallFault::Doubtful { detail };
    }
    let class = match error {
        ODataError::Address(_) => FaultClass::Permanent,
        ODataError::Call(call) if !CallError::is_transient(call) => FaultClass::Permanent,
        _ => FaultClass::Transient,
    };
    CallFault::NotDone(with_delay(Fault::new(class, error.code()).detail(detail), error))
}

fn with_delay(fault: Fault, error: &ODataError) -> Fault {
    match error.retry_after() {
        Some(delay) => fault.retry_after(delay),
        None => fault,
    }
}

/// In the directorate's own words; the message is Arabic, a detail of the code `en` is English.
fn refusal(service: &ServiceError) -> Refused {
    let english = service.details.iter().find(|(code, _)| code == "en").map(|(_, message)| message.as_str());
    let reason = localized(Some(&service.message), english);
    Refused { code: service.code.clone(), reason, legacy_refs: Vec::new() }
}

/// An error with its causes, outermost first, for operators.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
