//! Pages of transactions, newest first: by id, which begins with the time it was made.

use std::cmp::Reverse;
use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_journal::{Filter, ListQuery, StoredTransaction};
use jisr_proto::stored::state_number;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::query::all;
use super::row::{self, CASE};
use crate::error::Failure;

/// An id is made a moment before its transaction is submitted; clocks of gateways differ. Nothing that is asked for by
/// time is looked for further from its id than this.
const SLACK: Duration = Duration::from_secs(3600);

pub(crate) fn list(connection: &Connection, query: &ListQuery) -> Result<Vec<StoredTransaction>, Failure> {
    let states = &query.filter.states;
    if states.is_empty() || states.contains(&TransactionState::Completed) {
        let (sql, values) = page(query, Walk::Ids);
        return all(connection, &sql, params_from_iter(values), row::stored_transaction);
    }
    // Along the index of each state: its own first page, and of all those the newest.
    let mut found = Vec::new();
    for state in TransactionState::ALL.into_iter().filter(|state| states.contains(state)) {
        let (sql, values) = page(query, Walk::State(state));
        found.extend(all(connection, &sql, params_from_iter(values), row::stored_transaction)?);
    }
    found.sort_unstable_by_key(|transaction| Reverse(transaction.stored.id));
    found.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Along which index.
#[derive(Clone, Copy)]
enum Walk {
    Ids,
    State(TransactionState),
}

/// The statement of one walk; its text depends only on which fields the filter has, so that it stays prepared.
fn page(query: &ListQuery, walk: Walk) -> (String, Vec<Value>) {
    let Filter { caller, states, service, centre, reference_no, from, to } = &query.filter;
    let mut sql = format!("SELECT {CASE}, c.content FROM transactions t ");
    let mut values = Vec::new();
    if let Walk::State(_) = walk {
        sql.push_str("INDEXED BY transactions_by_state ");
    }
    sql.push_str("CROSS JOIN contents c USING (number) WHERE true");
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    let text = |text: &str| Value::Text(text.to_owned());
    match walk {
        Walk::State(state) => and("t.state <> 6 AND t.state =", state_number(state).into()),
        Walk::Ids => {}
    }
    if let Some(caller) = caller {
        and("t.caller =", text(caller.as_str()));
    }
    if let Some(service) = service {
        and("t.service =", text(service.as_str()));
    }
    if let Some(centre) = centre {
        and("t.centre =", text(centre.as_str()));
    }
    if let Some(reference_no) = reference_no {
        and("t.reference_no =", text(reference_no));
    }
    if let Some(from) = from {
        and("t.submit_time >=", from.as_micros().into());
        and("t.id >=", first_id(from.minus(SLACK)));
    }
    let before = query.before.map(|id| Value::Blob(id.as_bytes().to_vec()));
    if let Some(to) = to {
        and("t.submit_time <", to.as_micros().into());
        if before.is_none() {
            and("t.id <", first_id(to.plus(SLACK)));
        }
    }
    if let Some(before) = before {
        and("t.id <", before);
    }
    if let (Walk::Ids, false) = (walk, states.is_empty()) {
        let numbers: Vec<String> = states.iter().map(|state| state_number(*state).to_string()).collect();
        sql.push_str(&format!(" AND t.state IN ({})", numbers.join(", ")));
    }
    sql.push_str(&format!(" ORDER BY t.id DESC LIMIT {}", query.limit));
    (sql, values)
}

/// Not after any id made at this time.
fn first_id(time: Timestamp) -> Value {
    Value::Blob(TransactionId::new(time, [0; 10]).as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use jisr_core::id::Caller;

    use super::*;

    /// How SQLite would go about a page.
    fn plan(query: &ListQuery, walk: Walk) -> String {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::sqlite::migrate::run(&mut connection, std::path::Path::new("memory")).unwrap();
        let (sql, values) = page(query, walk);
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_page_walks_an_index_in_its_order() {
        let id = TransactionId::new(Timestamp::from_millis(1_770_000_000_000), [0; 10]);
        let time = Some(id.made_at());
        let caller = Some(Caller::new("ghubar"));
        let processing = Walk::State(TransactionState::Processing);
        let content = "; SEARCH c USING INTEGER PRIMARY KEY (rowid=?)";
        for (filter, walk, expected) in [
            (Filter::default(), Walk::Ids, "SEARCH t USING INDEX sqlite_autoindex_transactions_1 (id<?)"),
            (
                Filter { from: time, to: time, ..Filter::default() },
                Walk::Ids,
                "SEARCH t USING INDEX sqlite_autoindex_transactions_1 (id>? AND id<?)",
            ),
            (
                Filter { caller: caller.clone(), ..Filter::default() },
                Walk::Ids,
                "SEARCH t USING INDEX transactions_by_caller (caller=? AND id<?)",
            ),
            (
                Filter { reference_no: Some("JSR-1".into()), caller, ..Filter::default() },
                Walk::Ids,
                "SEARCH t USING INDEX sqlite_autoindex_transactions_2 (reference_no=?)",
            ),
            (Filter::default(), processing, "SEARCH t USING INDEX transactions_by_state (state=? AND id<?)"),
        ] {
            let query = ListQuery { filter, before: Some(id), limit: 50 };
            assert_eq!(plan(&query, walk), format!("{expected}{content}"));
        }
    }
}
