//! Publish and consume between engine and adapters, the suite that every bus must pass, and two
//! ways: inside one process, and over RabbitMQ.
//!
//! A bus delivers at least once. What it does not know, it does not drop: a message nobody acknowledged comes back
//! with `redelivered` set, and it is the receiver that is idempotent.
//!
//! A bus may let many messages travel as one (RabbitMQ does, under load). Nobody notices: each has its own [`Receipt`] and
//! its own [`Delivery`]. See ADR 10.

mod delivery;
mod message;
mod process;
pub mod rabbit;
pub mod suite;

use std::sync::Arc;

use async_trait::async_trait;
pub use delivery::{Consumer, Delivery, Settle, Settled};
use jisr_core::name::DepartmentId;
pub use message::{Address, Message, TraceContext, kind};
pub use process::ProcessBus;
pub use rabbit::{RabbitBus, RabbitOptions};
use tokio::sync::oneshot;

/// The bus cannot take or give messages now. Safe to try again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the bus is unavailable: {0}")]
pub struct BusError(pub Arc<str>);

/// What a publisher gets for a message that was taken.
///
/// Two promises are told apart because the in-process bus keeps them at different times:
/// *held*, given with the receipt itself: the message reaches its consumer unless sender and bus die together;
/// *durable*, by [`Receipt::durable`]: it is safe from every crash, so the sender may forget it. A broker gives both at
/// once, with its confirm; a bus in memory can only promise the second when the consumer has acknowledged.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<()>);

impl Receipt {
    /// A receipt and the end that keeps its promise. Dropping that end breaks it.
    #[must_use]
    pub fn pair() -> (oneshot::Sender<()>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    /// Waits until the message is safe from every crash.
    ///
    /// # Errors
    /// The bus died or dead-lettered before it could promise: the message must be published again.
    pub async fn durable(self) -> Result<(), BusError> {
        self.0.await.map_err(|_| BusError("the bus gave the message up unconfirmed".into()))
    }
}

/// Puts messages on the bus.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Returns once the bus holds the message; see [`Receipt`] for what that promises. Waits while the bus is full.
    ///
    /// # Errors
    /// The bus did not take it. Whether a consumer sees it is then unknown.
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError>;
}

/// A way for messages.
#[async_trait]
pub trait Bus: Send + Sync {
    /// A publisher of one's own.
    ///
    /// # Errors
    /// The bus cannot be reached.
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError>;

    /// Takes messages from an address, in competition with every other consumer of it. At most `prefetch` are
    /// handed out and unsettled at a time; a bus that packs may have more at hand, as many packs as `prefetch`.
    ///
    /// # Errors
    /// The bus cannot be reached.
    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError>;

    /// Says how many messages to a department may travel as one, as its adapter has announced (`Manifest.max_pack`).
    /// Until this is said, and with 0 or 1, each travels alone. It holds for what is sent from now on, by every
    /// publisher of this bus; a bus that gains nothing by it ignores it.
    fn set_pack(&self, department: &DepartmentId, most: u16) {
        let _ = (department, most);
    }

    /// Says whether a department's adapter wants its messages as JSON, as it has announced (`Manifest.json`). Until this
    /// is said, it is sent protobuf. A bus whose messages never leave the process ignores it.
    fn set_json(&self, department: &DepartmentId, json: bool) {
        let _ = (department, json);
    }
}
