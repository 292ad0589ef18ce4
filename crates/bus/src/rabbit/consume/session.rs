//! One connection's worth of consuming: deliveries out, settlements back, few acknowledgements.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Fuse, FusedFuture as _, join_all, try_join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, sleep, sleep_until};

use super::hand::{Pack, Packed, Packs, Verdict, Word, Words, deliver_alone};
use super::tags::Tags;
use super::watch::Watch;
use super::{Dead, Source};
use crate::rabbit::line::{Line, within};
use crate::rabbit::names::{self, Names};
use crate::rabbit::options::Role;
use crate::rabbit::topology::Declarer;
use crate::rabbit::trouble::Trouble;
use crate::rabbit::{pack, wire};
use crate::{Address, BusError, Delivery};

/// Settlements taken up together.
const BATCH: usize = 512;
/// How often a consumer that gets nothing looks whether there is something.
const LOOK: Duration = Duration::from_secs(5);
/// How often the broker is asked whether it still knows us.
const PULSE: Duration = Duration::from_secs(1);
/// Wait before something of a pack is delivered, or put aside, once more.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a session ended.
pub(super) enum End {
    /// Whoever consumed has gone, and has settled everything.
    CallerGone,
    /// The connection is of no use any more; what is unsettled comes again.
    Lost(String),
}

/// See the module.
pub(super) struct Session {
    line: Line,
    channel: Channel,
    stream: lapin::Consumer,
    tags: Tags,
    packs: Packs,
    watch: Watch,
    /// The broker answered a question of this instant before it delivered what comes now: it gave none of that to
    /// anybody else earlier.
    since: Instant,
    /// Not handed out yet.
    waiting: VecDeque<Delivery>,
    /// Given back from a pack, and when it is handed out again.
    later: VecDeque<(tokio::time::Instant, Delivery)>,
    /// Deliveries made and not settled: those, and what was handed out.
    unsettled: usize,
    /// On their way aside.
    buried: FuturesUnordered<BoxFuture<'static, Buried>>,
}

