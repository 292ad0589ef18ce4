//! Bytes that are no message of ours, put into a `google.rpc.Status`.

use std::collections::HashMap;

use jisr_core::text::Locale;
use prost::DecodeError;
use prost_reflect::{FieldDescriptor, MessageDescriptor};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::MAX_MESSAGE_BYTES;
use crate::json::DESCRIPTORS;

/// What the description of a [`DecodeError`] begins with.
const PREFIX: &str = "failed to decode Protobuf message: ";

/// The message of this full name does not decode.
pub(crate) fn malformed(message: &str, error: &DecodeError, locale: Locale) -> Status {
    let (path, description) = locate(message, &error.to_string());
    let field = if path.is_empty() { message.to_owned() } else { path };
    let sentence = match locale {
        Locale::Ar => format!("تعذّرت قراءة الحقل {field}: البيانات المرسلة غير صالحة."),
        Locale::En => format!("The field {field} cannot be read: the data sent is not valid."),
    };
    status(&field, &description, &sentence, locale, HashMap::new())
}

/// The message of this full name is longer than we take.
pub(crate) fn too_large(message: &str, bytes: usize, locale: Locale) -> Status {
    let sentence = match locale {
        Locale::Ar => {
            format!("الطلب أكبر من الحد المسموح به ({MAX_MESSAGE_BYTES} بايت). أرسل المستندات بمراجعها لا بمحتواها.")
        }
        Locale::En => format!(
            "The request is larger than allowed ({MAX_MESSAGE_BYTES} bytes). Send documents by reference, not by content."
        ),
    };
    let description = format!("message of {bytes} bytes is larger than {MAX_MESSAGE_BYTES} bytes");
    let limit = HashMap::from([("limit_bytes".to_owned(), MAX_MESSAGE_BYTES.to_string())]);
    status(message, &description, &sentence, locale, limit)
}

fn status(
    field: &str,
    description: &str,
    sentence: &str,
    locale: Locale,
    mut metadata: HashMap<String, String>,
) -> Status {
    metadata.insert("field".to_owned(), field.to_owned());
    let mut details = ErrorDetails::with_error_info("FIELD_INVALID", "jisr", metadata);
    details.add_bad_request_violation(field, description).set_localized_message(locale.tag(), sentence);
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {description}"), details)
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
