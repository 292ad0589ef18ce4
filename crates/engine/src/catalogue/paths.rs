//! Which field paths a leg may need: those of `jisr.v1.Transaction`, read from the schema itself.

use std::collections::BTreeMap;

use jisr_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorSet};

use super::reader::{did_you_mean, nearest};

const ROOT: &str = ".jisr.v1.Transaction";
const STRUCT: &str = ".google.protobuf.Struct";

/// The messages of the schema by full name, each with its fields and the messages those hold.
pub(super) struct Paths(BTreeMap<String, BTreeMap<String, Option<String>>>);

impl Paths {
    /// Reads the descriptors that were compiled in.
    pub(super) fn of_the_schema() -> Self {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("the schema was compiled with this program");
        let mut messages = BTreeMap::new();
        for file in &files.file {
            for message in &file.message_type {
                add(&format!(".{}", file.package()), message, &mut messages);
            }
        }
        Self(messages)
    }

    /// Whether `path` leads to a field; `answer` judges the name of a form's answer.
    ///
    /// The path goes through repeated messages as through single ones; an answer ends it.
    pub(super) fn check(&self, path: &str, answer: impl FnOnce(&str) -> Result<(), String>) -> Result<(), String> {
        let mut message = ROOT;
        let mut steps = path.split('.');
        let mut before = String::new();
        while let Some(step) = steps.next() {
            if step == "*" {
                return Err("name each field: a department sees only what is named".to_owned());
            }
            if message == STRUCT {
                return match (before.as_str(), steps.next()) {
                    ("answers", None) => answer(step),
                    ("answers", Some(_)) => Err(format!("`{before}.{step}` is the whole answer: end the path there")),
                    _ => Err(format!("`{before}` has no fixed fields: end the path there")),
                };
            }
            let Some(fields) = self.0.get(message) else {
                return Err(format!("`{before}` has no fields below it: end the path there"));
            };
            let Some(below) = fields.get(step) else {
                let hint = nearest(step, fields.keys().map(String::as_str)).map_or_else(
                    || format!("its fields are {}", fields.keys().cloned().collect::<Vec<_>>().join(", ")),
                    did_you_mean,
                );
                let of = message.rsplit('.').next().unwrap_or(message);
                return Err(format!("{of} has no field `{step}`; {hint}"));
            };
            message = below.as_deref().unwrap_or_default();
            before = if before.is_empty() { step.to_owned() } else { format!("{before}.{step}") };
        }
        if before == "answers" {
            return Err("name each answer, such as answers.plot_no: a department sees only what is named".to_owned());
        }
        Ok(())
    }
}

fn add(scope: &str, message: &DescriptorProto, messages: &mut BTreeMap<String, BTreeMap<String, Option<String>>>) {
    let name = format!("{scope}.{}", message.name());
    for nested in &message.nested_type {
        add(&name, nested, messages);
    }
    let fields = message.field.iter().map(|field| {
        let below = (field.r#type() == Type::Message).then(|| field.type_name().to_owned());
        (field.name().to_owned(), below)
    });
    messages.insert(name, fields.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Result<(), &str>) {
        let found = Paths::of_the_schema().check(path, |answer| match answer {
            "plot_no" => Ok(()),
            _ => Err("no such answer".to_owned()),
        });
        match (&found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(message), Err(part)) => assert!(message.contains(part), "{path}: {message}"),
            _ => panic!("{path}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_path_leads_to_a_field_of_the_schema() {
        for path in ["reference_no", "applicant.person.names", "applicant.person.names.full_name", "answers.plot_no"] {
            check(path, Ok(()));
        }
        check("aplicant.person", Err("Transaction has no field `aplicant`; did you mean `applicant`?"));
        check("applicant.person.name", Err("did you mean `names`?"));
        check("applicant.person.zzzzzzzzzzzz", Err("its fields are birth_date"));
        check("reference_no.x", Err("`reference_no` has no fields below it"));
        check("answers", Err("name each answer"));
        check("answers.*", Err("name each field"));
        check("answers.colour", Err("no such answer"));
        check("answers.plot_no.x", Err("is the whole answer"));
        check("", Err("Transaction has no field ``"));
    }
}
