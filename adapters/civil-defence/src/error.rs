//! What each failure on the way to the inspection system means: certainly not done, or doubt.

use jisr_adapter::CallFault;
use jisr_adapter::connectors::amqp::CallError;
use jisr_adapter::core::fault::{Fault, FaultClass};

/// A failure of the broker or the way to it.
#[must_use]
pub fn of_call(error: &CallError) -> CallFault {
    let detail = error.chain();
    if error.is_doubtful() {
        return CallFault::Doubtful { detail };
    }
    // A password that has expired or a queue that is not there concerns every message and is put right once: waiting
    // beats parking each leg.
    let class = if error.is_transient() { FaultClass::Transient } else { FaultClass::Permanent };
    CallFault::NotDone(Fault::new(class, error.code()).detail(detail))
}

/// An answer that is not what was agreed: what the question did is unknown.
#[must_use]
pub fn unreadable(why: &str) -> CallFault {
    CallFault::Doubtful { detail: format!("the answer cannot be read: {why}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jisr_adapter::connectors::amqp::{Doubtful, NotSent};

    use super::*;

    #[test]
    fn the_connector_decides_about_doubt() {
        let doubt = of_call(&CallError::Doubtful(Doubtful::NoDisposition(Duration::from_secs(9))));
        let detail = "the message may have been sent: no disposition within 9s".to_owned();
        assert_eq!(doubt, CallFault::Doubtful { detail });
        let class = |error| match of_call(&CallError::NotSent(error)) {
            CallFault::NotDone(fault) => (fault.class, fault.code.to_string()),
            CallFault::Doubtful { detail } => panic!("{detail}"),
        };
        assert_eq!(class(NotSent::Credentials), (FaultClass::Transient, "CREDENTIALS_REFUSED".to_owned()));
        assert_eq!(class(NotSent::Released), (FaultClass::Transient, "RELEASED_BY_BROKER".to_owned()));
        let unsendable = NotSent::Message("too large".to_owned());
        assert_eq!(class(unsendable), (FaultClass::Permanent, "MESSAGE_UNSENDABLE".to_owned()));
    }
}
