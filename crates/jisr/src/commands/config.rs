//! `jisr config show`: what is in force, and where each value was written.

use jisr_runtime::config::{Configuration, Sources};
use serde_json::{Map, Value, json};

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output};

/// The configuration of this process.
pub(super) fn load(global: &Global) -> Result<Configuration, Failure> {
    Ok(Configuration::load(&Sources::of_this_process(global.config.clone(), global.set.clone()))?)
}

/// Prints it: as TOML for people, as `key TAB value TAB origin`, or as one JSON object by dotted key.
pub(super) fn show(global: &Global, output: Output) -> Result<Exit, Failure> {
    let dump = load(global)?.to_toml();
    match output.format {
        Format::Human => output.result(dump.trim_end())?,
        Format::Plain => {
            let lines =
                entries(&dump).into_iter().map(|entry| format!("{}\t{}\t{}", entry.key, entry.value, entry.origin));
            output.results(lines)?;
        }
        Format::Json => {
            let entries = entries(&dump).into_iter();
            let entries =
                entries.map(|entry| (entry.key, json!({ "value": to_json(&entry.value), "origin": entry.origin })));
            output.result(Value::Object(entries.collect::<Map<_, _>>()))?;
        }
    }
    Ok(Exit::Ok)
}

/// One setting.
#[derive(Debug, PartialEq)]
struct Entry {
    key: String,
    value: toml::Value,
    origin: String,
}

/// The settings of a dump, whose lines are `[section]` or `key = value # origin`.
fn entries(dump: &str) -> Vec<Entry> {
    let mut section = String::new();
    let mut entries = Vec::new();
    for line in dump.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
        } else if let Some((key, value, origin)) = entry(line) {
            entries.push(Entry { key: format!("{section}.{key}"), value, origin });
        }
    }
    entries
}

/// A value may hold ` # ` itself: the first place before which there is whole TOML is where it ends.
fn entry(line: &str) -> Option<(String, toml::Value, String)> {
    line.match_indices(" # ").find_map(|(at, mark)| {
        let table: toml::Table = line[..at].parse().ok()?;
        let (key, value) = table.into_iter().next()?;
        Some((key, value, line[at + mark.len()..].to_owned()))
    })
}

fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(is) => (*is).into(),
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
        }
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Datetime(time) => time.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_read_back_whatever_its_values_hold() {
        let sources = Sources { overrides: vec!["journal.path=/tmp/a # b.db".to_owned()], ..Sources::default() };
        let entries = entries(&Configuration::load(&sources).unwrap().to_toml());
        let find = |key: &str| entries.iter().find(|entry| entry.key == key).unwrap();
        assert_eq!(find("journal.path").value.as_str(), Some("/tmp/a # b.db"));
        assert_eq!(find("journal.path").origin, "command line journal.path");
        assert_eq!(find("engine.max_batch").value.as_integer(), Some(256));
        assert_eq!(find("engine.max_batch").origin, "built-in default");
    }
}
