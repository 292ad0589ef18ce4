//! Pages of transactions, newest first: by id, which begins with the time it was made.

use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_journal::{Filter, ListQuery, Read, StoredTransaction};
use jisr_proto::stored::state_number;
use tokio_postgres::types::ToSql;

use super::batch::uuid;
use super::line::Lines;
use super::row::{self, CASE};

/// The clock of the process that made an id, and the one that took the time of submission, may differ by so much.
const SLACK: Duration = Duration::from_secs(3600);

pub(super) async fn list(lines: &Lines, query: &ListQuery) -> Read<Vec<StoredTransaction>> {
    let (sql, values) = page(query);
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
    lines.query(&sql, &values).await?.iter().map(row::stored_transaction).collect()
}

type Value = Box<dyn ToSql + Sync + Send>;

/// The statement of a page; its text depends only on which fields the filter has, so that it stays prepared. By state
/// along the index of each state, its own first page, and of all those the newest.
fn page(query: &ListQuery) -> (String, Vec<Value>) {
    let Filter { caller, states, service, centre, reference_no, from, to } = &query.filter;
    let mut values: Vec<Value> = Vec::new();
    let mut conditions = String::new();
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        conditions.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(caller) = caller {
        and("t.caller =", Box::new(caller.as_str().to_owned()));
    }
    if let Some(service) = service {
        and("t.service =", Box::new(service.as_str().to_owned()));
    }
    if let Some(centre) = centre {
        and("t.centre =", Box::new(centre.as_str().to_owned()));
    }
    if let Some(reference_no) = reference_no {
        and("t.reference_no =", Box::new(String::from(&**reference_no)));
    }
    if let Some(from) = from {
        and("t.submit_time >=", Box::new(from.as_micros()));
        and("k.id >=", first_id(from.minus(SLACK)));
    }
    if let Some(to) = to {
        and("t.submit_time <", Box::new(to.as_micros()));
        if query.before.is_none() {
            and("k.id <", first_id(to.plus(SLACK)));
        }
    }
    if let Some(before) = query.before {
        and("k.id <", Box::new(uuid(before.as_bytes())));
    }
    let limit = query.limit;
    let walk = |of: &str| {
        format!(
            "SELECT {CASE}, t.content FROM cases k JOIN transactions t USING (id)
             WHERE {of}{conditions} ORDER BY k.id DESC LIMIT {limit}"
        )
    };
    if states.is_empty() {
        return (walk("true"), values);
    }
    if states.contains(&TransactionState::Completed) {
        let numbers: Vec<String> = states.iter().map(|state| state_number(*state).to_string()).collect();
        return (walk(&format!("k.state IN ({})", numbers.join(", "))), values);
    }
    let walks: Vec<_> = TransactionState::ALL
        .into_iter()
        .filter(|state| states.contains(state))
        .map(|state| format!("({})", walk(&format!("k.state <> 6 AND k.state = {}", state_number(state)))))
        .collect();
    (format!("SELECT * FROM ({}) found ORDER BY id DESC LIMIT {limit}", walks.join(" UNION ALL ")), values)
}

/// Not after any id made at this time.
fn first_id(time: Timestamp) -> Value {
    Box::new(uuid(TransactionId::new(time, [0; 10]).as_bytes()))
}
