//! The author's cases: `<folder>/<operation>/<case>.json`, a request and what must come of it.

use std::collections::BTreeMap;
use std::path::Path;

use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{FaultClass, LegRequest};
use jisr_proto::json::from_json;
use serde::Deserialize;
use serde_json::Value;

use crate::{Trouble, trouble};

/// One request and what must come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name of the file, without its end.
    pub name: String,
    /// The operation.
    pub operation: String,
    /// The request as it is written; ids, times, department and operation are the kit's.
    request: Value,
    /// What must come of it.
    pub expected: Expected,
}

/// What must come of a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expected {
    /// `SUCCEEDED`, `IN_PROGRESS`, `REFUSED`, `INFORMATION_REQUIRED` or `FAILED`.
    pub result: String,
    /// Of a `FAILED`: its class, such as `FAULT_CLASS_MAPPING`.
    #[serde(default)]
    pub fault_class: Option<String>,
    /// Of a `FAILED`: the field that it blames. Of an `INFORMATION_REQUIRED`: one of those it asks for.
    #[serde(default)]
    pub field: Option<String>,
    /// Of a `REFUSED` or `FAILED`: its code.
    #[serde(default)]
    pub code: Option<String>,
    /// After `IN_PROGRESS`: what the department says by itself, and within how many seconds.
    #[serde(default)]
    pub then: Option<Later>,
}

/// What follows by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Later {
    /// `SUCCEEDED`, `REFUSED` or `INFORMATION_REQUIRED`.
    pub result: String,
    /// How long it may take.
    pub within_seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    request: Value,
    expect: Expected,
}

const RESULTS: [&str; 5] = ["SUCCEEDED", "IN_PROGRESS", "REFUSED", "INFORMATION_REQUIRED", "FAILED"];

/// All cases, by operation.
#[derive(Clone, Debug, Default)]
pub struct Cases(BTreeMap<String, Vec<Case>>);

impl Cases {
    /// Reads every case below a folder.
    ///
    /// # Errors
    /// [`Trouble`], naming file and place.
    pub fn read(folder: &Path) -> Result<Self, Trouble> {
        let mut cases = Self::default();
        for operation in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            let of_operation = cases.0.entry(name(&operation)).or_default();
            for file in entries(&operation)? {
                if file.extension().is_some_and(|extension| extension == "json") {
                    of_operation.push(Case::read(&file, &name(&operation))?);
                }
            }
        }
        Ok(cases)
    }

    /// The cases of an operation.
    #[must_use]
    pub fn of(&self, operation: &str) -> &[Case] {
        self.0.get(operation).map_or(&[], Vec::as_slice)
    }

    /// The operations that have any.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, Trouble> {
    let unreadable = |error: std::io::Error| trouble(format!("{}: cannot be read: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Case {
    fn read(path: &Path, operation: &str) -> Result<Self, Trouble> {
        let wrong = |why: &dyn std::fmt::Display| trouble(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let file: File = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        let results = [Some(&file.expect.result), file.expect.then.as_ref().map(|then| &then.result)];
        for result in results.into_iter().flatten() {
            if !RESULTS.contains(&result.as_str()) {
                return Err(wrong(&format!("expect.result: {result} is none of {}", RESULTS.join(", "))));
            }
        }
        if let Some(class) = &file.expect.fault_class
            && FaultClass::from_str_name(class).is_none()
        {
            return Err(wrong(&format!("expect.faultClass: there is no {class}")));
        }
        let case =
            Self { name: name(path), operation: operation.to_owned(), request: file.request, expected: file.expect };
        case.request(0).map_err(|error| wrong(&error.0))?;
        Ok(case)
    }

    /// The request; `{unique}` in any text of it is a number of eight digits.
    pub(crate) fn request(&self, unique: u32) -> Result<LegRequest, Trouble> {
        let text = self.request.to_string().replace("{unique}", &format!("{:08}", unique % 100_000_000));
        from_json(&text).map_err(|error| trouble(format!("request: {error}")))
    }

    /// Whether it ends in an effect.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.expected.result.as_str(), "SUCCEEDED" | "IN_PROGRESS")
    }

    /// Whether it shows a value that does not fit.
    pub(crate) fn is_unmappable(&self) -> bool {
        self.expected.fault_class.as_deref() == Some(FaultClass::Mapping.as_str_name())
    }
}

impl Expected {
    /// What is not as expected of an answer, if anything.
    pub(crate) fn compare(&self, said: &Said) -> Option<String> {
        let found = crate::reply::word(said);
        if found != self.result {
            return Some(format!("answered {}, not {}", crate::reply::shown(said), self.result));
        }
        let (code, fields, class) = match said {
            Said::Refused(refused) => (refused.code.as_str(), Vec::new(), None),
            Said::Failed(failed) => (failed.code.as_str(), vec![failed.field.as_str()], Some(failed.fault_class())),
            Said::InformationRequired(required) => ("", required.fields.iter().map(String::as_str).collect(), None),
            _ => ("", Vec::new(), None),
        };
        let differs = |what: &str, expected: &Option<String>, same: &dyn Fn(&str) -> bool| {
            expected.as_deref().filter(|expected| !same(expected)).map(|expected| format!("{what} is not {expected}"))
        };
        differs("its class", &self.fault_class, &|name| class.is_some_and(|class| class.as_str_name() == name))
            .or_else(|| differs("its field", &self.field, &|name| fields.contains(&name)))
            .or_else(|| differs("its code", &self.code, &|name| code == name))
            .map(|why| format!("answered {}: {why}", crate::reply::shown(said)))
    }
}
