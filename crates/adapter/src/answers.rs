//! Answers that come by themselves, hours later: a reply queue, a status table, a result file.

use std::sync::Arc;

use jisr_bus::{Address, BusError, Message, Publisher, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::{Clock, Timestamp};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::convert;
use prost::Message as _;

use crate::adapter::Answer;
use crate::reference::Reference;
use crate::replier::said;

/// Brings a department's own answers home. Cloning is cheap.
#[derive(Clone)]
pub struct Answers {
    department: DepartmentId,
    publisher: Arc<dyn Publisher>,
    clock: Arc<dyn Clock>,
}

impl Answers {
    pub(crate) fn new(department: DepartmentId, publisher: Arc<dyn Publisher>, clock: Arc<dyn Clock>) -> Self {
        Self { department, publisher, clock }
    }

    /// Hands in what the department decided about a reference of ours, and when, if it says. Safe from every crash when this
    /// returns: only then may what the department sent be acknowledged, marked or moved. Given twice, it changes nothing.
    ///
    /// An answer that says only that the work goes on is nothing to bring: the engine knows that already.
    ///
    /// # Errors
    /// The bus did not take it: leave what the department sent where it is.
    pub async fn give(
        &self,
        reference: &Reference,
        answer: Answer,
        answered: Option<Timestamp>,
    ) -> Result<(), BusError> {
        if matches!(answer, Answer::InProgress(_)) {
            return Ok(());
        }
        let now = self.clock.now();
        let id = MessageId::new(now, rand::random());
        let reply = wire::LegReply {
            message_id: id.to_string(),
            transaction: reference.transaction.to_string(),
            leg: reference.leg.to_string(),
            department: self.department.to_string(),
            kind: wire::RequestKind::Execute.into(),
            received_time: Some(convert::timestamp(now)),
            answered_time: answered.map(convert::timestamp),
            result: Some(said(answer)),
            ..wire::LegReply::default()
        };
        let message = Message {
            id,
            kind: kind::LEG_REPLIED.into(),
            correlation: Some(reference.transaction),
            attempt: 0,
            republished: false,
            time: now,
            trace: TraceContext::default(),
            body: reply.encode_to_vec().into(),
        };
        self.publisher.publish(&Address::Engine, message).await?.durable().await
    }
}
