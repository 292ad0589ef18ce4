//! The broker dies, the network is cut or falls silent: what was confirmed arrives, and everybody recovers alone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jisr_bus::{Bus, RabbitBus, RabbitOptions};
use jisr_testkit::proxy::Proxy;
use jisr_testkit::rabbitmq::RabbitMq;
use jisr_testkit::wait::until;

use crate::flow::{FLOW, Flow, everything};
use crate::world::{self, PATIENCE, department, insist, message, next, receive};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_broker_had_confirmed_arrives() {
    let mut broker = tokio::task::spawn_blocking(RabbitMq::start).await.unwrap();
    let options = world::options(broker.address());
    let queue = format!("{}jisr.department.municipality", options.prefix);
    let bus = RabbitBus::connect(options).await.unwrap();
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 100).await.unwrap();
    until("the queue is on disk", PATIENCE, || async { broker.remembers(&queue).then_some(()) }).await;
    let flow = Flow::start(&bus.publisher().await.unwrap(), &to, 0..FLOW);
    let receiving = tokio::spawn(async move {
        receive(&mut consumer, everything()).await;
        consumer
    });
    flow.reaches(FLOW / 4).await;
    let broker = tokio::task::spawn_blocking(move || {
        broker.kill();
        broker.restart();
        broker
    });
    let broker = broker.await.unwrap();
    let failed = flow.finish().await;
    let mut consumer = receiving.await.unwrap();
    assert!(failed > 0, "a sender must hear that its message was not confirmed");
    // Nobody restarted anything of ours: the same ends go on.
    insist(&bus.publisher().await.unwrap(), &to, FLOW).await;
    receive(&mut consumer, BTreeSet::from([FLOW])).await;
    drop(broker);
}

/// The effect contracts rest on it: without the flag an adapter would carry out again what it may have carried out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_unsettled_when_the_broker_died_says_so() {
    let mut broker = tokio::task::spawn_blocking(RabbitMq::start).await.unwrap();
    let options = world::options(broker.address());
    let queue = format!("{}jisr.department.municipality", options.prefix);
    let bus = RabbitBus::connect(options).await.unwrap();
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 1).await.unwrap();
    until("the queue is on disk", PATIENCE, || async { broker.remembers(&queue).then_some(()) }).await;
    let publisher = bus.publisher().await.unwrap();
    for number in 0..2 {
        insist(&publisher, &to, number).await;
    }
    let held = next(&mut consumer).await;
    assert!(!held.redelivered);
    let broker = tokio::task::spawn_blocking(move || {
        broker.kill();
        broker.restart();
        broker
    });
    let broker = broker.await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let delivery = next(&mut consumer).await;
        seen.push((delivery.message.attempt, delivery.redelivered));
        delivery.acknowledge();
    }
    // Order is nothing anybody relies on.
    seen.sort_unstable();
    assert_eq!(seen, [(0, true), (1, false)]);
    drop((held, broker));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_nothing() {
    let proxy = Proxy::start(world::broker().await.port).await;
    let bus = RabbitBus::connect(world::options(format!("amqp://127.0.0.1:{}", proxy.port))).await.unwrap();
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 100).await.unwrap();
    let flow = Flow::start(&bus.publisher().await.unwrap(), &to, 0..FLOW);
    let receiving = tokio::spawn(async move { receive(&mut consumer, everything()).await });
    for part in 1..=3 {
        flow.reaches(part * FLOW / 5).await;
        proxy.cut();
        proxy.heal();
    }
    flow.finish().await;
    receiving.await.unwrap();
}

fn quick(proxy: &Proxy) -> RabbitOptions {
    RabbitOptions { heartbeat: Duration::from_secs(1), ..world::options(format!("amqp://127.0.0.1:{}", proxy.port)) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_is_noticed_and_replaced() {
    let proxy = Proxy::start(world::broker().await.port).await;
    let mut options = quick(&proxy);
    options.patience = Duration::from_secs(30);
    let bus = RabbitBus::connect(options).await.unwrap();
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 100).await.unwrap();
    let publisher = bus.publisher().await.unwrap();
    insist(&publisher, &to, 0).await;
    receive(&mut consumer, BTreeSet::from([0])).await;
    proxy.stall();
    let start = Instant::now();
    let error = publisher.publish(&to, message(1)).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(15), "noticed by heartbeat, not by patience: {error}");
    proxy.heal();
    insist(&publisher, &to, 2).await;
    receive(&mut consumer, BTreeSet::from([2])).await;
}

