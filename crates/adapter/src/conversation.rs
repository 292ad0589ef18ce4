//! One request and its replies: fence, acknowledgement, call, answer.

use std::sync::Arc;
use std::time::Duration;

use jisr_bus::{Address, BusError, Delivery, Message, Publisher, kind};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::id::MessageId;
use jisr_core::time::{Clock, Timestamp};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::convert;
use prost::Message as _;
use tokio::sync::Semaphore;

use crate::adapter::{Adapter, Answer, CallFault};
use crate::manifest::{Manifest, Operation};
use crate::recent::Recent;
use crate::step::{Arrival, Step, step};

/// What one conversation needs.
pub(crate) struct Conversation {
    pub(crate) adapter: Arc<dyn Adapter>,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) publisher: Arc<dyn Publisher>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) recent: Arc<Recent>,
}

/// When the department's system was called, and when it answered.
#[derive(Clone, Copy, Default)]
struct Called {
    called: Option<Timestamp>,
    answered: Option<Timestamp>,
}

impl Conversation {
    /// Sees one request through to a durable reply.
    pub(crate) async fn answer(&self, delivery: &Delivery, request: &wire::LegRequest) -> Result<(), BusError> {
        let received = self.clock.now();
        let reply = Replier { talk: self, delivery, request, received };
        let Some(operation) = self.manifest.operation(&request.operation) else {
            let fault = Fault::new(FaultClass::Unsupported, "OPERATION_UNKNOWN")
                .detail(format!("this adapter has no operation {}", request.operation));
            return reply.last(failed(&fault), Called::default()).await;
        };
        let arrival = Arrival {
            kind: request.kind(),
            attempt: request.attempt,
            seen_before: self.recent.had(delivery.message.id) || delivery.redelivered || delivery.message.republished,
            execute_before: convert::time_or_min(request.execute_before.as_ref()),
            now: received,
        };
        match step(operation, arrival) {
            Step::Expired => reply.last(expired(), Called::default()).await,
            Step::Doubt { certain_after } => {
                let detail = "the request was delivered before; what became of it is not known here";
                reply.last(in_doubt(certain_after, detail), Called::default()).await
            }
            Step::Unsupported => {
                let fault = Fault::new(FaultClass::Unsupported, "REQUEST_KIND_UNSUPPORTED");
                reply.last(failed(&fault), Called::default()).await
            }
            Step::Lookup => {
                // The permit ends with the call: a reply on its way keeps no other call waiting.
                let (said, called) = {
                    let _permit = self.calls.acquire().await;
                    self.look_up(operation, request).await
                };
                let said = said.unwrap_or_else(|| failed(&Fault::new(FaultClass::NotFound, "NOT_FOUND")));
                reply.last(said, called).await
            }
            effect @ (Step::Execute | Step::LookupThenExecute | Step::Compensate) => {
                let (said, called) = {
                    let _permit = self.calls.acquire().await;
                    // The engine must be able to know that this attempt began, before it begins.
                    reply.send(1, Said::Acknowledged(wire::Acknowledged {}), Called::default()).await?;
                    self.act(effect, operation, request, arrival.execute_before).await
                };
                reply.last(said, called).await
            }
        }
    }

    async fn act(
        &self,
        step: Step,
        operation: &Operation,
        request: &wire::LegRequest,
        execute_before: Timestamp,
    ) -> (Said, Called) {
        if step == Step::LookupThenExecute
            && let (Some(found), called) = self.look_up(operation, request).await
        {
            return (found, called);
        }
        let start = self.clock.now();
        if start >= execute_before {
            return (expired(), Called::default());
        }
        let call = async {
            if step == Step::Compensate {
                self.adapter.compensate(request).await
            } else {
                self.adapter.execute(request).await
            }
        };
        let result = tokio::time::timeout(operation.call_timeout, call).await;
        let end = self.clock.now();
        let called = Called { called: Some(start), answered: None };
        match result {
            Ok(Ok(answer)) => (said(answer), Called { answered: Some(end), ..called }),
            Ok(Err(CallFault::NotDone(fault))) => (failed(&fault), Called { answered: Some(end), ..called }),
            Ok(Err(CallFault::Doubtful { detail })) => (in_doubt(start.plus(operation.ends_within), &detail), called),
            Err(_) => {
                let detail = format!("no answer within {}", seconds(operation.call_timeout));
                (in_doubt(start.plus(operation.ends_within), &detail), called)
            }
        }
    }

    /// Nothing when the department does not know it.
    async fn look_up(&self, operation: &Operation, request: &wire::LegRequest) -> (Option<Said>, Called) {
        let start = self.clock.now();
        let result = tokio::time::timeout(operation.call_timeout, self.adapter.lookup(request)).await;
        let called = Called { called: Some(start), answered: Some(self.clock.now()) };
        let said = match result {
            Ok(Ok(found)) => found.map(said),
            Ok(Err(CallFault::NotDone(fault))) => Some(failed(&fault)),
            Ok(Err(CallFault::Doubtful { detail })) => {
                Some(failed(&Fault::new(FaultClass::Transient, "LOOKUP_FAILED").detail(detail)))
            }
            Err(_) => Some(failed(&Fault::new(FaultClass::Transient, "LOOKUP_TIMED_OUT"))),
        };
        (said, called)
    }
}

/// Sends the replies to one request.
struct Replier<'a> {
    talk: &'a Conversation,
    delivery: &'a Delivery,
    request: &'a wire::LegRequest,
    received: Timestamp,
}

impl Replier<'_> {
    /// The last word, safe from every crash when this returns.
    async fn last(&self, said: Said, called: Called) -> Result<(), BusError> {
        self.send(2, said, called).await?.durable().await
    }

    async fn send(&self, sequence: u32, said: Said, called: Called) -> Result<jisr_bus::Receipt, BusError> {
        let Self { talk, delivery, request, received } = self;
        let now = talk.clock.now();
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
        talk.publisher.publish(&Address::Engine, message).await
    }
}

fn said(answer: Answer) -> Said {
    match answer {
        Answer::Succeeded(succeeded) => Said::Succeeded(*succeeded),
        Answer::InProgress(in_progress) => Said::InProgress(in_progress),
        Answer::Refused(refused) => Said::Refused(refused),
        Answer::InformationRequired(required) => Said::InformationRequired(required),
    }
}

fn expired() -> Said {
    failed(&Fault::new(FaultClass::Expired, "EXPIRED").detail("arrived after execute_before: no call was started"))
}

fn failed(fault: &Fault) -> Said {
    Said::Failed(convert::fault_to_wire(fault))
}

fn in_doubt(certain_after: Timestamp, detail: &str) -> Said {
    Said::InDoubt(wire::InDoubt { certain_after: Some(convert::timestamp(certain_after)), detail: detail.to_owned() })
}

fn seconds(duration: Duration) -> String {
    format!("{}.{:03} s", duration.as_secs(), duration.subsec_millis())
}
