//! Bytes that are no message of ours, told as problems of the catalogue.

use jisr_core::problem::{Problem, Reason, Rule};
use jisr_core::text::Locale;
use prost::DecodeError;
use prost_reflect::{FieldDescriptor, MessageDescriptor};
use tonic::Status;

use crate::MAX_MESSAGE_BYTES;
use crate::json::DESCRIPTORS;
use crate::status::status;

/// What the description of a [`DecodeError`] begins with.
const PREFIX: &str = "failed to decode Protobuf message: ";
/// How the description of a text that is none reads.
const NOT_UTF8: &str = "not UTF-8";

/// The message of this full name does not decode. Nothing of its content is repeated.
pub(crate) fn malformed(message: &str, error: &DecodeError, locale: Locale) -> Status {
    let (path, description) = locate(message, &error.to_string());
    let problem = if path.is_empty() {
        Problem::new(Reason::MessageMalformed).with("message", message)
    } else {
        let rule =
            if description.contains(NOT_UTF8) { Rule::NotUtf8 } else { Rule::Pattern { expected: String::new() } };
        Problem::field(path.as_str(), rule).with("field", path)
    };
    status(&problem.with("detail", description), locale)
}

/// The message of this full name is longer than we take.
pub(crate) fn too_large(message: &str, bytes: usize, locale: Locale) -> Status {
    let problem = Problem::new(Reason::MessageTooLarge)
        .with("message", message)
        .with("bytes", bytes)
        .with("max_bytes", MAX_MESSAGE_BYTES);
    status(&problem, locale)
}

/// Field path, outermost first, and description of prost's text.
///
/// prost gives the stack only by its `Display`, as `Message.field: ` for each level, innermost first.
/// A text in another shape has no path and is its own description.
fn locate(message: &str, text: &str) -> (String, String) {
    let mut rest = text.strip_prefix(PREFIX).unwrap_or(text);
    let mut levels = Vec::new();
    while let Some((level, tail)) = rest.split_once(": ") {
        let Some((message, field)) = level.split_once('.') else { break };
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name(message) || !is_name(field) {
            break;
        }
        levels.push((message, field));
        rest = tail;
    }
    levels.reverse();
    (path(message, &levels), rest.to_owned())
}

/// Joins the levels. Inside a oneof prost names the oneof; the schema says which member it was, by the message inside.
fn path(message: &str, levels: &[(&str, &str)]) -> String {
    let mut current = DESCRIPTORS.get_message_by_name(message);
    let mut path = Vec::new();
    for (at, (_, name)) in levels.iter().enumerate() {
        let inside = levels.get(at + 1).map(|(message, _)| *message);
        let field = current.as_ref().and_then(|message| {
            message.get_field_by_name(name).or_else(|| {
                let oneof = message.oneofs().find(|oneof| oneof.name() == *name)?;
                oneof.fields().find(|member| member.kind().as_message().map(MessageDescriptor::name) == inside)
            })
        });
        path.push(field.as_ref().map_or(*name, FieldDescriptor::name).to_owned());
        current = field.and_then(|field| field.kind().as_message().cloned());
    }
    path.join(".")
}
