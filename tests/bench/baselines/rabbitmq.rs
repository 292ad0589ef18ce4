//! RabbitMQ raw: a request through one quorum queue, its reply through another; persistent, confirmed, acknowledged only
//! once the next hop has confirmed; no journal, no lookup, no encoding.
//!
//! Fast for the broker: default exchange, one channel and one connection for each direction at each end, publishes and
//! confirms streamed, acknowledgements of whatever has gathered in one frame (`multiple`), a reply of a few bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{FutureExt as _, join_all};
use futures::stream::StreamExt as _;
use jisr_testkit::rabbitmq::RabbitMq;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};

use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer, PublisherConfirm};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::embedded::Work;
use crate::harness::Completions;

/// Deliveries on their way at a time: enough that the broker never waits for an acknowledgement.
const PREFETCH: u16 = 1_000;
/// Deliveries dealt with at a time, of those that are there.
const BATCH: usize = 128;
const PERSISTENT: u8 = 2;

/// Both ends, connected.
#[derive(Clone)]
pub(crate) struct RoundTrips {
    requests: Channel,
    queue: ShortString,
    body: Arc<[u8]>,
    replied: Completions<u64>,
    next: Arc<AtomicU64>,
    /// What ends with the last of the clones.
    _running: Arc<(Vec<Connection>, JoinSet<()>)>,
}

impl RoundTrips {
    /// Connects both ends, with requests of this length.
    pub(crate) async fn start(broker: &RabbitMq, name: &str, bytes: usize) -> Self {
        let mut connections = Vec::new();
        let mut channels = Vec::new();
        for _ in 0..4 {
            let address = broker.address().replace("amqp://", "amqp://guest:guest@");
            let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
            channel.basic_qos(PREFETCH, BasicQosOptions::default()).await.unwrap();
            channels.push(channel);
            connections.push(connection);
        }
        let [requests, taken, replies, received] = <[Channel; 4]>::try_from(channels).unwrap();
        let (queue, reply_queue) = (format!("raw.{name}.requests"), format!("raw.{name}.replies"));
        let (replied, mut tasks) = (Completions::new(), JoinSet::new());
        let consumer = consume(&taken, &queue).await;
        tasks.spawn(respond(consumer, taken, replies, reply_queue.clone().into()));
        let consumer = consume(&received, &reply_queue).await;
        tasks.spawn(receive(consumer, received, replied.clone()));
        let body = vec![b'x'; bytes].into();
        let next = Arc::new(AtomicU64::new(0));
        Self { requests, queue: queue.into(), body, replied, next, _running: Arc::new((connections, tasks)) }
    }

    /// One piece of work: a request confirmed, and its reply received.
    pub(crate) fn work(&self) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let this = self.clone();
        move |_| {
            let this = this.clone();
            Box::pin(async move {
                let number = this.next.fetch_add(1, Ordering::Relaxed);
                let replied = this.replied.of(number);
                let properties = persistent().with_correlation_id(number.to_string().into());
                let sent = publish(&this.requests, this.queue.clone(), &this.body, properties).await;
                let (sent, ()) = tokio::join!(sent, replied);
                confirmed(&sent.unwrap());
            })
        }
    }
}

/// The far end: replies to each request, and acknowledges it once the reply is confirmed.
async fn respond(mut requests: Consumer, channel: Channel, replies: Channel, queue: ShortString) {
    let (sent, mut confirms) = mpsc::unbounded_channel::<(u64, PublisherConfirm)>();
    let mut acknowledging = JoinSet::new();
    acknowledging.spawn(async move {
        while let Some((mut last, confirm)) = confirms.recv().await {
            confirmed(&confirm.await.unwrap());
            // In order, with all that are confirmed by now.
            while let Ok((tag, confirm)) = confirms.try_recv() {
                confirmed(&confirm.await.unwrap());
                last = tag;
            }
            acknowledge(&channel, last).await;
        }
    });
    loop {
        let batch = gather(&mut requests).await;
        let publishing = batch.iter().map(|request| {
            let number = request.properties.correlation_id().clone().unwrap();
            publish(&replies, queue.clone(), b"done", persistent().with_correlation_id(number))
        });
        let published = join_all(publishing).await;
        for (request, confirm) in batch.iter().zip(published) {
            sent.send((request.delivery_tag, confirm)).expect("it ends with this one");
        }
    }
}

/// The near end: takes replies.
async fn receive(mut replies: Consumer, channel: Channel, replied: Completions<u64>) {
    loop {
        let batch = gather(&mut replies).await;
        for reply in &batch {
            let number = reply.properties.correlation_id().as_ref().unwrap();
            replied.tell(number.as_str().parse().unwrap());
        }
        acknowledge(&channel, batch.last().unwrap().delivery_tag).await;
    }
}

/// The next delivery, with those that are there already.
async fn gather(consumer: &mut Consumer) -> Vec<Delivery> {
    let mut batch = vec![consumer.next().await.expect("the broker stays").unwrap()];
    while batch.len() < BATCH {
        let Some(Some(delivery)) = consumer.next().now_or_never() else { break };
        batch.push(delivery.unwrap());
    }
    batch
}

async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), durable, arguments).await.unwrap();
    let options = BasicConsumeOptions::default();
    channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.unwrap()
}

async fn publish(channel: &Channel, queue: ShortString, body: &[u8], properties: BasicProperties) -> PublisherConfirm {
    let options = BasicPublishOptions::default();
    channel.basic_publish("".into(), queue, options, body, properties).await.unwrap()
}

fn confirmed(confirmation: &Confirmation) {
    assert!(matches!(confirmation, Confirmation::Ack(None)), "{confirmation:?}");
}

async fn acknowledge(channel: &Channel, tag: u64) {
    channel.basic_ack(tag, BasicAckOptions { multiple: true }).await.unwrap();
}

fn persistent() -> BasicProperties {
    BasicProperties::default().with_delivery_mode(PERSISTENT)
}
