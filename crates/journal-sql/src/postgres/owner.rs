//! This process among those that share the database: by its id it has messages in hand, and the database must see it often
//! enough for that to stay so.
//!
//! One session of its own says every second that the process is there, holds a lock by its id (which ends when the
//! process does, however it ends) and hears of other processes' commits. Somebody else may take over what this process has
//! in hand only when it was not seen for [`silent`](PostgresOptions::silent) and its lock is free, or not seen for
//! [`frozen`](PostgresOptions::frozen); this process stops sending well before: it counts from when it asked.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jisr_journal::{Hold, Holding, Position};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::{AsyncMessage, Client};

use super::line::{Dialler, Trouble, Wire};
use super::options::PostgresOptions;

/// How often the process says that it is there.
const EVERY: Duration = Duration::from_secs(1);
/// Wait before the next try when the session ended.
const PAUSE: Duration = Duration::from_millis(250);

/// The last position that has been heard of, only ever moved forward.
pub(super) fn forward(head: &watch::Sender<Position>, to: Position) {
    head.send_if_modified(|head| {
        let moved = *head < to;
        *head = (*head).max(to);
        moved
    });
}

/// See the module. Clones are the same.
#[derive(Clone)]
pub(super) struct Owner(Arc<State>);

struct State {
    id: watch::Sender<i64>,
    sure_until: Mutex<Instant>,
    /// How long after it was seen the process is certainly still there for the others.
    sure_for: Duration,
    /// Whether there are other processes.
    company: AtomicBool,
    /// The id is not good any more.
    lost: Notify,
}

impl Owner {
    pub(super) fn new(options: &PostgresOptions) -> Self {
        Self(Arc::new(State {
            id: watch::Sender::new(new_id()),
            sure_until: Mutex::new(Instant::now()),
            sure_for: options.silent * 2 / 3,
            company: AtomicBool::new(true),
            lost: Notify::new(),
        }))
    }

    pub(super) fn id(&self) -> i64 {
        *self.0.id.borrow()
    }

    /// Whether other processes share the database, as far as is known; one that has just come hears of nothing for a
    /// second at most.
    pub(super) fn has_company(&self) -> bool {
        self.0.company.load(Ordering::Acquire)
    }

    pub(super) fn holding(&self, hold: Hold) -> Holding {
        if hold.0 != self.id() {
            Holding::Lost
        } else if Instant::now() < *self.0.sure_until.lock().unwrap_or_else(PoisonError::into_inner) {
            Holding::Sure
        } else {
            Holding::Unsure
        }
    }

    /// This id was taken for gone: waits for another.
    pub(super) async fn lost(&self, id: i64) {
        let mut ids = self.0.id.subscribe();
        self.0.lost.notify_one();
        // The sender is our own, so this ends with a new id, or with whoever waits.
        drop(ids.wait_for(|current| *current != id).await);
    }

    /// Keeps a session with the database for as long as somebody listens; `seen` is told of the first.
    pub(super) async fn keep(
        self,
        dialler: Arc<Dialler>,
        frozen: Duration,
        head: Arc<watch::Sender<Position>>,
        seen: oneshot::Sender<()>,
    ) {
        let mut seen = Some(seen);
        loop {
            if let Err(trouble) = self.session(&dialler, frozen, &head, &mut seen).await {
                tracing::warn!(error = %trouble, "the database does not see this process, trying again");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn session(
        &self,
        dialler: &Dialler,
        frozen: Duration,
        head: &Arc<watch::Sender<Position>>,
        seen: &mut Option<oneshot::Sender<()>>,
    ) -> Result<(), Trouble> {
        let (client, wire) = dialler.dial().await?;
        let mut driving = tokio::spawn(drive(wire, head.clone()));
        let _ends_with_us = AbortOnDrop(driving.abort_handle());
        dialler.set_up(&client).await?;
        let schema = dialler.schema();
        // A process that stands still loses its session, and with it the lock.
        let idle = frozen.as_millis() * 3 / 4;
        client.batch_execute(&format!("SET idle_session_timeout = {idle}; LISTEN \"jisr:{schema}\"")).await?;
        let newest: i64 = client.query_one("SELECT feed FROM heads", &[]).await?.get(0);
        forward(head, Position(newest));
        let mut locked = None;
        loop {
            let asked = Instant::now();
            let saying = timeout(dialler.patience(), self.say(&client, &mut locked, head));
            saying.await.map_err(|_| Trouble::Broken("the database does not answer".to_owned()))??;
            *self.0.sure_until.lock().unwrap_or_else(PoisonError::into_inner) = asked + self.0.sure_for;
            if let Some(seen) = seen.take() {
                // Whoever opened the journal may have given up.
                let _ = seen.send(());
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.0.lost.notified() => {}
                ended = &mut driving => {
                    let why = ended.unwrap_or_else(|error| error.to_string());
                    return Err(Trouble::Broken(why));
                }
            }
        }
    }

    /// Says that the process is there; under a new id when the old one was taken for gone.
    async fn say(
        &self,
        client: &Client,
        locked: &mut Option<i64>,
        head: &watch::Sender<Position>,
    ) -> Result<(), Trouble> {
        let sign = "UPDATE owners SET seen = clock_timestamp() WHERE id = $1
                    RETURNING (SELECT feed FROM heads), (SELECT count(*) FROM owners)";
        let mut id = self.id();
        if let Some(seen) = client.query_opt(sign, &[&id]).await? {
            forward(head, Position(seen.get(0)));
            self.0.company.store(seen.get::<_, i64>(1) > 1, Ordering::Release);
        } else {
            if locked.is_some() {
                tracing::error!("this process was taken for gone: what it had in hand is sent by another");
            }
            id = new_id();
            client.execute("INSERT INTO owners (id, seen) VALUES ($1, clock_timestamp())", &[&id]).await?;
            self.0.id.send_replace(id);
        }
        if *locked != Some(id) {
            // An earlier session of ours may still have it.
            let got = client.query_one("SELECT pg_try_advisory_lock($1)", &[&id]).await?;
            *locked = got.get::<_, bool>(0).then_some(id);
        }
        Ok(())
    }
}

/// Never 0, which is no process.
fn new_id() -> i64 {
    rand::random::<i64>() | 1
}

/// Drives the session and hears of commits; ends with why it ended.
async fn drive(mut wire: Wire, head: Arc<watch::Sender<Position>>) -> String {
    loop {
        match poll_fn(|context| wire.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(told))) => {
                if let Ok(position) = told.payload().parse() {
                    forward(&head, Position(position));
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return error.to_string(),
            None => return "the session ended".to_owned(),
        }
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
