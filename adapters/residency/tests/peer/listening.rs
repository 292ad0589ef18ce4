//! Decisions that come by themselves: each is brought home, however often somebody dies, and none is marked before it is.

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::{CancellationToken, Reference, Runner, RunnerOptions};
use jisr_bus::{Address, Bus, Consumer, ProcessBus, kind};
use jisr_runtime::SystemClock;
use prost::Message as _;
use serde_json::json;

use crate::world::{PATIENCE, World, reference, renewal, word};

/// An instance of the adapter that listens, and the engine's end of its bus.
struct Listening {
    engine: Consumer,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<Result<(), jisr_adapter::BusError>>,
}

impl Listening {
    async fn start(world: &World) -> Self {
        let bus = ProcessBus::default();
        let engine = bus.consume(&Address::Engine, 100).await.unwrap();
        let (manifest, adapter) = world.adapter();
        let options = RunnerOptions {
            version: "1.0.0".to_owned(),
            instance: "one".to_owned(),
            heartbeat: Duration::from_secs(60),
            drain: Duration::from_secs(5),
        };
        let stop = CancellationToken::new();
        let runner = Runner::new(adapter, manifest, Arc::new(bus), Arc::new(SystemClock), options);
        Self { engine, running: tokio::spawn(runner.run(stop.clone())), stop }
    }

    /// The next answer that came by itself: reference, and what it says.
    async fn next(&mut self) -> (String, Said) {
        let bound = tokio::time::timeout(PATIENCE, async {
            loop {
                let delivery = self.engine.next().await.unwrap();
                let (kind, body) = (delivery.message.kind.clone(), delivery.message.body.clone());
                delivery.acknowledge();
                if &*kind == kind::LEG_REPLIED {
                    let reply = wire::LegReply::decode(body).unwrap();
                    let request =
                        wire::LegRequest { transaction: reply.transaction, leg: reply.leg, ..Default::default() };
                    assert!(reply.answered_time.is_some(), "when it was decided");
                    return (Reference::of(&request).unwrap().to_string(), reply.result.unwrap());
                }
            }
        });
        bound.await.unwrap()
    }

    /// Takes in whatever comes, until told to stop.
    fn drain(mut self) -> (CancellationToken, tokio::task::JoinHandle<()>) {
        let enough = CancellationToken::new();
        let told = enough.clone();
        let draining = tokio::spawn(async move {
            while tokio::select! { _ = self.next() => true, () = told.cancelled() => false } {}
            self.stop().await;
        });
        (enough, draining)
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap().unwrap();
    }
}

async fn submitted(world: &World, serial: &str) -> String {
    let (_, adapter) = world.adapter();
    let request = renewal(serial);
    assert_eq!(word(&adapter.execute(&request).await), "in progress");
    reference(&request)
}

