//! `google.protobuf.Struct` as JSON, for checking it against a schema. Bounded in depth and length, and exact: what
//! JSON cannot say is refused, never changed.

use std::fmt::Write as _;

use jisr_core::problem::{Kind as Type, Rule};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::{Map, Number, Value as Json};

/// Deepest nesting, the outermost group counted.
const MAX_DEPTH: usize = 16;
/// Longest text, in characters.
const MAX_TEXT: usize = 10_000;
/// Longest name of a member, in characters.
const MAX_NAME: usize = 100;
/// Below it in size a double holds every whole number exactly (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The first value found that cannot be taken.
#[derive(Debug, PartialEq)]
pub(super) struct Unfit {
    /// Path within the Struct, `.floors[0].area`; empty for the whole.
    pub(super) path: String,
    /// What is wrong with it.
    pub(super) rule: Rule,
}

/// The Struct as a JSON object. Whole numbers become integers.
///
/// # Errors
/// [`Unfit`]: nested deeper than 16, a text over 10 000 characters or with control characters other than tab and line
/// ends, a name over 100 characters, a number that is none or infinite.
pub(super) fn to_json(given: &Struct) -> Result<Json, Unfit> {
    group(given, MAX_DEPTH)
}

/// `room` is how many levels there may still be, this one counted: it ends the recursion.
fn group(given: &Struct, room: usize) -> Result<Json, Unfit> {
    let room = room.checked_sub(1).ok_or(Unfit::here(Rule::NotAllowed))?;
    let mut members = Map::new();
    for (name, member) in &given.fields {
        // The name itself is not repeated in a message: it may be of any length and content.
        if longer(name, MAX_NAME) || name.chars().any(char::is_control) {
            return Err(Unfit::here(Rule::UnknownField));
        }
        let member = value(member, room).map_err(|unfit| unfit.below(|path| write!(path, ".{name}")))?;
        members.insert(name.clone(), member);
    }
    Ok(Json::Object(members))
}

fn value(given: &Value, room: usize) -> Result<Json, Unfit> {
    Ok(match &given.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::Bool(*value),
        Some(Kind::NumberValue(value)) => Json::Number(number(*value)?),
        Some(Kind::StringValue(text)) => Json::String(checked(text)?.to_owned()),
        Some(Kind::StructValue(inner)) => group(inner, room)?,
        Some(Kind::ListValue(list)) => {
            let room = room.checked_sub(1).ok_or(Unfit::here(Rule::NotAllowed))?;
            let items =
                list.values.iter().enumerate().map(|(index, item)| {
                    value(item, room).map_err(|unfit| unfit.below(|path| write!(path, "[{index}]")))
                });
            Json::Array(items.collect::<Result<_, _>>()?)
        }
    })
}

fn number(value: f64) -> Result<Number, Unfit> {
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
        return Ok(Number::from(value as i64));
    }
    Number::from_f64(value).ok_or(Unfit::here(Rule::WrongType { expected: Type::Number }))
}

fn checked(text: &str) -> Result<&str, Unfit> {
    if longer(text, MAX_TEXT) {
        return Err(Unfit::here(Rule::TooLong { max: MAX_TEXT as u64 }));
    }
    // No department's system takes them, and XML 1.0 cannot even carry them.
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(Unfit::here(Rule::Pattern { expected: String::new() }));
    }
    Ok(text)
}

/// Counts characters only where the bytes leave a doubt.
fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

impl Unfit {
    fn here(rule: Rule) -> Self {
        Self { path: String::new(), rule }
    }

    fn below(mut self, step: impl FnOnce(&mut String) -> std::fmt::Result) -> Self {
        let inner = std::mem::take(&mut self.path);
        step(&mut self.path).expect("a text grows");
        self.path.push_str(&inner);
        self
    }
}

