//! How many copies, of which time, and how they are made a batch at a time.

use std::error::Error;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day, in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;
/// Request ids are forgotten after seven days. Half a day less is left, so that nothing is pruned while it is measured.
const REMEMBERED: i64 = 13 * DAY / 2;
/// Copies made by one statement.
const BATCH: i64 = 100_000;

/// What is to be made.
pub(crate) struct Plan {
    pub(crate) rows: i64,
    /// When the first copy was submitted, in milliseconds since the epoch.
    pub(crate) begins: i64,
    /// How long after it the last was, in milliseconds: until now.
    pub(crate) span: i64,
    /// The first copy whose request id is remembered.
    pub(crate) remembered: i64,
}

impl Plan {
    /// So many, submitted evenly over so many days.
    pub(crate) fn new(rows: i64, days: i64) -> Result<Self, Box<dyn Error>> {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let span = days * DAY;
        let remembered = (span - REMEMBERED).max(0) * rows / span;
        Ok(Self { rows, begins: now - span, span, remembered })
    }

    /// How far apart request ids are that are spread over all there can be: in their first 32 bits.
    pub(crate) fn step(&self) -> i64 {
        (1 << 32) / (self.rows - self.remembered)
    }

    /// The numbers of the copies, a batch at a time; says how far it is.
    pub(crate) fn batches(&self) -> impl Iterator<Item = (i64, i64)> {
        let rows = self.rows;
        (0..=rows / BATCH).map(|batch| batch * BATCH).filter(move |from| *from < rows).map(move |from| {
            if from % (10 * BATCH) == 0 {
                // Whoever does not look on is told nothing.
                let _ = writeln!(std::io::stderr(), "seed: {from} of {rows}");
            }
            (from, (from + BATCH).min(rows))
        })
    }
}
