//! When a call may begin, and what is said of one that did not: the run loop, seen from the bus.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::proto::convert;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::{Address, Bus, BusError, Consumer, Message, ProcessBus, Publisher, Receipt, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::{Clock, Timestamp};
use jisr_runtime::SystemClock;
use prost::Message as _;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

/// However slow the machine: what has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);

const MANIFEST: &str = r#"
department = "economy"
titles = { ar = "الاقتصاد", en = "Economy" }
system = "a ledger"
protocol = "none"
[operations.trade-licence]
effect = "lookup"
call_timeout = "10s"
ends_within = "15s"
answer_within = "1h"
compensable = true
max_in_flight = 1
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
[operations.trade-name]
effect = "once"
call_timeout = "10s"
ends_within = "15s"
answer_within = "1h"
max_in_flight = 1
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
"#;

/// The department's system: counts what it is asked to do, and does it when it is let.
#[derive(Clone)]
struct Ledger {
    begun: Arc<AtomicUsize>,
    open: Arc<Semaphore>,
}

#[async_trait]
impl Adapter for Ledger {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.open.acquire().await.unwrap().forget();
        Ok(Answer::Succeeded(Box::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        Ok(None)
    }

    async fn compensate(&self, request: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.execute(request).await
    }
}

/// A bus whose deliveries are all ours since one instant, and that may swallow what is said of them but the last word.
#[derive(Clone)]
struct Post {
    bus: ProcessBus,
    since: Instant,
    takes_acknowledgements: bool,
}

#[async_trait]
impl Bus for Post {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        Ok(Arc::new(self.clone()))
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        let mut inner = self.bus.consume(from, prefetch).await?;
        let (sender, receiver) = mpsc::channel(1);
        let since = self.since;
        tokio::spawn(async move {
            while let Some(delivery) = inner.next().await {
                if sender.send(delivery.ours_since(since)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Consumer::new(receiver))
    }
}

#[async_trait]
impl Publisher for Post {
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError> {
        let reply = wire::LegReply::decode(message.body.clone());
        let acknowledgement = reply.is_ok_and(|reply| matches!(reply.result, Some(Said::Acknowledged(_))));
        if acknowledgement && !self.takes_acknowledgements {
            std::future::pending::<()>().await;
        }
        self.bus.publish(to, message).await
    }
}

struct Scene {
    bus: ProcessBus,
    replies: Consumer,
    ledger: Ledger,
    next: u8,
    _stop: DropGuard,
}

impl Scene {
    async fn new(begin_within: Duration, since: Instant, takes_acknowledgements: bool) -> Self {
        let bus = ProcessBus::new();
        let ledger = Ledger { begun: Arc::default(), open: Arc::new(Semaphore::new(0)) };
        let manifest = Manifest::from_toml(MANIFEST).unwrap().with_begin_within(Some(begin_within));
        let options = RunnerOptions {
            version: "1".to_owned(),
            instance: "test".to_owned(),
            heartbeat: Duration::from_secs(60),
            drain: Duration::ZERO,
        };
        let post = Arc::new(Post { bus: bus.clone(), since, takes_acknowledgements });
        let runner = Runner::new(Arc::new(ledger.clone()), manifest, post, Arc::new(SystemClock), options);
        let stop = CancellationToken::new();
        tokio::spawn(runner.run(stop.clone()));
        let replies = bus.consume(&Address::Engine, 100).await.unwrap();
        Self { bus, replies, ledger, next: 0, _stop: stop.drop_guard() }
    }

    async fn ask(&mut self, operation: &str, execute_before: Timestamp, republished: bool) {
        self.next += 1;
        let now = SystemClock.now();
        let id = MessageId::new(now, [self.next; 10]);
        let request = wire::LegRequest {
            message_id: id.to_string(),
            leg: format!("leg-{}", self.next),
            department: "economy".to_owned(),
            operation: operation.to_owned(),
            kind: wire::RequestKind::Execute.into(),
            attempt: 1,
            execute_before: Some(convert::timestamp(execute_before)),
            ..wire::LegRequest::default()
        };
        let message = Message {
            id,
            kind: kind::LEG_REQUESTED.into(),
            correlation: None,
            attempt: 1,
            republished,
            time: now,
            trace: TraceContext::default(),
            body: request.encode_to_vec().into(),
        };
        let to = Address::Department(DepartmentId::new("economy").unwrap());
        self.bus.publish(&to, message).await.unwrap();
    }

    /// The next reply: the number of its request, and what it says.
    async fn said(&mut self) -> (u8, Said) {
        loop {
            let delivery = timeout(PATIENCE, self.replies.next()).await.expect("a reply in time").unwrap();
            let message = delivery.message.clone();
            delivery.acknowledge();
            if &*message.kind == kind::LEG_REPLIED {
                let reply = wire::LegReply::decode(message.body).unwrap();
                return (reply.leg.trim_start_matches("leg-").parse().unwrap(), reply.result.unwrap());
            }
        }
    }

    fn begun(&self) -> usize {
        self.ledger.begun.load(Ordering::SeqCst)
    }
}

fn in_an_hour() -> Timestamp {
    SystemClock.now().plus(Duration::from_secs(3_600))
}

fn is_expired(said: &Said) -> bool {
    matches!(said, Said::Failed(failed) if failed.code == "EXPIRED")
}

#[tokio::test]
async fn what_waits_too_long_for_its_turn_is_answered_as_not_begun() {
    let (begin_within, since) = (Duration::from_secs(3), Instant::now());
    let mut scene = Scene::new(begin_within, since, true).await;
    scene.ask("trade-licence", in_an_hour(), false).await;
    assert!(matches!(scene.said().await, (1, Said::Acknowledged(_))));
    jisr_testkit::wait::until("the only place is taken", PATIENCE, || async { (scene.begun() == 1).then_some(()) })
        .await;
    scene.ask("trade-licence", in_an_hour(), false).await;
    tokio::time::sleep_until((since + begin_within).into()).await;
    scene.ledger.open.add_permits(1);
    let mut said = [scene.said().await, scene.said().await];
    said.sort_by_key(|(number, _)| *number);
    assert!(matches!(&said[0], (1, Said::Succeeded(_))), "{said:?}");
    assert!(said[1].0 == 2 && is_expired(&said[1].1), "{said:?}");
    assert_eq!(scene.begun(), 1);
}

/// As after a stop of the whole process: what lies in its hands has long been given to others.
#[tokio::test]
async fn what_others_may_have_by_now_is_not_begun() {
    let long_ago = Instant::now().checked_sub(Duration::from_secs(31)).unwrap();
    let mut scene = Scene::new(Duration::from_secs(30), long_ago, true).await;
    for operation in ["trade-licence", "trade-name"] {
        scene.ask(operation, in_an_hour(), false).await;
        let (_, said) = scene.said().await;
        assert!(is_expired(&said), "{operation}: {said:?}");
    }
    assert_eq!(scene.begun(), 0);
}

#[tokio::test]
async fn doubt_is_certain_once_whoever_had_it_can_neither_begin_nor_go_on() {
    let begin_within = Duration::from_secs(30);
    let ends_within = Duration::from_secs(15);
    let mut scene = Scene::new(begin_within, Instant::now(), true).await;
    let soon = SystemClock.now().plus(Duration::from_secs(10));
    for (execute_before, waits) in [(in_an_hour(), Some(begin_within)), (soon, None)] {
        let before = SystemClock.now();
        scene.ask("trade-name", execute_before, true).await;
        let (_, Said::InDoubt(doubt)) = scene.said().await else { panic!("not in doubt") };
        let after = SystemClock.now();
        let certain = convert::time(&doubt.certain_after.unwrap());
        match waits {
            Some(waits) => {
                let bounds = before.plus(waits + ends_within)..=after.plus(waits + ends_within);
                assert!(bounds.contains(&certain), "{certain:?} in {bounds:?}");
            }
            None => assert_eq!(certain, execute_before.plus(ends_within)),
        }
    }
    assert_eq!(scene.begun(), 0);
}

#[tokio::test]
async fn only_what_can_neither_be_repeated_nor_looked_up_waits_for_its_acknowledgement() {
    let mut scene = Scene::new(Duration::from_secs(30), Instant::now(), false).await;
    scene.ledger.open.add_permits(10);
    scene.ask("trade-licence", in_an_hour(), false).await;
    assert!(matches!(scene.said().await, (1, Said::Succeeded(_))), "the bus did not take the acknowledgement");
    assert_eq!(scene.begun(), 1);
    scene.ask("trade-name", in_an_hour(), false).await;
    assert!(timeout(Duration::from_millis(300), scene.said()).await.is_err());
    assert_eq!(scene.begun(), 1, "the engine could not know that it began");
}

#[tokio::test]
async fn an_acknowledgement_comes_before_the_answer() {
    let mut scene = Scene::new(Duration::from_secs(30), Instant::now(), true).await;
    scene.ledger.open.add_permits(10);
    for (number, operation) in [(1, "trade-licence"), (2, "trade-name")] {
        scene.ask(operation, in_an_hour(), false).await;
        assert!(matches!(scene.said().await, (was, Said::Acknowledged(_)) if was == number));
        assert!(matches!(scene.said().await, (was, Said::Succeeded(_)) if was == number));
    }
}

#[test]
fn a_slow_department_is_sent_small_packs() {
    let pack = |given: &str, in_flight: u16, call: &str| {
        let text = MANIFEST
            .replace("max_in_flight = 1", &format!("max_in_flight = {in_flight}"))
            .replace(
                "call_timeout = \"10s\"\nends_within = \"15s\"",
                &format!("call_timeout = \"{call}\"\nends_within = \"5m\""),
            )
            .replace("protocol = \"none\"", &format!("protocol = \"none\"\n{given}"));
        let manifest = Manifest::from_toml(&text).unwrap();
        assert_eq!(manifest.to_wire().max_pack, u32::from(manifest.max_pack()));
        (manifest.max_pack(), manifest.begin_within().as_secs())
    };
    // Twice as many packs as calls are at hand: the last call of them begins in time, however slow they are.
    assert_eq!(pack("", 16, "10s"), (2, 40));
    assert_eq!(pack("", 16, "2s"), (7, 30));
    assert_eq!(pack("", 256, "500ms"), (30, 30));
    assert_eq!(pack("", 1, "500ms"), (1, 30));
    assert_eq!(pack("", 16, "2m"), (2, 480));
    assert_eq!(pack("begin_within = \"5s\"", 16, "2m"), (1, 5));
    assert_eq!(pack("max_pack = 64", 16, "10s"), (64, 40));
}
