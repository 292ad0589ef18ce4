//! `jisr catalogue lint`: what is wrong with the catalogue's files, and what would be right.

use std::path::{Path, PathBuf};

use jisr_engine::catalogue::{Catalogue, LintError, Place, Warning};
use serde_json::{Value, json};

use super::config;
use crate::cli::Global;
use crate::compose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Mood, Output, one_field, paint};

/// Errors end with exit 9, warnings with 0.
pub(super) fn lint(global: &Global, dir: Option<PathBuf>, output: Output) -> Result<Exit, Failure> {
    let dir = match dir {
        Some(dir) => dir,
        None => config::load(global)?.settings().catalogue.path.clone(),
    };
    let findings = Findings::of(&dir);
    match output.format {
        Format::Json => output.result(findings.to_json())?,
        Format::Plain => output.results(findings.all.iter().map(Finding::plain))?,
        Format::Human => output.results(findings.all.iter().map(Finding::human))?,
    }
    output.talk(findings.summary(&dir))?;
    Ok(if findings.errors() == 0 { Exit::Ok } else { Exit::Verification })
}

/// All there is to say about a catalogue.
pub(super) struct Findings {
    all: Vec<Finding>,
    /// Departments, services, centres; nothing where errors stand in the way.
    counts: Option<[usize; 3]>,
}

struct Finding {
    is_error: bool,
    file: PathBuf,
    place: Place,
    field: String,
    message: String,
}

impl Findings {
    pub(super) fn of(dir: &Path) -> Self {
        match Catalogue::load(dir) {
            Ok((catalogue, warnings)) => {
                let unserved = catalogue.without_adapter(compose::compiled_in());
                let counts = [catalogue.departments().len(), catalogue.services().len(), catalogue.centres().len()];
                Self { all: warnings.into_iter().chain(unserved).map(Into::into).collect(), counts: Some(counts) }
            }
            Err(errors) => Self { all: errors.into_iter().map(Into::into).collect(), counts: None },
        }
    }

    pub(super) fn errors(&self) -> usize {
        self.all.iter().filter(|finding| finding.is_error).count()
    }

    pub(super) fn warnings(&self) -> usize {
        self.all.len() - self.errors()
    }

    /// The first error, on one line.
    pub(super) fn first_error(&self) -> Option<String> {
        self.all.iter().find(|finding| finding.is_error).map(Finding::human)
    }

    pub(super) fn summary(&self, dir: &Path) -> String {
        let dir = dir.display();
        let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        match self.counts {
            None => format!("{dir}: {}", plural(self.errors(), "error")),
            Some([departments, services, centres]) => format!(
                "{dir}: {}, {}, {}: no errors, {}",
                plural(departments, "department"),
                plural(services, "service"),
                plural(centres, "centre"),
                plural(self.warnings(), "warning")
            ),
        }
    }

    fn to_json(&self) -> Value {
        let of = |is_error: bool| -> Value {
            self.all.iter().filter(|finding| finding.is_error == is_error).map(Finding::to_json).collect()
        };
        let mut whole = json!({ "errors": of(true), "warnings": of(false) });
        if let Some([departments, services, centres]) = self.counts {
            whole["departments"] = departments.into();
            whole["services"] = services.into();
            whole["centres"] = centres.into();
        }
        whole
    }
}

impl Finding {
    /// `file:line:column: field: what to do`, as compilers write it and editors jump to.
    fn human(&self) -> String {
        let Self { file, place, field, message, .. } = self;
        let at = format!("{}:{}:{}:", file.display(), place.line, place.column);
        let kind = if self.is_error { String::new() } else { format!("{} ", paint("warning:", Mood::Waiting)) };
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        format!("{} {kind}{field}{message}", paint(&at, Mood::Heading))
    }

    fn plain(&self) -> String {
        let kind = if self.is_error { "error" } else { "warning" };
        let file = self.file.display().to_string();
        let fields =
            [kind, &file, &self.place.line.to_string(), &self.place.column.to_string(), &self.field, &self.message];
        fields.map(one_field).join("\t")
    }

    fn to_json(&self) -> Value {
        json!({
            "file": self.file.display().to_string(),
            "line": self.place.line,
            "column": self.place.column,
            "field": self.field,
            "message": self.message,
        })
    }
}

macro_rules! finding {
    ($($kind:ty => $is_error:literal;)*) => {$(
        impl From<$kind> for Finding {
            fn from(found: $kind) -> Self {
                Self {
                    is_error: $is_error,
                    file: found.file().to_owned(),
                    place: found.place(),
                    field: found.field().to_owned(),
                    message: found.message().to_owned(),
                }
            }
        }
    )*};
}

finding! {
    LintError => true;
    Warning => false;
}
