//! What can be asked of a bench.

use std::time::Duration;

/// Parts that can be left out.
const PARTS: [&str; 4] = ["embedded", "production", "rabbitmq", "postgresql"];

/// How long, how often, and what.
pub(crate) struct Options {
    /// Of one run.
    pub(crate) time: Duration,
    /// Runs of each kind, whose median counts.
    pub(crate) rounds: usize,
    /// Finished transactions to fill the journal with.
    pub(crate) rows: u64,
    /// Over which they were submitted.
    pub(crate) days: u64,
    parts: Vec<String>,
}

impl Options {
    /// Reads `key=value`.
    ///
    /// # Panics
    /// When there is something else.
    pub(crate) fn read(words: &[&str]) -> Self {
        let parts = PARTS.map(str::to_owned).to_vec();
        let mut options = Self { time: Duration::from_secs(5), rounds: 3, rows: 10_000_000, days: 100, parts };
        for word in words {
            match word.split_once('=') {
                Some(("seconds", value)) => options.time = Duration::from_secs_f64(value.parse().unwrap()),
                Some(("rounds", value)) => options.rounds = value.parse().unwrap(),
                Some(("rows", value)) => options.rows = value.parse().unwrap(),
                Some(("days", value)) => options.days = value.parse().unwrap(),
                Some(("only", value)) => options.parts = value.split(',').map(str::to_owned).collect(),
                _ => panic!("{word}: not seconds=, rounds=, rows=, days= or only="),
            }
        }
        let strange = options.parts.iter().find(|part| !PARTS.contains(&part.as_str()));
        assert!(strange.is_none(), "only={strange:?}: not one of {PARTS:?}");
        options
    }

    /// Whether this part is wanted.
    pub(crate) fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|wanted| wanted == part)
    }
}
