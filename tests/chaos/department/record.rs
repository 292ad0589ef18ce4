//! The durable record: a line per effect, on disk before anybody is answered, never rewritten.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use jisr_tests::ledger::effects::{self, Effects};
use serde_json::{Value, json};

/// See the module; also in memory, for looking up.
pub(crate) struct Record {
    file: File,
    effects: Effects,
}

impl Record {
    /// Opens it, or begins it. A line that an earlier process did not finish was never answered for.
    pub(crate) fn open(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let file = File::options().create(true).append(true).open(path).unwrap();
        file.set_len(whole as u64).unwrap();
        Self { file, effects: effects::read(&text[..whole]) }
    }

    /// Writes one down; `by` says who called.
    pub(crate) fn write(&mut self, what: &str, reference: &str, by: &Value) {
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(at.as_millis()).unwrap_or_default();
        let line = format!("{}\n", json!({ "what": what, "reference": reference, "by": by, "at_ms": at }));
        self.file.write_all(line.as_bytes()).unwrap();
        self.file.sync_data().unwrap();
        let effect = self.effects.entry(reference.to_owned()).or_default();
        if what == "done" {
            effect.done += 1;
        } else {
            effect.undone += 1;
        }
    }

    pub(crate) fn done(&self, reference: &str) -> u32 {
        self.effects.get(reference).map_or(0, |effect| effect.done)
    }

    pub(crate) fn undone(&self, reference: &str) -> u32 {
        self.effects.get(reference).map_or(0, |effect| effect.undone)
    }
}
