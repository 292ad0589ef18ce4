//! The header contract, version 1: our message as AMQP 0-9-1 properties and back. Pure; the table is golden.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1::PackedMessage;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::json;
use crate::{Message, TraceContext, kind};

/// The version of the contract.
const WIRE: i64 = 1;
const CONTENT_TYPE: &str = "application/protobuf";
const PERSISTENT: u8 = 2;

const WIRE_HEADER: &str = "jisr-wire";
const ATTEMPT: &str = "jisr-attempt";
const REPUBLISHED: &str = "jisr-republished";
/// How many messages a pack has.
const PACKED: &str = "jisr-packed";
const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const EVENT_SOURCE: &str = "cloudEvents_source";
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

/// What is the same on everything that one end of the bus sends: made once.
pub(super) struct Sender {
    properties: BasicProperties,
    headers: FieldTable,
}

impl Sender {
    /// What is sent by `user` from `source`.
    pub(super) fn new(user: &str, source: &str) -> Result<Self, WireError> {
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_user_id(short("user-id", user)?)
            .with_delivery_mode(PERSISTENT);
        let mut headers = FieldTable::default();
        headers.insert(WIRE_HEADER.into(), AMQPValue::LongLongInt(WIRE));
        headers.insert("cloudEvents_specversion".into(), text("1.0"));
        headers.insert(EVENT_SOURCE.into(), text(source));
        Ok(Self { properties, headers })
    }

    /// The properties of a message that travels alone.
    pub(super) fn encode(&self, message: &Message) -> Result<BasicProperties, WireError> {
        let id = message.id.to_string();
        let mut headers = self.headers(&id, &message.kind, message.time);
        headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(message.attempt.into()));
        headers.insert(REPUBLISHED.into(), AMQPValue::Boolean(message.republished));
        if let Some(traceparent) = &message.trace.traceparent {
            headers.insert(TRACEPARENT.into(), text(traceparent));
        }
        if let Some(tracestate) = &message.trace.tracestate {
            headers.insert(TRACESTATE.into(), text(tracestate));
        }
        let transaction = message.correlation.map(|transaction| transaction.to_string());
        if let Some(transaction) = &transaction {
            headers.insert(EVENT_SUBJECT.into(), text(transaction));
        }
        let properties = self.properties(id, &message.kind, message.time, headers)?;
        Ok(match transaction {
            Some(transaction) => properties.with_correlation_id(transaction.into()),
            None => properties,
        })
    }

    /// The same with the body as JSON, and that body.
    pub(super) fn encode_as_json(&self, message: &Message) -> Result<(BasicProperties, Bytes), WireError> {
        let body = json::from_protobuf(&message.kind, &message.body)?;
        Ok((self.encode_said_to_be_json(message)?, body))
    }

    /// The properties of a message whose body is JSON already.
    pub(super) fn encode_said_to_be_json(&self, message: &Message) -> Result<BasicProperties, WireError> {
        Ok(self.encode(message)?.with_content_type(json::CONTENT_TYPE.into()))
    }

    /// The properties of a pack of so many.
    pub(super) fn encode_pack(
        &self,
        id: MessageId,
        time: Timestamp,
        count: usize,
    ) -> Result<BasicProperties, WireError> {
        let id = id.to_string();
        let mut headers = self.headers(&id, kind::PACK, time);
        headers.insert(PACKED.into(), AMQPValue::LongLongInt(i64::try_from(count).unwrap_or(i64::MAX)));
        self.properties(id, kind::PACK, time, headers)
    }

    fn headers(&self, id: &str, kind: &str, time: Timestamp) -> FieldTable {
        let mut headers = self.headers.clone();
        headers.insert("cloudEvents_id".into(), text(id));
        headers.insert("cloudEvents_type".into(), text(kind));
        headers.insert(EVENT_TIME.into(), AMQPValue::LongString(time.to_string().into_bytes().into()));
        headers
    }

    fn properties(
        &self,
        id: String,
        kind: &str,
        time: Timestamp,
        headers: FieldTable,
    ) -> Result<BasicProperties, WireError> {
        let seconds = u64::try_from(time.as_seconds_nanos().0).unwrap_or(0);
        let properties = self.properties.clone().with_timestamp(seconds).with_headers(headers);
        Ok(properties.with_message_id(id.into()).with_type(short("type", kind)?))
    }
}

