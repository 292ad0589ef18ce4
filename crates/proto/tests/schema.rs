//! Rules of the schema that lint cannot know.

use jisr_proto::json::DESCRIPTORS;
use prost_reflect::{MessageDescriptor, Value};

fn ours() -> impl Iterator<Item = MessageDescriptor> {
    DESCRIPTORS.all_messages().filter(|message| message.package_name().starts_with("jisr."))
}

#[test]
fn every_field_of_a_resource_says_how_it_is_protected() {
    let sensitivity = DESCRIPTORS.get_extension_by_name("jisr.v1.sensitivity").unwrap();
    let mut unclassified = Vec::new();
    for message in ours().filter(|message| !message.is_map_entry()) {
        // A member of a oneof that is a message is protected field by field inside.
        for field in message.fields().filter(|field| field.containing_oneof().is_none()) {
            if !field.options().has_extension(&sensitivity) {
                unclassified.push(field.full_name().to_owned());
            }
        }
    }
    assert!(unclassified.is_empty(), "no (jisr.v1.sensitivity): {unclassified:#?}");
}

#[test]
fn names_and_identifiers_are_personal() {
    let sensitivity = DESCRIPTORS.get_extension_by_name("jisr.v1.sensitivity").unwrap();
    for (field, expected) in [
        ("jisr.v1.PersonName.full_name", 2),
        ("jisr.v1.Identifier.value", 2),
        ("jisr.v1.Transaction.answers", 2),
        ("jisr.v1.Transaction.priority_grounds", 3),
        ("jisr.v1.Transaction.state", 1),
        ("jisr.adapter.v1.LegRequest.input", 2),
    ] {
        let (message, name) = field.rsplit_once('.').unwrap();
        let field = DESCRIPTORS.get_message_by_name(message).unwrap().get_field_by_name(name).unwrap();
        assert_eq!(field.options().get_extension(&sensitivity).as_ref(), &Value::EnumNumber(expected), "{name}");
    }
}

#[test]
fn money_is_never_a_float() {
    let floats: Vec<_> = ours()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .filter(|field| matches!(field.kind(), prost_reflect::Kind::Float | prost_reflect::Kind::Double))
        .map(|field| field.full_name().to_owned())
        .collect();
    assert!(floats.is_empty(), "{floats:?}");
}
