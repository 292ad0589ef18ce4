//! Packs on the broker: when they form and when not, how large, who gets them, and what becomes of each message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jisr_bus::{Address, Bus, Message, Publisher, RabbitBus, RabbitOptions};
use jisr_proto::adapter::v1::{Pack, PackedMessage};
use jisr_testkit::proxy::Proxy;
use jisr_testkit::rabbitmq::RabbitMq;
use jisr_testkit::wait::until;
use lapin::BasicProperties;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use prost::Message as _;

use crate::world::{self, PATIENCE, department, id, insist, message, next, raw, receive};

const QUEUE: &str = "jisr.department.municipality";

/// An engine's end whose department has its queue, its prefix, and a look behind the scenes.
struct Scene {
    bus: RabbitBus,
    options: RabbitOptions,
    channel: lapin::Channel,
    _connection: lapin::Connection,
}

impl Scene {
    async fn new() -> Self {
        Self::with(world::options(world::broker().await.address())).await
    }

    async fn with(options: RabbitOptions) -> Self {
        let connection = raw(&options.address, "guest", "guest").await;
        let channel = connection.create_channel().await.unwrap();
        let bus = RabbitBus::connect(options.clone()).await.unwrap();
        let scene = Self { bus, options, channel, _connection: connection };
        scene.bus.publisher().await.unwrap().publish(&department("municipality"), message(0)).await.unwrap();
        scene.take().await.expect("the first message");
        scene
    }

    fn name(&self, queue: &str) -> String {
        format!("{}{queue}", self.options.prefix)
    }

    /// The next message of the broker in the department's queue.
    async fn take(&self) -> Option<BasicGetMessage> {
        let options = BasicGetOptions { no_ack: true };
        self.channel.basic_get(self.name(QUEUE).into(), options).await.unwrap()
    }

    /// Everything in the department's queue: how many messages each message of the broker has, and all their numbers.
    async fn sizes(&self) -> (Vec<usize>, BTreeSet<u32>) {
        let (mut sizes, mut numbers) = (Vec::new(), BTreeSet::new());
        while let Some(found) = self.take().await {
            let properties = &found.delivery.properties;
            if kind(properties) == "jisr.pack.v1" {
                let pack = Pack::decode(&found.delivery.data[..]).unwrap();
                let count = i64::try_from(pack.messages.len()).unwrap();
                assert_eq!(header(properties, "jisr-packed"), AMQPValue::LongLongInt(count));
                assert_eq!(properties.user_id().as_ref().unwrap().as_str(), "guest");
                numbers.extend(pack.messages.iter().map(|message| message.attempt));
                sizes.push(pack.messages.len());
            } else {
                let AMQPValue::LongLongInt(number) = header(properties, "jisr-attempt") else { panic!("no number") };
                numbers.insert(u32::try_from(number).unwrap());
                sizes.push(1);
            }
        }
        (sizes, numbers)
    }

    /// Publishes what is given at the same time.
    async fn send(&self, messages: impl Iterator<Item = Message>) {
        let publisher = self.bus.publisher().await.unwrap();
        send(&publisher, messages).await;
    }

    /// Puts a message of a stranger's making into the department's queue.
    async fn smuggle(&self, kind: &str, body: &[u8]) {
        self.channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let mut headers = FieldTable::default();
        headers.insert("jisr-wire".into(), AMQPValue::LongInt(1));
        let properties = BasicProperties::default()
            .with_headers(headers)
            .with_type(kind.into())
            .with_content_type("application/protobuf".into())
            .with_delivery_mode(2)
            .with_user_id("guest".into());
        let (exchange, options) = (self.name("jisr.to-department"), BasicPublishOptions::default());
        let publish = self.channel.basic_publish(exchange.into(), "municipality".into(), options, body, properties);
        publish.await.unwrap().await.unwrap();
    }

