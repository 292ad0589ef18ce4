//! The proto3 JSON mapping of our messages: for the command line, REST, and adapters that speak JSON.

use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::ser::{CompactFormatter, PrettyFormatter, Serializer};

use crate::FILE_DESCRIPTOR_SET;
use crate::json_numbers::ShortNumbers;

/// The schema, ready for reflection; parsed once, on first use.
pub static DESCRIPTORS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the build wrote a sound descriptor set"));

/// The JSON is not a message of the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}, field {}: {reason}", if .field.is_empty() { "(the whole)" } else { .field.as_str() })]
pub struct JsonError {
    /// Line of the text, from 1.
    pub line: usize,
    /// Column of the line in bytes, from 1; 0 at the very start of a line.
    pub column: usize,
    /// Path in the JSON, for instance `applicant.person.names[0].fullName`; empty for the whole.
    pub field: String,
    /// What is wrong, in English; it may quote the value.
    pub reason: String,
}

/// Reads a message from its proto3 JSON. Names may be in `lowerCamelCase` or as in the schema; unknown names are errors.
///
/// # Errors
/// [`JsonError`] with the place.
pub fn from_json<T: Message + Default + Name>(text: &str) -> Result<T, JsonError> {
    read(text, true)
}

/// The same for what programs of another version write: names that are not known are passed over, as in protobuf.
///
/// # Errors
/// [`JsonError`] with the place.
pub fn from_json_of_any_version<T: Message + Default + Name>(text: &str) -> Result<T, JsonError> {
    read(text, false)
}

fn read<T: Message + Default + Name>(text: &str, strict: bool) -> Result<T, JsonError> {
    let options = DeserializeOptions::new().deny_unknown_fields(strict);
    let mut json = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let source = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let message = DynamicMessage::deserialize_with_options(descriptor::<T>(), source, &options);
    let message = message.and_then(|message| json.end().map(|()| message));
    let message = message.map_err(|error| located(&error, &track.path().to_string()))?;
    Ok(message.transcode_to().expect("the descriptor is the one the type was generated from"))
}

/// Writes a message as its proto3 JSON: `lowerCamelCase`, enums by name, timestamps in RFC 3339, default values left out.
/// `pretty` indents by two spaces.
#[must_use]
pub fn to_json<T: Message + Name>(message: &T, pretty: bool) -> String {
    let mut dynamic = DynamicMessage::new(descriptor::<T>());
    dynamic.transcode_from(message).expect("the descriptor is the one the type was generated from");
    let mut bytes = Vec::new();
    let options = SerializeOptions::new();
    let written = if pretty {
        let format = ShortNumbers(PrettyFormatter::new());
        dynamic.serialize_with_options(&mut Serializer::with_formatter(&mut bytes, format), &options)
    } else {
        let format = ShortNumbers(CompactFormatter);
        dynamic.serialize_with_options(&mut Serializer::with_formatter(&mut bytes, format), &options)
    };
    written.expect("writing to memory does not fail, and no generated message holds an Any of unknown type");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

fn descriptor<T: Name>() -> MessageDescriptor {
    DESCRIPTORS.get_message_by_name(&T::full_name()).expect("every generated type is in the descriptor set")
}

fn located(error: &serde_json::Error, path: &str) -> JsonError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let reason = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    // The tracker writes "." for the whole and "?" for a step it did not get to see.
    let mut field = path.trim_end_matches(['.', '?']).to_owned();
    // The path ends at the object that holds the unknown name; the person looks for the name.
    if let Some(name) = reason.strip_prefix("unrecognized field name '").and_then(|rest| rest.strip_suffix('\'')) {
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
    }
    JsonError { line, column, field, reason: reason.to_owned() }
}
