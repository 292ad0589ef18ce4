//! What a failed call means for its effect. Certainty is claimed only where the protocol gives it.

use std::io;
use std::time::Duration;

use super::frame::FrameError;

/// A call that brought no acknowledgement of its message.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Certainly not executed: it is safe to call again.
    #[error("the call was certainly not executed")]
    NotSent(#[source] NotSent),
    /// It may have been executed.
    #[error("the call may have been executed")]
    Doubtful(#[source] Doubtful),
}

/// Why a message was certainly not processed.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The message is larger than the limit, in bytes. Repeating does not help.
    #[error("the message is larger than {0} bytes")]
    TooLarge(usize),
    /// Every connection was in use for the whole connect timeout.
    #[error("no free connection within {0:?}")]
    Busy(Duration),
    /// No connection: name not resolved, connection refused, TLS refused by either side.
    #[error("no connection to the system")]
    Connect(#[source] io::Error),
    /// No connection within the connect timeout.
    #[error("no connection to the system within {0:?}")]
    ConnectTimeout(Duration),
    /// The connection broke before a byte of the message was handed to it.
    #[error("the connection broke before the message was sent")]
    Unsent(#[source] io::Error),
}

/// Why it is unknown whether a message was processed.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// No acknowledgement in time.
    #[error("no acknowledgement within {0:?}")]
    Timeout(Duration),
    /// The connection broke before the acknowledgement was complete.
    #[error("the connection broke before the acknowledgement was complete")]
    Broken(#[source] io::Error),
    /// What came is no MLLP, or too much of it.
    #[error("the answer cannot be read: {0}")]
    Frame(#[from] FrameError),
    /// What came is no acknowledgement. The text says why and quotes nothing from it.
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
}

impl CallError {
    /// `true` when the message may have been processed.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful(_))
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(NotSent::TooLarge(_)) => "REQUEST_UNSENDABLE",
            Self::NotSent(NotSent::Busy(_)) => "CONNECTIONS_BUSY",
            Self::NotSent(NotSent::Connect(_)) => "CONNECT_FAILED",
            Self::NotSent(NotSent::ConnectTimeout(_)) => "CONNECT_TIMEOUT",
            Self::NotSent(NotSent::Unsent(_)) => "CLOSED_BEFORE_SENDING",
            Self::Doubtful(Doubtful::Timeout(_)) => "ANSWER_TIMEOUT",
            Self::Doubtful(Doubtful::Broken(_)) => "ANSWER_BROKEN",
            Self::Doubtful(Doubtful::Frame(FrameError::Oversized(_))) => "ANSWER_OVERSIZED",
            Self::Doubtful(Doubtful::Frame(_) | Doubtful::Garbage(_)) => "ANSWER_GARBAGE",
        }
    }

    pub(super) fn garbage(why: impl Into<String>) -> Self {
        Self::Doubtful(Doubtful::Garbage(why.into()))
    }
}

impl From<FrameError> for CallError {
    fn from(error: FrameError) -> Self {
        Self::Doubtful(error.into())
    }
}
