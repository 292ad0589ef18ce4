//! What departments' own records say was done: an append-only file of the stand-ins, one line per effect.

use std::collections::BTreeMap;

use serde_json::Value;

/// What was done under one of our references.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// How often it was done.
    pub done: u32,
    /// How often it was undone.
    pub undone: u32,
}

/// By our reference.
pub type Effects = BTreeMap<String, Effect>;

/// Reads a stand-in's record. A line that was being written when its process died is none.
#[must_use]
pub fn read(record: &str) -> Effects {
    let mut effects = Effects::new();
    for line in record.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        let Some(reference) = line["reference"].as_str() else { continue };
        let effect = effects.entry(reference.to_owned()).or_default();
        match line["what"].as_str() {
            Some("done") => effect.done += 1,
            Some("undone") => effect.undone += 1,
            _ => {}
        }
    }
    effects
}

/// What the municipality's building control has executed and withdrawn (`/records` of its peer).
#[must_use]
pub fn of_building_control(records: &Value) -> Effects {
    let mut effects = Effects::new();
    let all = |table: &str| records[table].as_array().cloned().unwrap_or_default();
    let reference = |row: &Value| row["our_reference"].as_str().unwrap_or_default().to_owned();
    for row in all("submissions") {
        effects.entry(reference(&row)).or_default().done += 1;
    }
    for row in all("withdrawals") {
        effects.entry(reference(&row)).or_default().undone += 1;
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_far_as_it_was_written() {
        let record = concat!(
            r#"{"what":"done","reference":"05T8-Q2KD-0A7/medical"}"#,
            "\n",
            r#"{"what":"done","reference":"05T8-Q2KD-0A8/medical"}"#,
            "\n",
            r#"{"what":"undone","reference":"05T8-Q2KD-0A7/medical"}"#,
            "\n",
            r#"{"what":"done","reference":"05T8-Q2KD-0A7/medical"}"#,
        );
        let effects = read(record);
        assert_eq!(effects["05T8-Q2KD-0A7/medical"], Effect { done: 1, undone: 1 });
        assert_eq!(effects["05T8-Q2KD-0A8/medical"], Effect { done: 1, undone: 0 });
    }
}
