//! Bench of the embedded setting: submit to completed through engine, journal on SQLite, bus in process and the
//! adapter run loop, against a department that answers at once. Prints a table; figures are of this run only.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, clippy::cast_possible_truncation)]
#![allow(clippy::cast_sign_loss, clippy::float_arithmetic)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::ProcessBus;
use jisr_core::id::{Caller, RequestId};
use jisr_core::state::TransactionState;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions, Submission};
use jisr_journal_sql::SqliteJournal;
use jisr_runtime::SystemClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MANIFEST: &str = r#"
department = "municipality"
titles = { ar = "البلدية", en = "Municipality" }
system = "answers at once"
protocol = "none"
[operations.building-noc]
effect = "idempotent"
call_timeout = "10s"
ends_within = "15s"
answer_within = "1h"
max_in_flight = 256
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
"#;

struct AtOnce;

#[async_trait]
impl Adapter for AtOnce {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        Ok(None)
    }

    async fn compensate(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    let bus = Arc::new(ProcessBus::new());
    let (catalogue, _) = Catalogue::load(&jisr_testkit::repository().join("deploy/catalogue")).unwrap();
    let journal = Arc::new(SqliteJournal::open(&folder.path().join("jisr.db")).unwrap());
    let clock = Arc::new(SystemClock);
    let options = EngineOptions::default();
    let engine = Engine::start(journal, bus.clone(), clock.clone(), Arc::new(catalogue), options, &mut tasks, &stop);
    let engine = engine.await.unwrap();
    let options = RunnerOptions {
        version: "bench".to_owned(),
        instance: "bench".to_owned(),
        heartbeat: Duration::from_secs(5),
        drain: Duration::from_secs(5),
    };
    let runner = Runner::new(Arc::new(AtOnce), Manifest::from_toml(MANIFEST).unwrap(), bus, clock, options);
    let running = runner.run(stop.clone());
    tasks.spawn(async move { running.await.unwrap() });

    println!("{:>10} {:>12} {:>10} {:>10} {:>10}", "in flight", "completed/s", "p50 ms", "p99 ms", "max ms");
    for (in_flight, total) in [(1, 500), (32, 5_000), (128, 40_000), (1_024, 40_000)] {
        measure(&engine, in_flight, total).await;
    }
    stop.cancel();
}

async fn measure(engine: &Engine, in_flight: usize, total: usize) {
    let began = Instant::now();
    let mut clerks = JoinSet::new();
    for clerk in 0..in_flight {
        let (engine, share) = (engine.clone(), total / in_flight + usize::from(clerk < total % in_flight));
        clerks.spawn(async move {
            let mut times = Vec::with_capacity(share);
            for _ in 0..share {
                let start = Instant::now();
                one(&engine).await;
                times.push(start.elapsed());
            }
            times
        });
    }
    let mut times: Vec<_> = clerks.join_all().await.into_iter().flatten().collect();
    let took = began.elapsed();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{in_flight:>10} {:>12.0} {:>10.2} {:>10.2} {:>10.2}",
        times.len() as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

async fn one(engine: &Engine) {
    let submission = Submission {
        caller: Caller::new("bench"),
        request_id: RequestId::from_bytes(uuid::Uuid::new_v4().into_bytes()),
        fingerprint: [0; 32],
        transaction: jisr_tests::application("345-0678"),
        validate_only: false,
        traceparent: None,
    };
    let submitted = engine.submit(submission).await.unwrap();
    let id = submitted.uid.parse().unwrap();
    let mut watch = engine.watch(id, None).await.unwrap();
    let mut last = String::new();
    while let Some(event) = watch.next().await {
        last.clone_from(&event.unwrap().events.last().unwrap().to);
    }
    let completed = jisr_proto::convert::transaction_state_from_name(&last);
    assert_eq!(completed, Some(TransactionState::Completed));
}
