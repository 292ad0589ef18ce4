//! What a form must have beyond being a JSON Schema: names in both languages, limits, and no way to lose a digit.
//!
//! JSON Schema ignores keywords it does not know, so `maxLenght` would silently allow any length. Here it is an error.

use serde_json::json;

use super::form::{Form, dotted};
use super::node::{Node, Value};
use super::reader::{Item, did_you_mean, nearest};
use super::report::Report;

/// The keywords a form may use; those of our own begin with `x-`. References are left out: a form reads from top to
/// bottom (YAML anchors serve where a part is needed twice).
const KEYWORDS: [&str; 35] = [
    "$schema",
    "$comment",
    "title",
    "x-title-ar",
    "description",
    "x-description-ar",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "examples",
    "default",
    "enum",
    "x-options",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "dependentRequired",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
];

/// Checks the whole form.
pub(super) fn check(form: &Item<'_>, report: &mut Report) {
    if !matches!(form.node.value, Value::Map(_)) {
        form.error(report, "expected a JSON Schema of an object");
        return;
    }
    keywords(form, report);
    group(form, report);
}

/// Every example must be a good answer: people are shown it as one.
pub(super) fn check_examples(form: &Item<'_>, compiled: &Form, report: &mut Report) {
    let Some(Value::Map(properties)) = form.node.child("properties").map(|node| &node.value) else { return };
    for (key, property) in properties {
        let Some(Value::List(examples)) = property.child("examples").map(|node| &node.value) else { continue };
        for (index, example) in examples.iter().enumerate() {
            let answers = json!({ &key.name: example.to_json() });
            let field = dotted("transaction.answers", std::slice::from_ref(&key.name));
            if let Some(wrong) = compiled.check(&answers).into_iter().find(|violation| violation.field == field) {
                let path = format!("{}.properties.{}.examples[{index}]", form.path, key.name);
                let why = wrong.rule.text(jisr_core::text::Locale::En);
                report.error(example.at, &path, format!("the form itself refuses this example: {why}"));
            }
        }
    }
}

/// An object: closed, and every property of it complete.
fn group(item: &Item<'_>, report: &mut Report) {
    let word = |name: &str| item.node.child(name).map(|node| &node.value);
    if !matches!(word("type"), Some(Value::Text(kind)) if kind == "object") {
        item.error(report, "needs `type: object`");
    }
    if !matches!(word("additionalProperties"), Some(Value::Bool(false))) {
        item.error(report, "needs `additionalProperties: false`: an answer nobody asked for is a mistake");
    }
    let Some(Value::Map(properties)) = word("properties") else {
        item.error(report, "needs `properties`");
        return;
    };
    for (key, node) in properties {
        let path = format!("{}.properties.{}", item.path, key.name);
        let named = key.name.starts_with(|c: char| c.is_ascii_lowercase())
            && key.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !named || key.name.len() > 63 {
            report.error(key.at, &path, "name an answer in lower-case letters, digits and underscores, at most 63");
        }
        property(&Item { node, path }, report);
    }
    if let Some(Value::List(required)) = word("required") {
        for (index, node) in required.iter().enumerate() {
            let Value::Text(name) = &node.value else { continue };
            if !properties.iter().any(|(key, _)| key.name == *name) {
                let hint = nearest(name, properties.iter().map(|(key, _)| key.name.as_str()))
                    .map_or_else(String::new, |name| format!("; {}", did_you_mean(name)));
                report.error(node.at, &format!("{}.required[{index}]", item.path), format!("no such property{hint}"));
            }
        }
    }
}

fn property(item: &Item<'_>, report: &mut Report) {
    titles(item.node, &item.path, ["x-title-ar", "title"], report);
    if item.node.child("description").is_some() || item.node.child("x-description-ar").is_some() {
        titles(item.node, &item.path, ["x-description-ar", "description"], report);
    }
    value(item, report);
}

