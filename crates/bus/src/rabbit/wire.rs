//! The header contract, version 1: our message as AMQP 0-9-1 properties and back. Pure; the table is golden.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::{Message, TraceContext};

/// The version of the contract.
const WIRE: i64 = 1;
const CONTENT_TYPE: &str = "application/protobuf";
const PERSISTENT: u8 = 2;

const WIRE_HEADER: &str = "jisr-wire";
const ATTEMPT: &str = "jisr-attempt";
const REPUBLISHED: &str = "jisr-republished";
const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const EVENT_TIME: &str = "cloudEvents_time";
const EVENT_SUBJECT: &str = "cloudEvents_subject";
/// Why a message is dead, on what lies in a dead queue.
const REASON: &str = "x-jisr-reason";
/// Who had sent it: `user-id` is of whoever put it there.
const SENT_BY: &str = "x-jisr-sent-by";
/// Reasons are for people: what is longer than this is cut.
const LONGEST_REASON: usize = 1_000;

/// Why properties are not those of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WireError {
    /// Another version of the contract, or none.
    Version(String),
    /// A property or header that must be there and is not.
    Missing(&'static str),
    /// One that is there and is not what it must be.
    Garbled(&'static str, String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => write!(f, "{WIRE_HEADER} is {found}, not {WIRE}"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Garbled(name, why) => write!(f, "{name} is garbled: {why}"),
        }
    }
}

/// A message's properties, sent by `user` from `source`.
pub(super) fn encode(message: &Message, user: &str, source: &str) -> Result<BasicProperties, WireError> {
    let id = ShortString::from(message.id.to_string());
    let kind = short("type", &message.kind)?;
    let time = message.time.to_string();
    let mut headers = FieldTable::default();
    let mut header = |name: &str, value: AMQPValue| {
        headers.insert(name.into(), value);
    };
    header(WIRE_HEADER, AMQPValue::LongLongInt(WIRE));
    header(ATTEMPT, AMQPValue::LongLongInt(message.attempt.into()));
    header(REPUBLISHED, AMQPValue::Boolean(message.republished));
    if let Some(traceparent) = &message.trace.traceparent {
        header(TRACEPARENT, text(traceparent));
    }
    if let Some(tracestate) = &message.trace.tracestate {
        header(TRACESTATE, text(tracestate));
    }
    header("cloudEvents_specversion", text("1.0"));
    header("cloudEvents_id", text(id.as_str()));
    header("cloudEvents_source", text(source));
    header("cloudEvents_type", text(&message.kind));
    header(EVENT_TIME, text(&time));
    if let Some(transaction) = &message.correlation {
        header(EVENT_SUBJECT, text(transaction.to_string().as_str()));
    }
    let seconds = u64::try_from(message.time.as_seconds_nanos().0).unwrap_or(0);
    let properties = BasicProperties::default()
        .with_message_id(id)
        .with_type(kind)
        .with_content_type(CONTENT_TYPE.into())
        .with_user_id(short("user-id", user)?)
        .with_delivery_mode(PERSISTENT)
        .with_timestamp(seconds)
        .with_headers(headers);
    Ok(match &message.correlation {
        Some(transaction) => properties.with_correlation_id(transaction.to_string().into()),
        None => properties,
    })
}

/// The message that properties and a body make.
pub(super) fn decode(properties: &BasicProperties, body: Bytes) -> Result<Message, WireError> {
    let none = FieldTable::default();
    let headers = properties.headers().as_ref().unwrap_or(&none);
    match headers.inner().get(WIRE_HEADER) {
        Some(value) if integer(value) == Some(WIRE) => {}
        Some(value) => return Err(WireError::Version(shown(value))),
        None => return Err(WireError::Version("missing".into())),
    }
    if properties.user_id().is_none() {
        return Err(WireError::Missing("user-id"));
    }
    match properties.content_type() {
        Some(kind) if kind.as_str() == CONTENT_TYPE => {}
        Some(other) => return Err(WireError::Garbled("content-type", other.to_string())),
        None => return Err(WireError::Missing("content-type")),
    }
    let kind = properties.kind().as_ref().ok_or(WireError::Missing("type"))?;
    let id = properties.message_id().as_ref().ok_or(WireError::Missing("message-id"))?;
    let attempt = headers.inner().get(ATTEMPT).ok_or(WireError::Missing(ATTEMPT))?;
    let attempt = integer(attempt).and_then(|number| u32::try_from(number).ok());
    let republished = match headers.inner().get(REPUBLISHED) {
        None => false,
        Some(AMQPValue::Boolean(republished)) => *republished,
        Some(other) => return Err(WireError::Garbled(REPUBLISHED, shown(other))),
    };
    let time = match (optional(headers, EVENT_TIME)?, properties.timestamp()) {
        (Some(time), _) => parsed(EVENT_TIME, &time)?,
        // Who writes no CloudEvents time has at least AMQP's, to the second.
        (None, Some(seconds)) => Timestamp::from_seconds_nanos(i64::try_from(*seconds).unwrap_or(i64::MAX), 0),
        (None, None) => return Err(WireError::Missing("timestamp")),
    };
    let correlation = properties.correlation_id().as_ref();
    Ok(Message {
        id: parsed("message-id", id.as_str())?,
        kind: kind.as_str().into(),
        correlation: correlation.map(|id| parsed("correlation-id", id.as_str())).transpose()?,
        attempt: attempt.ok_or_else(|| WireError::Garbled(ATTEMPT, "not a number from 0 to 4294967295".into()))?,
        republished,
        time,
        trace: TraceContext {
            traceparent: optional(headers, TRACEPARENT)?,
            tracestate: optional(headers, TRACESTATE)?,
        },
        body,
    })
}

