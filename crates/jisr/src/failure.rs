//! What stops a command: one shape for what the server said, what the network did and what we found ourselves.

mod from;
mod status;

use std::collections::BTreeMap;
use std::time::Duration;

use jisr_core::problem::Retry;

use crate::exit::Exit;

pub(crate) use status::{cause, is_lost, reason_of};

/// Why a command did not do what it was asked to. Told by [`crate::output::failure`].
#[derive(Debug)]
pub(crate) struct Failure(Box<Details>);

/// The particulars of a [`Failure`].
#[derive(Debug)]
pub(crate) struct Details {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// Name of the gRPC status, such as `NOT_FOUND`; empty when no call was made.
    pub(crate) code: &'static str,
    /// Reason of the error catalogue, such as `TRANSACTION_NOT_FOUND`; empty where there is none.
    pub(crate) reason: String,
    /// A sentence for people, in their language where the server knew it.
    pub(crate) message: String,
    /// Fields found wrong, and what must be so first.
    pub(crate) points: Vec<Point>,
    /// Whether and how to try again, where that is known.
    pub(crate) retry: Option<Retry>,
    /// How long to wait before.
    pub(crate) retry_after: Option<Duration>,
    /// Particulars by name, as the server gave them.
    pub(crate) metadata: BTreeMap<String, String>,
    /// What to do now, in the language of the command.
    pub(crate) advice: Vec<String>,
    /// Whoever read our output has gone: nothing is said.
    pub(crate) silent: bool,
}

/// One field or precondition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The path of a field, or the subject of a precondition.
    pub(crate) at: String,
    /// A code in SCREAMING_SNAKE; may be empty.
    pub(crate) reason: String,
    /// What to do about it.
    pub(crate) message: String,
}

impl Failure {
    /// A failure of our own finding.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            exit,
            code: "",
            reason: String::new(),
            message: message.into(),
            points: Vec::new(),
            retry: None,
            retry_after: None,
            metadata: BTreeMap::new(),
            advice: Vec::new(),
            silent: false,
        }))
    }

    /// Adds what to do now.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice.push(advice.into());
        self
    }

    /// Adds something that does not hold.
    pub(crate) fn point(mut self, at: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.points.push(Point { at: at.into(), reason: String::new(), message: message.into() });
        self
    }

    /// Adds a particular.
    pub(crate) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// The particulars.
    pub(crate) fn details(&self) -> &Details {
        &self.0
    }

    /// How the process ends.
    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }
}
