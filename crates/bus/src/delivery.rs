//! A message in a consumer's hands, until it is settled.

use std::fmt;
use std::time::Instant;

use jisr_core::name::DepartmentId;
use tokio::sync::mpsc;

use crate::Message;

/// What the receiver made of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its effect is durable: never deliver it again.
    Acknowledged,
    /// Not dealt with: deliver it again, to whoever is there.
    Returned,
    /// Cannot be dealt with by anyone: keep it aside with the reason.
    DeadLettered(String),
}

/// The bus's end of a delivery.
pub trait Settle: Send + Sync {
    /// Takes the receiver's word. Called once.
    fn settle(self: Box<Self>, settled: Settled);

    /// Whether nobody listens any more, because the way the delivery came is lost: the bus delivers it again.
    fn is_lost(&self) -> bool {
        false
    }
}

/// One message, once. Dropped without a word it is returned, so a receiver that dies loses nothing.
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// It was possibly delivered before, to somebody who may have acted on it.
    pub redelivered: bool,
    /// The department that sent it, where the bus can vouch for that; a bus inside one process has no need to.
    pub sender: Option<DepartmentId>,
    /// Before this instant nobody else was given it because we seemed to be dead: what the receiver begins within a
    /// bound of it, it begins within the bound of anybody else's being given it. Not when it was read: a process that
    /// was stopped meanwhile finds messages in its socket that others have had for long.
    pub ours_since: Instant,
    settle: Option<Box<dyn Settle>>,
}

impl Delivery {
    /// A delivery whose end is `settle`.
    #[must_use]
    pub fn new(message: Message, redelivered: bool, settle: Box<dyn Settle>) -> Self {
        Self { message, redelivered, sender: None, ours_since: Instant::now(), settle: Some(settle) }
    }

    /// The same, ours since an earlier instant.
    #[must_use]
    pub fn ours_since(mut self, since: Instant) -> Self {
        self.ours_since = since;
        self
    }

    /// The same, sent by a department for which the bus vouches.
    #[must_use]
    pub fn sent_by(mut self, sender: Option<DepartmentId>) -> Self {
        self.sender = sender;
        self
    }

    /// Its effect is durable.
    pub fn acknowledge(self) {
        self.settle(Settled::Acknowledged);
    }

    /// It cannot be dealt with by anyone, for this reason.
    pub fn dead_letter(self, reason: impl Into<String>) {
        self.settle(Settled::DeadLettered(reason.into()));
    }

    /// It was not dealt with.
    pub fn give_back(self) {
        self.settle(Settled::Returned);
    }

    fn is_lost(&self) -> bool {
        self.settle.as_ref().is_some_and(|settle| settle.is_lost())
    }

    fn settle(mut self, settled: Settled) {
        if let Some(settle) = self.settle.take() {
            settle.settle(settled);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(settle) = self.settle.take() {
            settle.settle(Settled::Returned);
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("id", &self.message.id).field("redelivered", &self.redelivered).finish()
    }
}

/// Deliveries from one address. What it has not settled when it is dropped goes to the others.
#[derive(Debug)]
pub struct Consumer(mpsc::Receiver<Delivery>);

impl Consumer {
    /// A consumer of what comes through a channel.
    #[must_use]
    pub fn new(deliveries: mpsc::Receiver<Delivery>) -> Self {
        Self(deliveries)
    }

    /// The next delivery; nothing once the bus has gone for good. What was lost before anybody looked at it is passed
    /// over: it comes again.
    pub async fn next(&mut self) -> Option<Delivery> {
        loop {
            let delivery = self.0.recv().await?;
            if !delivery.is_lost() {
                return Some(delivery);
            }
        }
    }

    /// Waits for one delivery and takes along what else is there, up to `limit`; empty once the bus has gone for good.
    pub async fn next_batch(&mut self, limit: usize) -> Vec<Delivery> {
        let mut batch = Vec::new();
        while self.0.recv_many(&mut batch, limit).await > 0 {
            batch.retain(|delivery| !delivery.is_lost());
            if !batch.is_empty() {
                break;
            }
        }
        batch
    }
}
