//! One connection's worth of publishing: everything in flight at once, confirms as they come.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::mpsc;

use super::returned::Returned;
use super::waiting::Waiting;
use super::{Job, Load, Waiter, Way, lost};
use crate::BusError;
use crate::rabbit::line::{Line, within};
use crate::rabbit::names::Names;
use crate::rabbit::options::{RabbitOptions, Role};
use crate::rabbit::pack;
use crate::rabbit::topology::Declarer;
use crate::rabbit::trouble::Trouble;
use crate::rabbit::wire::{self, WireError};

/// Messages taken up together.
const BATCH: usize = 256;
/// How often the oldest unconfirmed message is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A department whose queue cannot be declared is not tried for every message.
const SULK: Duration = Duration::from_secs(1);

/// Why a session ended.
pub(super) enum End {
    /// Nobody can publish any more, and everything is confirmed.
    Finished,
    /// The connection is of no use any more; what was in flight is not confirmed.
    Lost(String),
}

/// What became of a department's queue.
enum Declared {
    Yes,
    No(Instant, Trouble),
}

pub(super) struct Session {
    line: Line,
    channel: Channel,
    names: Names,
    options: Arc<RabbitOptions>,
    sender: wire::Sender,
    declared: HashMap<DepartmentId, Declared>,
    returned: Returned,
    /// When each message in flight was sent, by its number.
    in_flight: BTreeMap<u64, Instant>,
    sent: u64,
}

/// What goes to the broker as one message.
struct Parcel {
    number: u64,
    way: Arc<Way>,
    properties: BasicProperties,
    body: Bytes,
    waiters: Vec<Waiter>,
}

/// A parcel with the broker's answer.
struct Landed {
    number: u64,
    way: Arc<Way>,
    id: String,
    waiters: Vec<Waiter>,
    confirmation: Result<Confirmation, lapin::Error>,
}

impl Session {
    /// Connects, declares what the role may, and turns confirms on.
    pub(super) async fn open(options: &Arc<RabbitOptions>) -> Result<Self, Trouble> {
        let department = match &options.role {
            Role::Engine { .. } => None,
            Role::Adapter(department) => Some(department),
        };
        let sender = wire::Sender::new(options.login.username(), &wire::source(department));
        let sender = sender.map_err(|error| Trouble::Refused(error.to_string()))?;
        let line = Line::open(options, "publisher").await?;
        let channel = line.channel().await?;
        within(options.patience, channel.confirm_select(ConfirmSelectOptions::default())).await?;
        let mut session = Self {
            line,
            channel,
            names: Names::new(&options.prefix),
            options: options.clone(),
            sender,
            declared: HashMap::new(),
            returned: Returned::default(),
            in_flight: BTreeMap::new(),
            sent: 0,
        };
        if let Role::Engine { departments } = &options.role {
            session.declare(None).await?;
            for department in departments {
                session.declare(Some(department)).await?;
                session.declared.insert(department.clone(), Declared::Yes);
            }
        }
        Ok(session)
    }

    /// Publishes until there is nobody left to publish for, or the connection is lost.
    pub(super) async fn run(mut self, jobs: &mut mpsc::UnboundedReceiver<Job>, waiting: &mut Waiting) -> End {
        let mut landing = FuturesUnordered::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut open = true;
        let mut look = tokio::time::interval(LOOK);
        // Ways on which something may go now: at first, what a session before this one left.
        let mut ready = waiting.ways();
        loop {
            ready.sort_unstable();
            ready.dedup();
            for way in ready.drain(..) {
                while let Some(load) = waiting.next(way) {
                    match self.parcel(load).await {
                        Some(parcel) => landing.push(land(self.channel.clone(), parcel)),
                        None => waiting.landed(way),
                    }
                }
            }
            if !open && landing.is_empty() {
                self.line.close().await;
                return End::Finished;
            }
            tokio::select! {
                biased;
                why = self.line.lost() => return End::Lost(why),
                Some(landed) = landing.next(), if !landing.is_empty() => {
                    // All of them, before the first sender is told: see `returned`.
                    let mut all = vec![landed];
                    while let Some(Some(landed)) = landing.next().now_or_never() {
                        all.push(landed);
                    }
                    for landed in &all {
                        waiting.landed(landed.way.number);
                        ready.push(landed.way.number);
                    }
                    if let Err(why) = self.conclude(all) {
                        return End::Lost(why);
                    }
                }
                count = jobs.recv_many(&mut batch, BATCH), if open => {
                    open = count > 0;
                    ready.extend(batch.drain(..).map(|job| waiting.push(job)));
                }
                _ = look.tick() => {
                    if !self.channel.status().connected() {
                        return End::Lost("the broker closed the channel".into());
                    }
                    let oldest = self.in_flight.first_key_value().map(|(_, sent)| sent.elapsed());
                    if oldest.is_some_and(|age| age > self.options.patience * 2) {
                        return End::Lost("the broker no longer confirms".into());
                    }
                }
            }
        }
    }

