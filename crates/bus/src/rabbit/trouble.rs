//! What can be wrong with the broker, by what to do about it.

use std::fmt;

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::{Error, ErrorKind};

use crate::BusError;

/// Why something with the broker did not work.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The broker said no and will say it again: a user, a permission, a virtual host, another topology.
    Refused(String),
    /// Something of the topology is not there (yet).
    Missing(String),
    /// Not reachable, gone, or silent.
    Down(String),
}

impl Trouble {
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "the broker refuses: {why}"),
            Self::Missing(what) => write!(f, "not there yet: {what}"),
            Self::Down(why) => f.write_str(why),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let ErrorKind::ProtocolError(said) = error.kind() else {
            return Self::Down(text);
        };
        match said.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => Self::Missing(text),
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED | AMQPSoftError::PRECONDITIONFAILED)
            | AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::NOTIMPLEMENTED) => Self::Refused(text),
            _ => Self::Down(text),
        }
    }
}

impl From<Trouble> for BusError {
    fn from(trouble: Trouble) -> Self {
        Self(trouble.to_string().into())
    }
}