    /// What lies in the department's queue of the dead: the reasons and what they are given for.
    async fn dead(&self, count: usize) -> Vec<(String, BasicGetMessage)> {
        let queue = self.name("jisr.department.municipality.dead");
        let mut found = Vec::new();
        while found.len() < count {
            let look = || async {
                let options = BasicGetOptions { no_ack: true };
                self.channel.basic_get(queue.as_str().into(), options).await.unwrap()
            };
            let dead = until("a dead letter", PATIENCE, look).await;
            let AMQPValue::LongString(reason) = header(&dead.delivery.properties, "x-jisr-reason") else {
                panic!("no reason")
            };
            found.push((reason.to_string(), dead));
        }
        found
    }
}

async fn send(publisher: &Arc<dyn Publisher>, messages: impl Iterator<Item = Message>) {
    let mut sending = tokio::task::JoinSet::new();
    for message in messages {
        let publisher = publisher.clone();
        sending.spawn(async move { publisher.publish(&department("municipality"), message).await.map(drop) });
    }
    for sent in sending.join_all().await {
        sent.unwrap();
    }
}

fn kind(properties: &BasicProperties) -> &str {
    properties.kind().as_ref().unwrap().as_str()
}

fn header(properties: &BasicProperties, name: &str) -> AMQPValue {
    properties.headers().as_ref().unwrap().inner().get(name).expect(name).clone()
}

#[tokio::test]
async fn packs_form_under_load_and_not_when_idle() {
    let scene = Scene::new().await;
    scene.bus.set_pack(&id("municipality"), 64);
    let publisher = scene.bus.publisher().await.unwrap();
    for number in 0..20 {
        publisher.publish(&department("municipality"), message(number)).await.unwrap();
    }
    let (sizes, numbers) = scene.sizes().await;
    assert_eq!(sizes, [1; 20], "one after the other: each at once and alone");
    assert_eq!(numbers, (0..20).collect());
    scene.send((0..500).map(message)).await;
    let (sizes, numbers) = scene.sizes().await;
    assert_eq!(numbers, (0..500).collect());
    assert!(sizes.len() < 100 && sizes.iter().all(|size| *size <= 64), "{sizes:?}");
}

#[tokio::test]
async fn who_does_not_say_that_it_takes_packs_is_sent_none() {
    let scene = Scene::new().await;
    for most in [None, Some(0), Some(1)] {
        if let Some(most) = most {
            // It did, and its successor in another language does not.
            scene.bus.set_pack(&id("municipality"), 64);
            scene.bus.set_pack(&id("municipality"), most);
        }
        scene.bus.set_pack(&id("economy"), 64);
        scene.send((0..300).map(message)).await;
        let (sizes, numbers) = scene.sizes().await;
        assert_eq!((sizes, numbers), (vec![1; 300], (0..300).collect()), "{most:?}");
    }
}

#[tokio::test]
async fn no_pack_is_larger_than_it_may_be() {
    let mut options = world::options(world::broker().await.address());
    options.max_pack = 20;
    let scene = Scene::with(options).await;
    for (most, allowed) in [(7, 7), (1_000, 20)] {
        scene.bus.set_pack(&id("municipality"), most);
        scene.send((0..300).map(message)).await;
        let (sizes, numbers) = scene.sizes().await;
        assert_eq!(numbers, (0..300).collect());
        assert_eq!(sizes.iter().max(), Some(&allowed), "{sizes:?}");
    }
    // What is long travels with less, or alone; what may not be sent harms nobody.
    let long = |number: u32| Message { body: vec![7; number as usize * 10_000].into(), ..message(number) };
    scene.send((1..30).map(long)).await;
    while let Some(found) = scene.take().await {
        let alone = kind(&found.delivery.properties) != "jisr.pack.v1";
        assert!(alone || found.delivery.data.len() <= 120 * 1024, "{}", found.delivery.data.len());
    }
}

#[tokio::test]
async fn replies_are_packed_and_their_sender_is_known() {
    let scene = Scene::new().await;
    let role = jisr_bus::rabbit::Role::Adapter(id("municipality"));
    let theirs = RabbitBus::connect(RabbitOptions { role, ..scene.options.clone() }).await.unwrap();
    let publisher = theirs.publisher().await.unwrap();
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..300 {
        let publisher = publisher.clone();
        sending.spawn(async move { publisher.publish(&Address::Engine, message(number)).await.unwrap() });
    }
    sending.join_all().await;
    let queue = scene.name("jisr.replies");
    let options = lapin::options::QueueDeclareOptions { passive: true, ..Default::default() };
    let found = scene.channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
    assert!(found.message_count() < 100, "{} messages of the broker", found.message_count());
    let mut replies = scene.bus.consume(&Address::Engine, 10).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < 300 {
        let delivery = next(&mut replies).await;
        assert_eq!(delivery.sender, Some(id("municipality")));
        assert_eq!(delivery.message, message(delivery.message.attempt));
        assert!(seen.insert(delivery.message.attempt));
        delivery.acknowledge();
    }
}

