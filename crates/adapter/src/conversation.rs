//! One request and its replies: fence, acknowledgement, call, answer.

use std::sync::Arc;
use std::time::Instant;

use jisr_bus::{BusError, Delivery, Publisher};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::policy::Effect;
use jisr_core::time::Clock;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::convert;
use tokio::sync::Semaphore;

use crate::adapter::{Adapter, CallFault};
use crate::in_time::{in_time, meanwhile};
use crate::manifest::{Manifest, Operation};
use crate::recent::Recent;
use crate::replier::{Called, Replier, failed, in_doubt, said, seconds, unbegun};
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

/// A request that is to be acted on.
struct Attempt<'a> {
    operation: &'a Operation,
    request: &'a wire::LegRequest,
    arrival: Arrival,
    /// What its arrival demanded.
    step: Step,
    ours_since: Instant,
}

impl Attempt<'_> {
    /// What it does can neither be repeated nor looked up.
    fn is_once(&self) -> bool {
        let effect = match self.step {
            Step::Compensate => self.operation.compensation_effect,
            _ => self.operation.effect,
        };
        effect == Effect::Once
    }
}

impl Conversation {
    /// Sees one request through to a durable reply.
    pub(crate) async fn answer(&self, delivery: &Delivery, request: &wire::LegRequest) -> Result<(), BusError> {
        let received = self.clock.now();
        let reply = Replier::new(&*self.publisher, &*self.clock, delivery, request, received);
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
            held: delivery.ours_since.elapsed(),
        };
        let step = step(operation, self.manifest.begin_within(), arrival);
        if let Some(unbegun) = unbegun(step) {
            return reply.last(unbegun, Called::default()).await;
        }
        let attempt = Attempt { operation, request, arrival, step, ours_since: delivery.ours_since };
        // The permit ends with the call: a reply on its way keeps no other call waiting.
        let (said, called) = {
            let _permit = self.calls.acquire().await;
            match step {
                Step::Lookup => {
                    let (found, called) = self.look_up(&attempt).await;
                    (found.unwrap_or_else(|| failed(&Fault::new(FaultClass::NotFound, "NOT_FOUND"))), called)
                }
                _ => self.begin(&attempt, &reply).await?,
            }
        };
        reply.last(said, called).await
    }

    /// Acknowledges and calls, if the wait for the permit was not too long.
    async fn begin(&self, attempt: &Attempt<'_>, reply: &Replier<'_>) -> Result<(Said, Called), BusError> {
        if let Some(unbegun) = unbegun(self.step_now(attempt)) {
            return Ok((unbegun, Called::default()));
        }
        let acknowledged = reply.send(1, Said::Acknowledged(wire::Acknowledged {}), Called::default());
        if attempt.is_once() {
            // If the request were lost with us, the engine must know that it began: see ADR 11.
            acknowledged.await?;
            return Ok(self.act(attempt).await);
        }
        // Here an attempt that the engine has never heard of harms nobody, so the department need not wait for the
        // broker. An answer that is there before the acknowledgement has left says everything that it would.
        let aside = async {
            if let Err(error) = acknowledged.await {
                tracing::debug!(%error, "not acknowledged");
            }
        };
        Ok(meanwhile(aside, self.act(attempt)).await)
    }

    async fn act(&self, attempt: &Attempt<'_>) -> (Said, Called) {
        let Attempt { operation, request, step, .. } = *attempt;
        if step == Step::LookupThenExecute
            && let (Some(found), called) = self.look_up(attempt).await
        {
            return (found, called);
        }
        let call = async {
            if step == Step::Compensate {
                self.adapter.compensate(request).await
            } else {
                self.adapter.execute(request).await
            }
        };
        // Directly before the call, whatever came between: a full department, a look-up, a process that stood still.
        if let Some(unbegun) = unbegun(self.step_now(attempt)) {
            return (unbegun, Called::default());
        }
        let start = self.clock.now();
        let result = in_time(operation.call_timeout, call).await;
        let end = self.clock.now();
        let called = Called { called: Some(start), answered: None };
        match result {
            Some(Ok(answer)) => (said(answer), Called { answered: Some(end), ..called }),
            Some(Err(CallFault::NotDone(fault))) => (failed(&fault), Called { answered: Some(end), ..called }),
            Some(Err(CallFault::Doubtful { detail })) => (in_doubt(start.plus(operation.ends_within), &detail), called),
            None => {
                let detail = format!("no answer within {}", seconds(operation.call_timeout));
                (in_doubt(start.plus(operation.ends_within), &detail), called)
            }
        }
    }

    /// What would be to do if the request came now, as it has been held meanwhile.
    fn step_now(&self, attempt: &Attempt<'_>) -> Step {
        let arrival = Arrival { now: self.clock.now(), held: attempt.ours_since.elapsed(), ..attempt.arrival };
        step(attempt.operation, self.manifest.begin_within(), arrival)
    }

    /// Nothing when the department does not know it.
    async fn look_up(&self, attempt: &Attempt<'_>) -> (Option<Said>, Called) {
        let start = self.clock.now();
        let result = in_time(attempt.operation.call_timeout, self.adapter.lookup(attempt.request)).await;
        let called = Called { called: Some(start), answered: Some(self.clock.now()) };
        let said = match result {
            Some(Ok(found)) => found.map(said),
            Some(Err(CallFault::NotDone(fault))) => Some(failed(&fault)),
            Some(Err(CallFault::Doubtful { detail })) => {
                Some(failed(&Fault::new(FaultClass::Transient, "LOOKUP_FAILED").detail(detail)))
            }
            None => Some(failed(&Fault::new(FaultClass::Transient, "LOOKUP_TIMED_OUT"))),
        };
        (said, called)
    }
}
