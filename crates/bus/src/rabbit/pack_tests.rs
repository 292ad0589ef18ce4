//! The golden bytes of a pack, what survives the way, and what strangers may send.

use jisr_core::id::{MessageId, TransactionId};
use jisr_core::time::Timestamp;

use super::*;

fn messages() -> Vec<Message> {
    let time = Timestamp::from_micros(1_790_000_000_123_456);
    let whole = Message {
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
        body: Bytes::from_static("طلب رخصة بناء".as_bytes()),
    };
    let bare = Message {
        id: MessageId::new(time, [3; 10]),
        kind: kind::ADAPTER_ALIVE.into(),
        correlation: None,
        attempt: 0,
        republished: false,
        time,
        trace: TraceContext::default(),
        body: Bytes::new(),
    };
    vec![whole, bare]
}

fn hex(bytes: &[u8]) -> String {
    bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n").collect()
}

fn entry(change: impl FnOnce(&mut PackedMessage)) -> Vec<u8> {
    let whole = encode(messages()[..1].iter());
    // The key and the length, of two bytes, come before it.
    let mut entry = PackedMessage::decode(&whole[3..]).unwrap();
    change(&mut entry);
    let mut body = vec![MESSAGES];
    entry.encode_length_delimited(&mut body).unwrap();
    body
}

#[test]
fn the_bytes_are_the_contract() {
    assert_eq!(hex(&encode(messages().iter())), include_str!("../../goldens/pack-1.hex"));
}

#[test]
fn messages_survive_the_way() {
    let read = decode(encode(messages().iter()).into(), Some(2)).unwrap();
    assert_eq!(read.into_iter().collect::<Result<Vec<_>, _>>(), Ok(messages()));
}

#[test]
fn a_message_weighs_no_less_than_it_takes() {
    for message in messages() {
        assert!(encode(std::iter::once(&message)).len() <= weight(&message));
    }
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    // Fields 2 to 5 of every kind, around the messages.
    let mut body = vec![0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8];
    body.extend(encode(messages().iter()));
    body.extend([0x22, 3, b'n', b'e', b'w', 0x2d, 1, 2, 3, 4]);
    assert_eq!(decode(body.into(), None).unwrap().len(), 2);
}

#[test]
fn one_that_is_no_message_spoils_no_other() {
    let mut body = encode(messages().iter());
    body.extend(entry(|entry| "x".clone_into(&mut entry.message_id)));
    body.extend(entry(|entry| entry.time = None));
    body.extend(entry(|entry| kind::PACK.clone_into(&mut entry.r#type)));
    body.extend(entry(|entry| entry.correlation_id = "0".repeat(300)));
    body.extend([MESSAGES, 1, 0xff]);
    body.extend(encode(messages().iter()));
    let read = decode(body.into(), None).unwrap();
    let why: Vec<_> =
        read.iter().filter_map(|read| read.as_ref().err().map(|garbled| garbled.why.to_string())).collect();
    let uuid = "not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    assert_eq!(why[0], format!("message_id is garbled: {uuid}"));
    assert_eq!(why[1], "time is missing");
    assert_eq!(why[2], r#"type is garbled: "jisr.pack.v1" in a pack"#);
    assert_eq!(why[3], format!("correlation_id is garbled: {uuid}"));
    assert!(why[4].starts_with("jisr.pack.v1 is garbled"), "{}", why[4]);
    assert_eq!((read.len(), why.len()), (9, 5));
    let sent = BasicProperties::default().with_user_id("jisr-adapter-economy".into());
    let alone: Vec<_> = read.into_iter().filter_map(Result::err).map(|garbled| garbled.alone(&sent)).collect();
    let (properties, body) = &alone[0];
    assert_eq!(properties.message_id().as_ref().unwrap().as_str(), "x");
    assert_eq!(properties.user_id().as_ref().unwrap().as_str(), "jisr-adapter-economy");
    assert_eq!(body, &messages()[0].body);
    assert!(alone[3].0.correlation_id().is_none(), "longer than a property can be");
    assert_eq!(alone[4].1, Bytes::from_static(&[0xff]), "as it came");
}

#[test]
fn what_is_no_pack_is_refused_as_a_whole() {
    let check = |body: Vec<u8>, says: &str| {
        let error = decode(body.into(), None).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    check(Vec::new(), "no messages");
    check(vec![0x10, 1], "no messages");
    check(vec![MESSAGES, 200, 1, 0], "cut off");
    check(vec![MESSAGES], "garbled");
    check(vec![0x0b], "not protobuf");
    check([MESSAGES, 0].repeat(MOST_TAKEN + 1), "too many");
    let error = decode(encode(messages().iter()).into(), Some(3)).unwrap_err().to_string();
    assert!(error.contains("as many messages as it says"), "{error}");
}
