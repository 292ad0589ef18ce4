//! Settle: takes in what adapters say, many replies to one commit, and acknowledges only what is durable.

use std::collections::BTreeMap;
use std::time::Duration;

use jisr_bus::{Address, BusError, Consumer, Delivery, kind};
use jisr_core::case::{Actor, ActorKind, Case, Command, Decision, Reply, Verdict, advance};
use jisr_core::id::TransactionId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{Read, StoredCase, Unavailable, WriteError};
use jisr_proto::adapter::v1 as wire;
use jisr_proto::convert;
use prost::Message as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::change::Change;
use crate::dispatch::Sign;
use crate::early::Early;
use crate::engine::Engine;

/// Wait before the next try when the journal did not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// A reply with the delivery that brought it.
pub(crate) struct Arrived {
    delivery: Delivery,
    department: String,
    leg: String,
    pub(crate) reply: Reply,
}

/// The replies to one transaction, in the order of their arrival.
pub(crate) type Batch = BTreeMap<TransactionId, Vec<Arrived>>;

impl Engine {
    pub(crate) async fn replies(&self) -> Result<Consumer, BusError> {
        self.0.bus.consume(&Address::Engine, self.0.options.batch.saturating_mul(2)).await
    }

    /// Takes in replies until told to stop.
    pub(crate) async fn settle(self, mut replies: Consumer, stop: CancellationToken) {
        let mut early = Early::default();
        loop {
            let due = early.due();
            let mut batch = tokio::select! {
                () = stop.cancelled() => return,
                deliveries = replies.next_batch(self.0.options.batch.into()) => {
                    if deliveries.is_empty() {
                        tracing::error!("the bus has gone: no replies are taken in any more");
                        return;
                    }
                    let mut batch = Batch::new();
                    for delivery in deliveries {
                        self.sort(delivery, &mut batch).await;
                    }
                    early.exchange(&mut batch, self.0.options.batch.into());
                    batch
                }
                () = until(due), if due.is_some() => early.take_due(),
            };
            while !batch.is_empty() {
                batch = match self.take_in(batch).await {
                    Ok(left) => left,
                    Err((error, left)) => {
                        tracing::warn!(%error, "replies cannot be written, trying again");
                        tokio::select! {
                            // What is left is dropped, and so goes back to the bus.
                            () = stop.cancelled() => return,
                            () = tokio::time::sleep(PAUSE) => left,
                        }
                    }
                };
            }
        }
    }

    /// Puts a reply with its transaction's; deals at once with what is no reply.
    async fn sort(&self, delivery: Delivery, batch: &mut Batch) {
        let body = &delivery.message.body;
        match &*delivery.message.kind {
            kind::LEG_REPLIED => {
                let read = wire::LegReply::decode(body.clone())
                    .map_err(|error| error.to_string())
                    .and_then(|reply| Ok((convert::reply(&reply).map_err(|error| error.to_string())?, reply)));
                match read {
                    // Where the bus vouches for the sender, nobody answers for another department.
                    Ok((_, given))
                        if delivery.sender.as_ref().is_some_and(|sender| *sender != given.department.as_str()) =>
                    {
                        delivery.dead_letter(format!("not sent by department {}", given.department));
                    }
                    Ok(((transaction, reply), given)) => batch.entry(transaction).or_default().push(Arrived {
                        delivery,
                        department: given.department,
                        leg: given.leg,
                        reply,
                    }),
                    Err(error) => delivery.dead_letter(error),
                }
            }
            kind::ADAPTER_ANNOUNCED => match self.0.directory.announced(body, self.0.clock.now()) {
                Ok(None) => delivery.acknowledge(),
                Ok(Some(record)) => {
                    tracing::info!(department = %record.department, "adapter announced");
                    self.read_calendars();
                    match self.0.journal.put_adapter(record).await {
                        Ok(()) => delivery.acknowledge(),
                        Err(error) => {
                            tracing::warn!(%error, "announcement not kept");
                            delivery.give_back();
                        }
                    }
                }
                Err(error) => delivery.dead_letter(error),
            },
            kind::ADAPTER_ALIVE => match self.0.directory.alive(body, self.0.clock.now()) {
                Ok(record) => {
                    if let Some(record) = record
                        && let Err(error) = self.0.journal.put_adapter(record).await
                    {
                        // The next heartbeat says the same.
                        tracing::debug!(%error, "sign of life not kept");
                    }
                    delivery.acknowledge();
                }
                Err(error) => delivery.dead_letter(error),
            },
            other => {
                let reason = format!("unknown message type {other}");
                delivery.dead_letter(reason);
            }
        }
    }

