//! The pack, version 1: many messages as the body of one, and back. Pure; the bytes are golden (`jisr.adapter.v1.Pack`).

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes};
use jisr_proto::adapter::v1::PackedMessage;
use jisr_proto::convert;
use lapin::BasicProperties;
use prost::{Message as _, decode_length_delimiter};

use super::wire::{self, WireError, parsed, short};
use crate::{Message, TraceContext, kind};

/// What one pack may hold: more gains nothing, and a consumer has as many packs at hand as its prefetch is.
pub(super) const MOST_MESSAGES: u16 = 128;
/// Just below what fits in one frame of the broker (128 KiB).
pub(super) const MOST_BYTES: usize = 120 * 1024;
/// What is taken in one pack, whoever sent it. A few bytes make a message: without a limit, a small pack could fill the
/// memory.
const MOST_TAKEN: usize = 1_024;
/// Bytes of an entry beyond its texts: ids, time, numbers, and what protobuf adds.
const OVERHEAD: usize = 128;
/// Key of `Pack.messages`: field 1, length-delimited.
const MESSAGES: u8 = 0x0a;

/// How much of a pack a message takes, at most.
pub(super) fn weight(message: &Message) -> usize {
    let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
    let trace = text(&message.trace.traceparent) + text(&message.trace.tracestate);
    message.body.len() + message.kind.len() + trace + OVERHEAD
}

/// The body that these messages make.
pub(super) fn encode<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<u8> {
    let mut body = Vec::with_capacity(8 * 1024);
    for message in messages {
        let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        let entry = PackedMessage {
            message_id: message.id.to_string(),
            r#type: message.kind.as_ref().to_owned(),
            correlation_id: message.correlation.map(|id| id.to_string()).unwrap_or_default(),
            attempt: message.attempt,
            republished: message.republished,
            time: Some(convert::timestamp(message.time)),
            traceparent: text(&message.trace.traceparent),
            tracestate: text(&message.trace.tracestate),
            body: message.body.clone(),
        };
        body.put_u8(MESSAGES);
        // A vector grows as it must.
        let _ = entry.encode_length_delimited(&mut body);
    }
    body
}

/// An entry of a pack that is no message: what there is of it, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Garbled {
    entry: PackedMessage,
    pub(super) why: WireError,
}

/// The messages that the body of a pack holds, in their order; so many, if its properties said how many.
pub(super) fn decode(mut body: Bytes, count: Option<i64>) -> Result<Vec<Result<Message, Box<Garbled>>>, WireError> {
    let garbled = |why: &str| WireError::Garbled(kind::PACK, why.to_owned());
    let mut messages = Vec::new();
    while body.has_remaining() {
        let key = decode_length_delimiter(&mut body).map_err(|error| garbled(&error.to_string()))?;
        let length = match key & 7 {
            // A number: a later version's field.
            0 => {
                decode_length_delimiter(&mut body).map_err(|error| garbled(&error.to_string()))?;
                0
            }
            1 => 8,
            2 => decode_length_delimiter(&mut body).map_err(|error| garbled(&error.to_string()))?,
            5 => 4,
            _ => return Err(garbled("not protobuf")),
        };
        if length > body.remaining() {
            return Err(garbled("cut off"));
        }
        let field = body.split_to(length);
        if key == usize::from(MESSAGES) {
            if messages.len() == MOST_TAKEN {
                return Err(garbled("too many messages"));
            }
            messages.push(read(field));
        }
    }
    if messages.is_empty() {
        return Err(garbled("no messages"));
    }
    if count.is_some_and(|count| usize::try_from(count) != Ok(messages.len())) {
        return Err(garbled("it does not have as many messages as it says"));
    }
    Ok(messages)
}

fn read(field: Bytes) -> Result<Message, Box<Garbled>> {
    match PackedMessage::decode(field.clone()) {
        Ok(entry) => message(&entry).map_err(|why| Box::new(Garbled { entry, why })),
        Err(error) => {
            let entry = PackedMessage { body: field, ..PackedMessage::default() };
            Err(Box::new(Garbled { entry, why: WireError::Garbled(kind::PACK, error.to_string()) }))
        }
    }
}

fn message(entry: &PackedMessage) -> Result<Message, WireError> {
    if entry.r#type.is_empty() || entry.r#type == kind::PACK {
        return Err(WireError::Garbled("type", format!("{:?} in a pack", entry.r#type)));
    }
    // What is put aside later must fit a lone message's properties.
    short("type", &entry.r#type)?;
    let time = entry.time.as_ref().ok_or(WireError::Missing("time"))?;
    let given = |text: &str| (!text.is_empty()).then(|| text.into());
    Ok(Message {
        id: parsed("message_id", &entry.message_id)?,
        kind: entry.r#type.as_str().into(),
        correlation: match entry.correlation_id.as_str() {
            "" => None,
            id => Some(parsed("correlation_id", id)?),
        },
        attempt: entry.attempt,
        republished: entry.republished,
        time: convert::time(time),
        trace: TraceContext { traceparent: given(&entry.traceparent), tracestate: given(&entry.tracestate) },
        body: entry.body.clone(),
    })
}

impl Garbled {
    /// It as a message by itself, to be put aside: what can be made of it, sent by whoever sent the pack.
    pub(super) fn alone(self, pack: &BasicProperties) -> (BasicProperties, Bytes) {
        (wire::remains(&self.entry, pack), self.entry.body)
    }
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