/// The message that properties and a body make.
pub(super) fn decode(properties: &BasicProperties, body: Bytes) -> Result<Message, WireError> {
    let headers = &of_the_contract(properties)?;
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
    let is_json = properties.content_type().as_ref().is_some_and(|kind| kind.as_str() == json::CONTENT_TYPE);
    let body = if is_json { json::to_protobuf(kind.as_str(), &body)? } else { body };
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

/// Whether properties are those of a pack, of whatever version.
pub(super) fn is_pack(properties: &BasicProperties) -> bool {
    properties.kind().as_ref().is_some_and(|kind| kind.as_str() == kind::PACK)
}

/// How many messages a pack says it has; nothing if it does not say.
pub(super) fn decode_pack(properties: &BasicProperties) -> Result<Option<i64>, WireError> {
    let headers = of_the_contract(properties)?;
    let Some(count) = headers.inner().get(PACKED) else { return Ok(None) };
    integer(count).map(Some).ok_or_else(|| WireError::Garbled(PACKED, shown(count)))
}

/// Where the sender of properties says it stands.
pub(super) fn source_of(properties: &BasicProperties) -> Option<Arc<str>> {
    properties.headers().as_ref().and_then(|headers| optional(headers, EVENT_SOURCE).ok().flatten())
}

/// The headers, if what is asked of every message of ours is right.
fn of_the_contract(properties: &BasicProperties) -> Result<Cow<'_, FieldTable>, WireError> {
    let headers = properties.headers().as_ref().map_or_else(|| Cow::Owned(FieldTable::default()), Cow::Borrowed);
    match headers.inner().get(WIRE_HEADER) {
        Some(value) if integer(value) == Some(WIRE) => {}
        Some(value) => return Err(WireError::Version(shown(value))),
        None => return Err(WireError::Version("missing".into())),
    }
    if properties.user_id().is_none() {
        return Err(WireError::Missing("user-id"));
    }
    match properties.content_type() {
        Some(kind) if matches!(kind.as_str(), CONTENT_TYPE | json::CONTENT_TYPE) => Ok(headers),
        Some(other) => Err(WireError::Garbled("content-type", other.to_string())),
        None => Err(WireError::Missing("content-type")),
    }
}

/// Properties for an entry of a pack that is no message: as it names itself, as far as that fits.
pub(super) fn remains(entry: &PackedMessage, pack: &BasicProperties) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(WIRE_HEADER.into(), AMQPValue::LongLongInt(WIRE));
    headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(entry.attempt.into()));
    let named = |name: &str| ShortString::try_new(name).ok().filter(|name| !name.as_str().is_empty());
    let mut properties = BasicProperties::default().with_content_type(CONTENT_TYPE.into()).with_headers(headers);
    if let Some(id) = named(&entry.message_id) {
        properties = properties.with_message_id(id);
    }
    if let Some(kind) = named(&entry.r#type) {
        properties = properties.with_type(kind);
    }
    if let Some(id) = named(&entry.correlation_id) {
        properties = properties.with_correlation_id(id);
    }
    match pack.user_id() {
        Some(user) => properties.with_user_id(user.clone()),
        None => properties,
    }
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

/// The same as of another version of the contract.
pub(super) fn of_version(properties: BasicProperties, version: i64) -> BasicProperties {
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(WIRE_HEADER.into(), AMQPValue::LongLongInt(version));
    properties.with_headers(headers)
}

/// Why something lies in a dead queue; empty where nobody said.
pub(super) fn reason_of(properties: &BasicProperties) -> String {
    let reason = properties.headers().as_ref().and_then(|headers| optional(headers, REASON).ok().flatten());
    reason.map(|reason| reason.to_string()).unwrap_or_default()
}

/// `source` of the CloudEvents attributes: the engine, or a department.
pub(super) fn source(department: Option<&DepartmentId>) -> String {
    department.map_or_else(|| "/jisr/engine".into(), |department| format!("/jisr/departments/{department}"))
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

pub(super) fn short(name: &'static str, value: &str) -> Result<ShortString, WireError> {
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

pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(name: &'static str, text: &str) -> Result<T, WireError> {
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
