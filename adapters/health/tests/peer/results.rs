//! What the hospital sends by itself, from its connection to the engine's queue, and what is acknowledged when.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jisr_adapter::core::time::Clock;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::{Answer, CallFault, CancellationToken, Manifest, Runner, RunnerOptions, async_trait};
use jisr_bus::{Address, Bus, BusError, Consumer, Delivery, Message, ProcessBus, Publisher, Receipt, kind};
use jisr_health::{Health, MANIFEST};
use jisr_runtime::SystemClock;
use jisr_testkit::wait::until;
use prost::Message as _;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::world::{PATIENCE, World, request};

/// A bus that refuses the next so many answers.
struct Unsteady {
    bus: ProcessBus,
    refusals: Arc<AtomicUsize>,
}

#[async_trait]
impl Bus for Unsteady {
    async fn publisher(&self) -> Result<Arc<dyn Publisher>, BusError> {
        Ok(Arc::new(UnsteadyPublisher { publisher: self.bus.publisher().await?, refusals: self.refusals.clone() }))
    }

    async fn consume(&self, from: &Address, prefetch: u16) -> Result<Consumer, BusError> {
        self.bus.consume(from, prefetch).await
    }
}

struct UnsteadyPublisher {
    publisher: Arc<dyn Publisher>,
    refusals: Arc<AtomicUsize>,
}

#[async_trait]
impl Publisher for UnsteadyPublisher {
    async fn publish(&self, to: &Address, message: Message) -> Result<Receipt, BusError> {
        let one_less = |left: usize| left.checked_sub(1);
        if &*message.kind == kind::LEG_REPLIED
            && self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
        {
            return Err(BusError("the broker is down".into()));
        }
        self.publisher.publish(to, message).await
    }
}