/// What lies in a dead queue: everything as it came, and why. Not its expiration, since failed work does not expire, nor
/// headers that would send it elsewhere too.
pub(super) fn dead(properties: &BasicProperties, reason: &str, user: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in properties.headers().iter().flatten() {
        if !matches!(name.as_str(), "CC" | "BCC") {
            headers.insert(name.clone(), value.clone());
        }
    }
    let end = reason.floor_char_boundary(LONGEST_REASON);
    headers.insert(REASON.into(), text(&reason[..end]));
    if let Some(sender) = properties.user_id() {
        headers.insert(SENT_BY.into(), text(sender.as_str()));
    }
    let mut dead = BasicProperties::default()
        .with_headers(headers)
        .with_delivery_mode(PERSISTENT)
        .with_user_id(ShortString::try_new(user).unwrap_or_default());
    if let Some(id) = properties.message_id() {
        dead = dead.with_message_id(id.clone());
    }
    if let Some(kind) = properties.kind() {
        dead = dead.with_type(kind.clone());
    }
    if let Some(kind) = properties.content_type() {
        dead = dead.with_content_type(kind.clone());
    }
    if let Some(id) = properties.correlation_id() {
        dead = dead.with_correlation_id(id.clone());
    }
    match properties.timestamp() {
        Some(timestamp) => dead.with_timestamp(*timestamp),
        None => dead,
    }
}

/// `source` of the CloudEvents attributes: the engine, or a department.
pub(super) fn source(department: Option<&DepartmentId>) -> String {
    department.map_or_else(|| "/jisr/engine".into(), |department| format!("/jisr/departments/{department}"))
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn short(name: &'static str, value: &str) -> Result<ShortString, WireError> {
    ShortString::try_new(value).map_err(|error| WireError::Garbled(name, error.to_string()))
}

/// Any of AMQP's integers, or one written as text: clients differ in what they make of a number.
fn integer(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(number) => Some((*number).into()),
        AMQPValue::ShortShortUInt(number) => Some((*number).into()),
        AMQPValue::ShortInt(number) => Some((*number).into()),
        AMQPValue::ShortUInt(number) => Some((*number).into()),
        AMQPValue::LongInt(number) => Some((*number).into()),
        AMQPValue::LongUInt(number) => Some((*number).into()),
        AMQPValue::LongLongInt(number) => Some(*number),
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok()?.parse().ok(),
        _ => None,
    }
}

fn optional(headers: &FieldTable, name: &'static str) -> Result<Option<Arc<str>>, WireError> {
    match headers.inner().get(name) {
        None => Ok(None),
        Some(AMQPValue::LongString(text)) => match std::str::from_utf8(text.as_bytes()) {
            Ok(text) => Ok(Some(text.into())),
            Err(_) => Err(WireError::Garbled(name, "not UTF-8".into())),
        },
        Some(other) => Err(WireError::Garbled(name, shown(other))),
    }
}

fn parsed<T: FromStr<Err: fmt::Display>>(name: &'static str, text: &str) -> Result<T, WireError> {
    text.parse().map_err(|error: T::Err| WireError::Garbled(name, error.to_string()))
}

/// A value as a reason shows it: what a stranger sent is not repeated at length.
fn shown(value: &AMQPValue) -> String {
    match (integer(value), value) {
        (Some(number), _) => number.to_string(),
        (None, AMQPValue::LongString(text)) => format!("{:.40?}", text.to_string()),
        (None, other) => format!("a {:?}", other.get_type()),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
