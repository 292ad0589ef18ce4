//! What travels, and where to: the header contract, version 1.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::id::{MessageId, TransactionId};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;

/// The `type` of each message on the bus.
pub mod kind {
    /// A request to a department's adapter: `jisr.adapter.v1.LegRequest`.
    pub const LEG_REQUESTED: &str = "jisr.leg.requested.v1";
    /// An adapter's reply: `jisr.adapter.v1.LegReply`.
    pub const LEG_REPLIED: &str = "jisr.leg.replied.v1";
    /// An adapter says who it is: `jisr.adapter.v1.AdapterAnnouncement`.
    pub const ADAPTER_ANNOUNCED: &str = "jisr.adapter.announced.v1";
    /// An adapter says it is alive: `jisr.adapter.v1.AdapterHeartbeat`.
    pub const ADAPTER_ALIVE: &str = "jisr.adapter.alive.v1";
    /// Several of the others in one message of the broker: `jisr.adapter.v1.Pack`. It is the bus that packs and unpacks;
    /// nobody above it sees one.
    pub const PACK: &str = "jisr.pack.v1";
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// The adapter of a department.
    Department(DepartmentId),
    /// The engine.
    Engine,
}

/// W3C Trace Context, carried as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// `traceparent`.
    pub traceparent: Option<Arc<str>>,
    /// `tracestate`.
    pub tracestate: Option<Arc<str>>,
}

/// One message. Cloning shares the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same id however often it is sent.
    pub id: MessageId,
    /// One of [`kind`].
    pub kind: Arc<str>,
    /// The transaction it belongs to.
    pub correlation: Option<TransactionId>,
    /// Number of the request within its leg; 0 where there is none.
    pub attempt: u32,
    /// It was possibly sent before, by a sender that did not live to know.
    pub republished: bool,
    /// When it was made.
    pub time: Timestamp,
    /// The trace it belongs to.
    pub trace: TraceContext,
    /// Protobuf, `application/protobuf`.
    pub body: Bytes,
}
