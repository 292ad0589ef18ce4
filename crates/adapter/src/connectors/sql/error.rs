//! What a failed call means for its effect. Certainty is claimed only where the transaction gives it.

use std::error::Error;
use std::time::Duration;

use super::refusal::{Refusal, Trouble};

/// The cause below an error, kept for the log and never shown to customers.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// A call that brought no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// Certainly not executed: it is safe to call again.
    #[error("the call was certainly not executed")]
    NotDone(#[source] NotDone),
    /// The database said no, and nothing was done: a rule of its tables, or an error its procedures raise.
    #[error("the database refused: {0}")]
    Refused(Box<Refusal>),
    /// It may have been executed.
    #[error("the call may have been executed")]
    Doubtful(#[source] Doubtful),
}

/// Why a call was certainly not executed.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Every connection we may have was in use for so long.
    #[error("no free connection within {0:?}")]
    Busy(Duration),
    /// No connection within the connect timeout.
    #[error("no connection to the database within {0:?}")]
    ConnectTimeout(Duration),
    /// No connection: name not resolved, connection refused, TLS refused by either side.
    #[error("no connection to the database")]
    Connect(#[source] Cause),
    /// The work was not done in time; it was not committed.
    #[error("not done within {0:?}, and not committed")]
    Timeout(Duration),
    /// The connection broke before COMMIT was sent.
    #[error("the connection broke before anything was committed")]
    Broken(#[source] Cause),
    /// The database could not do it.
    #[error("the database could not do it: {0}")]
    Database(DatabaseFault),
    /// The answer has more rows than the limit.
    #[error("the answer has more than {0} rows, and was not committed")]
    TooManyRows(usize),
    /// The answer is larger than the limit, in bytes.
    #[error("the answer is larger than {0} bytes, and was not committed")]
    Oversized(usize),
    /// What came is not what the protocol or the driver promises. Quotes nothing from it.
    #[error("the answer cannot be read, and was not committed: {0}")]
    Unreadable(String),
}

/// Why it is unknown whether a call was executed.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// COMMIT was not answered in time.
    #[error("no answer to COMMIT within {0:?}")]
    Timeout(Duration),
    /// The connection broke after COMMIT was handed over.
    #[error("the connection broke before COMMIT was answered")]
    Broken(#[source] Cause),
    /// The database answered COMMIT with an error that proves nothing.
    #[error("COMMIT was answered with an error that proves nothing: {0}")]
    Database(DatabaseFault),
}

/// An error of the database that is no refusal. Its message stays there: it may quote values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trouble:?}, SQLSTATE {sqlstate}{}", number.map(|number| format!(", error {number}")).unwrap_or_default())]
pub struct DatabaseFault {
    /// What kind.
    pub trouble: Trouble,
    /// Five characters.
    pub sqlstate: String,
    /// MariaDB's and MySQL's own number.
    pub number: Option<u16>,
}

impl SqlError {
    /// `true` when the call may have been executed.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful(_))
    }

    /// `false` when repeating the same call can hardly succeed without a change of configuration, data or the database.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotDone(NotDone::Database(fault)) => {
                !matches!(fault.trouble, Trouble::Definition | Trouble::Value | Trouble::Permission)
            }
            Self::NotDone(_) | Self::Doubtful(_) => true,
            Self::Refused(_) => false,
        }
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "DATABASE_REFUSED",
            Self::NotDone(NotDone::Busy(_)) => "CONNECTIONS_BUSY",
            Self::NotDone(NotDone::ConnectTimeout(_)) => "CONNECT_TIMEOUT",
            Self::NotDone(NotDone::Connect(_)) => "CONNECT_FAILED",
            Self::NotDone(NotDone::Timeout(_)) => "WORK_TIMEOUT",
            Self::NotDone(NotDone::Broken(_)) => "CONNECTION_BROKEN",
            Self::NotDone(NotDone::TooManyRows(_) | NotDone::Oversized(_)) => "ANSWER_OVERSIZED",
            Self::NotDone(NotDone::Unreadable(_)) => "ANSWER_GARBAGE",
            Self::NotDone(NotDone::Database(fault)) => match fault.trouble {
                Trouble::Credentials => "CREDENTIALS_REFUSED",
                Trouble::Closed => "DATABASE_CLOSED",
                Trouble::Slow => "STATEMENT_TIMEOUT",
                Trouble::Contention => "CONTENTION",
                Trouble::Permission => "PERMISSION_DENIED",
                Trouble::Definition => "STATEMENT_UNFIT",
                Trouble::Value => "VALUE_UNFIT",
                Trouble::Other => "DATABASE_ERROR",
            },
            Self::Doubtful(Doubtful::Timeout(_)) => "COMMIT_TIMEOUT",
            Self::Doubtful(Doubtful::Broken(_)) => "COMMIT_BROKEN",
            Self::Doubtful(Doubtful::Database(_)) => "COMMIT_UNCERTAIN",
        }
    }
}