#[tokio::test]
async fn one_of_a_pack_is_put_aside_alone_and_the_rest_is_acknowledged() {
    let scene = Scene::new().await;
    scene.bus.set_pack(&id("municipality"), 64);
    scene.send((0..200).map(message)).await;
    let to = department("municipality");
    let mut consumer = scene.bus.consume(&to, 200).await.unwrap();
    for _ in 0..200 {
        let delivery = next(&mut consumer).await;
        match delivery.message.attempt {
            150 => delivery.dead_letter("خدمة غير معروفة"),
            _ => delivery.acknowledge(),
        }
    }
    let (reason, dead) = scene.dead(1).await.remove(0);
    let properties = &dead.delivery.properties;
    assert_eq!(reason, "خدمة غير معروفة");
    assert_eq!(header(properties, "x-jisr-sent-by"), AMQPValue::LongString("guest".into()));
    assert_eq!(header(properties, "cloudEvents_source"), AMQPValue::LongString("/jisr/engine".into()));
    assert_eq!(properties.message_id().as_ref().unwrap().to_string(), message(150).id.to_string());
    assert_eq!(kind(properties), "jisr.leg.requested.v1");
    assert_eq!(dead.delivery.data, message(150).body);
    // Nothing is left, neither with the consumer nor with the broker.
    drop(consumer);
    receive_nothing(&scene).await;
}

/// The department's queue is empty, and nobody holds anything of it.
async fn receive_nothing(scene: &Scene) {
    let queue = scene.name(QUEUE);
    let empty = || async {
        let broker = world::broker().await;
        let counted = tokio::task::spawn_blocking(|| broker.ctl(&["list_queues", "name", "messages"])).await.unwrap();
        counted.lines().any(|line| line == format!("{queue}\t0")).then_some(())
    };
    until("an empty queue", PATIENCE, empty).await;
}

#[tokio::test]
async fn one_that_is_given_back_does_not_bring_the_others_with_it() {
    let scene = Scene::new().await;
    scene.bus.set_pack(&id("municipality"), 64);
    scene.send((0..200).map(message)).await;
    let mut consumer = scene.bus.consume(&department("municipality"), 200).await.unwrap();
    let mut came = BTreeMap::<u32, Vec<bool>>::new();
    while came.len() < 200 || came[&150].len() < 4 {
        let delivery = next(&mut consumer).await;
        let number = delivery.message.attempt;
        let times = came.entry(number).or_default();
        times.push(delivery.redelivered);
        if number != 150 || times.len() == 4 {
            delivery.acknowledge();
        }
    }
    assert_eq!(came.remove(&150), Some(vec![false, true, true, true]));
    assert!(came.values().all(|times| *times == [false]), "{came:?}");
    drop(consumer);
    receive_nothing(&scene).await;
}

