//! How many copies, of which time, and how they are made a batch at a time.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Over how long the copies were submitted, until now: requests older than a week are forgotten, and what is measured
/// should have all of theirs.
const SPAN: Duration = Duration::from_secs(6 * 24 * 3600);
/// Copies made by one statement.
const BATCH: u64 = 100_000;

/// What is to be made.
pub(crate) struct Plan {
    pub(crate) rows: u64,
    /// When the first copy was submitted, in milliseconds since the epoch.
    pub(crate) begins: u64,
}

impl Plan {
    pub(crate) fn new(rows: u64) -> Result<Self, Box<dyn Error>> {
        let begins = u64::try_from((SystemTime::now() - SPAN).duration_since(UNIX_EPOCH)?.as_millis())?;
        Ok(Self { rows, begins })
    }

    pub(crate) fn span(&self) -> u64 {
        u64::try_from(SPAN.as_millis()).unwrap_or(u64::MAX)
    }

    /// The numbers of the copies, a batch at a time; says how far it is.
    pub(crate) fn batches(&self) -> impl Iterator<Item = (i64, i64)> {
        let rows = self.rows;
        (0..rows).step_by(usize::try_from(BATCH).unwrap_or(1)).map(move |from| {
            if from % (10 * BATCH) == 0 {
                // Whoever does not look on is told nothing.
                let _ = writeln!(std::io::stderr(), "seed: {from} of {rows}");
            }
            (signed(from), signed((from + BATCH).min(rows)))
        })
    }
}

/// As databases count.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
