//! Fills a journal with copies of the finished transactions that are in it, under ids and times of their own, for
//! measuring how a journal ages. Nobody else may have it open.
//!
//! `cargo run --release -p jisr-journal-sql --example seed -- sqlite <file> <rows> <days>`, or `-- postgresql <schema>
//! <rows> <days>` with the database's address, credentials included, in `JISR_SEED_DATABASE`. The copies are spread over
//! the last so many days; as after pruning, request ids are there of the last week only.

mod plan;
mod postgres;
mod sqlite;

use std::error::Error;

use plan::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words {
        ["sqlite", file, rows, days] => sqlite::seed(file.as_ref(), &Plan::new(rows.parse()?, days.parse()?)?),
        ["postgresql", schema, rows, days] => {
            let address = std::env::var("JISR_SEED_DATABASE")?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(postgres::seed(&address, schema, &Plan::new(rows.parse()?, days.parse()?)?))
        }
        _ => Err("usage: seed sqlite <file> <rows> <days> | seed postgresql <schema> <rows> <days>".into()),
    }
}
