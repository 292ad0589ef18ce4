//! What a failed call means for its effect. Certainty is claimed only where AMQP gives it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use fe2o3_amqp::types::definitions;
use fe2o3_amqp::types::messaging::Outcome;

/// The cause below an error, kept for the log and never shown to customers.
type Cause = Box<dyn Error + Send + Sync>;

/// Longest text of the broker that is passed on, in characters.
const SAID_LIMIT: usize = 200;

/// A call that did not bring what it was made for.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Certainly not with the broker: it is safe to call again.
    #[error("the message was certainly not sent")]
    NotSent(#[source] NotSent),
    /// It may be with the broker, and may have had its effect: look up before calling again.
    #[error("the message may have been sent")]
    Doubtful(#[source] Doubtful),
}

/// Why a message is certainly not with the broker.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The message itself cannot be sent, for example because it is too large. Repeating does not help.
    #[error("the message cannot be sent: {0}")]
    Message(String),
    /// No connection: name not resolved, connection refused, TLS refused by either side, another protocol.
    #[error("no connection to the broker")]
    Connect(#[source] Cause),
    /// No connection within the connect timeout.
    #[error("no connection to the broker within {0:?}")]
    ConnectTimeout(Duration),
    /// SASL: the broker does not know us, or not like this.
    #[error("the broker refuses our credentials")]
    Credentials,
    /// The broker refused the connection, the session or the link, as it does for a queue that is not there.
    #[error("the broker refuses the link: {0}")]
    Refused(Said),
    /// The broker took no message in time, or closed before it was handed one.
    #[error("the broker took no message: {0}")]
    NotTaken(String),
    /// The broker settled it as rejected: a full queue, a limit, a message it does not want.
    #[error("the broker rejects the message: {0}")]
    Rejected(Said),
    /// The broker settled it as released, or modified without a failed delivery: it was not processed.
    #[error("the broker releases the message")]
    Released,
}

/// Why it is unknown whether a message is with the broker, or what came of it.
#[derive(Debug, thiserror::Error)]
pub enum Doubtful {
    /// The message was handed over, and no disposition came in time.
    #[error("no disposition within {0:?}")]
    NoDisposition(Duration),
    /// The link broke after the message was handed over.
    #[error("the link broke before the disposition came: {0}")]
    Broken(String),
    /// Settled as modified with a failed delivery: somebody behind the broker had it in hand.
    #[error("a delivery of the message failed")]
    DeliveryFailed,
    /// The question is with the broker, and nobody answered in time.
    #[error("no answer within {0:?}")]
    NoAnswer(Duration),
    /// The answer is not what was agreed. The text says why and quotes nothing from it.
    #[error("the answer cannot be read: {0}")]
    Garbage(String),
}

/// What a broker said about its no: a condition of AMQP, and its own words, cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// For instance `amqp:resource-limit-exceeded`; empty if it gave none.
    pub condition: String,
    words: String,
}

impl Said {
    /// Nothing was said.
    pub(super) fn nothing() -> Self {
        Self { condition: String::new(), words: String::new() }
    }
}

impl From<&definitions::Error> for Said {
    fn from(error: &definitions::Error) -> Self {
        let words = error.description.as_deref().unwrap_or_default();
        let words = words.chars().filter(|character| !character.is_control()).take(SAID_LIMIT).collect();
        Self { condition: condition(&error.condition), words }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.condition.as_str(), self.words.as_str()) {
            ("", "") => f.write_str("without a reason"),
            (condition, "") => f.write_str(condition),
            (condition, words) => write!(f, "{condition}: {words}"),
        }
    }
}

/// A condition as it stands on the wire.
fn condition(condition: &definitions::ErrorCondition) -> String {
    use definitions::ErrorCondition as Condition;
    use fe2o3_amqp::types::primitives::Symbol;
    match condition {
        Condition::AmqpError(error) => Symbol::from(error).0,
        Condition::ConnectionError(error) => Symbol::from(error).0,
        Condition::SessionError(error) => Symbol::from(error).0,
        Condition::LinkError(error) => Symbol::from(error).0,
        Condition::Custom(symbol) => symbol.0.clone(),
    }
}

/// Conditions that mean the message, not the moment.
const OF_THE_MESSAGE: [&str; 4] =
    ["amqp:decode-error", "amqp:invalid-field", "amqp:not-implemented", "amqp:link:message-size-exceeded"];

