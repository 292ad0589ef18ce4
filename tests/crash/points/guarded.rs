//! Journal and bus with a fuse before and after each touch.

use std::sync::Arc;

use async_trait::async_trait;
use jisr_bus::{Address, Bus, BusError, Consumer, Delivery, Message, Publisher, Receipt, Settle, Settled, kind};
use jisr_core::case::ActorKind;
use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{Job, Selection};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, Append, Directory, Failure, FailureGroup, FailureQuery, Failures, FeedEntry, Hold, Holding, Jobs,
    ListQuery, Outbox, OutboxPosition, OutboxRow, Overview, Pause, Pauses, Position, Prune, Query, Read, RequestKey,
    StoredCase, StoredJob, StoredTransaction, Taken, Target, Timers, Version, Write, WriteError, Written,
};
use jisr_journal_sql::SqliteJournal;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use prost::Message as _;
use tokio::sync::{mpsc, watch};

use super::fuse::{Fuse, Side, Touch};

/// The journal.
pub(crate) struct GuardedJournal {
    pub(crate) journal: SqliteJournal,
    pub(crate) fuse: Fuse,
}

/// What a write is, by who caused it.
fn touch(write: &Write) -> Touch {
    match (&write.target, write.events.first().map(|event| event.actor.kind)) {
        (Target::Create(_), _) => Touch::SubmissionCommitted,
        (_, Some(ActorKind::Department)) => Touch::ReplyCommitted,
        _ => Touch::WakeUpCommitted,
    }
}

#[async_trait]
impl Append for GuardedJournal {
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<Written, WriteError>> {
        let touch = writes.first().map(touch);
        if let Some(touch) = touch {
            self.fuse.pass(touch, Side::Before).await;
        }
        let results = self.journal.write_all(writes).await;
        if let Some(touch) = touch {
            self.fuse.pass(touch, Side::After).await;
        }
        results
    }
}

#[async_trait]
impl Outbox for GuardedJournal {
    async fn waiting_departments(&self) -> Read<Vec<DepartmentId>> {
        self.journal.waiting_departments().await
    }

    async fn waiting(&self, department: &DepartmentId, after: OutboxPosition, limit: u32) -> Read<Vec<OutboxRow>> {
        self.journal.waiting(department, after, limit).await
    }

    async fn take(&self, positions: Vec<OutboxPosition>) -> Read<Taken> {
        self.journal.take(positions).await
    }

    async fn release(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.journal.release(positions).await
    }

    async fn recover(&self) -> Read<Option<u64>> {
        self.journal.recover().await
    }

    fn holding(&self, hold: Hold) -> Holding {
        self.journal.holding(hold)
    }

    async fn clear(&self, positions: Vec<OutboxPosition>) -> Read<()> {
        self.fuse.pass(Touch::OutboxCleared, Side::Before).await;
        let result = self.journal.clear(positions).await;
        self.fuse.pass(Touch::OutboxCleared, Side::After).await;
        result
    }
}

#[async_trait]
impl Query for GuardedJournal {
    async fn cases(&self, ids: &[TransactionId]) -> Read<Vec<StoredCase>> {
        self.journal.cases(ids).await
    }

    async fn transactions(&self, ids: &[TransactionId]) -> Read<Vec<StoredTransaction>> {
        self.journal.transactions(ids).await
    }

    async fn list(&self, query: &ListQuery) -> Read<Vec<StoredTransaction>> {
        self.journal.list(query).await
    }

    async fn history(&self, id: TransactionId, after: u32, limit: u32) -> Read<Vec<FeedEntry>> {
        self.journal.history(id, after, limit).await
    }

    async fn feed(&self, after: Position, limit: u32) -> Read<Vec<FeedEntry>> {
        self.journal.feed(after, limit).await
    }

    fn is_shared(&self) -> bool {
        self.journal.is_shared()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.journal.head()
    }

    async fn request(&self, key: &RequestKey) -> Read<Option<(TransactionId, bool)>> {
        self.journal.request(key).await
    }

    async fn overview(&self) -> Read<Overview> {
        self.journal.overview().await
    }
}

#[async_trait]
impl Timers for GuardedJournal {
    async fn due(&self, now: Timestamp, limit: u32) -> Read<Vec<TransactionId>> {
        self.journal.due(now, limit).await
    }

    async fn next_wake(&self) -> Read<Option<Timestamp>> {
        self.journal.next_wake().await
    }
}

#[async_trait]
impl Directory for GuardedJournal {
    async fn put_adapter(&self, record: AdapterRecord) -> Read<()> {
        self.journal.put_adapter(record).await
    }

    async fn adapters(&self) -> Read<Vec<AdapterRecord>> {
        self.journal.adapters().await
    }

    async fn prune(&self, prune: Prune) -> Read<u64> {
        self.journal.prune(prune).await
    }
}