/// The adapter running, and the engine's end of the bus.
pub(crate) struct Running {
    engine: Consumer,
    refusals: Arc<AtomicUsize>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Running {
    async fn start(world: &World) -> Self {
        Self::of(world.adapter.clone()).await
    }

    pub(crate) async fn of(adapter: Health) -> Self {
        let (bus, refusals) = (ProcessBus::default(), Arc::new(AtomicUsize::new(0)));
        let engine = bus.consume(&Address::Engine, 10).await.unwrap();
        let options = RunnerOptions {
            version: "1.0.0".to_owned(),
            instance: "one".to_owned(),
            heartbeat: Duration::from_secs(1),
            drain: Duration::from_secs(5),
        };
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        let bus = Unsteady { bus, refusals: refusals.clone() };
        let runner = Runner::new(Arc::new(adapter), manifest, Arc::new(bus), Arc::new(SystemClock), options);
        let stop = CancellationToken::new();
        let ended = runner.run(stop.clone());
        Self { engine, refusals, stop, running: tokio::spawn(async move { ended.await.unwrap() }) }
    }

    /// The next answer, not yet acknowledged.
    async fn next(&mut self) -> (wire::LegReply, Delivery) {
        let next = async {
            loop {
                let delivery = self.engine.next().await.unwrap();
                if &*delivery.message.kind == kind::LEG_REPLIED {
                    return (wire::LegReply::decode(delivery.message.body.clone()).unwrap(), delivery);
                }
                delivery.acknowledge();
            }
        };
        tokio::time::timeout(PATIENCE, next).await.unwrap()
    }

    /// The next answer, taken for good.
    pub(crate) async fn taken(&mut self) -> wire::LegReply {
        let (reply, delivery) = self.next().await;
        delivery.acknowledge();
        reply
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap();
    }
}

/// Waits until the hospital has these acknowledgements of its results.
async fn acknowledged(world: &World, expected: &[Option<&str>]) {
    until("acknowledgements", PATIENCE, || async {
        let codes = world.hospital.acknowledged().await;
        (codes.iter().map(Option::as_deref).collect::<Vec<_>>() == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_acknowledged_once_its_answer_is_safe_and_not_before() {
    let world = World::new();
    let mut running = Running::start(&world).await;
    // The first time it cannot be made safe: the hospital is told nothing, and sends it again.
    running.refusals.store(1, Ordering::SeqCst);
    let before = SystemClock.now();
    let (reference, answer, _) = world.order().await;
    assert!(matches!(answer, Ok(Answer::InProgress(_))), "{answer:?}");
    let (reply, delivery) = running.next().await;
    assert_eq!(
        (reply.transaction, reply.leg.as_str(), reply.attempt),
        (reference.transaction.to_string(), "medical", 0)
    );
    let Some(Said::Succeeded(done)) = reply.result else { panic!("{:?}", reply.result) };
    assert_eq!(done.outputs[0].licence_no, "MF-2026-000001");
    assert_eq!(done.department_status[0].text, "لائق طبياً");
    // The hospital's own time, to the second.
    let answered = jisr_adapter::proto::convert::time_or_min(reply.answered_time.as_ref());
    assert!(answered.as_millis() / 1000 >= before.as_millis() / 1000 && answered <= SystemClock.now(), "{answered:?}");
    // The engine has it in hand, and has not made it durable: the hospital still waits.
    assert_eq!(running.refusals.load(Ordering::SeqCst), 0, "it came a second time");
    assert_eq!(world.hospital.acknowledged().await, [None]);
    delivery.acknowledge();
    acknowledged(&world, &[Some("AA")]).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_come_early_twice_and_out_of_order() {
    let world = World::new();
    let mut running = Running::start(&world).await;
    // Before the order is acknowledged: the hospital waits for us, with our order in its hand.
    world.hospital.control(json!({"when": "before", "results": ["F", "F", "P"]})).await;
    let ordering = world.order();
    let taking = async {
        for _ in 0..2 {
            assert!(matches!(running.taken().await.result, Some(Said::Succeeded(_))));
        }
    };
    let ((reference, answer, times), ()) = tokio::join!(ordering, taking);
    assert!(matches!(answer, Ok(Answer::InProgress(_))), "{answer:?}");
    assert_eq!(times, 1, "{reference}");
    // What came too late to say anything is taken all the same, and brings nothing.
    acknowledged(&world, &[Some("AA"); 3]).await;
    world.hospital.control(json!({"when": "after", "results": ["U"]})).await;
    world.ordered().await;
    let Some(Said::Refused(refused)) = running.taken().await.result else { panic!("unfit is a refusal") };
    assert_eq!(refused.code, "UNFIT");
    world.hospital.control(json!({"results": ["X"]})).await;
    world.ordered().await;
    let Some(Said::Refused(refused)) = running.taken().await.result else { panic!("cancelled is a refusal") };
    assert_eq!(refused.code, "CANCELLED");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn character_sets_of_results() {
    let world = World::new();
    let mut running = Running::start(&world).await;
    for (label, encoding) in [("8859/6", "iso8859-6"), ("windows-1256", "cp1256")] {
        world.hospital.control(json!({"result_label": label, "result_encoding": encoding})).await;
        world.ordered().await;
        let Some(Said::Succeeded(done)) = running.taken().await.result else { panic!("{label}") };
        assert_eq!(done.department_status[0].text, "لائق طبياً", "{label}");
    }
    // Written in another than it says: said to be unreadable, and brings nothing.
    world.hospital.control(json!({"result_label": "UNICODE UTF-8", "result_encoding": "cp1256"})).await;
    world.ordered().await;
    acknowledged(&world, &[Some("AA"), Some("AA"), Some("AE")]).await;
    // Nor does one that says nothing.
    world.hospital.control(json!({"reset": true, "results": ["broken"]})).await;
    world.ordered().await;
    acknowledged(&world, &[Some("AA"), Some("AA"), Some("AE"), Some("AE")]).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_outlives_both_ends() {
    let mut world = World::new();
    world.hospital.control(json!({"when": "held"})).await;
    let (reference, _, _) = world.order().await;
    world.restart();
    // Nobody listens yet: the hospital keeps trying.
    world.hospital.release().await;
    let mut running = Running::start(&world).await;
    assert_eq!(running.taken().await.transaction, reference.transaction.to_string());
    acknowledged(&world, &[Some("AA")]).await;
    // Told to stop, it lets the port go; whoever comes next listens there.
    running.end().await;
    let running = Running::start(&world).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_has_its_result_is_cancelled_where_the_hospital_lets_it() {
    let world = World::new();
    let mut running = Running::start(&world).await;
    let request = request();
    world.adapter.order(&request).await.unwrap();
    running.taken().await;
    acknowledged(&world, &[Some("AA")]).await;
    world.hospital.control(json!({"done_is_final": true})).await;
    let Err(CallFault::NotDone(fault)) = world.adapter.cancel(&request).await else { panic!("it says no") };
    assert_eq!((fault.class.as_str(), &*fault.code), ("permanent", "MF-302"));
    world.hospital.control(json!({"done_is_final": false})).await;
    assert!(matches!(world.adapter.cancel(&request).await, Ok(Answer::Succeeded(_))));
    assert_eq!(world.hospital.records().await["cancellations"].as_array().unwrap().len(), 1);
    running.end().await;
}
