//! The document of an adapter against AsyncAPI's own schema (`asyncapi/`, from the npm package @asyncapi/specs 6.11.1), and
//! the payloads it describes against messages as they are.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use jisr_conform::asyncapi;
use jisr_proto::adapter::v1::{Effect, LegRequest, Manifest, OperationManifest};
use jisr_proto::json::{from_json, to_json};
use jisr_proto::v1::LocalizedText;
use serde_json::{Value, json};

fn manifest() -> Manifest {
    let title =
        |text: &str, language: &str| LocalizedText { text: text.to_owned(), language_code: language.to_owned() };
    let operation = |id: &str, effect: Effect| OperationManifest {
        operation: id.to_owned(),
        effect: effect.into(),
        call_timeout: Some(prost_types::Duration { seconds: 10, nanos: 0 }),
        compensable: true,
        max_in_flight: 4,
        ..OperationManifest::default()
    };
    Manifest {
        department: "library".to_owned(),
        titles: vec![title("المكتبة العامة", "ar"), title("Public library", "en")],
        system: "Cards, 1998".to_owned(),
        protocol: "HTTP".to_owned(),
        operations: vec![operation("library-card", Effect::Lookup), operation("library-fine", Effect::Once)],
        ..Manifest::default()
    }
}

fn official() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("asyncapi/asyncapi-3.0.0.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn faults(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_document_is_asyncapi_3() {
    let document = asyncapi(&manifest(), "1.2.3");
    assert_eq!(faults(&official(), &document), Vec::<String>::new());
    assert_eq!(document["info"]["title"], "Public library · المكتبة العامة");
    assert_eq!(document["channels"]["requests"]["address"], "jisr.department.library");
    let operations = document["operations"].as_object().unwrap();
    assert_eq!(operations["library-fine"]["x-jisr-operation"]["effect"], "EFFECT_ONCE");
    assert_eq!(operations.len(), 4);
}

#[test]
fn the_official_schema_refuses_what_is_none() {
    let right = asyncapi(&manifest(), "1.2.3");
    for (at, value) in [
        ("/asyncapi", json!("2.6.0")),
        ("/operations/library-card/action", json!("fetch")),
        ("/channels/requests/bindings/amqp/is", json!("topic")),
        ("/info", json!({})),
    ] {
        let mut wrong = right.clone();
        *wrong.pointer_mut(at).unwrap() = value;
        assert_ne!(faults(&official(), &wrong), Vec::<String>::new(), "{at}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_payloads_are_as_described() {
    let document = asyncapi(&manifest(), "1.2.3");
    check_references(&document, &document);
    let mut schema = document["components"]["schemas"]["jisr.adapter.v1.LegRequest"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = r#"{"messageId": "5a0c9f0e-3a57-4e0c-8d6a-0c4f3b1f9e11", "kind": "REQUEST_KIND_EXECUTE", "attempt": 1,
        "executeBefore": "2026-03-01T07:36:00Z", "input": {"answers": {"floors": 2}, "applicant": {"person": {"names":
        [{"languageCode": "ar", "fullName": "مريم راشد"}]}}}, "upstream": {"licence": {"no": "1"}}}"#;
    let request: LegRequest = from_json(text).unwrap();
    let good: Value = serde_json::from_str(&to_json(&request, false)).unwrap();
    assert_eq!(faults(&validator, &good), Vec::<String>::new());
    for (field, value) in [("attempt", json!("one")), ("kind", json!("EXECUTE")), ("input", json!({"applicant": 7}))] {
        let mut bad = good.clone();
        bad[field] = value;
        assert_ne!(faults(&validator, &bad), Vec::<String>::new(), "{field}");
    }
    let described = &document["components"]["schemas"]["jisr.adapter.v1.LegRequest"];
    assert!(described["description"].as_str().unwrap().starts_with("One command to a department"));
    assert!(described["properties"]["executeBefore"]["description"].as_str().unwrap().starts_with("The fence"));
}

fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to} leads nowhere");
            }
            fields.values().for_each(|field| check_references(document, field));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(document, item)),
        _ => {}
    }
}
