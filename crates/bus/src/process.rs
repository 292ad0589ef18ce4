//! The bus inside one process: for the embedded setting.
//!
//! It keeps messages in memory, and is durable all the same: the outbox row of a request is cleared only when the
//! receipt says `durable`, which here is when the consumer has acknowledged. What dies with the process is published
//! again from the outbox by the next one. Queues are unbounded on purpose: what bounds them is the sender's window of
//! messages not yet durable.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jisr_core::id::MessageId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{Address, Bus, BusError, Consumer, Delivery, Message, Publisher, Receipt, Settle, Settled};

/// A bus for the parts of one process. Clones are the same bus.
#[derive(Clone, Default)]
pub struct ProcessBus {
    queues: Arc<Mutex<BTreeMap<Address, Arc<Queue>>>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Parcel>>,
    arrived: Notify,
    dead: Mutex<Vec<(Message, String)>>,
}

struct Parcel {
    message: Message,
    redelivered: bool,
    durable: oneshot::Sender<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while holding these locks; data behind a poisoned one is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ProcessBus {
    /// An empty bus.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many messages wait at an address, undelivered.
    #[must_use]
    pub fn depth(&self, address: &Address) -> usize {
        lock(&self.queue(address).waiting).len()
    }

    /// What was dead-lettered at an address, with the reasons, oldest first.
    #[must_use]
    pub fn dead_letters(&self, address: &Address) -> Vec<(MessageId, String)> {
        lock(&self.queue(address).dead).iter().map(|(message, reason)| (message.id, reason.clone())).collect()
    }

    fn queue(&self, address: &Address) -> Arc<Queue> {
        let mut queues = lock(&self.queues);
        match queues.get(address) {
            Some(queue) => queue.clone(),
            None => queues.entry(address.clone()).or_default().clone(),
        }
    }
}

#[async_trait]
impl Bus for ProcessBus {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        Ok(Arc::new(self.clone()))
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        let prefetch = usize::from(prefetch.max(1));
        let (sender, receiver) = mpsc::channel(prefetch);
        tokio::spawn(deliver(self.queue(from), sender, Arc::new(Semaphore::new(prefetch))));
        Ok(Consumer::new(receiver))
    }
}

#[async_trait]
impl Publisher for ProcessBus {
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError> {
        let (durable, receipt) = Receipt::pair();
        let queue = self.queue(to);
        let redelivered = message.republished;
        lock(&queue.waiting).push_back(Parcel { message, redelivered, durable });
        queue.arrived.notify_one();
        Ok(receipt)
    }
}

/// Feeds one consumer until it is dropped.
async fn deliver(queue: Arc<Queue>, to: mpsc::Sender<Delivery>, unsettled: Arc<Semaphore>) {
    loop {
        let permit = tokio::select! {
            permit = unsettled.clone().acquire_owned() => permit,
            () = to.closed() => return,
        };
        let Ok(permit) = permit else { return };
        let parcel = loop {
            // Registered before the look, so that no arrival falls between the two.
            let arrived = queue.arrived.notified();
            let (next, more) = {
                let mut waiting = lock(&queue.waiting);
                (waiting.pop_front(), !waiting.is_empty())
            };
            if more {
                // This consumer may soon be full: let another one look.
                queue.arrived.notify_one();
            }
            if let Some(parcel) = next {
                break parcel;
            }
            tokio::select! {
                () = arrived => {}
                () = to.closed() => {
                    // The wake-up that came meanwhile belongs to another consumer.
                    queue.arrived.notify_one();
                    return;
                }
            }
        };
        let (message, redelivered) = (parcel.message.clone(), parcel.redelivered);
        let hand = Box::new(Hand { queue: queue.clone(), parcel, _permit: permit });
        if to.send(Delivery::new(message, redelivered, hand)).await.is_err() {
            // The refused delivery was dropped, and so returned to the queue.
            return;
        }
    }
}

/// One unsettled delivery.
struct Hand {
    queue: Arc<Queue>,
    parcel: Parcel,
    _permit: OwnedSemaphorePermit,
}

impl Settle for Hand {
    fn settle(self: Box<Self>, settled: Settled) {
        let Self { queue, mut parcel, _permit } = *self;
        match settled {
            // A sender that no longer listens has its outbox row and will send again.
            Settled::Acknowledged => {
                let _ = parcel.durable.send(());
            }
            Settled::Returned => {
                parcel.redelivered = true;
                lock(&queue.waiting).push_front(parcel);
                queue.arrived.notify_one();
            }
            Settled::DeadLettered(reason) => {
                tracing::error!(message = %parcel.message.id, kind = %parcel.message.kind, reason, "dead-lettered");
                lock(&queue.dead).push((parcel.message, reason));
                let _ = parcel.durable.send(());
            }
        }
    }
}
