//! Every wire version that was ever spoken stays readable: fixed values, their bytes and their JSON, side by side.
//!
//! A golden is never edited once released. A field that is added gets a golden of its own beside the old ones.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{fmt::Write, fs};

use jisr_proto::adapter::v1::{AdapterAnnouncement, Heartbeat, LegReply, LegRequest, Pack};
use jisr_proto::json::{from_json, to_json};
use jisr_proto::v1::Transaction;
use prost::{Message, Name};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("goldens/wire-v1")
}

/// Hexadecimal in lines of 32 bytes: a difference shows in a review.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(text, "{byte:02x}").expect("writing to memory");
        }
        text.push('\n');
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| Some((value(pair[0])? << 4) | value(*pair.get(1)?)?);
    digits.chunks(2).map(|pair| byte(pair).expect("two digits for each byte")).collect()
}

/// JSON to exactly the bytes; the bytes back to the same value and the same JSON.
fn check<T: Message + Default + Name + PartialEq + std::fmt::Debug>(golden: &str) {
    let read = |extension: &str| fs::read_to_string(folder().join(format!("{golden}.{extension}"))).unwrap_or_default();
    let json = read("json");
    let value: T = from_json(&json).unwrap_or_else(|error| panic!("{golden}: {error}"));
    let bytes = value.encode_to_vec();
    assert_eq!(read("hex"), hex(&bytes), "{golden} is encoded otherwise than it was; now:\n{}", hex(&bytes));
    let decoded = T::decode(&unhex(&read("hex"))[..]).expect("old bytes stay readable");
    assert_eq!(decoded, value, "{golden}");
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(parse(&to_json(&decoded, true)), parse(&json), "{golden}");
}

#[test]
fn wire_version_1_stays_as_it_is() {
    type Check = fn(&str);
    let goldens: [(&str, Check); 13] = [
        ("transaction", check::<Transaction>),
        ("leg-request", check::<LegRequest>),
        ("leg-reply-acknowledged", check::<LegReply>),
        ("leg-reply-in-progress", check::<LegReply>),
        ("leg-reply-succeeded", check::<LegReply>),
        ("leg-reply-refused", check::<LegReply>),
        ("leg-reply-information-required", check::<LegReply>),
        ("leg-reply-failed", check::<LegReply>),
        ("leg-reply-in-doubt", check::<LegReply>),
        ("adapter-announcement", check::<AdapterAnnouncement>),
        ("adapter-announcement-max-pack", check::<AdapterAnnouncement>),
        ("adapter-heartbeat", check::<Heartbeat>),
        ("pack", check::<Pack>),
    ];
    for (golden, check) in goldens {
        check(golden);
    }
    let name = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_string_lossy().into_owned();
    let present: BTreeSet<_> = fs::read_dir(folder()).unwrap().map(|entry| name(entry.unwrap())).collect();
    assert_eq!(present, goldens.iter().map(|(golden, _)| (*golden).to_owned()).collect(), "a golden without a check");
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    // Field 2000, a string: an old reader must not stumble over it.
    let mut bytes = unhex(&fs::read_to_string(folder().join("leg-reply-succeeded.hex")).unwrap());
    let known = LegReply::decode(&bytes[..]).unwrap();
    bytes.extend_from_slice(&[0x82, 0x7d, 0x03, b'n', b'e', b'w']);
    assert_eq!(LegReply::decode(&bytes[..]).unwrap(), known);
}
