//! Publishing: who calls waits for the broker's confirm; one task owns the connection and sees to it that there is one.

mod returned;
mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jisr_core::name::DepartmentId;
use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use self::session::{End, Session};
use super::backoff::Backoff;
use super::options::RabbitOptions;
use crate::BusError;

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    /// The department whose queue must be there first.
    pub(super) department: Option<DepartmentId>,
}

/// A message on its way to a confirm.
struct Job {
    route: Route,
    properties: BasicProperties,
    body: Bytes,
    answer: oneshot::Sender<Result<(), BusError>>,
    /// Its place in the window, kept until the broker has answered, even when nobody waits for that any more.
    _place: OwnedSemaphorePermit,
}

/// The way to the broker for messages. Ends when the last clone is dropped and what was sent is confirmed.
#[derive(Clone)]
pub(super) struct Link {
    jobs: mpsc::UnboundedSender<Job>,
    windows: Arc<Mutex<HashMap<Route, Arc<Semaphore>>>>,
    window: usize,
    patience: Duration,
    max_message: usize,
}

impl Link {
    /// A link that connects in the background, for as long as it takes.
    pub(super) fn start(options: Arc<RabbitOptions>) -> Self {
        let (jobs, queue) = mpsc::unbounded_channel();
        let (window, patience, max_message) = (options.window, options.patience, options.max_message);
        tokio::spawn(supervise(options, queue));
        Self { jobs, windows: Arc::default(), window, patience, max_message }
    }

    /// Sends a message and waits for the broker's confirm; as long as the patience lasts also for the broker itself.
    pub(super) async fn publish(&self, route: Route, properties: BasicProperties, body: Bytes) -> Result<(), BusError> {
        if body.len() > self.max_message {
            // The broker would close the channel, and with it everybody's messages.
            return Err(BusError(format!("a message of {} bytes is too long for the broker", body.len()).into()));
        }
        let confirmed = async {
            let place = self.window(&route).acquire_owned().await.map_err(|_| gone())?;
            let (answer, confirmed) = oneshot::channel();
            let job = Job { route, properties, body, answer, _place: place };
            self.jobs.send(job).map_err(|_| gone())?;
            confirmed.await.unwrap_or_else(|_| Err(lost()))
        };
        let answer = timeout(self.patience, confirmed).await;
        answer.unwrap_or_else(|_| Err(BusError(format!("not confirmed within {:?}", self.patience).into())))
    }

    /// Each route has its own, so that a department whose queue stands still stops nobody else.
    fn window(&self, route: &Route) -> Arc<Semaphore> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.get(route) {
            Some(window) => window.clone(),
            None => windows.entry(route.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.window))).clone(),
        }
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
    loop {
        let mut up_since = None;
        match Session::open(&options).await {
            Ok(session) => {
                up_since = Some(Instant::now());
                tracing::info!("publishing to the broker");
                match session.run(&mut jobs).await {
                    End::Finished => return,
                    End::Lost(why) => tracing::warn!(why, "publishing interrupted, connecting again"),
                }
            }
            Err(trouble) if trouble.is_refusal() => tracing::error!(%trouble, "cannot publish, trying again"),
            Err(trouble) => tracing::warn!(%trouble, "cannot publish, trying again"),
        }
        if jobs.is_closed() && jobs.is_empty() {
            return;
        }
        tokio::time::sleep(backoff.after(up_since)).await;
    }
}