    /// Writes what the replies change, in one commit; answers those that must be looked at again because their
    /// transaction was changed meanwhile.
    async fn take_in(&self, mut batch: Batch) -> Result<Batch, (Unavailable, Batch)> {
        let now = self.0.clock.now();
        let stored = match self.stored(batch.keys().copied()).await {
            Ok(stored) => stored,
            Err(error) => return Err((error, batch)),
        };
        let mut changes = Vec::with_capacity(stored.len());
        for stored in stored {
            let Some(arrived) = batch.get(&stored.id) else { continue };
            match self.decide(&stored, arrived, now) {
                Some(decision) => changes.push(Change::of(&stored, decision)),
                // Stale to the last one: nothing to write, and so nothing to wait for.
                None => acknowledge(batch.remove(&stored.id)),
            }
        }
        let contents = match self.contents(&changes).await {
            Ok(contents) => contents,
            Err(error) => return Err((error, batch)),
        };
        let changed: Vec<_> = changes.iter().map(|change| change.id).collect();
        let writes = changes
            .into_iter()
            .map(|change| {
                let content = contents.get(&change.id);
                change.into_write(content, now, None)
            })
            .collect();
        let results = self.commit(writes).await;
        let mut again = Batch::new();
        let mut down = None;
        for (id, result) in changed.into_iter().zip(results) {
            let Some(arrived) = batch.remove(&id) else { continue };
            match result {
                Ok(_) => acknowledge(Some(arrived)),
                Err(WriteError::VersionConflict) => {
                    self.0.recent.forget(id);
                    again.insert(id, arrived);
                }
                Err(WriteError::Unavailable(error)) => {
                    again.insert(id, arrived);
                    down = Some(error);
                }
                Err(error) => {
                    tracing::error!(transaction = %id, %error, "replies not written");
                    again.insert(id, arrived);
                    down = Some(Unavailable(error.to_string().into()));
                }
            }
        }
        for (id, arrived) in batch {
            for arrived in arrived {
                arrived.delivery.dead_letter(format!("no transaction {id}"));
            }
        }
        match down {
            None => Ok(again),
            Some(error) => Err((error, again)),
        }
    }

    /// These transactions as this engine knows them, or as the journal does. A change decided on one that has changed
    /// meanwhile is refused, and then it is forgotten here.
    async fn stored(&self, ids: impl Iterator<Item = TransactionId>) -> Read<Vec<StoredCase>> {
        let (mut stored, mut unknown) = (Vec::new(), Vec::new());
        for id in ids {
            match self.0.recent.case(id) {
                Some(known) => stored.push(known),
                None => unknown.push(id),
            }
        }
        if !unknown.is_empty() {
            let found = self.0.journal.cases(&unknown).await?;
            found.iter().for_each(|found| self.0.recent.read(found));
            stored.extend(found);
        }
        Ok(stored)
    }

    /// What these replies lead to, one after the other; nothing if they say nothing new.
    fn decide(&self, stored: &StoredCase, arrived: &[Arrived], now: Timestamp) -> Option<Decision> {
        let mut decision = Decision { case: Case::clone(&stored.case), events: Vec::new() };
        for arrived in arrived {
            let index = decision.case.legs.iter().position(|leg| leg.id.as_str() == arrived.leg);
            let Some(index) = index.and_then(|index| u16::try_from(index).ok()) else {
                tracing::error!(transaction = %stored.id, leg = arrived.leg, "reply for a leg that does not exist");
                continue;
            };
            let department = &decision.case.legs[usize::from(index)].department;
            if department.as_str() != arrived.department {
                tracing::error!(transaction = %stored.id, from = arrived.department, "reply from a department that was not asked");
                continue;
            }
            let actor = Actor::new(ActorKind::Department, DepartmentId::as_str(department));
            let operation = &decision.case.legs[usize::from(index)].operation;
            self.0.gates.heard(department, operation, Sign::of(&arrived.reply.verdict), now);
            let mut reply = arrived.reply.clone();
            if let Verdict::Failed(fault) | Verdict::InDoubt { fault, .. } = &mut reply.verdict {
                // Failures are grouped by it: whether the new version of an adapter is to blame is soon asked.
                fault.adapter_version = self.0.directory.version(department);
            }
            let command = Command::Reply { leg: index, reply };
            // A reply is never refused: a stale one leaves no events.
            if let Ok(next) = advance(decision.case.clone(), &self.0.directory, &command, actor, now) {
                decision.case = next.case;
                decision.events.extend(next.events);
            }
        }
        (!decision.events.is_empty()).then_some(decision)
    }
}

async fn until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

fn acknowledge(arrived: Option<Vec<Arrived>>) {
    arrived.into_iter().flatten().for_each(|arrived| arrived.delivery.acknowledge());
}
