//! A department's own word: from the adapter's `listen` to the engine's queue, whatever becomes of the listening.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::{
    Adapter, Answer, Answers, CallFault, CancellationToken, Manifest, Reference, Runner, RunnerOptions, async_trait,
};
use jisr_bus::{Address, Bus, Consumer, ProcessBus, kind};
use jisr_core::time::Timestamp;
use jisr_runtime::SystemClock;
use prost::Message as _;

const PATIENCE: Duration = Duration::from_secs(20);
const DECIDED: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const REFERENCE: &str = "01KZ4N8Q00F5V8ZC2B7J6N4XKD-noc";

const MANIFEST: &str = r#"
department = "economy"
titles = { ar = "الاقتصاد", en = "Economy" }
system = "a reply queue"
protocol = "none"
[operations.trade-licence]
effect = "lookup"
call_timeout = "10s"
ends_within = "15s"
answer_within = "1h"
max_in_flight = 1
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
"#;

/// Panics the first time, gives up the second, and brings an answer the third.
struct Listener(AtomicUsize);

#[async_trait]
impl Adapter for Listener {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::InProgress(wire::InProgress::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        Ok(None)
    }

    async fn compensate(&self, request: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.execute(request).await
    }

    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("the queue was not what it should be"),
            1 => {}
            _ => {
                let reference: Reference = REFERENCE.parse().unwrap();
                answers.give(&reference, Answer::InProgress(wire::InProgress::default()), None).await.unwrap();
                let refused = wire::Refused { code: "NO".to_owned(), ..wire::Refused::default() };
                answers.give(&reference, Answer::Refused(refused), Some(DECIDED)).await.unwrap();
                stop.cancelled().await;
            }
        }
    }
}

async fn next_reply(engine: &mut Consumer) -> wire::LegReply {
    let bound = tokio::time::timeout(PATIENCE, async {
        loop {
            let delivery = engine.next().await.unwrap();
            let (kind, body) = (delivery.message.kind.clone(), delivery.message.body.clone());
            let attempt = delivery.message.attempt;
            delivery.acknowledge();
            if &*kind == kind::LEG_REPLIED {
                assert_eq!(attempt, 0);
                return wire::LegReply::decode(body).unwrap();
            }
        }
    });
    bound.await.unwrap()
}

#[tokio::test]
async fn an_answer_that_comes_by_itself_reaches_the_engine_and_listening_goes_on() {
    let bus = ProcessBus::default();
    let mut engine = bus.consume(&Address::Engine, 10).await.unwrap();
    let adapter = Arc::new(Listener(AtomicUsize::new(0)));
    let options = RunnerOptions {
        version: "1.0.0".to_owned(),
        instance: "one".to_owned(),
        heartbeat: Duration::from_secs(1),
        drain: Duration::from_secs(5),
    };
    let manifest = Manifest::from_toml(MANIFEST).unwrap();
    let stop = CancellationToken::new();
    let runner = Runner::new(adapter.clone(), manifest, Arc::new(bus), Arc::new(SystemClock), options);
    let running = tokio::spawn(runner.run(stop.clone()));

    let reply = next_reply(&mut engine).await;
    let reference: Reference = REFERENCE.parse().unwrap();
    assert_eq!((reply.transaction, reply.leg.as_str()), (reference.transaction.to_string(), "noc"));
    assert_eq!((reply.attempt, reply.kind, &*reply.in_reply_to), (0, wire::RequestKind::Execute.into(), ""));
    assert_eq!(jisr_adapter::proto::convert::time_or_min(reply.answered_time.as_ref()), DECIDED);
    assert!(matches!(reply.result, Some(Said::Refused(refused)) if refused.code == "NO"));
    assert_eq!(adapter.0.load(Ordering::SeqCst), 3);

    stop.cancel();
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();
}
