//! JSON Schemas of the wire contract's messages in their proto3 JSON, with the schema's own comments. Pure.

use std::collections::BTreeMap;

use jisr_proto::json::DESCRIPTORS;
use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

/// The schemas of these messages and of everything in them, by their full names.
pub(crate) fn of(messages: &[&str]) -> Map<String, Value> {
    let mut made = BTreeMap::new();
    for message in messages.iter().filter_map(|name| DESCRIPTORS.get_message_by_name(name)) {
        add_message(&message, &mut made);
    }
    made.into_iter().collect()
}

fn add_message(message: &MessageDescriptor, made: &mut BTreeMap<String, Value>) {
    if made.contains_key(message.full_name()) {
        return;
    }
    // It may hold itself.
    made.insert(message.full_name().to_owned(), Value::Null);
    let properties: Map<String, Value> = message
        .fields()
        .map(|field| {
            let mut schema = of_field(&field, made);
            if let (Some(text), Some(schema)) =
                (comment(&field.parent_message().parent_file(), field.path()), schema.as_object_mut())
                && !schema.contains_key("$ref")
            {
                schema.insert("description".to_owned(), text.into());
            }
            (field.json_name().to_owned(), schema)
        })
        .collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if let Some(text) = comment(&message.parent_file(), message.path()) {
        schema["description"] = text.into();
    }
    made.insert(message.full_name().to_owned(), schema);
}

fn of_field(field: &FieldDescriptor, made: &mut BTreeMap<String, Value>) -> Value {
    if field.is_map() {
        let value = match field.kind() {
            Kind::Message(entry) => of_kind(&entry.map_entry_value_field().kind(), made),
            other => of_kind(&other, made),
        };
        return json!({ "type": "object", "additionalProperties": value });
    }
    let one = of_kind(&field.kind(), made);
    if field.is_list() { json!({ "type": "array", "items": one }) } else { one }
}

fn of_kind(kind: &Kind, made: &mut BTreeMap<String, Value>) -> Value {
    match kind {
        Kind::Double | Kind::Float => json!({ "type": "number" }),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer" }),
        Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "minimum": 0 }),
        // Written as text: JavaScript's numbers are too small for them.
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": ["string", "integer"], "format": "int64" }),
        Kind::Uint64 | Kind::Fixed64 => json!({ "type": ["string", "integer"], "format": "uint64" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Enum(names) => add_enum(names, made),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
            "google.protobuf.Duration" => json!({ "type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$" }),
            "google.protobuf.Struct" => json!({ "type": "object" }),
            "google.protobuf.Value" => json!({}),
            "google.protobuf.ListValue" => json!({ "type": "array" }),
            name => {
                let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
                add_message(message, made);
                reference
            }
        },
    }
}

fn add_enum(names: &EnumDescriptor, made: &mut BTreeMap<String, Value>) -> Value {
    let values: Vec<String> = names.values().map(|value| value.name().to_owned()).collect();
    let mut schema = json!({ "type": "string", "enum": values });
    if let Some(text) = comment(&names.parent_file(), names.path()) {
        schema["description"] = text.into();
    }
    made.insert(names.full_name().to_owned(), schema);
    json!({ "$ref": format!("#/components/schemas/{}", names.full_name()) })
}

/// What stands above a place of a file, on one line.
fn comment(file: &FileDescriptor, path: &[i32]) -> Option<String> {
    let proto = file.file_descriptor_proto();
    let locations = &proto.source_code_info.as_ref()?.location;
    let text = locations.iter().find(|location| location.path == path)?.leading_comments.as_deref()?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let text = lines.join(" ").trim().to_owned();
    (!text.is_empty()).then_some(text)
}
