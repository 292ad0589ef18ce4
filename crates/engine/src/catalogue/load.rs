//! From a folder of YAML files to a catalogue, or to everything that is wrong with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Catalogue;
use super::common::Departments;
use super::node::Node;
use super::paths::Paths;
use super::place;
use super::report::{LintError, Place, Report, Warning};
use super::service;

/// What all files together gave.
#[derive(Default)]
struct Findings {
    errors: Vec<LintError>,
    warnings: Vec<Warning>,
}

impl Catalogue {
    /// Reads `departments/`, `services/` and `centres/` below `dir`.
    ///
    /// # Errors
    /// Every mistake of every file, in the order of files and lines. YAML that cannot be parsed at all gives one per
    /// file.
    pub fn load(dir: &Path) -> Result<(Self, Vec<Warning>), Vec<LintError>> {
        let mut findings = Findings::default();
        let files = ["departments", "services", "centres"].map(|kind| files(&dir.join(kind), &mut findings));
        let [departments, services, centres] = &files;
        let known: Departments = departments.iter().filter_map(|path| stem(path)).collect();
        let paths = Paths::of_the_schema();

        let departments = read(departments, &mut findings, place::department);
        let services = read(services, &mut findings, |node, report| service::service(node, &known, &paths, report));
        let centres = read(centres, &mut findings, |node, report| place::centre(node, &known, report));
        let Findings { mut errors, mut warnings } = findings;
        if !errors.is_empty() {
            errors.sort();
            return Err(errors);
        }
        warnings.sort();
        let catalogue = Self {
            departments: by_id(departments, |department| department.id.clone()),
            services: by_id(services, |service| service.id.clone()),
            centres: by_id(centres, |centre| centre.id.clone()),
        };
        Ok((catalogue, warnings))
    }
}

fn by_id<K: Ord, T>(items: Vec<T>, id: impl Fn(&T) -> K) -> BTreeMap<K, T> {
    items.into_iter().map(|item| (id(&item), item)).collect()
}

fn stem(path: &Path) -> Option<String> {
    path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned)
}

/// The YAML files of a folder, in the order of their names.
fn files(folder: &Path, findings: &mut Findings) -> Vec<PathBuf> {
    let mut fail = |path: &Path, message: String| {
        findings.errors.push(LintError::new(path, Place::START, "", message));
    };
    let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => {
            fail(folder, format!("the folder cannot be read: {error}"));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for path in entries.into_iter().map(|entry| entry.path()) {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") => files.push(path),
            Some("yml") => fail(&path, "would not be read: name the file .yaml".to_owned()),
            _ => {}
        }
    }
    files.sort();
    files
}

fn read<T>(files: &[PathBuf], findings: &mut Findings, decode: impl Fn(&Node, &mut Report) -> Option<T>) -> Vec<T> {
    let mut items = Vec::new();
    for path in files {
        let mut report = Report::new(path.clone());
        match text(path).and_then(|text| Node::parse(&text)) {
            Ok(node) => items.extend(decode(&node, &mut report)),
            Err((place, message)) => report.error(place, "", message),
        }
        findings.errors.append(&mut report.errors);
        findings.warnings.append(&mut report.warnings);
    }
    items
}

/// The file's text, or the place of the first byte that is none.
fn text(path: &Path) -> Result<String, (Place, String)> {
    let bytes = std::fs::read(path).map_err(|error| (Place::START, format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let place = Place { line: 1 + before.matches('\n').count(), column: 1 + line.chars().count() };
        let byte = error.as_bytes()[good];
        (place, format!("the byte 0x{byte:02X} is not UTF-8: save the file as UTF-8 (it may be windows-1256)"))
    })
}
