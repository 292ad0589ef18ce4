//! Wrong wiring and foreign messages: an error or a dead letter with its reason, never silence.

use std::collections::BTreeSet;
use std::time::Duration;

use jisr_bus::{Address, Bus, Message, RabbitBus};
use jisr_testkit::wait::until;
use lapin::BasicProperties;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};

use crate::world::{self, PATIENCE, department, insist, message, next, raw, receive};

/// A bus on the shared broker, its prefix, and a look behind the scenes.
async fn scene() -> (RabbitBus, String, lapin::Channel, lapin::Connection) {
    let options = world::options(world::broker().await.address());
    let (prefix, address) = (options.prefix.clone(), options.address.clone());
    let connection = raw(&address, "guest", "guest").await;
    let channel = connection.create_channel().await.unwrap();
    (RabbitBus::connect(options).await.unwrap(), prefix, channel, connection)
}

async fn delete(channel: &lapin::Channel, queue: &str) {
    channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
}

/// What lies in a queue of dead letters.
async fn dead_letter(channel: &lapin::Channel, queue: &str) -> BasicGetMessage {
    let look = || async { channel.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await.unwrap() };
    until("a dead letter", PATIENCE, look).await
}

fn header(properties: &BasicProperties, name: &str) -> String {
    match properties.headers().as_ref().unwrap().inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => panic!("{name} is {other:?}"),
    }
}

#[tokio::test]
async fn a_message_that_reaches_no_queue_is_an_error_and_the_next_one_declares_it() {
    let (bus, prefix, channel, _connection) = scene().await;
    let to = department("municipality");
    let publisher = bus.publisher().await.unwrap();
    publisher.publish(&to, message(0)).await.unwrap();
    delete(&channel, &format!("{prefix}jisr.department.municipality")).await;
    let error = publisher.publish(&to, message(1)).await.unwrap_err();
    assert!(error.to_string().contains("returned"), "{error}");
    publisher.publish(&to, message(2)).await.unwrap();
    receive(&mut bus.consume(&to, 10).await.unwrap(), BTreeSet::from([2])).await;
}

/// lapin attaches a return to the next confirm, whosever it is: no message may count as taken because of that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_are_told_to_their_own_senders() {
    let (bus, prefix, channel, _connection) = scene().await;
    let (good, bad) = (department("economy"), department("municipality"));
    let publisher = bus.publisher().await.unwrap();
    publisher.publish(&good, message(0)).await.unwrap();
    for round in 1_u32..=5 {
        publisher.publish(&bad, message(0)).await.unwrap();
        delete(&channel, &format!("{prefix}jisr.department.municipality")).await;
        let mut sending = tokio::task::JoinSet::new();
        for number in round * 1_000..round * 1_000 + 300 {
            let publisher = publisher.clone();
            let to = if number % 3 == 0 { bad.clone() } else { good.clone() };
            sending.spawn(async move { (publisher.publish(&to, message(number)).await.is_ok(), to, number) });
        }
        let results = sending.join_all().await;
        assert!(results.iter().any(|(taken, to, _)| !taken && *to == bad), "something was returned");
        for address in [&good, &bad] {
            let taken = results.iter().filter(|(taken, to, _)| *taken && to == address).map(|(.., number)| *number);
            let mut consumer = bus.consume(address, 100).await.unwrap();
            receive(&mut consumer, taken.collect()).await;
        }
    }
}

