//! What the tests share: one broker, and messages to tell apart.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use jisr_bus::rabbit::{Login, Password, Role};
use jisr_bus::{Address, Bus, Consumer, Delivery, Message, Publisher, RabbitBus, RabbitOptions, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_testkit::rabbitmq::RabbitMq;
use tokio::time::timeout;

/// However slow the machine: what has not come by then does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One broker for all tests that do it no harm; each has names of its own there.
pub(crate) async fn broker() -> &'static RabbitMq {
    static BROKER: LazyLock<RabbitMq> = LazyLock::new(RabbitMq::start);
    tokio::task::spawn_blocking(|| &*BROKER).await.unwrap()
}

pub(crate) fn guest() -> Login {
    Login::Password { username: "guest".into(), password: Password::new("guest") }
}

/// The engine's end, with names that no other test uses.
pub(crate) fn options(address: impl Into<String>) -> RabbitOptions {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut options = RabbitOptions::new(address, guest(), Role::Engine { departments: Vec::new() });
    options.prefix = format!("test{}.", NEXT.fetch_add(1, Ordering::Relaxed));
    options
}

/// A bus on the shared broker.
pub(crate) async fn bus() -> Arc<dyn Bus> {
    Arc::new(RabbitBus::connect(options(broker().await.address())).await.unwrap())
}

pub(crate) fn id(department: &str) -> DepartmentId {
    DepartmentId::new(department).unwrap()
}

pub(crate) fn department(name: &str) -> Address {
    Address::Department(id(name))
}

pub(crate) fn message(number: u32) -> Message {
    let time = Timestamp::from_millis(1_790_000_000_000);
    let mut random = [7; 10];
    random[..4].copy_from_slice(&number.to_be_bytes());
    Message {
        id: MessageId::new(time, random),
        kind: kind::LEG_REQUESTED.into(),
        correlation: None,
        attempt: number,
        republished: false,
        time,
        trace: TraceContext::default(),
        body: Bytes::from("طلب رخصة بناء"),
    }
}

/// Sends until it is confirmed; answers how often it was not.
pub(crate) async fn insist(publisher: &Arc<dyn Publisher>, to: &Address, number: u32) -> u32 {
    let mut failed = 0;
    while publisher.publish(to, Message { republished: failed > 0, ..message(number) }).await.is_err() {
        failed += 1;
        assert!(failed < 1_000, "message {number} is never taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    failed
}

pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    timeout(PATIENCE, consumer.next()).await.expect("a delivery in time").expect("the bus is there")
}

/// Acknowledges what comes until all of these numbers have.
pub(crate) async fn receive(consumer: &mut Consumer, mut awaited: BTreeSet<u32>) {
    let all = async {
        while !awaited.is_empty() {
            for delivery in consumer.next_batch(100).await {
                awaited.remove(&delivery.message.attempt);
                delivery.acknowledge();
            }
        }
    };
    if timeout(PATIENCE, all).await.is_err() {
        panic!("{} messages were confirmed and did not come", awaited.len());
    }
}

/// A connection of a stranger, or of somebody who looks behind the scenes.
pub(crate) async fn raw(address: &str, user: &str, password: &str) -> lapin::Connection {
    let address = address.replace("amqp://", &format!("amqp://{user}:{password}@"));
    lapin::Connection::connect(&address, lapin::ConnectionProperties::default()).await.unwrap()
}
