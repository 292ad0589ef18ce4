//! One connection's worth of publishing: everything in flight at once, confirms as they come.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use jisr_core::name::DepartmentId;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation};
use tokio::sync::mpsc;

use super::returned::Returned;
use super::{Job, lost};
use crate::BusError;
use crate::rabbit::line::{Line, within};
use crate::rabbit::names::Names;
use crate::rabbit::options::{RabbitOptions, Role};
use crate::rabbit::topology::Declarer;
use crate::rabbit::trouble::Trouble;

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
    declared: HashMap<DepartmentId, Declared>,
    returned: Returned,
    /// When each message in flight was sent, by its number.
    in_flight: BTreeMap<u64, Instant>,
    sent: u64,
}

/// A message with the broker's answer.
struct Landed {
    number: u64,
    job: Job,
    confirmation: Result<Confirmation, lapin::Error>,
}

impl Session {
    /// Connects, declares what the role may, and turns confirms on.
    pub(super) async fn open(options: &Arc<RabbitOptions>) -> Result<Self, Trouble> {
        let line = Line::open(options, "publisher").await?;
        let channel = line.channel().await?;
        within(options.patience, channel.confirm_select(ConfirmSelectOptions::default())).await?;
        let mut session = Self {
            line,
            channel,
            names: Names::new(&options.prefix),
            options: options.clone(),
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
    pub(super) async fn run(mut self, jobs: &mut mpsc::UnboundedReceiver<Job>) -> End {
        let mut landing = FuturesUnordered::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut open = true;
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                biased;
                why = self.line.lost() => return End::Lost(why),
                Some(landed) = landing.next(), if !landing.is_empty() => {
                    // All of them, before the first sender is told: see `returned`.
                    let mut all = vec![landed];
                    while let Some(Some(landed)) = landing.next().now_or_never() {
                        all.push(landed);
                    }
                    if let Err(why) = self.conclude(all) {
                        return End::Lost(why);
                    }
                }
                count = jobs.recv_many(&mut batch, BATCH), if open => {
                    open = count > 0;
                    for job in batch.drain(..) {
                        if let Some(job) = self.ready(job).await {
                            self.sent += 1;
                            self.in_flight.insert(self.sent, Instant::now());
                            landing.push(land(self.channel.clone(), self.sent, job));
                        }
                    }
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
            if !open && landing.is_empty() {
                self.line.close().await;
                return End::Finished;
            }
        }
    }

    /// The job, if it can be sent: somebody still waits for it, and its queue is there.
    async fn ready(&mut self, job: Job) -> Option<Job> {
        if job.answer.is_closed() {
            return None;
        }
        let Some(department) = job.route.department.clone() else { return Some(job) };
        match self.declared.get(&department) {
            Some(Declared::Yes) => return Some(job),
            Some(Declared::No(since, trouble)) if since.elapsed() < SULK => {
                answer(job, Err(trouble.clone().into()));
                return None;
            }
            _ => {}
        }
        match self.declare(Some(&department)).await {
            Ok(()) => {
                self.declared.insert(department, Declared::Yes);
                Some(job)
            }
            Err(trouble) => {
                tracing::error!(%department, %trouble, "the department's queue cannot be declared");
                answer(job, Err(trouble.clone().into()));
                self.declared.insert(department, Declared::No(Instant::now(), trouble));
                None
            }
        }
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
        for Landed { job, confirmation, .. } in all {
            let id = job.properties.message_id().as_ref().map_or("", |id| id.as_str()).to_owned();
            let returned = self.returned.claim(&id);
            let result = match confirmation {
                Ok(_) if returned => {
                    let route = &job.route;
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
            answer(job, result);
        }
        end
    }
}

/// Publishes and waits for the confirm.
async fn land(channel: Channel, number: u64, job: Job) -> Landed {
    let confirmation = async {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let (exchange, key) = (job.route.exchange.clone(), job.route.key.clone());
        channel.basic_publish(exchange, key, options, &job.body, job.properties.clone()).await?.await
    };
    let confirmation = confirmation.await;
    Landed { number, job, confirmation }
}

fn id_of(message: &BasicReturnMessage) -> &str {
    message.delivery.properties.message_id().as_ref().map_or("", |id| id.as_str())
}

fn answer(job: Job, result: Result<(), BusError>) {
    // Whoever has lost patience meanwhile sends again.
    let _ = job.answer.send(result);
}
