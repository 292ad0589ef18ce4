//! Checks of one entry and of the whole: unknown keys with the nearest valid one, types, and what must fit together.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::error::ConfigError;
use super::settings::Settings;
use super::sources::{Entry, flatten};

/// The section whose tables belong to the adapters: anything may stand below `adapters.<department>`.
const FREE: &str = "adapters";

/// Every dotted key there is, by a table that has them all.
pub(super) fn known_keys(sample: &Table) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    flatten(&mut Vec::new(), sample, &mut |path, _| {
        if path[0] != FREE {
            keys.insert(path.join("."));
            // A secret is a reference of either kind.
            if let [section @ .., last] = path
                && last == "env"
            {
                keys.insert(format!("{}.file", section.join(".")));
            }
        }
    });
    keys
}

/// Whether the entry names a setting and carries a value of its type.
pub(super) fn entry(entry: &Entry, known: &BTreeSet<String>, defaults: &Table) -> Result<(), ConfigError> {
    let key = entry.key();
    let is_section = known.iter().any(|k| k.split('.').next() == Some(key.as_str())) || key == FREE;
    let free = entry.path[0] == FREE;
    let empty_table = entry.value.as_table().is_some_and(Table::is_empty);
    if is_section && empty_table {
        return Ok(());
    }
    if !known.contains(&key) && !is_section && !free {
        return Err(entry.error(unknown(&key, known)));
    }
    // One entry over the defaults: whatever fails to deserialise is this entry's fault.
    let mut table = defaults.clone();
    set(&mut table, &entry.path, entry.value.clone());
    table.try_into::<Settings>().map(drop).map_err(|error| entry.error(error.message()))
}

fn unknown(key: &str, known: &BTreeSet<String>) -> String {
    let nearest = known
        .iter()
        .map(String::as_str)
        .chain([FREE])
        .map(|candidate| (strsim::damerau_levenshtein(key, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(key.len() / 3));
    if let Some((_, candidate)) = nearest {
        return format!("unknown key; did you mean `{candidate}`?");
    }
    let section = key.split('.').next().unwrap_or_default();
    let siblings: Vec<&str> =
        known.iter().filter(|k| k.split('.').next() == Some(section)).map(String::as_str).collect();
    if siblings.is_empty() {
        let mut sections: Vec<&str> = known.iter().filter_map(|k| k.split('.').next()).chain([FREE]).collect();
        sections.dedup();
        format!("unknown key; the sections are {}", sections.join(", "))
    } else {
        format!("unknown key; the section has {}", siblings.join(", "))
    }
}

/// Lays a value over a table, making the tables on its way.
pub(super) fn set(table: &mut Table, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        // An empty table says nothing and must not wipe what a weaker layer said.
        let says_nothing = value.as_table().is_some_and(Table::is_empty);
        if !(says_nothing && table.get(first).is_some_and(Value::is_table)) {
            table.insert(first.clone(), value);
        }
        return;
    }
    let inner = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
    if !inner.is_table() {
        *inner = Value::Table(Table::new());
    }
    if let Value::Table(inner) = inner {
        // A secret is one reference: the stronger layer's `env` replaces the weaker one's `file`, and back.
        if rest.len() == 1 && path.len() > 1 {
            match rest[0].as_str() {
                "env" => drop(inner.remove("file")),
                "file" => drop(inner.remove("env")),
                _ => {}
            }
        }
        set(inner, rest, value);
    }
}

/// What single values cannot show: the key to blame and the reason.
pub(super) fn whole(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let (front, back) = (settings.gateway.listen.get(), settings.operations.listen.get());
    if front == back && front.port() != 0 {
        faults.push(("operations.listen", format!("{back} is already the address of gateway.listen")));
    }
    let engine = &settings.engine;
    for (key, duration) in [
        ("engine.start_within", engine.start_within),
        ("engine.adapter_silence", engine.adapter_silence),
        ("engine.keep_requests", engine.keep_requests),
    ] {
        if duration.get().is_zero() {
            faults.push((key, "must be longer than 0s".to_owned()));
        }
    }
    for (key, path) in [("journal.path", &settings.journal.path), ("catalogue.path", &settings.catalogue.path)] {
        if path.as_os_str().is_empty() {
            faults.push((key, "must not be empty".to_owned()));
        }
    }
    faults
}
