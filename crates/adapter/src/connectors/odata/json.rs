//! JSON as it comes from a stranger: strict, bounded in depth and number, and every number kept as the text it was written
//! in, so that no digit of a decimal is lost in a float.

use std::fmt;
use std::str;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One JSON value. Objects keep the order of their members; a name occurs once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// Bounds on an answer's shape; its size is bounded by the HTTP client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// Deepest nesting.
    pub depth: usize,
    /// Most values in all.
    pub values: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { depth: 16, values: 50_000 }
    }
}

/// Why a text is not read. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8, the only encoding of JSON between systems (RFC 8259, 8.1).
    #[error("not UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("no valid JSON at line {0}, column {1}")]
    Syntax(usize, usize),
    /// Nested deeper than the limit.
    #[error("nested deeper than {0}")]
    TooDeep(usize),
    /// More values than the limit.
    #[error("holds more than {0} values")]
    TooMany(usize),
    /// A member occurs twice: readers differ in which of them counts.
    #[error("an object holds the same name twice")]
    Twice,
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::Syntax(error.line(), error.column())
    }
}

/// Reads one JSON text.
///
/// # Errors
/// [`JsonError`].
pub fn read_json(bytes: &[u8], limits: JsonLimits) -> Result<Json, JsonError> {
    let text = str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    // A byte order mark is no JSON, and some stacks send one all the same; RFC 8259 lets a reader pass over it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Syntax first, as a whole: this does not recurse.
    let whole: &RawValue = serde_json::from_str(text)?;
    read(whole, 1, limits, &mut 0)
}

fn read(raw: &RawValue, depth: usize, limits: JsonLimits, values: &mut usize) -> Result<Json, JsonError> {
    *values += 1;
    if *values > limits.values {
        return Err(JsonError::TooMany(limits.values));
    }
    let text = raw.get();
    let nested = matches!(text.as_bytes().first(), Some(b'{' | b'['));
    if nested && depth > limits.depth {
        return Err(JsonError::TooDeep(limits.depth));
    }
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text)?;
            let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            if names.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(JsonError::Twice);
            }
            let read = |(name, raw)| Ok((name, read(raw, depth + 1, limits, values)?));
            Json::Object(members.into_iter().map(read).collect::<Result<_, JsonError>>()?)
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            let read = |raw| read(raw, depth + 1, limits, values);
            Json::List(elements.into_iter().map(read).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'n') => Json::Null,
        _ => Json::Number(text.to_owned()),
    })
}

/// The members of an object, each still as it was written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl Json {
    /// The member of that name, unless it is `null`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(known, value)| known == name && *value != Self::Null).map(|(_, value)| value)
    }

    /// The text of that member.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of that member.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The whole number or decimal of that member as text, however the service writes it: OData lets a service write
    /// `Edm.Decimal` and `Edm.Int64` as a number or, where it was asked to, as a string.
    #[must_use]
    pub fn decimal(&self, name: &str) -> Option<&str> {
        let (Self::Number(text) | Self::Text(text)) = self.get(name)? else { return None };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let good = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (text.len() <= 40 && good(whole) && good(fraction)).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json, JsonError> {
        read_json(text.as_bytes(), JsonLimits { depth: 3, values: 10 })
    }

    #[test]
    fn numbers_keep_their_digits() {
        let json =
            read(r#"{"a": 0.10, "b": "123456789012345678901234567890.05", "c": 1e3, "d": -7, "e": "٣"}"#).unwrap();
        assert_eq!(json.decimal("a"), Some("0.10"));
        assert_eq!(json.decimal("b"), Some("123456789012345678901234567890.05"));
        assert_eq!(json.decimal("d"), Some("-7"));
        for none in ["c", "e", "f"] {
            assert_eq!(json.decimal(none), None, "{none}");
        }
    }

    #[test]
    fn values_are_found_by_name_and_kind() {
        let json = read(r#"{"a": "مريم \u0041", "b": true, "c": null, "d": [1, {}]}"#).unwrap();
        assert_eq!((json.text("a"), json.boolean("b"), json.get("c")), (Some("مريم A"), Some(true), None));
        assert_eq!((json.text("b"), json.boolean("a")), (None, None));
        assert_eq!(json.get("d"), Some(&Json::List(vec![Json::Number("1".into()), Json::Object(vec![])])));
        assert_eq!(read("\u{feff} \"a\" "), Ok(Json::Text("a".into())));
    }

    #[test]
    fn hostile_texts_are_refused() {
        let cases = [
            ("{\"a\":{\"b\":{\"c\":{}}}}", JsonError::TooDeep(3)),
            ("[[[[]]]]", JsonError::TooDeep(3)),
            ("[0,0,0,0,0,0,0,0,0,0]", JsonError::TooMany(10)),
            ("{\"a\":1,\"a\":2}", JsonError::Twice),
            ("{\"a\":1,\"\\u0061\":2}", JsonError::Twice),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Err(expected), "{text}");
        }
        let garbage = [
            "",
            "{",
            "{\"a\":}",
            "nul",
            "[1,]",
            "{} {}",
            "NaN",
            "'a'",
            "01",
            "\"\\ud800\"",
            "<html>",
            "\"a\nb\"",
            "{a:1}",
        ];
        for text in garbage {
            assert!(matches!(read(text), Err(JsonError::Syntax(..))), "{text}");
        }
        assert_eq!(read_json(&[b'"', 0xe3, b'"'], JsonLimits::default()), Err(JsonError::NotUtf8));
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(read_json(deep.as_bytes(), JsonLimits::default()), Err(JsonError::TooDeep(16)));
    }
}
