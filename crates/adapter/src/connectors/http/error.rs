//! What a failed call means for its effect. Certainty is claimed only where the protocol gives it.

use std::error::Error;
use std::time::Duration;

use http::StatusCode;

/// The cause below an error, kept for the log and never shown to customers.
type Cause = Box<dyn Error + Send + Sync>;

/// A call that brought no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Certainly not executed: it is safe to call again.
    #[error("the call was certainly not executed")]
    NotSent(#[source] NotSent),
    /// It may have been executed: look up before calling again.
    #[error("the call may have been executed")]
    Doubtful(#[source] Doubtful),
}

/// Why a call was certainly not executed.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The request itself cannot be sent, for example because its address is no URL. Repeating does not help.
    #[error("the request cannot be sent: {0}")]
    Request(String),
    /// No connection: name not resolved, connection refused, TLS refused by either side.
    #[error("no connection to the system")]
    Connect(#[source] Cause),
    /// No connection within the connect timeout.
    #[error("no connection to the system within {0:?}")]
    ConnectTimeout(Duration),
    /// The connection closed before a byte of the request was handed to it.
    #[error("the connection closed before the request was sent")]
    ClosedBeforeSending(#[source] hyper::Error),
    /// The HTTP server turned the request away unread (see [`certainly_refused`]).
    #[error("turned away with HTTP status {0}")]
    TurnedAway(StatusCode),
}

/// Why it is unknown whether a call was executed.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// No complete answer in time.
    #[error("no complete answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke after the request was handed over and before the answer was complete.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] Cause),
    /// The answer is larger than the limit, in bytes.
    #[error("the answer is larger than {0} bytes")]
    Oversized(usize),
    /// The answer is not what the protocol promises. The text says why and quotes nothing from it.
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
    /// An HTTP status that says nothing certain about the effect (500, 502, 503, 504 and others).
    #[error("answered with HTTP status {0}")]
    Status(StatusCode),
}

impl CallError {
    /// `true` when the call may have been executed.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful(_))
    }

    /// `false` when repeating the same call can never succeed without a change of configuration or data.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::NotSent(NotSent::Request(_)))
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(NotSent::Request(_)) => "REQUEST_UNSENDABLE",
            Self::NotSent(NotSent::Connect(_)) => "CONNECT_FAILED",
            Self::NotSent(NotSent::ConnectTimeout(_)) => "CONNECT_TIMEOUT",
            Self::NotSent(NotSent::ClosedBeforeSending(_)) => "CLOSED_BEFORE_SENDING",
            Self::NotSent(NotSent::TurnedAway(_)) => "TURNED_AWAY",
            Self::Doubtful(Doubtful::Timeout(_)) => "ANSWER_TIMEOUT",
            Self::Doubtful(Doubtful::Broken(_)) => "ANSWER_BROKEN",
            Self::Doubtful(Doubtful::Oversized(_)) => "ANSWER_OVERSIZED",
            Self::Doubtful(Doubtful::Garbage(_)) => "ANSWER_GARBAGE",
            Self::Doubtful(Doubtful::Status(_)) => "ANSWER_STATUS",
        }
    }

    /// Shorthand for [`Doubtful::Garbage`].
    pub fn garbage(why: impl Into<String>) -> Self {
        Self::Doubtful(Doubtful::Garbage(why.into()))
    }
}

/// Whether a status means, by RFC 9110 and RFC 6585, that the request was turned away before any handler acted on it.
///
/// 503 is not among them: proxies send it after they have passed the request on.
#[must_use]
pub fn certainly_refused(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        400 | 401 | 403 | 404 | 405 | 406 | 407 | 411 | 413 | 414 | 415 | 417 | 421 | 426 | 429 | 431 | 501 | 505
    )
}

/// Tells a TLS handshake that the server refused from a connection that broke later.
///
/// In TLS 1.3 the client has finished, and may have written its request, before the server refuses its certificate.
/// Such an alert ends the handshake, and no application sits behind an unfinished handshake.
pub(in crate::connectors) fn refused_by_tls(error: &(dyn Error + 'static)) -> bool {
    use rustls::AlertDescription as Alert;
    let mut next = Some(error);
    while let Some(error) = next {
        // An `io::Error` hides what it wraps from `source()`: it reports its inner error's source instead.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = error.downcast_ref::<rustls::Error>().or_else(|| inner?.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::AlertReceived(alert)) = tls {
            return matches!(
                alert,
                Alert::HandshakeFailure
                    | Alert::NoCertificate
                    | Alert::BadCertificate
                    | Alert::UnsupportedCertificate
                    | Alert::CertificateRevoked
                    | Alert::CertificateExpired
                    | Alert::CertificateUnknown
                    | Alert::UnknownCA
                    | Alert::AccessDenied
                    | Alert::CertificateRequired
            );
        }
        next = error.source();
    }
    false
}
