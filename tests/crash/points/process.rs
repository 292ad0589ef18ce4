//! One process: an engine, an adapter and a front end in a runtime of their own, which dies as a whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::ProcessBus;
use jisr_core::id::{Caller, RequestId};
use jisr_core::time::Clock;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions, Submission};
use jisr_journal_sql::SqliteJournal;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::v1;
use jisr_runtime::SystemClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fuse::{Fuse, Side, Touch};
use super::guarded::{GuardedBus, GuardedJournal};

const MANIFEST: &str = r#"
department = "municipality"
titles = { ar = "البلدية", en = "Municipality" }
system = "a ledger"
protocol = "none"
begin_within = "200ms"
[operations.building-noc]
effect = "lookup"
call_timeout = "50ms"
ends_within = "60ms"
answer_within = "1h"
max_in_flight = 4
retry = { first = "20ms", max = "50ms", multiplier_percent = 200, attempts = 12 }
"#;

/// What outlives a process.
pub(crate) struct Life {
    pub(crate) journal: PathBuf,
    pub(crate) department: Department,
}

/// The department's system: what it did is done, whoever dies.
#[derive(Clone)]
pub(crate) struct Department(Arc<Ledger>);

struct Ledger {
    effects: AtomicUsize,
    loses_an_answer: AtomicBool,
}

impl Department {
    pub(crate) fn new(loses_an_answer: bool) -> Self {
        Self(Arc::new(Ledger { effects: AtomicUsize::new(0), loses_an_answer: loses_an_answer.into() }))
    }

    pub(crate) fn effects(&self) -> usize {
        self.0.effects.load(Ordering::SeqCst)
    }
}

struct Clerk {
    department: Department,
    fuse: Fuse,
}

#[async_trait]
impl Adapter for Clerk {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.fuse.pass(Touch::DepartmentCalled, Side::Before).await;
        self.department.0.effects.fetch_add(1, Ordering::SeqCst);
        self.fuse.pass(Touch::DepartmentCalled, Side::After).await;
        if self.department.0.loses_an_answer.swap(false, Ordering::SeqCst) {
            return Err(CallFault::Doubtful { detail: "the answer was lost".to_owned() });
        }
        Ok(Answer::Succeeded(Box::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        self.fuse.pass(Touch::DepartmentAsked, Side::Before).await;
        let found = (self.department.effects() > 0).then(|| Answer::Succeeded(Box::default()));
        self.fuse.pass(Touch::DepartmentAsked, Side::After).await;
        Ok(found)
    }

    async fn compensate(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }
}

/// How it ended.
pub(crate) struct End(Vec<v1::Transaction>);

impl End {
    /// One transaction, and it is completed.
    pub(crate) fn assert_well(&self) {
        let states: Vec<_> = self.0.iter().map(v1::Transaction::state).collect();
        assert_eq!(states, [v1::TransactionState::Completed], "{:?}", self.0);
    }
}

/// Lives until the application has ended, or the fuse has blown: then there is nothing to tell.
pub(crate) fn live(life: &Life, fuse: &Fuse) -> Option<End> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let end = runtime.block_on(async {
        tokio::select! {
            () = fuse.blown() => None,
            end = run(life, fuse) => Some(end),
        }
    });
    // Whatever still runs stops where it stands.
    runtime.shutdown_timeout(Duration::from_secs(10));
    end
}

async fn run(life: &Life, fuse: &Fuse) -> End {
    // The process before has let go of the file once its threads are gone.
    let journal = jisr_testkit::wait::until("the journal's file", Duration::from_secs(20), || async {
        SqliteJournal::open(&life.journal).ok()
    })
    .await;
    let journal = Arc::new(GuardedJournal { journal, fuse: fuse.clone() });
    let bus = Arc::new(GuardedBus { bus: ProcessBus::new(), fuse: fuse.clone() });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (catalogue, _) = Catalogue::load(&jisr_testkit::repository().join("deploy/catalogue")).unwrap();
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    let engine = Engine::start(
        journal,
        bus.clone(),
        clock.clone(),
        Arc::new(catalogue),
        EngineOptions::default(),
        &mut tasks,
        &stop,
    );
    let engine = engine.await.unwrap();
    let options = RunnerOptions {
        version: "1".to_owned(),
        instance: "test".to_owned(),
        heartbeat: Duration::from_secs(5),
        drain: Duration::from_secs(1),
    };
    let adapter = Arc::new(Clerk { department: life.department.clone(), fuse: fuse.clone() });
    let runner = Runner::new(adapter, Manifest::from_toml(MANIFEST).unwrap(), bus, clock, options);
    tasks.spawn(async move { runner.run(stop).await.unwrap() });
    // What the adapter promises must be known before the first request, as it is in a department at work.
    jisr_testkit::wait::until("the announcement", Duration::from_secs(20), || async {
        (!engine.directory().adapters(engine.clock().now()).is_empty()).then_some(())
    })
    .await;

    // A front end sends the same request again until it is answered, whoever answers.
    let submission = Submission {
        caller: Caller::new("front-end"),
        request_id: RequestId::from_bytes([7; 16]),
        fingerprint: [7; 32],
        transaction: jisr_tests::application("345-0678"),
        validate_only: false,
        traceparent: None,
    };
    engine.submit(submission).await.unwrap();
    let query = jisr_engine::journal::ListQuery { limit: 10, ..Default::default() };
    let all = jisr_testkit::wait::until("the end of the application", Duration::from_secs(30), || async {
        let all = engine.list(&query).await.unwrap();
        all.iter().all(jisr_tests::is_terminal).then_some(all)
    })
    .await;
    // What follows the end must be seen too: the last acknowledgements and the clearing of the outbox.
    jisr_testkit::wait::until("an empty outbox", Duration::from_secs(30), || async {
        engine.overview().await.unwrap().outbox.is_empty().then_some(())
    })
    .await;
    End(all)
}
