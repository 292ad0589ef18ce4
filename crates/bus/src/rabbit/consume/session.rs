//! One connection's worth of consuming: deliveries out, settlements back, few acknowledgements.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{join_all, try_join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel};
use tokio::sync::mpsc;

use super::tags::Tags;
use super::watch::Watch;
use super::{Dead, Source};
use crate::rabbit::line::{Line, within};
use crate::rabbit::names::{self, Names};
use crate::rabbit::options::Role;
use crate::rabbit::topology::Declarer;
use crate::rabbit::trouble::Trouble;
use crate::rabbit::wire;
use crate::{Address, BusError, Delivery, Settle, Settled};

/// Settlements taken up together.
const BATCH: usize = 512;

/// How often a consumer that gets nothing looks whether there is something.
const LOOK: Duration = Duration::from_secs(5);

/// Why a session ended.
pub(super) enum End {
    /// Whoever consumed has gone, and has settled everything.
    CallerGone,
    /// The connection is of no use any more; what is unsettled comes again.
    Lost(String),
}

/// What became of a delivery.
enum Verdict {
    Acknowledge,
    GiveBack,
    Bury(Box<Dead>),
}

type Settlements = mpsc::UnboundedSender<(u64, Verdict)>;

/// The bus's end of a delivery. Once its session has ended it speaks to nobody.
struct Hand {
    tag: u64,
    to: Settlements,
    /// What a dead letter is made of.
    original: Box<(BasicProperties, Bytes)>,
}

impl Settle for Hand {
    fn settle(self: Box<Self>, settled: Settled) {
        let Self { tag, to, original } = *self;
        let verdict = match settled {
            Settled::Acknowledged => Verdict::Acknowledge,
            Settled::Returned => Verdict::GiveBack,
            Settled::DeadLettered(reason) => {
                let (properties, body) = *original;
                Verdict::Bury(Box::new(Dead { properties, body, reason }))
            }
        };
        // The session may be lost: then the broker has the message and delivers it again.
        let _ = to.send((tag, verdict));
    }

    fn is_lost(&self) -> bool {
        self.to.is_closed()
    }
}

/// See the module.
pub(super) struct Session {
    line: Line,
    channel: Channel,
    stream: lapin::Consumer,
    tags: Tags,
    watch: Watch,
}

