//! Fills a journal with copies of the finished transactions that are in it, under ids and times of their own, for
//! measuring how a journal ages. Nobody else may have it open.
//!
//! `cargo run --release -p jisr-journal-sql --example seed -- sqlite <file> <rows>`, or `-- postgresql <schema> <rows>`
//! with the database's address, credentials included, in `JISR_SEED_DATABASE`.
#![allow(clippy::print_stderr, reason = "a tool for people")]

mod postgres;
mod sqlite;

use std::error::Error;
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
                eprintln!("seed: {from} of {rows}");
            }
            (signed(from), signed((from + BATCH).min(rows)))
        })
    }
}

/// As databases count.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words {
        ["sqlite", file, rows] => sqlite::seed(file.as_ref(), &Plan::new(rows.parse()?)?),
        ["postgresql", schema, rows] => {
            let address = std::env::var("JISR_SEED_DATABASE")?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(postgres::seed(&address, schema, &Plan::new(rows.parse()?)?))
        }
        _ => Err("usage: seed sqlite <file> <rows> | seed postgresql <schema> <rows>".into()),
    }
}
