//! The golden table of properties, and what is not a message.

use jisr_core::id::TransactionId;

use super::*;
use crate::kind;

fn message() -> Message {
    let time = Timestamp::from_micros(1_790_000_000_123_456);
    Message {
        id: MessageId::new(time, [1; 10]),
        kind: kind::LEG_REQUESTED.into(),
        correlation: Some(TransactionId::new(time, [2; 10])),
        attempt: 3,
        republished: true,
        time,
        trace: TraceContext {
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            tracestate: Some("jisr=1".into()),
        },
        body: Bytes::from_static("طلب".as_bytes()),
    }
}

fn encode(message: &Message, user: &str, source: &str) -> Result<BasicProperties, WireError> {
    Sender::new(user, source)?.encode(message)
}

fn table(properties: &BasicProperties) -> String {
    let mut lines = vec![
        format!("message-id: {:?}", properties.message_id()),
        format!("correlation-id: {:?}", properties.correlation_id()),
        format!("type: {:?}", properties.kind()),
        format!("content-type: {:?}", properties.content_type()),
        format!("content-encoding: {:?}", properties.content_encoding()),
        format!("user-id: {:?}", properties.user_id()),
        format!("delivery-mode: {:?}", properties.delivery_mode()),
        format!("timestamp: {:?}", properties.timestamp()),
        format!("expiration: {:?}", properties.expiration()),
        format!("priority: {:?}", properties.priority()),
        format!("reply-to: {:?}", properties.reply_to()),
        format!("app-id: {:?}", properties.app_id()),
    ];
    for (name, value) in properties.headers().iter().flatten() {
        let shown = match value {
            AMQPValue::LongString(text) => format!("text {text}"),
            other => format!("{other:?}"),
        };
        lines.push(format!("{name}: {shown}"));
    }
    lines.join("\n").replace("Some(ShortString(\"", "").replace("\"))", "")
}

#[test]
fn the_property_table_is_the_contract() {
    let properties = encode(&message(), "jisr-engine", &source(None)).unwrap();
    assert_eq!(table(&properties), include_str!("../../goldens/wire-1.txt").trim_end());
}

#[test]
fn the_property_table_of_a_pack_is_the_contract() {
    let sender = Sender::new("jisr-adapter-economy", "/jisr/departments/economy").unwrap();
    let properties = sender.encode_pack(message().id, message().time, 256).unwrap();
    assert_eq!(table(&properties), include_str!("../../goldens/pack-1.txt").trim_end());
    assert!(is_pack(&properties) && !is_pack(&encode(&message(), "x", "y").unwrap()));
    assert_eq!(decode_pack(&properties), Ok(Some(256)));
    assert_eq!(source_of(&properties).as_deref(), Some("/jisr/departments/economy"));
}

#[test]
fn a_message_survives_the_way() {
    let plain = Message {
        correlation: None,
        republished: false,
        trace: TraceContext::default(),
        body: Bytes::new(),
        ..message()
    };
    for message in [message(), plain] {
        let properties = encode(&message, "x", "/jisr/engine").unwrap();
        assert_eq!(decode(&properties, message.body.clone()), Ok(message));
    }
}

#[test]
fn a_sender_in_another_language_need_not_write_everything() {
    let whole = encode(&message(), "x", "y").unwrap();
    let mut headers = FieldTable::default();
    headers.insert(WIRE_HEADER.into(), AMQPValue::LongInt(1));
    headers.insert(ATTEMPT.into(), AMQPValue::ShortShortUInt(3));
    let read = decode(&whole.with_headers(headers), Bytes::new()).unwrap();
    assert_eq!((read.attempt, read.republished, read.trace), (3, false, TraceContext::default()));
    assert_eq!(read.time, Timestamp::from_millis(1_790_000_000_000), "to the second");
}

#[test]
fn what_is_not_a_message_is_told_apart_and_why() {
    let whole = encode(&message(), "x", "y").unwrap();
    let with = |name: &str, value: AMQPValue| {
        let mut headers = whole.headers().clone().unwrap();
        headers.insert(name.into(), value);
        whole.clone().with_headers(headers)
    };
    let check = |properties: BasicProperties, expected: &str| {
        assert_eq!(decode(&properties, Bytes::new()).unwrap_err().to_string(), expected);
    };
    check(BasicProperties::default(), "jisr-wire is missing, not 1");
    check(with(WIRE_HEADER, AMQPValue::LongInt(2)), "jisr-wire is 2, not 1");
    check(with(WIRE_HEADER, AMQPValue::Void), "jisr-wire is a Void, not 1");
    check(with(ATTEMPT, AMQPValue::LongInt(-1)), "jisr-attempt is garbled: not a number from 0 to 4294967295");
    check(with(REPUBLISHED, AMQPValue::LongInt(1)), "jisr-republished is garbled: 1");
    check(with(TRACEPARENT, AMQPValue::LongString(vec![0xff].into())), "traceparent is garbled: not UTF-8");
    check(with(EVENT_TIME, text("yesterday")), "cloudEvents_time is garbled: not an RFC 3339 date-time");
    check(whole.clone().with_content_type("text/xml".into()), "content-type is garbled: text/xml");
    let id = "message-id is garbled: not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    check(whole.clone().with_message_id("1".into()), id);
    let headers = whole.headers().clone().unwrap();
    let bare = BasicProperties::default().with_headers(headers);
    check(bare.clone(), "user-id is missing");
    check(bare.clone().with_user_id("x".into()), "content-type is missing");
    let bare = bare.with_user_id("x".into()).with_content_type(CONTENT_TYPE.into());
    check(bare.clone(), "type is missing");
    check(bare.with_type("x".into()), "message-id is missing");
}

#[test]
fn the_dead_keep_what_they_were_and_neither_expire_nor_travel() {
    let mut headers = FieldTable::default();
    headers.insert("CC".into(), AMQPValue::Void);
    headers.insert("colour".into(), text("green"));
    let came = BasicProperties::default()
        .with_headers(headers)
        .with_expiration("1000".into())
        .with_user_id("jisr-adapter-economy".into())
        .with_type("x".into());
    let reason = "س".repeat(LONGEST_REASON);
    let dead = dead(&came, &reason, "jisr-engine");
    let headers = dead.headers().clone().unwrap();
    assert!(dead.expiration().is_none() && !headers.contains_key("CC") && headers.contains_key("colour"));
    assert_eq!(dead.user_id().as_ref().unwrap().as_str(), "jisr-engine");
    assert_eq!(headers.inner().get(SENT_BY), Some(&text("jisr-adapter-economy")));
    let Some(AMQPValue::LongString(kept)) = headers.inner().get(REASON) else { panic!("no reason") };
    assert!(reason.starts_with(std::str::from_utf8(kept.as_bytes()).unwrap()) && kept.len() >= 999);
}
