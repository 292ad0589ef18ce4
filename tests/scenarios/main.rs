//! Scenarios inside one process: the engine with its journal and bus, against a department made for the occasion.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::ProcessBus;
use jisr_core::id::{Caller, RequestId};
use jisr_engine::catalogue::Catalogue;
use jisr_engine::journal::ListQuery;
use jisr_engine::{Engine, EngineOptions, Submission};
use jisr_journal_sql::SqliteJournal;
use jisr_runtime::SystemClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const MANIFEST: &str = r#"
department = "municipality"
titles = { ar = "البلدية", en = "Municipality" }
system = "counts"
protocol = "none"
[operations.building-noc]
effect = "lookup"
call_timeout = "5s"
ends_within = "5s"
answer_within = "1h"
max_in_flight = 4
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
"#;

#[derive(Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl Adapter for Counting {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Answer::Succeeded(Box::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        Ok(None)
    }

    async fn compensate(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }
}

/// A backlog far beyond what a lane holds stays in the outbox, and is sent from there: once, and known to be new.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_beyond_the_window_waits_in_the_outbox() {
    const APPLICATIONS: u8 = 60;
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(SqliteJournal::open(&folder.path().join("jisr.db")).unwrap());
    let (bus, clock) = (Arc::new(ProcessBus::new()), Arc::new(SystemClock));
    let (catalogue, _) = Catalogue::load(&jisr_testkit::repository().join("deploy/catalogue")).unwrap();
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    let options = EngineOptions { window: 2, ..EngineOptions::default() };
    let catalogue = Arc::new(catalogue);
    let engine = Engine::start(journal, bus.clone(), clock.clone(), catalogue, options, &mut tasks, &stop);
    let engine = engine.await.unwrap();
    for number in 0..APPLICATIONS {
        let submission = Submission {
            caller: Caller::new("front-end"),
            request_id: RequestId::from_bytes([number + 1; 16]),
            fingerprint: [number; 32],
            transaction: jisr_tests::application("345-0678"),
            validate_only: false,
            traceparent: None,
        };
        engine.submit(submission).await.unwrap();
    }
    let waiting: u64 = engine.overview().await.unwrap().outbox.iter().map(|(_, count, _)| count).sum();
    assert_eq!(waiting, u64::from(APPLICATIONS));

    let department = Arc::new(Counting::default());
    let options = RunnerOptions {
        version: "1".to_owned(),
        instance: "test".to_owned(),
        heartbeat: Duration::from_secs(5),
        drain: Duration::from_secs(1),
    };
    let runner = Runner::new(department.clone(), Manifest::from_toml(MANIFEST).unwrap(), bus, clock, options);
    let running = runner.run(stop.clone());
    tasks.spawn(async move { running.await.unwrap() });
    let query = ListQuery { limit: 500, ..ListQuery::default() };
    let all = jisr_testkit::wait::until("the end of all", jisr_tests::PATIENCE, || async {
        let all = engine.list(&query).await.unwrap();
        all.iter().all(jisr_tests::is_terminal).then_some(all)
    })
    .await;
    assert_eq!((all.len(), department.0.load(Ordering::SeqCst)), (APPLICATIONS.into(), APPLICATIONS.into()));
    for transaction in all {
        let history = engine.history(transaction.uid.parse().unwrap(), 0, 100).await.unwrap();
        assert!(history.iter().all(|event| event.to != "IN_DOUBT"), "{history:?}");
    }
    stop.cancel();
}