/// A JSON object as a Struct; nothing when it is no object, nests too deep, or has a number that no double holds
/// exactly. Only tests make a Struct of JSON here: what front ends send has been one all along.
#[cfg(test)]
pub(super) fn from_json(object: &Json) -> Option<Struct> {
    fn group(object: &Map<String, Json>, room: usize) -> Option<Struct> {
        let room = room.checked_sub(1)?;
        let fields = object.iter().map(|(name, member)| Some((name.clone(), value(member, room)?)));
        Some(Struct { fields: fields.collect::<Option<_>>()? })
    }
    fn value(json: &Json, room: usize) -> Option<Value> {
        let kind = match json {
            Json::Null => Kind::NullValue(0),
            Json::Bool(value) => Kind::BoolValue(*value),
            Json::Number(number) => {
                let double = number.as_f64()?;
                let same = self::number(double).ok()? == *number || number.is_f64();
                Kind::NumberValue(same.then_some(double)?)
            }
            Json::String(text) => Kind::StringValue(text.clone()),
            Json::Array(items) => {
                let room = room.checked_sub(1)?;
                let values = items.iter().map(|item| value(item, room)).collect::<Option<_>>()?;
                Kind::ListValue(prost_types::ListValue { values })
            }
            Json::Object(object) => Kind::StructValue(group(object, room)?),
        };
        Some(Value { kind: Some(kind) })
    }
    group(object.as_object()?, MAX_DEPTH)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_comes_back_as_it_was() {
        let given = json!({
            "plot_no": "345-0678", "floors": 2, "area": 512.25, "deep": {"list": [null, true, -1, {"و": "فيلا\nثانية"}]},
            "exact": 9_007_199_254_740_991_i64, "empty": {}, "none": []
        });
        assert_eq!(to_json(&from_json(&given).unwrap()).unwrap(), given);
        assert_eq!(from_json(&json!([])), None);
        assert_eq!(from_json(&json!({"n": 9_007_199_254_740_993_i64})), None, "a double cannot hold it");
    }

    #[test]
    fn whole_numbers_are_integers() {
        for (double, expected) in [(2.0, json!(2)), (-0.0, json!(0)), (2.5, json!(2.5)), (1e300, json!(1e300))] {
            assert_eq!(number(double).map(Json::Number).unwrap(), expected);
        }
        for double in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(number(double).is_err());
        }
    }

    fn check(member: Value, path: &str, rule: Rule) {
        let given = Struct { fields: [("a".to_owned(), member)].into() };
        assert_eq!(to_json(&given), Err(Unfit { path: path.to_owned(), rule }));
    }

    fn text(text: impl Into<String>) -> Value {
        Value { kind: Some(Kind::StringValue(text.into())) }
    }

    fn list(values: Vec<Value>) -> Value {
        Value { kind: Some(Kind::ListValue(prost_types::ListValue { values })) }
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        let nan = Value { kind: Some(Kind::NumberValue(f64::NAN)) };
        check(list(vec![text("ب"), list(vec![nan])]), ".a[1][0]", Rule::WrongType { expected: Type::Number });
        check(text("ب".repeat(10_001)), ".a", Rule::TooLong { max: 10_000 });
        check(text("x\0"), ".a", Rule::Pattern { expected: String::new() });
        let inner = Struct { fields: [("ط".repeat(101), text("x"))].into() };
        check(Value { kind: Some(Kind::StructValue(inner)) }, ".a", Rule::UnknownField);
        assert!(to_json(&Struct { fields: [("a".to_owned(), text("ب".repeat(10_000)))].into() }).is_ok());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| (0..levels).fold(text("x"), |inner, _| list(vec![inner]));
        let of = |member| Struct { fields: [("a".to_owned(), member)].into() };
        assert!(to_json(&of(nested(MAX_DEPTH - 1))).is_ok());
        check(nested(MAX_DEPTH), &format!(".a{}", "[0]".repeat(MAX_DEPTH - 1)), Rule::NotAllowed);
        assert!(to_json(&of(nested(500))).is_err());
    }
}
