//! The embedded setting: engine, journal on SQLite, bus in process and adapter, all in this process, without a network.

use std::path::Path;
use std::sync::Arc;

use jisr_bus::ProcessBus;
use jisr_core::id::{Caller, RequestId, TransactionId};
use jisr_engine::catalogue::Catalogue;
use jisr_engine::journal::Filter;
use jisr_engine::{Engine, EngineOptions, Submission};
use jisr_journal_sql::SqliteJournal;
use jisr_proto::v1;
use jisr_runtime::SystemClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::harness::Completions;
use crate::{adapter, load};

/// A running engine with everything it needs.
pub(crate) struct Embedded {
    engine: Engine,
    completed: Completions<TransactionId>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Embedded {
    /// Starts one whose journal is in this folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let bus = Arc::new(ProcessBus::new());
        let (catalogue, _) = Catalogue::load(&load::catalogue(folder)).unwrap();
        let journal = Arc::new(SqliteJournal::open(&journal(folder)).unwrap());
        let (clock, options) = (Arc::new(SystemClock), EngineOptions::default());
        let engine = Engine::start(journal, bus.clone(), clock, Arc::new(catalogue), options, &mut tasks, &stop);
        let engine = engine.await.unwrap();
        let until = stop.clone();
        tasks.spawn(adapter::run(bus, until));
        let completed = Completions::new();
        let (told, mut watch) = (completed.clone(), engine.watch_all(Filter::default(), None).await.unwrap());
        let until = stop.clone();
        tasks.spawn(async move {
            while let Some(Some(event)) = until.run_until_cancelled(watch.next()).await {
                for event in event.unwrap().events.iter().filter(|event| is_completion(event)) {
                    told.tell(event.transaction.strip_prefix("transactions/").unwrap().parse().unwrap());
                }
            }
        });
        Self { engine, completed, tasks, stop }
    }

    /// One piece of work: submits the application and waits until it is completed.
    pub(crate) fn work(&self, application: &v1::Transaction) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let (engine, completed) = (self.engine.clone(), self.completed.clone());
        let application = Arc::new(application.clone());
        move |_| {
            let (engine, completed, application) = (engine.clone(), completed.clone(), application.clone());
            Box::pin(async move {
                let submission = Submission {
                    caller: Caller::new("bench"),
                    request_id: RequestId::from_bytes(uuid::Uuid::new_v4().into_bytes()),
                    fingerprint: [0; 32],
                    transaction: v1::Transaction::clone(&application),
                    validate_only: false,
                    traceparent: None,
                };
                let submitted = engine.submit(submission).await.unwrap();
                completed.of(submitted.uid.parse().unwrap()).await;
            })
        }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// A piece of work under way.
pub(crate) type Work = futures::future::BoxFuture<'static, ()>;

/// The journal's file.
pub(crate) fn journal(folder: &Path) -> std::path::PathBuf {
    folder.join("jisr.db")
}

/// Whether it says that the transaction, not one of its legs, is completed.
///
/// # Panics
/// When it has ended otherwise: a bench of errors says nothing.
pub(crate) fn is_completion(event: &v1::Event) -> bool {
    let wrong = ["REJECTED", "CANCELLED", "EXPIRED", "FAILED", "REFUSED"];
    assert!(!wrong.contains(&event.to.as_str()), "{event:?}");
    event.leg.is_empty() && event.to == "COMPLETED"
}
