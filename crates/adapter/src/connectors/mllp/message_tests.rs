//! Messages read and written: as the standard has them, as systems send them, and as nobody should.

use proptest::prelude::*;

use super::*;

const RESULT: &str = "MSH|^~\\&|HIS|DHA|JISR|JISR|20260302101500+0400||ORU^R01^ORU_R01|77|P|2.5.1||||||UNICODE UTF-8\r\
    PID|1||784-1990-1234567-6^^^MOI^NI~N1234567^^^IND^PPN||المنصوري^مريم^راشد سيف^^^^L~Al Mansoori^Mariam^^^^^L\r\
    OBX|1|ST|A^B&C||نتيجة \\T\\ ملاحظة|\"\"\r";

fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
    Message::parse(bytes, CharacterSet::UTF_8, Limits::default())
}

#[test]
fn every_level_is_found_by_its_number() {
    let message = parse(RESULT.as_bytes()).unwrap();
    assert_eq!(message.kind(), ("ORU".to_owned(), "R01".to_owned()));
    assert_eq!(message.control_id(), "77");
    assert_eq!(message.segments().map(|segment| segment.name()).collect::<Vec<_>>(), ["MSH", "PID", "OBX"]);
    let identifiers: Vec<_> = message.field("PID", 3).repetitions().map(|id| id.component(5).text()).collect();
    assert_eq!(identifiers, ["NI", "PPN"]);
    let names: Vec<_> = message.field("PID", 5).repetitions().map(|name| name.component(1).text()).collect();
    assert_eq!(names, ["المنصوري", "Al Mansoori"]);
    let observation = message.first("OBX").unwrap();
    assert_eq!(observation.field(3).component(2).subcomponent(2).text(), "C");
    assert_eq!(observation.field(5).text(), "نتيجة & ملاحظة");
    // HL7's explicit nothing, a field that is not there, and numbers that nobody counts by.
    for nothing in [observation.field(6), observation.field(99), observation.field(0), message.field("ZZZ", 1)] {
        assert_eq!(nothing.text(), "");
    }
    assert_eq!(observation.field(3).component(0).text(), "");
    assert_eq!((message.field("MSH", 1).raw(), message.field("MSH", 2).raw()), ("", "^~\\&"));
}

#[test]
fn other_separators_and_line_ends_are_understood() {
    let other =
        RESULT.replace('|', "*").replace('^', ":").replace('~', "@").replace("\\&", "!%").replace("\\T\\", "!T!");
    for text in [other.clone(), other.replace('\r', "\r\n"), other.replace('\r', "\n")] {
        let message = parse(text.as_bytes()).unwrap();
        assert_eq!(message.field("PID", 5).repetitions().count(), 2);
        assert_eq!(message.field("OBX", 5).text(), "نتيجة % ملاحظة");
    }
}

#[test]
fn the_message_says_in_what_it_is_written() {
    for label in ["8859/6", "windows-1256"] {
        let text = RESULT.replace("UNICODE UTF-8", label);
        let bytes = CharacterSet::named(label).unwrap().encode(&text).unwrap();
        let message = parse(&bytes).unwrap();
        assert_eq!(message.field("PID", 5).component(2).text(), "مريم");
        assert_eq!(message.charset().label(), label);
        // Declared as something else.
        let wrong = CharacterSet::named(label).unwrap().encode(RESULT).unwrap();
        assert!(matches!(parse(&wrong), Err(ParseError::Charset(CharsetError::Malformed(_)))));
        assert!(matches!(parse(text.as_bytes()), Err(ParseError::Charset(_))));
    }
    // Not said: the site's.
    let silent = RESULT.replace("UNICODE UTF-8", "");
    let bytes = CharacterSet::WINDOWS_1256.encode(&silent).unwrap();
    let message = Message::parse(&bytes, CharacterSet::WINDOWS_1256, Limits::default()).unwrap();
    assert_eq!(message.field("PID", 5).component(2).text(), "مريم");
    assert!(matches!(parse(RESULT.replace("UNICODE UTF-8", "KLINGON").as_bytes()), Err(ParseError::Charset(_))));
}