#[tokio::test]
async fn what_a_lost_connection_held_comes_again_and_says_so() {
    let proxy = Proxy::start(world::broker().await.port).await;
    let bus = RabbitBus::connect(quick(&proxy)).await.unwrap();
    let to = department("municipality");
    let publisher = bus.publisher().await.unwrap();
    for number in 0..3 {
        insist(&publisher, &to, number).await;
    }
    let mut consumer = bus.consume(&to, 10).await.unwrap();
    let held = next(&mut consumer).await;
    assert!(!held.redelivered);
    proxy.cut();
    proxy.heal();
    // Two more were at hand. Looked at before the loss is noticed or after: the broker never heard of it.
    let mut again = BTreeSet::new();
    while again.len() < 3 {
        let delivery = next(&mut consumer).await;
        if delivery.redelivered {
            again.insert(delivery.message.attempt);
        }
        delivery.acknowledge();
    }
    // Settling what is no longer ours does nothing, and harms nothing.
    held.acknowledge();
    insist(&publisher, &to, 3).await;
    let last = next(&mut consumer).await;
    assert_eq!(last.message.attempt, 3);
    last.acknowledge();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_may_be_there_before_its_broker() {
    let mut broker = tokio::task::spawn_blocking(|| {
        let mut broker = RabbitMq::start();
        broker.kill();
        broker
    })
    .await
    .unwrap();
    let options = RabbitOptions { patience: Duration::from_secs(2), ..world::options(broker.address()) };
    RabbitBus::connect(options.clone()).await.err().expect("nobody is there");
    let bus = RabbitBus::new(options).unwrap();
    let to = department("municipality");
    let publisher = bus.publisher().await.unwrap();
    publisher.publish(&to, message(0)).await.unwrap_err();
    let mut consumer = bus.consume(&to, 10).await.unwrap();
    let broker = tokio::task::spawn_blocking(move || {
        broker.restart();
        broker
    });
    let broker = broker.await.unwrap();
    insist(&publisher, &to, 1).await;
    receive(&mut consumer, BTreeSet::from([1])).await;
    drop(broker);
}

/// What a process that stood still finds when it goes on may have been given to others since: it must not look new.
#[tokio::test]
async fn a_delivery_is_dated_from_before_it_was_sent_not_from_when_it_was_read() {
    let proxy = Proxy::start(world::broker().await.port).await;
    let options = world::options(world::broker().await.address());
    let sending = RabbitBus::connect(options.clone()).await.unwrap();
    let through = RabbitOptions { address: format!("amqp://127.0.0.1:{}", proxy.port), ..options };
    let (publisher, to) = (sending.publisher().await.unwrap(), department("municipality"));
    insist(&publisher, &to, 0).await;
    let start = Instant::now();
    let mut consumer = RabbitBus::connect(through).await.unwrap().consume(&to, 10).await.unwrap();
    receive(&mut consumer, BTreeSet::from([0])).await;
    // As long as the broker answers, the date follows the clock.
    let mut number = 0;
    let fresh = async {
        loop {
            number += 1;
            insist(&publisher, &to, number).await;
            let delivery = next(&mut consumer).await;
            let (since, read) = (delivery.ours_since, Instant::now());
            delivery.acknowledge();
            assert!(since <= read);
            if since > start + Duration::from_secs(2) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, fresh).await.expect("a later date");
    proxy.stall();
    let stood_still = Instant::now();
    insist(&publisher, &to, 10_000).await;
    // Longer than the broker is left in peace.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    proxy.heal();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.message.attempt, 10_000);
    assert!(delivery.ours_since <= stood_still, "read {:?} later", delivery.ours_since - stood_still);
    delivery.acknowledge();
}