/// What a disposition means (AMQP 1.0, part 3, section 3.4).
pub(super) fn judged(outcome: &Outcome) -> Result<(), CallError> {
    match outcome {
        Outcome::Accepted(_) => Ok(()),
        Outcome::Rejected(rejected) => {
            let said = rejected.error.as_ref().map_or_else(Said::nothing, Said::from);
            Err(CallError::NotSent(NotSent::Rejected(said)))
        }
        Outcome::Released(_) => Err(CallError::NotSent(NotSent::Released)),
        Outcome::Modified(modified) if modified.delivery_failed == Some(true) => {
            Err(CallError::Doubtful(Doubtful::DeliveryFailed))
        }
        Outcome::Modified(_) => Err(CallError::NotSent(NotSent::Released)),
    }
}

impl CallError {
    /// `true` when the message may have been sent.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful(_))
    }

    /// `false` when repeating the same call can never succeed without a change of configuration or data.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotSent(NotSent::Message(_)) => false,
            Self::NotSent(NotSent::Rejected(said)) => !OF_THE_MESSAGE.contains(&said.condition.as_str()),
            _ => true,
        }
    }

    /// A stable code for journals and metrics: upper case, underscores.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(NotSent::Message(_)) => "MESSAGE_UNSENDABLE",
            Self::NotSent(NotSent::Connect(_)) => "CONNECT_FAILED",
            Self::NotSent(NotSent::ConnectTimeout(_)) => "CONNECT_TIMEOUT",
            Self::NotSent(NotSent::Credentials) => "CREDENTIALS_REFUSED",
            Self::NotSent(NotSent::Refused(_)) => "LINK_REFUSED",
            Self::NotSent(NotSent::NotTaken(_)) => "NOT_TAKEN",
            Self::NotSent(NotSent::Rejected(_)) => "REJECTED_BY_BROKER",
            Self::NotSent(NotSent::Released) => "RELEASED_BY_BROKER",
            Self::Doubtful(Doubtful::NoDisposition(_)) => "DISPOSITION_TIMEOUT",
            Self::Doubtful(Doubtful::Broken(_)) => "LINK_BROKEN",
            Self::Doubtful(Doubtful::DeliveryFailed) => "DELIVERY_FAILED",
            Self::Doubtful(Doubtful::NoAnswer(_)) => "ANSWER_TIMEOUT",
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

#[cfg(test)]
mod tests {
    use fe2o3_amqp::types::definitions::{AmqpError, LinkError};
    use fe2o3_amqp::types::messaging::{Accepted, Modified, Rejected, Released};

    use super::*;

    fn rejected(condition: impl Into<definitions::ErrorCondition>) -> Outcome {
        Outcome::Rejected(Rejected { error: Some(definitions::Error::new(condition, Some("x".repeat(999)), None)) })
    }

    fn modified(delivery_failed: Option<bool>) -> Outcome {
        Outcome::Modified(Modified { delivery_failed, undeliverable_here: None, message_annotations: None })
    }

    #[test]
    fn every_disposition_has_its_meaning() {
        let meaning = |outcome: Outcome| judged(&outcome).err().map(|error| (error.code(), error.is_transient()));
        assert_eq!(meaning(Outcome::Accepted(Accepted {})), None);
        let full = rejected(AmqpError::ResourceLimitExceeded);
        assert_eq!(meaning(full), Some(("REJECTED_BY_BROKER", true)));
        assert_eq!(meaning(rejected(AmqpError::DecodeError)), Some(("REJECTED_BY_BROKER", false)));
        assert_eq!(meaning(rejected(LinkError::MessageSizeExceeded)), Some(("REJECTED_BY_BROKER", false)));
        assert_eq!(meaning(Outcome::Rejected(Rejected { error: None })), Some(("REJECTED_BY_BROKER", true)));
        assert_eq!(meaning(Outcome::Released(Released {})), Some(("RELEASED_BY_BROKER", true)));
        assert_eq!(meaning(modified(None)), Some(("RELEASED_BY_BROKER", true)));
        assert_eq!(meaning(modified(Some(true))), Some(("DELIVERY_FAILED", true)));
        assert!(judged(&modified(Some(true))).is_err_and(|error| error.is_doubtful()));
    }

    #[test]
    fn what_a_broker_says_is_cut_short() {
        let Err(error) = judged(&rejected(AmqpError::NotAllowed)) else { panic!("accepted") };
        let text = error.chain();
        assert!(text.contains("amqp:not-allowed: xxx") && text.len() < SAID_LIMIT + 120, "{text}");
    }
}