/// A value of a property or of a list's items.
fn value(item: &Item<'_>, report: &mut Report) {
    let has = |name: &str| item.node.child(name).is_some();
    let kind = match item.node.child("type").map(|node| &node.value) {
        Some(Value::Text(kind)) => kind.as_str(),
        Some(_) => {
            return item.error(report, "give exactly one `type`; an answer that may be left out is not `required`");
        }
        None => return item.error(report, "needs a `type`"),
    };
    match kind {
        "object" => group(item, report),
        "array" => {
            if !has("maxItems") {
                item.error(report, "needs `maxItems`");
            }
            match item.node.child("items") {
                Some(node) => value(&Item { node, path: format!("{}.items", item.path) }, report),
                None => item.error(report, "needs `items`"),
            }
        }
        "number" => {
            item.error(report, "numbers with decimals lose digits: use `string` with a `pattern`, or `integer`")
        }
        "integer" if !has("minimum") || !has("maximum") => item.error(report, "needs `minimum` and `maximum`"),
        "string" if !has("maxLength") && !has("enum") && !has("const") && !has("format") => {
            item.error(report, "needs `maxLength`");
        }
        _ => {}
    }
    let example = item.node.child("examples").is_some_and(|node| node.child("0").is_some());
    if has("pattern") && !example {
        item.error(report, "a `pattern` needs `examples`: people are shown the first one, not the pattern");
    }
    options(item, report);
}

/// The options of a list have names in both languages: `x-options: {villa: {ar: فيلا, en: Villa}}`.
fn options(item: &Item<'_>, report: &mut Report) {
    let Some(Value::List(options)) = item.node.child("enum").map(|node| &node.value) else { return };
    for option in options {
        let Value::Text(name) = &option.value else { continue };
        match item.node.child("x-options").and_then(|names| names.child(name)) {
            Some(node) => titles(node, &format!("{}.x-options.{name}", item.path), ["ar", "en"], report),
            None => item.error(report, format!("`x-options` has no names (ar, en) for `{name}`")),
        }
    }
}

fn titles(node: &Node, path: &str, languages: [&str; 2], report: &mut Report) {
    for language in languages {
        match node.child(language).map(|text| (&text.value, text.at)) {
            Some((Value::Text(text), at)) if text.trim().is_empty() => {
                report.error(at, &format!("{path}.{language}"), "must not be empty");
            }
            Some((Value::Text(text), at)) => {
                if language.ends_with("ar") && !text.chars().any(super::reader::is_arabic) {
                    report.warn(at, &format!("{path}.{language}"), "has no Arabic letter: is this the English text?");
                }
            }
            Some((_, at)) => report.error(at, &format!("{path}.{language}"), "expected text"),
            None => report.error(node.at, &format!("{path}.{language}"), "is missing"),
        }
    }
}

/// Unknown keywords, in this schema and in every schema inside it.
fn keywords(item: &Item<'_>, report: &mut Report) {
    let Value::Map(entries) = &item.node.value else { return };
    for (key, node) in entries {
        let path = format!("{}.{}", item.path, key.name);
        if !KEYWORDS.contains(&key.name.as_str()) {
            let hint = nearest(&key.name, KEYWORDS.into_iter())
                .map_or_else(|| "keywords of your own begin with `x-`".to_owned(), did_you_mean);
            if !key.name.starts_with("x-") {
                report.error(key.at, &path, format!("unknown keyword; {hint}"));
            }
        }
        match key.name.as_str() {
            "properties" => each(node, &path, report),
            "items" | "if" | "then" | "else" => keywords(&Item { node, path }, report),
            "allOf" | "anyOf" | "oneOf" => each(node, &path, report),
            _ => {}
        }
    }
}

fn each(node: &Node, path: &str, report: &mut Report) {
    match &node.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                keywords(&Item { node, path: format!("{path}.{}", key.name) }, report);
            }
        }
        Value::List(items) => {
            for (index, node) in items.iter().enumerate() {
                keywords(&Item { node, path: format!("{path}[{index}]") }, report);
            }
        }
        _ => {}
    }
}