#[test]
fn what_is_no_message_is_named() {
    let no_header: [&[u8]; 8] =
        [b"", b"MSH", b"MSH|", b"MSH|^~", b"MSH|^^^^|", b"PID|1", b"MSHA^~\\&|", b"MSH|^~\\&#!|A"];
    for bytes in no_header {
        assert_eq!(parse(bytes), Err(ParseError::Header), "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(parse(b"MSH|^~\\&|A\rpid|1"), Err(ParseError::SegmentName(2)));
    assert_eq!(parse(b"MSH|^~\\&|A\r<html>"), Err(ParseError::SegmentName(2)));
    let limits = Limits { message: 60, segment: 30, segments: 2 };
    for (bytes, limit) in [
        ("MSH|^~\\&|A\rPID|1\rPID|2".to_owned(), "more than 2 segments"),
        (format!("MSH|^~\\&|A\rPID|{}", "x".repeat(30)), "a segment of more than 30 bytes"),
        (format!("MSH|^~\\&|{}", "x".repeat(60)), "a message of more than 60 bytes"),
    ] {
        let error = Message::parse(bytes.as_bytes(), CharacterSet::UTF_8, limits).unwrap_err();
        assert_eq!(error, ParseError::Limit(limit.to_owned()));
    }
}

#[test]
fn what_is_written_is_read_again() {
    let text = "سطر أول\rثانٍ | ^ & ~ \\ \u{b}";
    let names = [Content::components(["المنصوري", "مريم", ""]), Content::components(["Al Mansoori"])];
    let writer = Writer::new(CharacterSet::UTF_8)
        .segment("MSH", [(3, "JISR".into()), (9, Content::components(["OMG", "O19"])), (10, "1".into())])
        .segment("PID", [(5, Content::repeated(names)), (8, "".into())])
        .segment("NTE", [(3, text.into())]);
    let expected = "MSH|^~\\&|JISR||||||OMG^O19|1\rPID|||||المنصوري^مريم~Al Mansoori\r";
    assert!(writer.to_text().starts_with(expected), "{}", writer.to_text());
    let message = parse(&writer.to_bytes().unwrap()).unwrap();
    assert_eq!(message.field("NTE", 3).text(), text);
    assert_eq!(message.control_id(), "1");
}

#[test]
fn what_cannot_be_written_is_named() {
    let writer = Writer::new(CharacterSet::ISO_8859_6)
        .segment("MSH", [(3, "JISR".into())])
        .segment("PID", [(3, "1".into()), (5, "گلناز".into())]);
    let error = writer.to_bytes().unwrap_err();
    assert_eq!((error.segment, error.field, error.character), ("PID", 5, 'گ'));
    assert_eq!(error.to_string(), "PID-5 holds U+06AF, which 8859/6 does not have");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        visit(&bytes);
    }

    /// Closer to messages than chance would come.
    #[test]
    fn no_text_like_a_message_panics(
        head in r"MSH[|*][\^~\\&#|]{0,6}[|^]?",
        body in r"([A-Z0-9]{2,4}|[|^~\\&\rX0-9a-f]|\u{1c}|[\u{600}-\u{6ff}]|8859/6|UNICODE UTF-8){0,60}",
    ) {
        visit((head + &body).as_bytes());
    }

    /// A message with any one byte changed, or cut anywhere, is read or refused.
    #[test]
    fn no_damage_panics(at in 0..RESULT.len(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = RESULT.as_bytes().to_vec();
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        visit(&bytes);
    }
}

/// Reads everything there is in a message.
fn visit(bytes: &[u8]) {
    if let Ok(message) = parse(bytes) {
        for segment in message.segments() {
            for number in 0..30 {
                for value in segment.field(number).repetitions() {
                    drop((value.component(number).text(), value.subcomponent(number).text()));
                }
            }
        }
        drop(Acknowledgement::read(&message));
        assert!(!acknowledge(&message, AckCode::ApplicationAccept, None, "1").is_empty());
    }
}
