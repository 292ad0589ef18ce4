//! An adapter that speaks JSON: what it is sent, and what of it arrives.

use jisr_bus::{Address, Bus, Message, RabbitBus, kind};
use jisr_proto::adapter::v1::{Heartbeat, LegRequest};
use jisr_testkit::wait::until;
use lapin::BasicProperties;
use lapin::options::{BasicGetOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, FieldTable};
use prost::Message as _;

use crate::world::{self, PATIENCE, department, id, message, next, raw};

#[tokio::test]
async fn an_adapter_is_sent_json_if_it_wants_it_and_may_always_send_it() {
    let options = world::options(world::broker().await.address());
    let (prefix, address) = (options.prefix.clone(), options.address.clone());
    let connection = raw(&address, "guest", "guest").await;
    let channel = connection.create_channel().await.unwrap();
    let bus = RabbitBus::connect(options).await.unwrap();
    let publisher = bus.publisher().await.unwrap();
    bus.set_pack(&id("library"), 100);
    bus.set_json(&id("library"), true);
    let request = LegRequest { leg: "بطاقة".to_owned(), attempt: 1, ..LegRequest::default() };
    let sent = Message { body: request.encode_to_vec().into(), ..message(1) };
    publisher.publish(&department("library"), sent).await.unwrap();

    let queue = format!("{prefix}jisr.department.library");
    let look = || async { channel.basic_get(queue.as_str().into(), BasicGetOptions { no_ack: true }).await.unwrap() };
    let got = until("the request", PATIENCE, look).await.delivery;
    assert_eq!(got.properties.content_type().as_ref().unwrap().as_str(), "application/json");
    assert_eq!(String::from_utf8(got.data).unwrap(), "{\"leg\":\"بطاقة\",\"attempt\":1}");

    let mut headers = FieldTable::default();
    headers.insert("jisr-wire".into(), AMQPValue::LongInt(1));
    headers.insert("jisr-attempt".into(), AMQPValue::LongInt(0));
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_type(kind::ADAPTER_ALIVE.into())
        .with_message_id("5a0c9f0e-3a57-4e0c-8d6a-0c4f3b1f9e11".into())
        .with_user_id("guest".into())
        .with_timestamp(1_790_000_000)
        .with_headers(headers);
    let exchange = format!("{prefix}jisr.from-department");
    let body = r#"{"department": "library", "inFlight": 3}"#.as_bytes();
    let mut engine = bus.consume(&Address::Engine, 10).await.unwrap();
    channel
        .basic_publish(
            exchange.as_str().into(),
            "library.reply".into(),
            BasicPublishOptions::default(),
            body,
            properties,
        )
        .await
        .unwrap();
    let arrived = next(&mut engine).await;
    let alive = Heartbeat { department: "library".to_owned(), in_flight: 3, ..Heartbeat::default() };
    assert_eq!(arrived.message.body, alive.encode_to_vec());
    arrived.acknowledge();
}