async fn collected(world: &World, references: &[String]) {
    jisr_testkit::wait::until("everything to be collected", PATIENCE, || async {
        for reference in references {
            let application = world.peer.application(reference).await?;
            if application["Collected"] != true {
                return None;
            }
        }
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_comes_home_in_whatever_order_over_many_pages() {
    let world = World::new().await;
    world.control(json!({"decide_after_ms": null, "page_size": 2})).await;
    let serials = ["1234561", "9991234", "5551234", "1234562", "1234563", "1234564", "1234565"];
    let mut references = Vec::new();
    for serial in serials {
        references.push(submitted(&world, serial).await);
    }
    // Decided the other way round.
    for reference in references.iter().rev() {
        world.peer.decide(reference, json!({})).await;
    }
    let mut listening = Listening::start(&world).await;
    let mut waiting = references.clone();
    while !waiting.is_empty() {
        let (reference, said) = listening.next().await;
        let place = references.iter().position(|known| *known == reference).unwrap();
        let right = match serials[place] {
            "9991234" => matches!(&said, Said::Refused(refused) if refused.code == "RES-202"),
            "5551234" => {
                matches!(&said, Said::InformationRequired(asked) if asked.fields == ["answers.sponsor_file_no"])
            }
            serial => {
                let number = format!("RP-{serial}");
                matches!(&said, Said::Succeeded(done) if done.outputs[0].licence_no == number)
            }
        };
        assert!(right, "{reference}: {said:?}");
        waiting.retain(|known| *known != reference);
    }
    collected(&world, &references).await;
    // What comes once everything is quiet comes as well, and what is not decided does not.
    let pending = submitted(&world, "1234569").await;
    let late = submitted(&world, "1234568").await;
    world.peer.decide(&late, json!({})).await;
    assert_eq!(listening.next().await.0, late);
    assert_eq!(world.peer.effects(&pending).await, ["created"]);
    listening.stop().await;
    assert!(world.peer.effects(&late).await.iter().filter(|effect| *effect == "collected").count() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_listen_bring_each_decision_and_mark_it_once() {
    let world = World::new().await;
    let mut references = Vec::new();
    for serial in ["1234561", "1234562", "1234563"] {
        references.push(submitted(&world, serial).await);
    }
    let listeners = [Listening::start(&world).await.drain(), Listening::start(&world).await.drain()];
    collected(&world, &references).await;
    for (enough, draining) in listeners {
        enough.cancel();
        draining.await.unwrap();
    }
    for reference in &references {
        assert_eq!(world.peer.effects(reference).await, ["created", "collected"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whoever_dies() {
    let mut world = World::new().await;
    world.control(json!({"decide_after_ms": null})).await;
    let first = submitted(&world, "1234561").await;
    let second = submitted(&world, "1234562").await;
    world.peer.decide(&first, json!({})).await;
    // The mark's answer is lost, and the mark itself: it is brought home again, and marked then.
    world.control(json!({"fault": "cut_before_execute", "operations": ["PATCH"], "limit": 1})).await;
    let mut listening = Listening::start(&world).await;
    assert_eq!(listening.next().await.0, first);
    assert_eq!(listening.next().await.0, first, "a duplicate changes nothing for the engine");
    collected(&world, &[first]).await;
    // The listener dies; the permit system dies; each comes back with what it had, and tokens are worth nothing any more.
    listening.stop().await;
    world.peer.decide(&second, json!({})).await;
    world.peer.kill();
    world.peer.restart();
    let mut listening = Listening::start(&world).await;
    assert_eq!(listening.next().await.0, second);
    collected(&world, &[second]).await;
    world.peer.kill();
    world.peer.restart();
    let third = submitted(&world, "1234563").await;
    assert_eq!(listening.next().await.0, third);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_changes_while_it_is_brought_home_comes_again() {
    let world = World::new().await;
    world.control(json!({"decide_after_ms": null})).await;
    let reference = submitted(&world, "1234567").await;
    world.peer.decide(&reference, json!({})).await;
    // Between the list, which is answered late, and the mark, the directorate thinks better of it.
    world.control(json!({"fault": "slow_after", "ms": 700, "operations": ["LIST"], "limit": 1})).await;
    let mut listening = Listening::start(&world).await;
    jisr_testkit::wait::until("the list", PATIENCE, || async {
        (world.peer.records().await["calls"]["LIST"].as_u64() >= Some(1)).then_some(())
    })
    .await;
    world.peer.decide(&reference, json!({"Status": "REFUSED", "RefusalCode": "RES-209"})).await;
    let (_, first) = listening.next().await;
    assert!(matches!(first, Said::Succeeded(_)), "{first:?}");
    let (_, second) = listening.next().await;
    assert!(matches!(&second, Said::Refused(refused) if refused.code == "RES-209"), "{second:?}");
    collected(&world, std::slice::from_ref(&reference)).await;
    listening.stop().await;
    assert_eq!(world.peer.effects(&reference).await, ["created", "collected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_hostile_holds_up_nothing_for_ever() {
    let world = World::new().await;
    for fault in [
        "garbage",
        "html",
        "wrong_charset",
        "huge",
        "deep",
        "half_answer",
        "cut_after_execute",
        "error_500",
        "foreign_link",
        "rate_limited",
        "invalid_token",
    ] {
        world.control(json!({"fault": fault, "operations": ["LIST"], "limit": 1, "retry_after": "0"})).await;
    }
    // One that cannot be read stays, and those behind it come home.
    let unread = submitted(&world, "1234561").await;
    world.peer.decide(&unread, json!({"Status": "ARCHIVED"})).await;
    let read = submitted(&world, "1234562").await;
    let mut listening = Listening::start(&world).await;
    assert_eq!(listening.next().await.0, read);
    collected(&world, &[read]).await;
    listening.stop().await;
    assert_eq!(world.peer.effects(&unread).await, ["created"]);
}
