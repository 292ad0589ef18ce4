//! The engine: its parts, how they start, and how they stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16};
use std::time::Duration;

use jisr_bus::{Bus, BusError};
use jisr_core::time::Clock;
use jisr_journal::{Journal, Unavailable};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Catalogue;
use crate::directory::Directory;
use crate::dispatch::{BreakerOptions, Dispatcher, Gates};
use crate::feed::Feed;
use crate::recent::Recent;
use crate::trust::Trust;

/// How often it is looked what other processes on the same journal have done.
const KEEP_UP: Duration = Duration::from_secs(1);

/// What can be set on an engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Whether it takes in replies and keeps the time. One that does not only takes in applications, and dispatches
    /// them: the part of an engine that a gateway needs, where others run beside it on the same journal and bus.
    pub settles: bool,
    /// At most so many replies, wake-ups or outbox rows are dealt with at a time.
    pub batch: u16,
    /// At most so many requests of one department are on the bus, or on their way to it, at a time; the rest waits in
    /// the outbox.
    pub window: usize,
    /// How long after its dispatch a request may still be begun by an adapter; `None` takes the state machine's
    /// default of an hour.
    pub start_within: Option<Duration>,
    /// An adapter not heard of for so long counts as down.
    pub adapter_silence: Duration,
    /// When an operation that fails again and again is only probed.
    pub breaker: BreakerOptions,
    /// How long request ids are remembered.
    pub keep_requests: Duration,
    /// Whose conformance verdicts are believed: only adapters that have passed are sent work. `None`: all are.
    pub trust: Option<Trust>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            settles: true,
            batch: 256,
            window: 4096,
            start_within: None,
            adapter_silence: Duration::from_secs(15),
            breaker: BreakerOptions::default(),
            keep_requests: Duration::from_secs(7 * 24 * 3600),
            trust: None,
        }
    }
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] Unavailable),
    /// The bus.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// A handle to the engine; clones are the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) directory: Directory,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) gates: Arc<Gates>,
    pub(crate) feed: Feed,
    pub(crate) recent: Recent,
    pub(crate) options: EngineOptions,
    /// Low bits of the next reference number.
    pub(crate) reference: AtomicU16,
    /// What the timers sleep towards, in microseconds.
    pub(crate) next_wake: AtomicI64,
    /// There is an earlier wake-up than that.
    pub(crate) earlier: Notify,
    /// There is a new job.
    pub(crate) new_job: Notify,
    /// What this engine calls itself, different from every other.
    pub(crate) name: Arc<str>,
}

impl Engine {
    /// Starts an engine: what was in flight when the last one ended is brought to a definite state first. Its parts
    /// run in `tasks` until `stop`; a part that ends before is a failure of the process.
    ///
    /// # Errors
    /// [`StartError`] when journal or bus do not answer.
    pub async fn start(
        journal: Arc<dyn Journal>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        catalogue: Arc<Catalogue>,
        options: EngineOptions,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<Self, StartError> {
        let (start_within, trust) = (options.start_within, options.trust.clone());
        let directory = Directory::load(&*journal, bus.clone(), start_within, options.adapter_silence, trust).await?;
        let gates = Arc::new(Gates::new(clock.clone(), options.breaker, journal.pauses().await?));
        gates.set_closed(directory.closed(clock.now()));
        gates.set_trusted(directory.trusted());
        let dispatcher = Dispatcher::start(journal.clone(), &*bus, gates.clone(), options.window, stop.clone()).await?;
        let feed = Feed::start(journal.clone(), tasks, stop.clone());
        let engine = Self(Arc::new(Inner {
            journal,
            bus,
            clock,
            catalogue,
            directory,
            dispatcher,
            gates,
            feed,
            recent: Recent::default(),
            options,
            reference: AtomicU16::new(rand::random()),
            next_wake: AtomicI64::new(i64::MAX),
            earlier: Notify::new(),
            new_job: Notify::new(),
            name: format!("engine-{:016x}", rand::random::<u64>()).into(),
        }));
        engine.0.dispatcher.recover(true).await?;
        tasks.spawn(engine.clone().keep_up(stop.clone()));
        if engine.0.options.settles {
            let replies = engine.replies().await?;
            tasks.spawn(engine.clone().settle(replies, stop.clone()));
            tasks.spawn(engine.clone().keep_time(stop.clone()));
            tasks.spawn(engine.clone().keep_jobs(stop.clone()));
        }
        Ok(engine)
    }

    /// Keeps up with the other processes on this journal: the adapters they have heard of (heartbeats go to one engine
    /// each), the departments that were paused there, and the messages of those that have gone; and with the calendars.
    /// When told to stop, sees the lanes to their end.
    async fn keep_up(self, stop: CancellationToken) {
        let mut often = tokio::time::interval(KEEP_UP);
        often.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = often.tick() => {}
            }
            let journal = &*self.0.journal;
            let pauses = self.read_pauses();
            let heard = self.0.directory.refresh(journal);
            let (pauses, heard, recovered) = tokio::join!(pauses, heard, self.0.dispatcher.recover(false));
            for error in [pauses, heard, recovered].into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "not up to date with other processes, trying again");
            }
            self.read_calendars();
        }
        self.0.dispatcher.ended().await;
    }

    /// The services, departments and centres in force.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// The adapters that have been heard of.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }
}

impl Engine {
    /// The clock the engine goes by.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }
}
