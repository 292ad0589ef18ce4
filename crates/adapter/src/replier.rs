//! What is said to a request: the words, and the way they go.

use std::time::Duration;

use jisr_bus::{Address, BusError, Delivery, Message, Publisher, kind};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::id::MessageId;
use jisr_core::time::{Clock, Timestamp};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::convert;
use prost::Message as _;

use crate::adapter::Answer;
use crate::step::Step;

/// When the department's system was called, and when it answered.
#[derive(Clone, Copy, Default)]
pub(crate) struct Called {
    pub(crate) called: Option<Timestamp>,
    pub(crate) answered: Option<Timestamp>,
}

/// Sends the replies to one request.
pub(crate) struct Replier<'a> {
    publisher: &'a dyn Publisher,
    clock: &'a dyn Clock,
    delivery: &'a Delivery,
    request: &'a wire::LegRequest,
    received: Timestamp,
}

impl<'a> Replier<'a> {
    /// The replies to `request`, which came with `delivery` at a time.
    pub(crate) fn new(
        publisher: &'a dyn Publisher,
        clock: &'a dyn Clock,
        delivery: &'a Delivery,
        request: &'a wire::LegRequest,
        received: Timestamp,
    ) -> Self {
        Self { publisher, clock, delivery, request, received }
    }

    /// The last word, safe from every crash when this returns.
    pub(crate) async fn last(&self, said: Said, called: Called) -> Result<(), BusError> {
        self.send(2, said, called).await?.durable().await
    }

    /// One word of several; held by the bus when this returns.
    pub(crate) async fn send(&self, sequence: u32, said: Said, called: Called) -> Result<jisr_bus::Receipt, BusError> {
        let Self { publisher, clock, delivery, request, received } = self;
        let now = clock.now();
        let id = MessageId::new(now, rand::random());
        let reply = wire::LegReply {
            message_id: id.to_string(),
            in_reply_to: request.message_id.clone(),
            transaction: request.transaction.clone(),
            leg: request.leg.clone(),
            department: request.department.clone(),
            attempt: request.attempt,
            sequence,
            kind: request.kind,
            received_time: Some(convert::timestamp(*received)),
            called_time: called.called.map(convert::timestamp),
            answered_time: called.answered.map(convert::timestamp),
            result: Some(said),
        };
        let message = Message {
            id,
            kind: kind::LEG_REPLIED.into(),
            correlation: delivery.message.correlation,
            attempt: request.attempt,
            republished: false,
            time: now,
            trace: delivery.message.trace.clone(),
            body: reply.encode_to_vec().into(),
        };
        publisher.publish(&Address::Engine, message).await
    }
}

/// The last word on a request for which nothing is begun; nothing if something is.
pub(crate) fn unbegun(step: Step) -> Option<Said> {
    match step {
        Step::Expired => Some(expired()),
        Step::Doubt { certain_after } => {
            let detail = "the request was delivered before; what became of it is not known here";
            Some(in_doubt(certain_after, detail))
        }
        Step::Unsupported => Some(failed(&Fault::new(FaultClass::Unsupported, "REQUEST_KIND_UNSUPPORTED"))),
        Step::Execute | Step::LookupThenExecute | Step::Lookup | Step::Compensate => None,
    }
}

pub(crate) fn said(answer: Answer) -> Said {
    match answer {
        Answer::Succeeded(succeeded) => Said::Succeeded(*succeeded),
        Answer::InProgress(in_progress) => Said::InProgress(in_progress),
        Answer::Refused(refused) => Said::Refused(refused),
        Answer::InformationRequired(required) => Said::InformationRequired(required),
    }
}

fn expired() -> Said {
    failed(&Fault::new(FaultClass::Expired, "EXPIRED").detail("too late to begin: no call was started"))
}

pub(crate) fn failed(fault: &Fault) -> Said {
    Said::Failed(convert::fault_to_wire(fault))
}

pub(crate) fn in_doubt(certain_after: Timestamp, detail: &str) -> Said {
    Said::InDoubt(wire::InDoubt { certain_after: Some(convert::timestamp(certain_after)), detail: detail.to_owned() })
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{}.{:03} s", duration.as_secs(), duration.subsec_millis())
}