#[tokio::test]
async fn what_a_stranger_packs_wrongly_spoils_no_more_than_it_must() {
    let scene = Scene::new().await;
    let good = |number: u32| PackedMessage {
        message_id: message(number).id.to_string(),
        r#type: "jisr.leg.requested.v1".to_owned(),
        attempt: number,
        time: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 0 }),
        body: message(number).body,
        ..PackedMessage::default()
    };
    let bad = PackedMessage { message_id: "last".to_owned(), ..good(9) };
    scene.smuggle("jisr.pack.v1", &Pack { messages: vec![good(1), bad, good(2)] }.encode_to_vec()).await;
    scene.smuggle("jisr.pack.v1", b"").await;
    scene.smuggle("jisr.pack.v1", b"\xff").await;
    scene.send(std::iter::once(message(3))).await;
    let mut consumer = scene.bus.consume(&department("municipality"), 10).await.unwrap();
    receive(&mut consumer, BTreeSet::from([1, 2, 3])).await;
    let dead = scene.dead(3).await;
    let found: BTreeMap<_, _> =
        dead.iter().map(|(why, dead)| (why.as_str(), kind(&dead.delivery.properties))).collect();
    let [(cut, whole), (empty, _), (one, kind)] = found.into_iter().collect::<Vec<_>>()[..] else { panic!("{dead:?}") };
    assert!(cut.contains("jisr.pack.v1 is garbled") && empty.contains("no messages"), "{dead:?}");
    assert!(one.contains("message_id is garbled"), "{one}");
    assert_eq!((whole, kind), ("jisr.pack.v1", "jisr.leg.requested.v1"));
    drop(consumer);
    receive_nothing(&scene).await;
}

#[tokio::test]
async fn a_pack_of_a_lost_connection_comes_again_and_says_so() {
    let proxy = Proxy::start(world::broker().await.port).await;
    let mut options = world::options(format!("amqp://127.0.0.1:{}", proxy.port));
    options.heartbeat = std::time::Duration::from_secs(1);
    let bus = RabbitBus::connect(options).await.unwrap();
    bus.set_pack(&id("municipality"), 64);
    let publisher = bus.publisher().await.unwrap();
    let to = department("municipality");
    insist(&publisher, &to, 1_000).await;
    send(&publisher, (0..200).map(message)).await;
    let mut consumer = bus.consume(&to, 300).await.unwrap();
    let mut held = Vec::new();
    for turn in 0..201 {
        let delivery = next(&mut consumer).await;
        // Something of every pack is not settled.
        if turn % 3 == 0 { delivery.acknowledge() } else { held.push(delivery) }
    }
    let in_hand: BTreeSet<u32> = held.iter().map(|delivery| delivery.message.attempt).collect();
    proxy.cut();
    proxy.heal();
    let mut again = BTreeSet::new();
    while !in_hand.is_subset(&again) {
        let delivery = next(&mut consumer).await;
        assert!(delivery.redelivered, "{}", delivery.message.attempt);
        again.insert(delivery.message.attempt);
        delivery.acknowledge();
    }
    // What is no longer ours says nothing to anybody.
    held.into_iter().for_each(jisr_bus::Delivery::acknowledge);
    insist(&publisher, &to, 2_000).await;
    receive(&mut consumer, BTreeSet::from([2_000])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_with_packs_under_way_loses_nothing_it_has_confirmed() {
    const FLOW: u32 = 6_000;
    let mut broker = tokio::task::spawn_blocking(RabbitMq::start).await.unwrap();
    let options = world::options(broker.address());
    let queue = format!("{}{QUEUE}", options.prefix);
    let bus = RabbitBus::connect(options).await.unwrap();
    bus.set_pack(&id("municipality"), 64);
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 100).await.unwrap();
    until("the queue is on disk", PATIENCE, || async { broker.remembers(&queue).then_some(()) }).await;
    let publisher = bus.publisher().await.unwrap();
    let (confirmed, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..300 {
        let (publisher, to, confirmed) = (publisher.clone(), to.clone(), confirmed.clone());
        senders.spawn(async move {
            let mut failed = 0;
            for number in (sender..FLOW).step_by(300) {
                failed += insist(&publisher, &to, number).await;
                confirmed.send(number).unwrap();
            }
            failed
        });
    }
    let receiving = tokio::spawn(async move { receive(&mut consumer, (0..FLOW).collect()).await });
    for _ in 0..FLOW / 4 {
        tokio::time::timeout(PATIENCE, told.recv()).await.expect("confirmed in time").unwrap();
    }
    let broker = tokio::task::spawn_blocking(move || {
        broker.kill();
        broker.restart();
        broker
    });
    let broker = broker.await.unwrap();
    let failed: u32 = tokio::time::timeout(PATIENCE, senders.join_all()).await.expect("all in time").iter().sum();
    assert!(failed > 0, "a sender must hear that its message was not confirmed");
    receiving.await.unwrap();
    drop(broker);
}
