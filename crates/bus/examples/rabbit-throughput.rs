//! Confirmed publishes and acknowledged deliveries per second through RabbitMQ, against awaiting each confirm by itself;
//! and requests with their replies, each message alone and packed.
//!
//! `cargo run --release -p jisr-bus --example rabbit-throughput [messages]`; 1 KiB each, a broker of its own.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use jisr_bus::rabbit::{Login, Password, Role};
use jisr_bus::{Address, Bus, Message, Publisher, RabbitBus, RabbitOptions, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_testkit::rabbitmq::RabbitMq;
use tokio::sync::Semaphore;

fn message(body: &Bytes) -> Message {
    let time = Timestamp::from_millis(1_790_000_000_000);
    Message {
        id: MessageId::new(time, rand::random()),
        kind: kind::LEG_REQUESTED.into(),
        correlation: None,
        attempt: 1,
        republished: false,
        time,
        trace: TraceContext::default(),
        body: body.clone(),
    }
}

fn report(what: &str, count: usize, took: Duration) {
    let rate = u128::try_from(count).unwrap() * 1_000_000 / took.as_micros().max(1);
    println!("{what:<44} {rate:>7}/s   ({count} in {} ms)", took.as_millis());
}

async fn publish(publisher: &Arc<dyn Publisher>, to: &Address, body: &Bytes, count: usize, at_a_time: usize) {
    let start = Instant::now();
    stream::iter(0..count)
        .map(|_| publisher.publish(to, message(body)))
        .for_each_concurrent(at_a_time, |sending| async { drop(sending.await.unwrap()) })
        .await;
    report(&format!("confirmed publishes, {at_a_time} in flight"), count, start.elapsed());
}

async fn consume(bus: &RabbitBus, from: &Address, count: usize, prefetch: u16) {
    let mut consumer = bus.consume(from, prefetch).await.unwrap();
    let start = Instant::now();
    let mut left = count;
    while left > 0 {
        for delivery in consumer.next_batch(prefetch.into()).await {
            left = left.saturating_sub(1);
            delivery.acknowledge();
        }
    }
    report(&format!("deliveries acknowledged, prefetch {prefetch}"), count, start.elapsed());
}

/// Both at once: what a hop of a running system costs.
async fn through(bus: &RabbitBus, to: &Address, body: &Bytes, count: usize) {
    let publisher = bus.publisher().await.unwrap();
    let start = Instant::now();
    let sending = stream::iter(0..count)
        .map(|_| publisher.publish(to, message(body)))
        .for_each_concurrent(512, |sending| async { drop(sending.await.unwrap()) });
    let receiving = async {
        let mut consumer = bus.consume(to, 300).await.unwrap();
        let mut left = count;
        while left > 0 {
            for delivery in consumer.next_batch(300).await {
                left = left.saturating_sub(1);
                delivery.acknowledge();
            }
        }
    };
    tokio::join!(sending, receiving);
    report("through one queue, sending and receiving", count, start.elapsed());
}

/// What one end of the way has used of the processors, in microseconds: this process, and the broker.
fn used(broker: &RabbitMq) -> (u64, u64) {
    let ours = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = ours.rsplit(')').next().unwrap().split_whitespace().collect();
    // In ticks of 10 ms: user, then system.
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let theirs = broker.ctl(&["eval", "element(1, erlang:statistics(runtime))."]);
    (ticks * 10_000, theirs.trim().parse::<u64>().unwrap() * 1_000)
}

/// Requests to a department and its replies back, so many under way at a time: what the bus allows at most.
async fn round_trips(engine: &RabbitBus, adapter: &RabbitBus, to: &Address, body: &Bytes, count: usize) {
    const UNDER_WAY: usize = 1_024;
    let mut requests = adapter.consume(to, 512).await.unwrap();
    let replying = adapter.publisher().await.unwrap();
    let reply_body = body.clone();
    let department = tokio::spawn(async move {
        let replying = &replying;
        let reply_body = &reply_body;
        let requests = stream::unfold(&mut requests, |requests| async move {
            requests.next().await.map(|delivery| (delivery, requests))
        });
        requests
            .for_each_concurrent(1_024, |delivery| async move {
                replying.publish(&Address::Engine, message(reply_body)).await.unwrap().durable().await.unwrap();
                delivery.acknowledge();
            })
            .await;
    });
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    let mut replies = engine.consume(&Address::Engine, 512).await.unwrap();
    let publisher = engine.publisher().await.unwrap();
    let start = Instant::now();
    let asking = stream::iter(0..count).for_each_concurrent(UNDER_WAY, |_| {
        let (room, publisher) = (room.clone(), publisher.clone());
        async move {
            room.acquire().await.unwrap().forget();
            publisher.publish(to, message(body)).await.unwrap().durable().await.unwrap();
        }
    });
    let answered = async {
        let mut left = count;
        while left > 0 {
            for delivery in replies.next_batch(512).await {
                left = left.saturating_sub(1);
                room.add_permits(1);
                delivery.acknowledge();
            }
        }
    };
    tokio::join!(asking, answered);
    report(&format!("round trips, {UNDER_WAY} under way"), count, start.elapsed());
    department.abort();
}

/// [`round_trips`], with what they cost.
async fn measured(
    broker: &Arc<RabbitMq>,
    engine: &RabbitBus,
    adapter: &RabbitBus,
    to: &Address,
    body: &Bytes,
    count: usize,
) {
    let look = || {
        let broker = broker.clone();
        async move { tokio::task::spawn_blocking(move || used(&broker)).await.unwrap() }
    };
    let before = look().await;
    round_trips(engine, adapter, to, body, count).await;
    let after = look().await;
    let each = |before: u64, after: u64| (after - before) / u64::try_from(count).unwrap();
    println!("    µs of a processor each: {} here, {} broker", each(before.0, after.0), each(before.1, after.1));
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let count = std::env::args().nth(1).map_or(50_000, |count| count.parse().unwrap());
    let broker = Arc::new(tokio::task::spawn_blocking(RabbitMq::start).await.unwrap());
    let login = Login::Password { username: "guest".into(), password: Password::new("guest") };
    let department = DepartmentId::new("municipality").unwrap();
    let to = Address::Department(department.clone());
    let engine = RabbitOptions::new(broker.address(), login.clone(), Role::Engine { departments: Vec::new() });
    let adapter = RabbitOptions::new(broker.address(), login, Role::Adapter(department.clone()));
    let bus = RabbitBus::connect(engine).await.unwrap();
    let publisher = bus.publisher().await.unwrap();
    let body = Bytes::from(vec![7; 1_024]);
    let few = (count / 20).max(1);
    publish(&publisher, &to, &body, few, 1).await;
    consume(&bus, &to, few, 1).await;
    publish(&publisher, &to, &body, count, 32).await;
    consume(&bus, &to, count, 32).await;
    publish(&publisher, &to, &body, count, 1_024).await;
    consume(&bus, &to, count, 300).await;
    through(&bus, &to, &body, count).await;
    for max_pack in [1, 16, 128] {
        println!("packs of up to {max_pack}:");
        let adapter = RabbitBus::connect(RabbitOptions { max_pack, ..adapter.clone() }).await.unwrap();
        bus.set_pack(&department, max_pack);
        measured(&broker, &bus, &adapter, &to, &body, count).await;
    }
}
