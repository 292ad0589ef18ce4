//! Copies within the SQLite journal. Everything is appended: keys rise with the number of the copy.

use std::error::Error;
use std::path::Path;

use rusqlite::{Connection, named_params};

use super::plan::Plan;

/// Nothing of it outlives a crash; the file is made for one measurement. `models` are finished transactions, all with as
/// many feed entries as the first.
const BEGIN: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -262144;
    CREATE TEMP TABLE entries AS
        SELECT number, row_number() OVER (PARTITION BY number ORDER BY position) - 1 AS step, last_sequence, events
        FROM feed WHERE number IN (SELECT number FROM transactions WHERE state = 6);
    CREATE TEMP TABLE models AS
        WITH counted AS (SELECT number, count(*) AS steps FROM entries GROUP BY number)
        SELECT row_number() OVER (ORDER BY number) - 1 AS model, number AS of
        FROM counted WHERE steps = (SELECT steps FROM counted ORDER BY number LIMIT 1);
    CREATE INDEX temp.entries_by_number ON entries (number, step);
    CREATE INDEX temp.models_by_model ON models (model, of);";

const COPIES: &str = "
    WITH RECURSIVE copies (i) AS (SELECT :from UNION ALL SELECT i + 1 FROM copies WHERE i + 1 < :to)";

/// Ids are UUIDv7 of the time of submission, reference numbers hold a letter that real ones never do.
const TRANSACTIONS: &str = "
    INSERT INTO transactions
        (number, id, reference_no, caller, service, centre, submit_time, version, state, wake, body, held)
    SELECT :number + i,
        unhex(printf('%012x7%03x8%015x', :begins + i * :span / :rows, i % 4096, random() & 0x0fffffffffffffff)),
        printf('L%03d-%04d-%03d', i / 10000000, i / 1000 % 10000, i % 1000),
        caller, service, centre, (:begins + i * :span / :rows) * 1000, version, state, NULL, body, 0
    FROM copies JOIN models ON model = i % :models JOIN transactions ON number = of";
const CONTENTS: &str = "
    INSERT INTO contents (number, content)
    SELECT :number + i, content FROM copies JOIN models ON model = i % :models JOIN contents ON number = of";
const FEED: &str = "
    INSERT INTO feed (position, number, last_sequence, events)
    SELECT :position + i * :steps + step, :number + i, last_sequence, events
    FROM copies JOIN models ON model = i % :models JOIN entries ON entries.number = of";
/// As spread as random ids are, in order.
const REQUESTS: &str = "
    INSERT INTO requests (arrival, id, caller, method, fingerprint, transaction_id, time)
    SELECT :arrival + i,
        unhex(printf('%08x%08x%016x', (i - :remembered) * :step, random() & 0xffffffff, random() & 0x7fffffffffffffff)),
        caller, 'SubmitTransaction', zeroblob(32), id, submit_time
    FROM copies JOIN transactions ON number = :number + i WHERE i >= :remembered";

/// Makes the copies.
pub(crate) fn seed(file: &Path, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let database = Connection::open(file)?;
    database.execute_batch(BEGIN)?;
    let one = |sql: &str| database.query_row(sql, (), |row| row.get::<_, i64>(0));
    let (models, steps) =
        (one("SELECT count(*) FROM models")?, one("SELECT max(step) + 1 FROM entries, models WHERE number = of")?);
    if models == 0 {
        return Err("there is no finished transaction to copy".into());
    }
    let number = one("SELECT max(number) + 1 FROM transactions")?;
    let (position, arrival) =
        (one("SELECT feed + 1 FROM heads")?, one("SELECT coalesce(max(arrival), 0) + 1 FROM requests")?);
    let (rows, begins, span) = (plan.rows, plan.begins, plan.span);
    for (from, to) in plan.batches() {
        let run = |sql: &str, more: &[(&str, &dyn rusqlite::ToSql)]| {
            let common: [(&str, &dyn rusqlite::ToSql); 3] = [(":from", &from), (":to", &to), (":number", &number)];
            let all: Vec<_> = common.into_iter().chain(more.iter().copied()).collect();
            database.prepare_cached(&format!("{COPIES}{sql}"))?.execute(&*all)
        };
        database.execute_batch("BEGIN")?;
        run(TRANSACTIONS, named_params! { ":begins": begins, ":span": span, ":rows": rows, ":models": models })?;
        run(CONTENTS, named_params! { ":models": models })?;
        run(FEED, named_params! { ":position": position, ":steps": steps, ":models": models })?;
        run(REQUESTS, named_params! { ":arrival": arrival, ":remembered": plan.remembered, ":step": plan.step() })?;
        database.execute_batch("COMMIT")?;
    }
    database.execute("UPDATE heads SET feed = ?1", [position + rows * steps - 1])?;
    database.execute_batch("DROP TABLE temp.entries; DROP TABLE temp.models; PRAGMA journal_mode = WAL;")?;
    Ok(())
}
