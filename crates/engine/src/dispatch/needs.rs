//! What of an application one department may see: the fields its leg names, cut out of the encoded bytes.
//!
//! Works on the wire format and never decodes: a field added to the schema needs no line here. What is not named is
//! not passed on, unknown fields included. No value is read except the keys of a Struct.

use bytes::Bytes;
use jisr_proto::json::DESCRIPTORS;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};

const ROOT: &str = "jisr.v1.Transaction";
const STRUCT: &str = "google.protobuf.Struct";

/// `Struct.fields`, each an entry of a map.
const ENTRIES: u32 = 1;
/// The key within an entry of a map.
const KEY: u32 = 1;

/// The fields of `jisr.v1.Transaction` to keep; without any, nothing is kept. Compiled once, applied to every request.
#[derive(Debug, Default)]
pub(crate) struct Mask(Vec<Field>);

#[derive(Debug)]
struct Field {
    number: u32,
    repeated: bool,
    keep: Keep,
}

/// How much of a field to keep.
#[derive(Debug)]
enum Keep {
    Whole,
    /// Of the message it holds, these fields.
    Below(Vec<Field>),
    /// Of the Struct it holds, the members of these names.
    Members(Vec<String>),
}

impl Mask {
    /// Compiles paths such as `applicant.person.names`, `evidence` or `answers.plot_no`.
    ///
    /// A path leads through repeated messages into each of them, through a oneof only into the member named, and may
    /// end with one member of a Struct.
    ///
    /// # Errors
    /// The first path that is not one, and why, in English for the catalogue's author.
    pub(crate) fn compile(needs: &[String]) -> Result<Self, String> {
        let mut mask = Self::default();
        for path in needs {
            let (steps, member) = resolve(path)?;
            insert(&mut mask.0, &steps, member);
        }
        Ok(mask)
    }

    /// Copies what is named out of an encoded transaction: the encoding of one in which all else is absent. A message
    /// of which nothing is left is left out too, unless it is one of several.
    ///
    /// Meant for bytes of our own making: of others it copies what comes before the first that is malformed.
    pub(crate) fn apply(&self, content: &[u8]) -> Bytes {
        let mut kept = Vec::with_capacity(content.len());
        copy_fields(&self.0, content, &mut kept);
        kept.into()
    }
}

/// One step of a path.
struct Step {
    number: u32,
    repeated: bool,
}

/// The field numbers of a path, and the name of the Struct's member at its end, if any.
fn resolve(path: &str) -> Result<(Vec<Step>, Option<&str>), String> {
    let mut message = DESCRIPTORS.get_message_by_name(ROOT);
    let mut steps = Vec::new();
    let mut names = path.split('.');
    while let Some(name) = names.next() {
        let Some(within) = message else {
            return Err(format!("`{path}`: nothing lies below the field before `{name}`"));
        };
        let field = within.get_field_by_name(name);
        let field = field.ok_or_else(|| format!("`{path}`: {} has no field `{name}`", within.name()))?;
        steps.push(Step { number: field.number(), repeated: field.is_list() });
        // The entries of a map are no fields that could be named.
        message = if field.is_map() { None } else { field.kind().as_message().cloned() };
        if message.as_ref().is_some_and(|message| message.full_name() == STRUCT) {
            let member = names.next();
            return match names.next() {
                None => Ok((steps, member)),
                Some(_) => Err(format!("`{path}`: a member of `{name}` is kept whole or not at all")),
            };
        }
    }
    Ok((steps, None))
}

/// Adds a path to what is kept. The wider of two paths wins.
fn insert(fields: &mut Vec<Field>, steps: &[Step], member: Option<&str>) {
    let [step, below @ ..] = steps else { return };
    let at = fields.iter().position(|field| field.number == step.number).unwrap_or_else(|| {
        let keep = if below.is_empty() { Keep::Members(Vec::new()) } else { Keep::Below(Vec::new()) };
        fields.push(Field { number: step.number, repeated: step.repeated, keep });
        fields.len() - 1
    });
    let keep = &mut fields[at].keep;
    match (&mut *keep, member) {
        (Keep::Whole, _) => {}
        (Keep::Below(fields), _) if !below.is_empty() => insert(fields, below, member),
        (Keep::Members(members), Some(member)) => members.push(member.to_owned()),
        _ => *keep = Keep::Whole,
    }
}

/// Copies those of the message's fields that are kept.
fn copy_fields(fields: &[Field], mut message: &[u8], kept: &mut Vec<u8>) {
    while let Some(record) = next(&mut message) {
        let Some(field) = fields.iter().find(|field| field.number == record.number) else { continue };
        match (&field.keep, record.payload) {
            (Keep::Whole, _) => kept.extend_from_slice(record.bytes),
            (Keep::Below(below), Some(inner)) => nest(field, inner, kept, |kept| copy_fields(below, inner, kept)),
            (Keep::Members(names), Some(inner)) => nest(field, inner, kept, |kept| copy_members(names, inner, kept)),
            // Not encoded as the message it should be: nothing in it can be told apart.
            (_, None) => {}
        }
    }
}

/// Copies those members of a Struct that are named.
fn copy_members(names: &[String], mut members: &[u8], kept: &mut Vec<u8>) {
    while let Some(record) = next(&mut members) {
        let Some(mut entry) = record.payload.filter(|_| record.number == ENTRIES) else { continue };
        // Should the key stand twice, the last counts, as for any decoder.
        let mut key: &[u8] = b"";
        while let Some(part) = next(&mut entry) {
            if part.number == KEY {
                key = part.payload.unwrap_or_default();
            }
        }
        if names.iter().any(|name| name.as_bytes() == key) {
            kept.extend_from_slice(record.bytes);
        }
    }
}

/// Writes what `copy` leaves of a message in the field's place.
fn nest(field: &Field, inner: &[u8], kept: &mut Vec<u8>, copy: impl FnOnce(&mut Vec<u8>)) {
    let start = kept.len();
    copy(kept);
    let length = kept.len() - start;
    // Even that the message was there is more than was named; among several it keeps its place.
    if length == 0 && !inner.is_empty() && !field.repeated {
        return;
    }
    // Its length is known only now, so the header is written behind and turned to the front.
    encode_key(field.number, WireType::LengthDelimited, kept);
    encode_varint(length as u64, kept);
    kept[start..].rotate_left(length);
}

/// One field as it is on the wire.
struct Record<'a> {
    number: u32,
    /// The whole of it, key included.
    bytes: &'a [u8],
    /// The content of a text, message or packed list.
    payload: Option<&'a [u8]>,
}

/// Takes the next field off; nothing at the end, or where the bytes are malformed.
fn next<'a>(rest: &mut &'a [u8]) -> Option<Record<'a>> {
    let start = *rest;
    if start.is_empty() {
        return None;
    }
    let (number, wire_type) = decode_key(rest).ok()?;
    let mut payload = None;
    if wire_type == WireType::LengthDelimited {
        let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
        let (content, after) = rest.split_at_checked(length)?;
        (payload, *rest) = (Some(content), after);
    } else {
        skip_field(wire_type, number, rest, DecodeContext::default()).ok()?;
    }
    Some(Record { number, bytes: &start[..start.len() - rest.len()], payload })
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