#[async_trait]
impl Failures for GuardedJournal {
    async fn failures(&self, query: &FailureQuery) -> Read<Vec<Failure>> {
        self.journal.failures(query).await
    }

    async fn count_failures(&self, selection: &Selection) -> Read<u64> {
        self.journal.count_failures(selection).await
    }

    async fn failure_groups(&self, selection: &Selection) -> Read<Vec<FailureGroup>> {
        self.journal.failure_groups(selection).await
    }
}

#[async_trait]
impl Jobs for GuardedJournal {
    async fn put_job(&self, job: &Job) -> Read<bool> {
        self.journal.put_job(job).await
    }

    async fn update_job(&self, job: &Job, expected: Version) -> Read<Option<Version>> {
        self.journal.update_job(job, expected).await
    }

    async fn job(&self, id: JobId) -> Read<Option<StoredJob>> {
        self.journal.job(id).await
    }

    async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Read<Vec<StoredJob>> {
        self.journal.jobs(after, limit).await
    }

    async fn open_jobs(&self) -> Read<Vec<StoredJob>> {
        self.journal.open_jobs().await
    }
}

#[async_trait]
impl Pauses for GuardedJournal {
    async fn put_pause(&self, pause: &Pause) -> Read<bool> {
        self.journal.put_pause(pause).await
    }

    async fn remove_pause(&self, department: &DepartmentId) -> Read<bool> {
        self.journal.remove_pause(department).await
    }

    async fn pauses(&self) -> Read<Vec<Pause>> {
        self.journal.pauses().await
    }
}

/// The bus.
pub(crate) struct GuardedBus<B> {
    pub(crate) bus: B,
    pub(crate) fuse: Fuse,
}

struct GuardedPublisher {
    publisher: Arc<dyn Publisher>,
    fuse: Fuse,
}

fn published(message: &Message) -> Option<Touch> {
    match &*message.kind {
        kind::LEG_REQUESTED => Some(Touch::RequestPublished),
        kind::LEG_REPLIED => match wire::LegReply::decode(message.body.clone()).ok()?.result? {
            Said::Acknowledged(_) => Some(Touch::AcknowledgementPublished),
            _ => Some(Touch::ReplyPublished),
        },
        _ => None,
    }
}

#[async_trait]
impl Publisher for GuardedPublisher {
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError> {
        let touch = published(&message);
        if let Some(touch) = touch {
            self.fuse.pass(touch, Side::Before).await;
        }
        let receipt = self.publisher.publish(to, message).await;
        if let Some(touch) = touch {
            self.fuse.pass(touch, Side::After).await;
        }
        receipt
    }
}

#[async_trait]
impl<B: Bus> Bus for GuardedBus<B> {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        Ok(Arc::new(GuardedPublisher { publisher: self.bus.publisher().await?, fuse: self.fuse.clone() }))
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        let mut inner = self.bus.consume(from, prefetch).await?;
        let (sender, receiver) = mpsc::channel(usize::from(prefetch));
        let fuse = self.fuse.clone();
        tokio::spawn(async move {
            while let Some(delivery) = inner.next().await {
                let request = &*delivery.message.kind == kind::LEG_REQUESTED;
                let reply = &*delivery.message.kind == kind::LEG_REPLIED;
                if request {
                    fuse.pass(Touch::RequestTaken, Side::Before).await;
                }
                let touch = match (request, reply) {
                    (true, _) => Some(Touch::RequestAcknowledged),
                    (_, true) => Some(Touch::ReplyAcknowledged),
                    _ => None,
                };
                let (message, redelivered) = (delivery.message.clone(), delivery.redelivered);
                let settle = GuardedSettle { delivery, touch, fuse: fuse.clone() };
                if sender.send(Delivery::new(message, redelivered, Box::new(settle))).await.is_err() {
                    return;
                }
                if request {
                    fuse.pass(Touch::RequestTaken, Side::After).await;
                }
            }
        });
        Ok(Consumer::new(receiver))
    }
}

struct GuardedSettle {
    delivery: Delivery,
    touch: Option<Touch>,
    fuse: Fuse,
}

impl Settle for GuardedSettle {
    fn settle(self: Box<Self>, settled: Settled) {
        let Self { delivery, touch, fuse } = *self;
        let acknowledged = touch.filter(|_| settled == Settled::Acknowledged);
        if acknowledged.is_some_and(|touch| fuse.is_the_end(touch, Side::Before)) {
            // The dead settle nothing, and give nothing back.
            std::mem::forget(delivery);
            return;
        }
        match settled {
            Settled::Acknowledged => delivery.acknowledge(),
            Settled::Returned => delivery.give_back(),
            Settled::DeadLettered(reason) => delivery.dead_letter(reason),
        }
        if let Some(touch) = acknowledged {
            fuse.is_the_end(touch, Side::After);
        }
    }
}