/// A dead message and whether it is safe.
struct Buried {
    tag: u64,
    packed: bool,
    dead: Box<Dead>,
    done: Result<(), BusError>,
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
        let since = Instant::now();
        let subscription = channel.basic_consume(
            source.queue.clone(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let stream = within(options.patience, subscription).await?;
        let watch = Watch::new(line.channel().await?);
        Ok(Self {
            line,
            channel,
            stream,
            tags: Tags::default(),
            packs: Packs::default(),
            watch,
            since,
            waiting: VecDeque::new(),
            later: VecDeque::new(),
            unsettled: 0,
            buried: FuturesUnordered::new(),
        })
    }

    /// Delivers until the caller has gone or the connection is lost.
    pub(super) async fn run(mut self, source: &Arc<Source>, to: &mpsc::Sender<Delivery>) -> End {
        match self.deliver(source, to).await {
            Ok(()) => {
                self.line.close().await;
                End::CallerGone
            }
            Err(trouble) => End::Lost(trouble.to_string()),
        }
    }

    async fn deliver(&mut self, source: &Arc<Source>, to: &mpsc::Sender<Delivery>) -> Result<(), Trouble> {
        let (words, mut said) = mpsc::unbounded_channel();
        let mut words = Some(words);
        let mut batch = Vec::with_capacity(BATCH);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pulse = tokio::time::interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = pin!(Fuse::terminated());
        // Somebody may still settle something.
        let mut open = true;
        loop {
            // Once the caller has gone: whatever is settled by nobody the broker takes back with the channel.
            if words.is_none() && self.buried.is_empty() && (self.tags.is_empty() || !open) {
                return Ok(());
            }
            let room = self.room(source);
            tokio::select! {
                biased;
                why = self.line.lost() => return Err(Trouble::Down(why)),
                Some(buried) = self.buried.next(), if !self.buried.is_empty() => {
                    self.laid_to_rest(source, buried, words.is_some()).await?;
                }
                count = said.recv_many(&mut batch, BATCH), if open => {
                    open = count > 0;
                    self.settle(source, &mut batch, words.as_ref()).await?;
                }
                () = to.closed(), if words.is_some() => {
                    let held = self.unsubscribe(source).await?;
                    self.give_back(source, held, true).await?;
                    // What was not handed out goes back by being dropped; what was may still be settled.
                    self.waiting.clear();
                    self.later.clear();
                    words = None;
                }
                place = to.reserve(), if room > 0 => {
                    let places = place.into_iter().chain(std::iter::from_fn(|| to.try_reserve().ok()));
                    for (place, delivery) in places.take(room).zip(std::iter::from_fn(|| self.waiting.pop_front())) {
                        place.send(delivery);
                    }
                }
                () = until(self.later.front().map(|(when, _)| *when)), if !self.later.is_empty() => {
                    self.waiting.extend(self.later.pop_front().map(|(_, delivery)| delivery));
                }
                next = self.stream.next(), if words.is_some() => {
                    let Some(words) = &words else { continue };
                    let mut next = Some(next);
                    // What else is there, too; but not so much that the settlements wait for long.
                    for _ in 0..BATCH {
                        let Some(came) = next else { break };
                        let came = came.ok_or_else(|| Trouble::Down("the broker cancelled the consumer".into()))??;
                        self.take(source, came, words);
                        next = self.stream.next().now_or_never();
                    }
                }
                _ = pulse.tick(), if words.is_some() && known.is_terminated() => {
                    known.set(ask(self.channel.clone(), source.clone()).fuse());
                }
                (asked, answer) = &mut known => {
                    answer?;
                    // What came before the answer says nothing of since when it is ours.
                    while let (Some(words), Some(Some(came))) = (&words, self.stream.next().now_or_never()) {
                        self.take(source, came?, words);
                    }
                    self.since = asked;
                }
                _ = look.tick(), if words.is_some() => {
                    let hungry = self.tags.len() < usize::from(source.prefetch);
                    self.watch.look(&source.queue, hungry, source.options.patience).await?;
                }
            }
        }
    }

    /// How many deliveries may be handed out now, of those that wait.
    fn room(&self, source: &Source) -> usize {
        let out = self.unsettled.saturating_sub(self.waiting.len() + self.later.len());
        usize::from(source.prefetch).saturating_sub(out).min(self.waiting.len())
    }

    /// Makes a delivery of what came, or several; or puts it aside, if it is no message of ours.
    fn take(&mut self, source: &Arc<Source>, came: lapin::message::Delivery, words: &Words) {
        let lapin::message::Delivery { delivery_tag: tag, redelivered, properties, data, routing_key, .. } = came;
        self.tags.delivered(tag);
        self.watch.delivered();
        let body = Bytes::from(data);
        let sender = match source.address {
            Address::Engine => names::sender(routing_key.as_str()),
            Address::Department(_) => None,
        };
        if !wire::is_pack(&properties) {
            match wire::decode(&properties, body.clone()) {
                Ok(message) => {
                    let delivery = deliver_alone(message, redelivered, tag, (properties, body), words);
                    self.waiting.push_back(delivery.ours_since(self.since).sent_by(sender));
                    self.unsettled += 1;
                }
                Err(error) => self.bury(source, tag, false, Dead { properties, body, reason: error.to_string() }),
            }
            return;
        }
        let messages = match wire::decode_pack(&properties).and_then(|count| pack::decode(body.clone(), count)) {
            Ok(messages) => messages,
            Err(error) => {
                self.bury(source, tag, false, Dead { properties, body, reason: error.to_string() });
                return;
            }
        };
        self.packs.opened(tag, messages.len());
        let pack = Arc::new(Pack {
            tag,
            since: self.since,
            sender,
            user: properties.user_id().clone(),
            source: wire::source_of(&properties),
        });
        for message in messages {
            match message {
                Ok(message) => {
                    self.waiting.push_back(Packed::new(message, pack.clone()).deliver(redelivered, words));
                    self.unsettled += 1;
                }
                Err(garbled) => {
                    let reason = garbled.why.to_string();
                    let (properties, body) = garbled.alone(&properties);
                    self.bury(source, tag, true, Dead { properties, body, reason });
                }
            }
        }
    }

    /// Does what the receivers say. Nobody takes deliveries any more when there are no `words`.
    async fn settle(
        &mut self,
        source: &Arc<Source>,
        said: &mut Vec<Word>,
        words: Option<&Words>,
    ) -> Result<(), Trouble> {
        let mut settled = Settlement::default();
        for Word { tag, packed, verdict } in said.drain(..) {
            self.unsettled -= 1;
            match verdict {
                Verdict::Acknowledge => self.dealt_with(tag, packed, false, &mut settled),
                Verdict::GiveBack => settled.back.push(tag),
                Verdict::Bury(dead) => self.bury(source, tag, packed, *dead),
                Verdict::Again(message) => match words {
                    Some(words) => {
                        self.unsettled += 1;
                        let when = tokio::time::Instant::now() + PAUSE;
                        self.later.push_back((when, message.deliver(true, words)));
                    }
                    None => self.dealt_with(tag, packed, true, &mut settled),
                },
            }
        }
        self.give_back(source, settled.back, true).await?;
        self.acknowledge(source, settled.done).await
    }

    /// What the broker must hear once a message is dealt with, or given back.
    fn dealt_with(&mut self, tag: u64, packed: bool, returned: bool, settled: &mut Settlement) {
        let of_all = if packed { self.packs.settled(tag, returned) } else { Some(returned) };
        match of_all {
            Some(true) => settled.back.push(tag),
            Some(false) => settled.done.push(tag),
            None => {}
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
        if done.is_empty() {
            return Ok(());
        }
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
        if tags.is_empty() {
            return Ok(());
        }
        tags.iter().for_each(|tag| self.tags.forget(*tag));
        let all = tags.into_iter().map(|tag| {
            let channel = self.channel.clone();
            async move { channel.basic_reject(tag, BasicRejectOptions { requeue }).await }
        });
        within(source.options.patience, async { join_all(all).await.into_iter().collect() }).await
    }

    fn bury(&self, source: &Arc<Source>, tag: u64, packed: bool, dead: Dead) {
        let id = dead.properties.message_id().as_ref().map_or("", |id| id.as_str());
        tracing::error!(queue = %source.queue, message = id, reason = dead.reason, "dead-lettered");
        self.buried.push(bury(source.clone(), tag, packed, Box::new(dead), Duration::ZERO).boxed());
    }

    /// What is safe among the dead is dealt with. What may not be there the broker puts there itself, if without a
    /// reason; with one of a pack it cannot, so that is tried again, for as long as the pack has somebody.
    async fn laid_to_rest(&mut self, source: &Arc<Source>, buried: Buried, somebody: bool) -> Result<(), Trouble> {
        let Buried { tag, packed, dead, done } = buried;
        let mut settled = Settlement::default();
        match done {
            Ok(()) => self.dealt_with(tag, packed, false, &mut settled),
            Err(error) if !packed => {
                tracing::warn!(queue = %source.queue, %error, "dead letter not confirmed, left to the broker");
                return self.give_back(source, vec![tag], false).await;
            }
            Err(error) if somebody => {
                tracing::warn!(queue = %source.queue, %error, "dead letter not confirmed, trying again");
                self.buried.push(bury(source.clone(), tag, packed, dead, PAUSE).boxed());
            }
            Err(_) => self.dealt_with(tag, packed, true, &mut settled),
        }
        self.give_back(source, settled.back, true).await?;
        self.acknowledge(source, settled.done).await
    }
}

/// Tags by what the broker is to hear of them.
#[derive(Default)]
struct Settlement {
    done: Vec<u64>,
    back: Vec<u64>,
}

/// Asks the broker something that changes nothing, on the channel that consumes; answers when it was asked.
async fn ask(channel: Channel, source: Arc<Source>) -> (Instant, Result<(), Trouble>) {
    let asked = Instant::now();
    let answer = within(source.options.patience, channel.basic_qos(source.prefetch, BasicQosOptions::default())).await;
    (asked, answer)
}

async fn bury(source: Arc<Source>, tag: u64, packed: bool, dead: Box<Dead>, after: Duration) -> Buried {
    sleep(after).await;
    let done = source.bury(&dead).await;
    Buried { tag, packed, dead, done }
}

async fn until(when: Option<tokio::time::Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
