//! The layers as they are written: files, environment variables and `key=value` arguments, each turned into entries.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::{ConfigError, Origin};

/// What a process may be configured from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Files that must exist, the later over the earlier. When there are none, `search` is used.
    pub files: Vec<PathBuf>,
    /// Files read where they exist, the later over the earlier.
    pub search: Vec<PathBuf>,
    /// The environment; only names that begin with `JISR__` count.
    pub environment: Vec<(OsString, OsString)>,
    /// `section.key=value` from the command line, the last layer.
    pub overrides: Vec<String>,
}

/// One value that a layer sets. The last entry of a path wins.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) path: Vec<String>,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

impl Entry {
    pub(super) fn key(&self) -> String {
        self.path.join(".")
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError { origin: self.origin.clone(), key: self.key(), message: message.into() }
    }
}

const PREFIX: &str = "JISR__";

impl Sources {
    /// This process's environment, the given files (or `/etc/jisr/jisr.toml` and `./jisr.toml` where they
    /// exist) and the given `key=value` arguments.
    #[must_use]
    pub fn of_this_process(files: Vec<PathBuf>, overrides: Vec<String>) -> Self {
        let search = vec![PathBuf::from("/etc/jisr/jisr.toml"), PathBuf::from("jisr.toml")];
        Self { files, search, environment: std::env::vars_os().collect(), overrides }
    }

    /// Every layer's entries, the weakest layer first; what cannot be read goes to `errors`.
    pub(super) fn entries(&self, defaults: &Table, errors: &mut Vec<ConfigError>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for path in &self.files {
            read_file(path, &mut entries, errors);
        }
        if self.files.is_empty() {
            for path in self.search.iter().filter(|path| path.exists()) {
                read_file(path, &mut entries, errors);
            }
        }
        for (name, value) in &self.environment {
            read_variable(name, value, defaults, &mut entries, errors);
        }
        for text in &self.overrides {
            read_override(text, defaults, &mut entries, errors);
        }
        entries
    }
}

fn read_file(path: &Path, entries: &mut Vec<Entry>, errors: &mut Vec<ConfigError>) {
    let origin = |line| Origin::File { path: path.to_owned(), line };
    let mut fail = |line, message: String| {
        errors.push(ConfigError { origin: origin(line), key: String::new(), message });
    };
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            return fail(line_of(before), "not UTF-8 text: save the file as UTF-8".to_owned());
        }
        Err(error) => return fail(1, format!("cannot be read: {error}")),
    };
    match (toml::from_str::<Table>(&text), DeTable::parse(&text)) {
        (Ok(table), Ok(spans)) => {
            let mut lines = BTreeMap::new();
            record_lines(&mut Vec::new(), spans.get_ref(), &text, &mut lines);
            let line = |path: &[String]| lines.get(path).copied().unwrap_or(1);
            flatten(&mut Vec::new(), &table, &mut |path, value| {
                entries.push(Entry { path: path.to_vec(), value: value.clone(), origin: origin(line(path)) });
            });
        }
        (Err(error), _) | (_, Err(error)) => {
            let line = error.span().map_or(1, |span| line_of(&text.as_bytes()[..span.start]));
            fail(line, format!("not TOML: {}", error.message()));
        }
    }
}

fn line_of(before: &[u8]) -> usize {
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn record_lines(path: &mut Vec<String>, table: &DeTable<'_>, text: &str, lines: &mut BTreeMap<Vec<String>, usize>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        lines.insert(path.clone(), line_of(&text.as_bytes()[..key.span().start]));
        if let DeValue::Table(inner) = value.get_ref() {
            record_lines(path, inner, text, lines);
        }
        path.pop();
    }
}

/// Calls `leaf` for every value that is not a table with something in it.
pub(super) fn flatten(path: &mut Vec<String>, table: &Table, leaf: &mut dyn FnMut(&[String], &Value)) {
    for (key, value) in table {
        path.push(key.clone());
        match value {
            Value::Table(inner) if !inner.is_empty() => flatten(path, inner, leaf),
            _ => leaf(path, value),
        }
        path.pop();
    }
}

fn read_variable(
    name: &OsStr,
    value: &OsStr,
    defaults: &Table,
    entries: &mut Vec<Entry>,
    errors: &mut Vec<ConfigError>,
) {
    let lossy = name.to_string_lossy();
    let Some(rest) = lossy.strip_prefix(PREFIX) else { return };
    let origin = Origin::Environment(lossy.to_string());
    let mut path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    // Shells allow no hyphen in a name, and department ids no underscore: `CIVIL_DEFENCE` is `civil-defence`.
    if path[0] == "adapters" && path.len() > 1 {
        path[1] = path[1].replace('_', "-");
    }
    let mut fail = |message: &str| {
        errors.push(ConfigError { origin: origin.clone(), key: String::new(), message: message.to_owned() });
    };
    if path.len() < 2 || path.iter().any(String::is_empty) {
        return fail("write JISR__SECTION__KEY, such as JISR__GATEWAY__LISTEN");
    }
    let Some(text) = value.to_str() else { return fail("the value is not UTF-8 text") };
    let value = value_of(text, &path, defaults);
    entries.push(Entry { path, value, origin });
}

fn read_override(text: &str, defaults: &Table, entries: &mut Vec<Entry>, errors: &mut Vec<ConfigError>) {
    // The value may be long or private: only the key is repeated.
    let key = text.split('=').next().unwrap_or_default().trim();
    let origin = Origin::CommandLine(key.to_owned());
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    match text.split_once('=') {
        Some((_, value)) if path.len() >= 2 && !path.iter().any(String::is_empty) => {
            let value = value_of(value.trim(), &path, defaults);
            entries.push(Entry { path, value, origin });
        }
        _ => errors.push(ConfigError {
            origin,
            key: String::new(),
            message: "write section.key=value, such as gateway.listen=127.0.0.1:50051".to_owned(),
        }),
    }
}

/// Text from outside a file takes the type of the default it replaces; in the adapters' free tables, where
/// there is none, whole numbers, `true`, `false` and `[lists]` are themselves and all else is text.
fn value_of(text: &str, path: &[String], defaults: &Table) -> Value {
    let default = path[1..].iter().try_fold(defaults.get(&path[0]), |value, key| match value {
        Some(Value::Table(table)) => Some(table.get(key)),
        _ => None,
    });
    let parsed = || match (text.parse::<i64>(), text) {
        (Ok(number), _) => Some(Value::Integer(number)),
        (_, "true" | "false") => Some(Value::Boolean(text == "true")),
        _ => None,
    };
    let list = || {
        let table: Table = format!("list = {text}").parse().ok()?;
        table.get("list").filter(|value| value.is_array()).cloned()
    };
    let value = match default.flatten() {
        Some(Value::String(_)) => None,
        _ => parsed().or_else(list),
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