    /// What goes as one message, if it can be sent.
    async fn parcel(&mut self, load: Vec<Job>) -> Option<Parcel> {
        let way = load.first()?.way.clone();
        let made = match self.there(&way).await {
            Ok(()) => self.form(&load).map_err(|error| BusError(error.to_string().into())),
            Err(trouble) => Err(trouble.into()),
        };
        let waiters: Vec<_> = load.into_iter().map(|job| job.waiter).collect();
        match made {
            Ok((properties, body)) => {
                self.sent += 1;
                self.in_flight.insert(self.sent, Instant::now());
                Some(Parcel { number: self.sent, way, properties, body, waiters })
            }
            Err(error) => {
                waiters.into_iter().for_each(|waiter| waiter.answer(Err(error.clone())));
                None
            }
        }
    }

    /// One message as it is, or a pack of several.
    fn form(&self, load: &[Job]) -> Result<(BasicProperties, Bytes), WireError> {
        match load {
            [Job { load: Load::Message(message), way, .. }] if way.is_json() => self.sender.encode_as_json(message),
            [Job { load: Load::Message(message), .. }] => Ok((self.sender.encode(message)?, message.body.clone())),
            [Job { load: Load::Ready(properties, body), .. }] => Ok(((**properties).clone(), body.clone())),
            many => {
                let micros = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_micros();
                let now = Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
                let id = MessageId::new(now, rand::random());
                let messages = many.iter().filter_map(|job| match &job.load {
                    Load::Message(message) => Some(message),
                    Load::Ready(..) => None,
                });
                Ok((self.sender.encode_pack(id, now, many.len())?, pack::encode(messages).into()))
            }
        }
    }

    /// Sees to it that the queue of a way is there.
    async fn there(&mut self, way: &Way) -> Result<(), Trouble> {
        let Some(department) = &way.route.department else { return Ok(()) };
        match self.declared.get(department) {
            Some(Declared::Yes) => return Ok(()),
            Some(Declared::No(since, trouble)) if since.elapsed() < SULK => return Err(trouble.clone()),
            _ => {}
        }
        let declared = self.declare(Some(department)).await;
        let remembered = match &declared {
            Ok(()) => Declared::Yes,
            Err(trouble) => {
                tracing::error!(%department, %trouble, "the department's queue cannot be declared");
                Declared::No(Instant::now(), trouble.clone())
            }
        };
        self.declared.insert(department.clone(), remembered);
        declared
    }

    /// Declares a department's queues, or what is common, on a channel of their own: what is refused closes it.
    async fn declare(&mut self, department: Option<&DepartmentId>) -> Result<(), Trouble> {
        let channel = self.line.channel().await?;
        let declarer = Declarer { channel: &channel, names: &self.names, patience: self.options.patience };
        match department {
            Some(department) => declarer.department(department).await?,
            None => declarer.common().await?,
        }
        within(self.options.patience, channel.close(200, "OK".into())).await
    }

    /// Tells the senders what became of their messages.
    fn conclude(&mut self, all: Vec<Landed>) -> Result<(), String> {
        for landed in &all {
            self.in_flight.remove(&landed.number);
            if let Ok(Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message))) = &landed.confirmation {
                self.returned.note(id_of(message));
            }
        }
        let mut end = Ok(());
        for Landed { way, id, waiters, confirmation, .. } in all {
            let returned = self.returned.claim(&id);
            let result = match confirmation {
                Ok(_) if returned => {
                    let route = &way.route;
                    tracing::error!(message = id, exchange = %route.exchange, key = %route.key, "returned: it reached no queue");
                    if let Some(department) = &route.department {
                        // Somebody deleted its queue: the next message declares it anew.
                        self.declared.remove(department);
                    }
                    Err(BusError(format!("the broker returned the message: {} leads to no queue", route.key).into()))
                }
                // Its own return may come with another confirm.
                Ok(Confirmation::Ack(Some(other))) if id_of(&other) != id => {
                    Err(BusError("messages were returned; it is not certain which".into()))
                }
                Ok(Confirmation::Ack(_)) => Ok(()),
                Ok(Confirmation::Nack(_)) => Err(BusError("the broker did not take the message".into())),
                Ok(Confirmation::NotRequested) => {
                    end = Err("the channel does not confirm".to_owned());
                    Err(lost())
                }
                Err(error) => {
                    end = Err(error.to_string());
                    Err(Trouble::from(error).into())
                }
            };
            waiters.into_iter().for_each(|waiter| waiter.answer(result.clone()));
        }
        end
    }
}

/// Publishes and waits for the confirm.
async fn land(channel: Channel, parcel: Parcel) -> Landed {
    let Parcel { number, way, properties, body, waiters } = parcel;
    let id = properties.message_id().as_ref().map_or("", |id| id.as_str()).to_owned();
    let confirmation = async {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let (exchange, key) = (way.route.exchange.clone(), way.route.key.clone());
        channel.basic_publish(exchange, key, options, &body, properties).await?.await
    };
    let confirmation = confirmation.await;
    Landed { number, way, id, waiters, confirmation }
}

fn id_of(message: &BasicReturnMessage) -> &str {
    message.delivery.properties.message_id().as_ref().map_or("", |id| id.as_str())
}
