//! What a call that did not do what it should means for its effect: certainly not executed, or perhaps executed.

use std::time::Duration;

use http::StatusCode;

use super::super::http::{CallError, certainly_refused};
use super::address::AddressError;
use super::json::Json;
use super::token::TokenError;

/// A call that brought no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ODataError {
    /// The address cannot be made; nothing was sent, and repeating does not help.
    #[error("the address cannot be made")]
    Address(#[from] AddressError),
    /// No access token: the call itself never began.
    #[error("no access token")]
    Token(#[source] TokenError),
    /// The transport failed, or the answer is unreadable. Says itself whether the call may have been executed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The service, or what stands before it, answered with a status that is no success.
    #[error("answered with HTTP status {status}")]
    Answered {
        /// The status.
        status: StatusCode,
        /// When the server says that another call makes sense.
        retry_after: Option<Duration>,
        /// The error in the body. Without one it may not have been the service that answered.
        #[source]
        error: Option<Box<ServiceError>>,
    },
}

/// The error of an OData service, in its own words; only the adapter knows what its codes mean.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service's error {code:?}")]
pub struct ServiceError {
    /// Printable ASCII, at most 64 characters; empty where the service gives none.
    pub code: String,
    /// For people; may hold personal data, so it is not part of what is logged.
    pub message: String,
    /// The property at fault.
    pub target: String,
    /// Code and message of each detail.
    pub details: Vec<(String, String)>,
    /// The whole error, for annotations of the service's own.
    pub body: Json,
}

impl ODataError {
    /// `true` when the call may have been executed.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        match self {
            Self::Address(_) | Self::Token(_) => false,
            Self::Call(error) => error.is_doubtful(),
            Self::Answered { status, retry_after, .. } => !certainly_not_executed(*status, retry_after.is_some()),
        }
    }

    /// `false` when repeating the same call can never succeed without a change of configuration or data.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Address(_) => false,
            Self::Token(_) => true,
            Self::Call(error) => error.is_transient(),
            Self::Answered { error, .. } => error.is_none(),
        }
    }

    /// The status that was answered.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The error that the service itself answered with.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Answered { error, .. } => error.as_deref(),
            _ => None,
        }
    }

    /// When the server says that another call makes sense.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(error) => error.retry_after(),
            Self::Answered { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "REQUEST_UNSENDABLE",
            Self::Token(error) => error.code(),
            Self::Call(error) => error.code(),
            Self::Answered { status, .. } if *status == StatusCode::PRECONDITION_FAILED => "CONDITION_FAILED",
            Self::Answered { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => "RATE_LIMITED",
            Self::Answered { .. } if !self.is_doubtful() => "TURNED_AWAY",
            Self::Answered { .. } => "ANSWER_STATUS",
        }
    }
}

/// Whether a status means that the request was turned away before it had an effect.
///
/// OData (Protocol, 9.3 and 11.4) adds to [`certainly_refused`] the statuses of a service that has looked at the request and
/// not carried it out. A 503 alone says nothing, as proxies send it after they have passed a request on; one that says when
/// to come again is from somebody who knows that it cannot serve now (RFC 9110, 15.6.4).
fn certainly_not_executed(status: StatusCode, says_when: bool) -> bool {
    certainly_refused(status)
        || matches!(status.as_u16(), 409 | 410 | 412 | 422 | 423 | 424 | 425 | 428)
        || status == StatusCode::SERVICE_UNAVAILABLE && says_when
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_certain_or_doubtful() {
        let doubtful = |status: u16, retry_after: Option<u64>| {
            let retry_after = retry_after.map(Duration::from_secs);
            ODataError::Answered { status: StatusCode::from_u16(status).unwrap(), retry_after, error: None }
                .is_doubtful()
        };
        for status in [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 501] {
            assert!(!doubtful(status, None), "{status}");
        }
        for status in [300, 302, 408, 499, 500, 502, 503, 504, 520] {
            assert!(doubtful(status, None), "{status}");
        }
        assert!(!doubtful(503, Some(60)));
        assert!(doubtful(500, Some(60)) && doubtful(502, Some(60)) && doubtful(504, Some(60)));
    }

    #[test]
    fn messages_are_not_in_what_is_logged() {
        let error = ServiceError {
            code: "RES-201".into(),
            message: "مريم".into(),
            target: String::new(),
            details: Vec::new(),
            body: Json::Null,
        };
        assert_eq!(error.to_string(), "the service's error \"RES-201\"");
    }
}
