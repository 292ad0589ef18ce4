//! From what a JSON Schema validator says to the rules people are told.

use jisr_core::problem::{Kind, Rule, Thing};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::form::steps;

/// The rules one error stands for, each with the steps to the field it is about.
pub(super) fn rules(error: &ValidationError<'_>, schema: &Value) -> Vec<(Vec<String>, Rule)> {
    let here = steps(error);
    let below = |name: &str| {
        let mut path = here.clone();
        path.push(name.to_owned());
        path
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![(below(property.as_str().unwrap_or_default()), Rule::Required)]
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            unexpected.iter().map(|name| (below(name), Rule::UnknownField)).collect()
        }
        kind => {
            let rule = rule(kind, error.instance(), around(error, schema));
            vec![(here, rule)]
        }
    }
}

/// Which rule of one field is told first.
pub(super) fn rank(rule: &Rule) -> u8 {
    match rule {
        Rule::Required => 0,
        Rule::WrongType { .. } => 1,
        Rule::TooLong { .. } | Rule::TooShort { .. } => 2,
        Rule::Unmet => 4,
        _ => 3,
    }
}

fn rule(kind: &ValidationErrorKind, value: &Value, schema: Option<&Value>) -> Rule {
    use ValidationErrorKind as E;
    let bound = |key: &str| schema.and_then(|schema| schema.get(key)).map(plain);
    match kind {
        // An empty box on a form arrives as null or as empty text.
        E::Type { .. } if value.is_null() => Rule::Required,
        E::MinLength { .. } if value.as_str().is_some_and(str::is_empty) => Rule::Required,
        E::Type { kind } => Rule::WrongType { expected: expected(kind) },
        E::MaxLength { limit } => Rule::TooLong { max: *limit },
        E::MinLength { limit } => Rule::TooShort { min: *limit },
        E::MaxItems { limit } => Rule::TooMany { max: *limit },
        E::MinItems { limit } => Rule::TooFew { min: *limit },
        E::UniqueItems => Rule::Duplicate,
        E::Pattern { .. } => Rule::Pattern { expected: sample(schema) },
        E::Format { format } => {
            thing(format).map_or_else(|| Rule::Pattern { expected: sample(schema) }, |what| Rule::Malformed { what })
        }
        E::Minimum { .. } | E::Maximum { .. } => Rule::OutOfRange { min: bound("minimum"), max: bound("maximum") },
        E::ExclusiveMinimum { limit } => Rule::NotAbove { limit: plain(limit) },
        E::ExclusiveMaximum { limit } => Rule::NotBelow { limit: plain(limit) },
        E::MultipleOf { .. } => Rule::NotMultipleOf { step: bound("multipleOf").unwrap_or_default() },
        E::Enum { options } => {
            let allowed = options.as_array().map(|all| all.iter().map(plain).collect());
            Rule::NotOneOf { allowed: allowed.unwrap_or_default() }
        }
        E::Constant { expected_value } => Rule::NotOneOf { allowed: vec![plain(expected_value)] },
        E::FalseSchema | E::AdditionalItems { .. } | E::UnevaluatedItems { .. } => Rule::NotAllowed,
        _ => Rule::Unmet,
    }
}

/// The part of the schema that holds the keyword an error is about.
fn around<'s>(error: &ValidationError<'_>, schema: &'s Value) -> Option<&'s Value> {
    let (parent, _keyword) = error.schema_path().as_str().rsplit_once('/')?;
    schema.pointer(parent)
}

/// A sample people understand instead of the regular expression they do not.
fn sample(schema: Option<&Value>) -> String {
    let examples = schema.and_then(|schema| schema.get("examples"));
    examples.and_then(|examples| examples.get(0)).map(plain).unwrap_or_default()
}

/// Text without quotes, anything else as JSON writes it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn expected(kind: &TypeKind) -> Kind {
    let first = match kind {
        TypeKind::Single(kind) => Some(*kind),
        TypeKind::Multiple(kinds) => kinds.iter().find(|kind| *kind != JsonType::Null),
    };
    match first {
        Some(JsonType::String) => Kind::Text,
        Some(JsonType::Integer) => Kind::WholeNumber,
        Some(JsonType::Number) => Kind::Number,
        Some(JsonType::Boolean) => Kind::YesNo,
        Some(JsonType::Array) => Kind::List,
        Some(JsonType::Object) => Kind::Group,
        Some(JsonType::Null) | None => Kind::Nothing,
    }
}

fn thing(format: &str) -> Option<Thing> {
    Some(match format {
        "date" => Thing::Date,
        "date-time" => Thing::Timestamp,
        "email" | "idn-email" => Thing::Email,
        "uri" | "iri" => Thing::Uri,
        "uuid" => Thing::Uuid,
        _ => return None,
    })
}
