//! JSON as `google.protobuf.Struct`, for the forms' schemas.

use prost_types::value::Kind;
use prost_types::{ListValue, NullValue, Struct, Value};
use serde_json::Value as Json;

/// A JSON object as a Struct; anything else gives nothing. Numbers become doubles, as a Struct has no others.
pub(super) fn object(json: &Json) -> Option<Struct> {
    let fields = json.as_object()?;
    Some(Struct { fields: fields.iter().map(|(name, json)| (name.clone(), value(json))).collect() })
}

fn value(json: &Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(NullValue::NullValue.into()),
        Json::Bool(yes) => Kind::BoolValue(*yes),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(items) => Kind::ListValue(ListValue { values: items.iter().map(value).collect() }),
        Json::Object(_) => Kind::StructValue(object(json).unwrap_or_default()),
    };
    Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use jisr_proto::json::to_json;
    use jisr_proto::v1::Service;

    use super::*;

    #[test]
    fn a_schema_comes_out_as_it_was_written() {
        let schema: Json = serde_json::from_str(
            r#"{"type":"object","required":["plot_no"],"properties":{"plot_no":{"x-title-ar":"رقم قطعة الأرض",
                "maxLength":8,"minimum":0.25,"default":null,"enum":[],"readOnly":false}}}"#,
        )
        .unwrap();
        let service = Service { form_schema: object(&schema), ..Service::default() };
        let shown: Json = serde_json::from_str(&to_json(&service, false)).unwrap();
        assert_eq!(shown["formSchema"], schema);
        assert_eq!(object(&Json::Null), None);
    }
}
