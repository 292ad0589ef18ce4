//! Texts to messages and back, and what is no text.

use fe2o3_amqp::types::messaging::{AmqpValue, Batch};

use super::*;

const ARABIC: &str = "مطعم بوابة الجسر، شارع الوصل";

fn page() -> Charset {
    Charset::of("windows-1256").unwrap()
}

fn data(bytes: &[u8]) -> Body<Value> {
    Body::Data(Batch::from(vec![Data(Binary::from(bytes.to_vec()))]))
}

#[test]
fn arabic_goes_out_in_the_charset_that_is_named() {
    let message = TextMessage { text: ARABIC.to_owned(), message_id: "1".to_owned(), ..TextMessage::default() };
    for (charset, bytes) in [(page(), ARABIC.chars().count()), (Charset::Utf8, ARABIC.len())] {
        let sent = message.encoded(charset).unwrap();
        assert_eq!(sent.body.0.len(), bytes);
        let content_type = sent.properties.unwrap().content_type.unwrap().0;
        assert_eq!(content_type, format!("text/plain; charset={}", charset.name()));
        // Whoever reads it needs no agreement beyond the name.
        assert_eq!(text(&data(&sent.body.0), Some(&content_type), Charset::Utf8, 1_000).as_deref(), Ok(ARABIC));
        assert!(sent.header.unwrap().durable);
    }
}

#[test]
fn what_a_charset_lacks_is_named() {
    let lost = page().encode("٣ طوابق").unwrap_err();
    assert_eq!((lost.position, lost.character), (0, '٣'));
    assert_eq!(Charset::of("klingon"), Err(UnknownCharset("klingon".to_owned())));
    assert_eq!(Charset::of("UTF8"), Ok(Charset::Utf8));
}

#[test]
fn what_is_no_text_is_said_to_be() {
    let unreadable = |body: &Body<Value>, content_type| text(body, content_type, page(), 100).unwrap_err().0;
    let utf8 = data(ARABIC.as_bytes());
    assert_eq!(unreadable(&utf8, None), "it is UTF-8 and not windows-1256");
    assert_eq!(unreadable(&utf8, Some("text/plain; charset=\"windows-1256\"")), "it is UTF-8 and not windows-1256");
    assert_eq!(text(&utf8, Some("text/plain; Charset=utf-8"), page(), 100).as_deref(), Ok(ARABIC));
    let legacy = data(&page().encode(ARABIC).unwrap());
    assert_eq!(unreadable(&legacy, Some("text/plain;charset=UTF-8")), "byte 0 is not UTF-8");
    assert_eq!(unreadable(&legacy, Some("text/plain;charset=ebcdic-ar")), "no charset is known as \"ebcdic-ar\"");
    assert_eq!(unreadable(&data(&[b'x'; 101]), None), "its text of 101 bytes is larger than 100");
    let long = Body::Value(AmqpValue(Value::String("x".repeat(101))));
    assert_eq!(unreadable(&long, None), "its text of 101 bytes is larger than 100");
    for body in [Body::Empty, Body::Value(AmqpValue(Value::Null))] {
        assert_eq!(unreadable(&body, None), "its body is no text");
    }
}

#[test]
fn text_may_come_as_a_value() {
    let value = Body::Value(AmqpValue(Value::String(ARABIC.to_owned())));
    assert_eq!(text(&value, Some("text/plain; charset=ebcdic-ar"), page(), 100).as_deref(), Ok(ARABIC));
    let binary = Body::Value(AmqpValue(Value::Binary(Binary::from(page().encode(ARABIC).unwrap()))));
    assert_eq!(text(&binary, None, page(), 100).as_deref(), Ok(ARABIC));
}