#[tokio::test]
async fn a_consumer_whose_queue_is_deleted_gets_a_new_one() {
    let (bus, prefix, channel, _connection) = scene().await;
    for (to, queue) in [(Address::Engine, "replies"), (department("municipality"), "department.municipality")] {
        let mut consumer = bus.consume(&to, 10).await.unwrap();
        delete(&channel, &format!("{prefix}jisr.{queue}")).await;
        let publisher = bus.publisher().await.unwrap();
        // It says when it is there again: by taking a message that is sent until then.
        let feeding = tokio::spawn(async move {
            loop {
                insist(&publisher, &to, 1).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        next(&mut consumer).await.acknowledge();
        feeding.abort();
    }
}

#[tokio::test]
async fn what_is_no_message_of_ours_is_put_aside_with_the_reason() {
    let (bus, prefix, channel, _connection) = scene().await;
    let to = department("municipality");
    let publisher = bus.publisher().await.unwrap();
    publisher.publish(&to, message(0)).await.unwrap();
    let mut consumer = bus.consume(&to, 10).await.unwrap();
    next(&mut consumer).await.acknowledge();

    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let mut headers = FieldTable::default();
    headers.insert("jisr-wire".into(), AMQPValue::LongInt(2));
    let foreign = BasicProperties::default().with_headers(headers).with_user_id("guest".into());
    for (properties, body) in [(foreign, "future"), (BasicProperties::default(), "")] {
        let exchange = format!("{prefix}jisr.to-department");
        let options = BasicPublishOptions::default();
        channel
            .basic_publish(exchange.into(), "municipality".into(), options, body.as_bytes(), properties)
            .await
            .unwrap()
            .await
            .unwrap();
    }
    publisher.publish(&to, message(3)).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.message.attempt, 3, "nothing else is handed out");
    delivery.acknowledge();

    let queue = format!("{prefix}jisr.department.municipality.dead");
    let mut found = Vec::new();
    for _ in 0..2 {
        let dead = dead_letter(&channel, &queue).await.delivery;
        found.push((header(&dead.properties, "x-jisr-reason"), String::from_utf8(dead.data).unwrap()));
    }
    found.sort();
    let expected = [("jisr-wire is 2, not 1", "future"), ("jisr-wire is missing, not 1", "")];
    assert_eq!(found, expected.map(|(reason, body)| (reason.to_owned(), body.to_owned())));
}

#[tokio::test]
async fn a_dead_letter_keeps_what_it_was_and_why() {
    let (bus, prefix, channel, _connection) = scene().await;
    for (at, queue) in [(Address::Engine, "replies.dead"), (department("municipality"), "department.municipality.dead")]
    {
        bus.publisher().await.unwrap().publish(&at, message(5)).await.unwrap();
        let mut consumer = bus.consume(&at, 10).await.unwrap();
        next(&mut consumer).await.dead_letter("خدمة غير معروفة");
        let dead = dead_letter(&channel, &format!("{prefix}jisr.{queue}")).await.delivery;
        assert_eq!(header(&dead.properties, "x-jisr-reason"), "خدمة غير معروفة");
        assert_eq!(header(&dead.properties, "x-jisr-sent-by"), "guest");
        assert_eq!(dead.properties.message_id().as_ref().unwrap().to_string(), message(5).id.to_string());
        assert_eq!(dead.data, message(5).body);
    }
}

#[tokio::test]
async fn a_message_too_long_for_the_broker_harms_nobody_else() {
    let mut options = world::options(world::broker().await.address());
    options.max_message = 1_000;
    let bus = RabbitBus::connect(options).await.unwrap();
    let to = department("municipality");
    let publisher = bus.publisher().await.unwrap();
    let long = Message { body: vec![0; 1_001].into(), ..message(0) };
    let error = publisher.publish(&to, long).await.unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
    publisher.publish(&to, message(1)).await.unwrap();
}

#[tokio::test]
async fn every_queue_is_a_quorum_queue_that_drops_nothing() {
    let (bus, prefix, _channel, _connection) = scene().await;
    insist(&bus.publisher().await.unwrap(), &department("municipality"), 0).await;
    let broker = world::broker().await;
    let list = tokio::task::spawn_blocking(|| broker.ctl(&["list_queues", "name", "type", "arguments"])).await.unwrap();
    let ours: Vec<_> = list.lines().filter(|line| line.starts_with(&prefix)).collect();
    assert_eq!(ours.len(), 5, "unroutable, replies, municipality and their dead: {ours:?}");
    for line in ours {
        assert!(line.contains("\tquorum\t") && line.contains(r#""x-overflow","reject-publish""#), "{line}");
        let dead_end = line.contains(".dead\t") || line.contains("unroutable\t");
        assert_eq!(line.contains(r#""x-dead-letter-strategy","at-least-once""#), !dead_end, "{line}");
    }
}
