//! The request to a department's adapter: only what its leg may see.
//!
//! The submitted half was encoded once, at submission. What the leg needs of it is cut out of those bytes and put
//! into the request as it is: nothing is decoded and encoded again.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bytes::{BufMut, Bytes, BytesMut};
use jisr_core::case::{Case, RequestKind};
use jisr_core::id::{MessageId, TransactionId};
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::{convert, v1};
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::needs::Mask;

/// `LegRequest.input`.
const INPUT: u32 = 11;

/// A request about to be sent.
pub(crate) struct Sent<'a> {
    pub(crate) id: TransactionId,
    pub(crate) message: MessageId,
    pub(crate) reference_no: &'a str,
    /// The submitted half, encoded.
    pub(crate) content: &'a Bytes,
    pub(crate) case: &'a Case,
    pub(crate) leg: u16,
    pub(crate) kind: RequestKind,
    pub(crate) now: Timestamp,
}

/// What dispatch reads of the submitted half.
#[derive(Clone, PartialEq, prost::Message)]
struct Header {
    #[prost(message, repeated, tag = "21")]
    legs: Vec<v1::Leg>,
    #[prost(string, tag = "25")]
    preferred_language_code: String,
}

/// Encodes the request.
pub(crate) fn encode(sent: &Sent<'_>) -> Bytes {
    let leg = &sent.case.legs[usize::from(sent.leg)];
    let header = Header::decode(sent.content.clone()).unwrap_or_default();
    let needs = header.legs.get(usize::from(sent.leg)).map(|leg| leg.needs.as_slice()).unwrap_or_default();
    let input = mask(needs).apply(sent.content);
    let known = leg.progress.outcome.as_ref().and_then(|outcome| wire::Succeeded::decode(outcome.clone()).ok());
    let request = wire::LegRequest {
        message_id: sent.message.to_string(),
        transaction: sent.id.to_string(),
        reference_no: sent.reference_no.to_owned(),
        leg: leg.id.to_string(),
        department: leg.department.to_string(),
        operation: leg.operation.to_string(),
        kind: convert::request_kind(sent.kind).into(),
        attempt: leg.progress.attempt,
        dispatch_time: Some(convert::timestamp(sent.now)),
        execute_before: leg.progress.execute_before.map(convert::timestamp),
        input: None,
        preferred_language_code: header.preferred_language_code,
        legacy_refs: known.map(|known| known.legacy_refs).unwrap_or_default(),
        upstream: upstream(sent.case, &leg.depends_on),
    };
    let mut body = BytesMut::with_capacity(request.encoded_len() + input.len() + 8);
    request.encode_raw(&mut body);
    encode_key(INPUT, WireType::LengthDelimited, &mut body);
    encode_varint(input.len() as u64, &mut body);
    body.put(input);
    body.freeze()
}

/// The outcomes of the legs this one depends on, by leg.
fn upstream(case: &Case, depends_on: &[u16]) -> Option<Struct> {
    let fields: std::collections::BTreeMap<_, _> = depends_on
        .iter()
        .filter_map(|on| case.legs.get(usize::from(*on)))
        .filter_map(|leg| {
            let answer = wire::Succeeded::decode(leg.progress.outcome.clone()?).ok()?;
            Some((leg.id.to_string(), Value { kind: Some(Kind::StructValue(answer.outcome?)) }))
        })
        .collect();
    (!fields.is_empty()).then_some(Struct { fields })
}

/// Masks by the needs they were made of: a handful, one per step of a catalogue.
static MASKS: LazyLock<RwLock<HashMap<Vec<String>, Arc<Mask>>>> = LazyLock::new(RwLock::default);

fn mask(needs: &[String]) -> Arc<Mask> {
    if let Some(mask) = MASKS.read().unwrap_or_else(PoisonError::into_inner).get(needs) {
        return mask.clone();
    }
    let mask = Arc::new(Mask::compile(needs).unwrap_or_else(|error| {
        // The catalogue's lint refuses such a path; a department never sees more for an error of ours.
        tracing::error!(error, "needs not understood, nothing is passed on");
        Mask::default()
    }));
    MASKS.write().unwrap_or_else(PoisonError::into_inner).insert(needs.to_vec(), mask.clone());
    mask
}
