//! Publishing: who calls waits for the broker's confirm; one task owns the connection and sees to it that there is one.

mod returned;
mod session;
mod waiting;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use jisr_core::name::DepartmentId;
use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use self::session::{End, Session};
use self::waiting::Waiting;
use super::backoff::Backoff;
use super::options::RabbitOptions;
use super::pack;
use crate::{BusError, Message};

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    /// The department whose queue must be there first.
    pub(super) department: Option<DepartmentId>,
}

/// A route that is in use, with what is known of it.
#[derive(Debug)]
pub(super) struct Way {
    /// Its place among all ways of a link.
    number: usize,
    route: Route,
    /// Places for messages that are not confirmed. Each way has its own, so that a department whose queue stands still
    /// stops nobody else.
    window: Arc<Semaphore>,
    /// Messages that may travel as one.
    pack: AtomicU16,
    /// The receiver wants JSON, each message alone.
    json: AtomicBool,
    /// Whatever the receiver takes.
    most: u16,
}

impl Way {
    fn new(number: usize, route: Route, window: usize, most: u16) -> Self {
        let (window, pack) = (Arc::new(Semaphore::new(window)), AtomicU16::new(1));
        let json = AtomicBool::new(false);
        Self { number, route, window, pack, json, most: most.clamp(1, pack::MOST_MESSAGES) }
    }

    /// Lets so many messages travel as one from now on.
    pub(super) fn set_pack(&self, most: u16) {
        self.pack.store(most.clamp(1, self.most), Ordering::Relaxed);
    }

    /// Lets messages travel as JSON from now on, or no longer.
    pub(super) fn set_json(&self, json: bool) {
        self.json.store(json, Ordering::Relaxed);
    }

    fn is_json(&self) -> bool {
        self.json.load(Ordering::Relaxed)
    }

    fn pack(&self) -> usize {
        if self.is_json() { 1 } else { self.pack.load(Ordering::Relaxed).into() }
    }
}

/// What is to be sent.
pub(super) enum Load {
    /// One of ours, that may travel with others.
    Message(Message),
    /// Something that travels alone, as it is.
    Ready(Box<BasicProperties>, Bytes),
}

impl Load {
    fn length(&self) -> usize {
        match self {
            Self::Message(message) => message.body.len(),
            Self::Ready(_, body) => body.len(),
        }
    }
}

/// Something on its way to a confirm.
struct Job {
    way: Arc<Way>,
    load: Load,
    waiter: Waiter,
}

/// Who waits for a confirm.
struct Waiter {
    answer: oneshot::Sender<Result<(), BusError>>,
    /// Its place in the window, kept until the broker has answered, even when nobody waits for that any more.
    _place: OwnedSemaphorePermit,
}

impl Waiter {
    /// Whoever has lost patience meanwhile sends again.
    fn answer(self, result: Result<(), BusError>) {
        let _ = self.answer.send(result);
    }
}

/// The way to the broker for messages. Ends when the last clone is dropped and what was sent is confirmed.
#[derive(Clone)]
pub(super) struct Link {
    jobs: mpsc::UnboundedSender<Job>,
    ways: Arc<Mutex<HashMap<Route, Arc<Way>>>>,
    options: Arc<RabbitOptions>,
}

impl Link {
    /// A link that connects in the background, for as long as it takes.
    pub(super) fn start(options: Arc<RabbitOptions>) -> Self {
        let (jobs, queue) = mpsc::unbounded_channel();
        tokio::spawn(supervise(options.clone(), queue));
        Self { jobs, ways: Arc::default(), options }
    }

    /// Sends a message and waits for the broker's confirm; as long as the patience lasts also for the broker itself.
    pub(super) async fn publish(&self, way: &Arc<Way>, load: Load) -> Result<(), BusError> {
        let length = load.length();
        if length > self.options.max_message {
            // The broker would close the channel, and with it everybody's messages.
            return Err(BusError(format!("a message of {length} bytes is too long for the broker").into()));
        }
        let confirmed = async {
            let place = way.window.clone().acquire_owned().await.map_err(|_| gone())?;
            let (answer, confirmed) = oneshot::channel();
            let job = Job { way: way.clone(), load, waiter: Waiter { answer, _place: place } };
            self.jobs.send(job).map_err(|_| gone())?;
            confirmed.await.unwrap_or_else(|_| Err(lost()))
        };
        let patience = self.options.patience;
        let answer = timeout(patience, confirmed).await;
        answer.unwrap_or_else(|_| Err(BusError(format!("not confirmed within {patience:?}").into())))
    }

    /// The way that a route is; at first every message travels there alone.
    pub(super) fn way(&self, route: Route) -> Arc<Way> {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let number = ways.len();
        let (window, most) = (self.options.window, self.options.max_pack);
        let way = ways.entry(route).or_insert_with_key(|route| Arc::new(Way::new(number, route.clone(), window, most)));
        way.clone()
    }
}

fn gone() -> BusError {
    BusError("the publishing task has ended".into())
}

fn lost() -> BusError {
    BusError("the connection to the broker was lost before the confirm".into())
}

/// Keeps a session with the broker until nobody can publish any more.
async fn supervise(options: Arc<RabbitOptions>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut backoff = Backoff::new();
    // What was never sent outlives a session.
    let mut waiting = Waiting::new(options.max_message);
    loop {
        let mut up_since = None;
        match Session::open(&options).await {
            Ok(session) => {
                up_since = Some(Instant::now());
                tracing::info!("publishing to the broker");
                match session.run(&mut jobs, &mut waiting).await {
                    End::Finished => return,
                    End::Lost(why) => tracing::warn!(why, "publishing interrupted, connecting again"),
                }
                waiting.nothing_under_way();
            }
            Err(trouble) if trouble.is_refusal() => tracing::error!(%trouble, "cannot publish, trying again"),
            Err(trouble) => tracing::warn!(%trouble, "cannot publish, trying again"),
        }
        if jobs.is_closed() && jobs.is_empty() && waiting.is_empty() {
            return;
        }
        tokio::time::sleep(backoff.after(up_since)).await;
    }
}
