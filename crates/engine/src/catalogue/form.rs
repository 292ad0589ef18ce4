//! A service's form: its JSON Schema (draft 2020-12), compiled once, and what an answer that breaks it is told.

use std::fmt;

use jisr_core::problem::Violation;
use jisr_core::text::LocalizedText;
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::form_lint;
use super::form_rules;
use super::reader::Item;
use super::report::Report;

/// The draft every form is written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Where answers stand in a request.
const ANSWERS: &str = "transaction.answers";

/// A compiled form.
pub struct Form {
    schema: Value,
    validator: Validator,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Form").field(&self.schema).finish()
    }
}

impl Form {
    /// Reads and compiles the `form` table.
    pub(super) fn read(item: &Item<'_>, report: &mut Report) -> Option<Self> {
        let mut schema = item.node.to_json();
        let errors_before = report.errors.len();
        form_lint::check(item, report);
        if let Some(object) = schema.as_object_mut() {
            let draft = object.entry("$schema").or_insert_with(|| DRAFT.into());
            if draft != DRAFT {
                item.error(report, format!("forms are written in JSON Schema draft 2020-12: {DRAFT}"));
                return None;
            }
        }
        let mut sound = true;
        for error in jsonschema::draft202012::meta::validator().iter_errors(&schema) {
            sound = false;
            let (place, path) = in_file(item, &error);
            report.error(place, &path, format!("not a JSON Schema: {}", error.masked()));
        }
        if !sound {
            return None;
        }
        let validator = compile(&schema).map_err(|error| {
            let (place, path) = in_file(item, &error);
            report.error(place, &path, format!("not a JSON Schema: {error}"));
        });
        let form = Self { schema, validator: validator.ok()? };
        form_lint::check_examples(item, &form, report);
        (report.errors.len() == errors_before).then_some(form)
    }

    /// The schema, as front ends get it.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// What is wrong with `answers`: at most one violation per field, in the order of the fields' paths.
    #[must_use]
    pub fn check(&self, answers: &Value) -> Vec<Violation> {
        let mut found: Vec<(u8, Violation)> = Vec::new();
        for error in self.validator.iter_errors(answers) {
            for (path, rule) in form_rules::rules(&error, &self.schema) {
                let label = self.label(&path);
                let violation = Violation::new(dotted(ANSWERS, &path), rule).label(label);
                found.push((form_rules::rank(&violation.rule), violation));
            }
        }
        // A text that is too long mostly breaks its pattern too: the clerk is told the first reason only.
        found.sort_by(|(rank, a), (other, b)| (&a.field, rank).cmp(&(&b.field, other)));
        found.dedup_by(|(_, next), (_, first)| next.field == first.field);
        found.into_iter().map(|(_, violation)| violation).collect()
    }

    /// The field's name on the form, where the schema gives one in both languages.
    fn label(&self, path: &[String]) -> LocalizedText {
        let mut schema = &self.schema;
        for step in path {
            let below = if step.starts_with('[') {
                schema.get("items")
            } else {
                schema.get("properties").and_then(|properties| properties.get(step))
            };
            let Some(below) = below else { return LocalizedText::empty() };
            schema = below;
        }
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        match (text("x-title-ar"), text("title")) {
            (Some(ar), Some(en)) if !path.is_empty() => LocalizedText::bilingual(ar, en),
            _ => LocalizedText::empty(),
        }
    }
}

/// Linear-time patterns, checked formats, and no way out to files or the network.
fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .offline()
        .build(schema)
}

/// The steps to a value: names, and indices in brackets.
pub(super) fn steps(error: &ValidationError<'_>) -> Vec<String> {
    let step = |segment| match segment {
        LocationSegment::Property(name) => name.into_owned(),
        LocationSegment::Index(index) => format!("[{index}]"),
    };
    error.instance_path().segments().map(step).collect()
}

/// `transaction.answers` and the steps, as `transaction.answers.floors[0].area`.
pub(super) fn dotted(root: &str, steps: &[String]) -> String {
    let mut path = root.to_owned();
    for step in steps {
        if !step.starts_with('[') {
            path.push('.');
        }
        path.push_str(step);
    }
    path
}

/// Where in the file the part of the schema stands that an error is about.
fn in_file(form: &Item<'_>, error: &ValidationError<'_>) -> (super::report::Place, String) {
    let steps = steps(error);
    let mut node = form.node;
    for step in &steps {
        let Some(child) = node.child(step.trim_start_matches('[').trim_end_matches(']')) else { break };
        node = child;
    }
    (node.at, dotted(&form.path, &steps))
}
