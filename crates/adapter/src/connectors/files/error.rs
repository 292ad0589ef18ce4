//! What a failed transfer means for its effect.

use std::error::Error;
use std::time::Duration;

/// The cause below an error, kept for the log and never shown to customers.
type Cause = Box<dyn Error + Send + Sync>;

/// A request to the far side's files that brought no result.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Certainly not done.
    #[error("certainly not done")]
    NotDone(#[source] NotDone),
    /// It may have been done.
    #[error("it may have been done")]
    Doubtful(#[source] Doubtful),
}

/// Why it was certainly not done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// No connection: name not resolved, connection refused, no protocol in common, the subsystem not there.
    #[error("no connection to the server")]
    Connect(#[source] Cause),
    /// Not connected and logged in within the time.
    #[error("not connected and logged in within {0:?}")]
    ConnectTimeout(Duration),
    /// The server shows a key that is not among those of the configuration: somebody else may be answering.
    #[error("the server shows the unknown host key {0}")]
    HostKey(String),
    /// The server does not take our key or password.
    #[error("the server refuses the login")]
    Login,
    /// The settings cannot be used, for example a key that is none.
    #[error("the settings cannot be used: {0}")]
    Settings(String),
    /// There is no such file or folder.
    #[error("{0} is not there")]
    Missing(String),
    /// The file is there already.
    #[error("{0} is there already")]
    Exists(String),
    /// We may not.
    #[error("no permission for {0}")]
    Denied(String),
    /// The server says no for a reason of its own.
    #[error("the server refuses {path}: {why}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The status, in words.
        why: String,
    },
    /// The file is larger than the limit, in bytes. It was not read.
    #[error("{path} is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// The limit.
        limit: u64,
    },
    /// A folder with more entries than the limit.
    #[error("{path} holds more than {limit} entries")]
    TooMany {
        /// The folder.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// The file changed while it was read, or ended early: somebody is still writing it.
    #[error("{0} changed while it was read")]
    Changed(String),
    /// A name that would lead out of its folder.
    #[error("{0:?} is no plain path")]
    Path(String),
}

/// Why it is unknown whether it was done.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke before the answer came.
    #[error("the connection broke before the answer came")]
    Broken(#[source] Cause),
    /// The answer is not what the protocol promises.
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
}

impl TransferError {
    /// `true` when it may have been done.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful(_))
    }

    /// `false` when the same request can never succeed without a change of configuration or data.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::NotDone(NotDone::Settings(_) | NotDone::Path(_)))
    }

    /// Whether the file is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::NotDone(NotDone::Missing(_)))
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDone(NotDone::Connect(_)) => "CONNECT_FAILED",
            Self::NotDone(NotDone::ConnectTimeout(_)) => "CONNECT_TIMEOUT",
            Self::NotDone(NotDone::HostKey(_)) => "HOST_KEY_UNKNOWN",
            Self::NotDone(NotDone::Login) => "LOGIN_REFUSED",
            Self::NotDone(NotDone::Settings(_)) => "SETTINGS_UNUSABLE",
            Self::NotDone(NotDone::Missing(_)) => "FILE_MISSING",
            Self::NotDone(NotDone::Exists(_)) => "FILE_EXISTS",
            Self::NotDone(NotDone::Denied(_)) => "FILE_DENIED",
            Self::NotDone(NotDone::Refused { .. }) => "FILE_REFUSED",
            Self::NotDone(NotDone::TooLarge { .. }) => "FILE_TOO_LARGE",
            Self::NotDone(NotDone::TooMany { .. }) => "FOLDER_TOO_LARGE",
            Self::NotDone(NotDone::Changed(_)) => "FILE_CHANGED",
            Self::NotDone(NotDone::Path(_)) => "PATH_UNUSABLE",
            Self::Doubtful(Doubtful::Timeout(_)) => "ANSWER_TIMEOUT",
            Self::Doubtful(Doubtful::Broken(_)) => "ANSWER_BROKEN",
            Self::Doubtful(Doubtful::Garbage(_)) => "ANSWER_GARBAGE",
        }
    }

    /// The error with its causes, outermost first, for operators.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl From<NotDone> for TransferError {
    fn from(why: NotDone) -> Self {
        Self::NotDone(why)
    }
}

impl From<Doubtful> for TransferError {
    fn from(why: Doubtful) -> Self {
        Self::Doubtful(why)
    }
}