impl Session {
    /// Connects, declares what the role may, and subscribes.
    pub(super) async fn open(source: &Source) -> Result<Self, Trouble> {
        let options = &source.options;
        let line = Line::open(options, &format!("consumer of {}", source.queue)).await?;
        if let Role::Engine { .. } = options.role {
            let channel = line.channel().await?;
            let names = Names::new(&options.prefix);
            let declarer = Declarer { channel: &channel, names: &names, patience: options.patience };
            declarer.common().await?;
            if let Address::Department(department) = &source.address {
                declarer.department(department).await?;
            }
        }
        let channel = line.channel().await?;
        within(options.patience, channel.basic_qos(source.prefetch, BasicQosOptions::default())).await?;
        let subscription = channel.basic_consume(
            source.queue.clone(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let stream = within(options.patience, subscription).await?;
        let watch = Watch::new(line.channel().await?);
        Ok(Self { line, channel, stream, tags: Tags::default(), watch })
    }

    /// Delivers until the caller has gone or the connection is lost.
    pub(super) async fn run(mut self, source: &Source, to: &mpsc::Sender<Delivery>) -> End {
        match self.deliver(source, to).await {
            Ok(()) => {
                self.line.close().await;
                End::CallerGone
            }
            Err(trouble) => End::Lost(trouble.to_string()),
        }
    }

    async fn deliver(&mut self, source: &Source, to: &mpsc::Sender<Delivery>) -> Result<(), Trouble> {
        let (settle, mut settlements) = mpsc::unbounded_channel();
        let mut settle = Some(settle);
        let mut waiting = VecDeque::new();
        let mut buried = FuturesUnordered::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Somebody may still settle something.
        let mut open = true;
        loop {
            // Once the caller has gone: whatever is settled by nobody the broker takes back with the channel.
            if settle.is_none() && buried.is_empty() && (self.tags.is_empty() || !open) {
                return Ok(());
            }
            tokio::select! {
                biased;
                why = self.line.lost() => return Err(Trouble::Down(why)),
                Some((tag, done)) = buried.next(), if !buried.is_empty() => self.laid_to_rest(source, tag, done).await?,
                count = settlements.recv_many(&mut batch, BATCH), if open => {
                    open = count > 0;
                    let mut done = Vec::with_capacity(count);
                    let mut back = Vec::new();
                    for (tag, verdict) in batch.drain(..) {
                        match verdict {
                            Verdict::Acknowledge => done.push(tag),
                            Verdict::GiveBack => back.push(tag),
                            Verdict::Bury(dead) => buried.push(bury(source, tag, dead)),
                        }
                    }
                    self.give_back(source, back, true).await?;
                    self.acknowledge(source, done).await?;
                }
                () = to.closed(), if settle.is_some() => {
                    let held = self.unsubscribe(source).await?;
                    self.give_back(source, held, true).await?;
                    // What was not handed out goes back by being dropped; what was may still be settled.
                    waiting.clear();
                    settle = None;
                }
                room = to.reserve(), if !waiting.is_empty() => {
                    if let (Ok(room), Some(delivery)) = (room, waiting.pop_front()) {
                        room.send(delivery);
                    }
                }
                next = self.stream.next(), if settle.is_some() => {
                    let Some(next) = next else {
                        return Err(Trouble::Down("the broker cancelled the consumer".into()));
                    };
                    let next = next?;
                    self.tags.delivered(next.delivery_tag);
                    self.watch.delivered();
                    let Some(settle) = &settle else { continue };
                    match received(source, next, settle) {
                        Ok(delivery) => waiting.push_back(delivery),
                        Err((tag, dead)) => buried.push(bury(source, tag, dead)),
                    }
                }
                _ = look.tick(), if settle.is_some() => {
                    let hungry = self.tags.len() < usize::from(source.prefetch);
                    self.watch.look(&source.queue, hungry, source.options.patience).await?;
                }
            }
        }
    }

    /// Stops the flow; answers the tags of what came and was not looked at.
    async fn unsubscribe(&mut self, source: &Source) -> Result<Vec<u64>, Trouble> {
        let patience = source.options.patience;
        let tag = self.stream.tag();
        within(patience, self.channel.basic_cancel(tag, BasicCancelOptions::default())).await?;
        let mut held = Vec::new();
        let rest = async {
            while let Some(Ok(delivery)) = self.stream.next().await {
                held.push(delivery.delivery_tag);
            }
            Ok(())
        };
        within(patience, rest).await?;
        held.iter().for_each(|tag| self.tags.delivered(*tag));
        Ok(held)
    }

    async fn acknowledge(&mut self, source: &Source, done: Vec<u64>) -> Result<(), Trouble> {
        let acks = self.tags.acknowledge(done);
        let up_to = acks.up_to.map(|tag| (tag, true));
        let single = acks.single.into_iter().map(|tag| (tag, false));
        let all = up_to.into_iter().chain(single).map(|(tag, multiple)| {
            let channel = self.channel.clone();
            async move { channel.basic_ack(tag, BasicAckOptions { multiple }).await }
        });
        within(source.options.patience, try_join_all(all)).await?;
        Ok(())
    }

    /// By `basic.reject`, which counts as a delivery on every version; back to the queue, or to the dead.
    async fn give_back(&mut self, source: &Source, tags: Vec<u64>, requeue: bool) -> Result<(), Trouble> {
        tags.iter().for_each(|tag| self.tags.forget(*tag));
        let all = tags.into_iter().map(|tag| {
            let channel = self.channel.clone();
            async move { channel.basic_reject(tag, BasicRejectOptions { requeue }).await }
        });
        within(source.options.patience, async { join_all(all).await.into_iter().collect() }).await
    }

    /// What is safe among the dead is acknowledged; what may not be there the broker puts there itself, if without a
    /// reason.
    async fn laid_to_rest(&mut self, source: &Source, tag: u64, done: Result<(), BusError>) -> Result<(), Trouble> {
        match done {
            Ok(()) => self.acknowledge(source, vec![tag]).await,
            Err(error) => {
                tracing::warn!(queue = %source.queue, %error, "dead letter not confirmed, left to the broker");
                self.give_back(source, vec![tag], false).await
            }
        }
    }
}

/// What came, as a delivery; or as dead, if it is no message of ours.
fn received(
    source: &Source,
    came: lapin::message::Delivery,
    settle: &Settlements,
) -> Result<Delivery, (u64, Box<Dead>)> {
    let lapin::message::Delivery { delivery_tag: tag, redelivered, properties, data, routing_key, .. } = came;
    let body = Bytes::from(data);
    match wire::decode(&properties, body.clone()) {
        Ok(message) => {
            let redelivered = redelivered || message.republished;
            let hand = Hand { tag, to: settle.clone(), original: Box::new((properties, body)) };
            let sender = match source.address {
                Address::Engine => names::sender(routing_key.as_str()),
                Address::Department(_) => None,
            };
            Ok(Delivery::new(message, redelivered, Box::new(hand)).sent_by(sender))
        }
        Err(error) => Err((tag, Box::new(Dead { properties, body, reason: error.to_string() }))),
    }
}

async fn bury(source: &Source, tag: u64, dead: Box<Dead>) -> (u64, Result<(), BusError>) {
    let id = dead.properties.message_id().as_ref().map_or("", |id| id.as_str());
    tracing::error!(queue = %source.queue, message = id, reason = dead.reason, "dead-lettered");
    let done = source.bury(&dead).await;
    (tag, done)
}
