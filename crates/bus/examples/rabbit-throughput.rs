//! Confirmed publishes and acknowledged deliveries per second through RabbitMQ, against awaiting each confirm by itself.
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

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let count = std::env::args().nth(1).map_or(50_000, |count| count.parse().unwrap());
    let broker = tokio::task::spawn_blocking(RabbitMq::start).await.unwrap();
    let login = Login::Password { username: "guest".into(), password: Password::new("guest") };
    let to = Address::Department(DepartmentId::new("municipality").unwrap());
    let options = RabbitOptions::new(broker.address(), login, Role::Engine { departments: Vec::new() });
    let bus = RabbitBus::connect(options).await.unwrap();
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
}
