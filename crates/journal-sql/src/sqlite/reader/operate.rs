//! What operators look for: parked legs, their bulk work, and what they have paused.

use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{Place, Selection};
use jisr_core::name::{DepartmentId, LegId, OperationId};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Timestamp;
use jisr_journal::{Failure, FailureGroup, FailureQuery, HeldLeg, Pause, StoredJob, Version};
use jisr_proto::stored;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::query::all;
use crate::error::Failure as Broken;

type Queried<T> = Result<T, Broken>;

pub(crate) fn failures(connection: &Connection, query: &FailureQuery) -> Queried<Vec<Failure>> {
    let (mut condition, mut values) = selected(&query.selection);
    if let Some(Place { since, transaction, leg }) = query.after {
        let from = values.len();
        values.extend([since.as_micros().into(), blob(transaction), i64::from(leg).into()]);
        condition.push_str(&format!(
            " AND (f.since, f.transaction_id, f.leg) > (?{}, ?{}, ?{})",
            from + 1,
            from + 2,
            from + 3
        ));
    }
    let sql = format!(
        "SELECT f.transaction_id, t.reference_no, f.since, f.leg, f.leg_id, f.department, f.operation,
                f.adapter_version, f.reason, f.class, f.detail, f.state, f.attempt
         FROM failures f CROSS JOIN transactions t USING (number)
         WHERE {condition} ORDER BY f.since, f.transaction_id, f.leg LIMIT {}",
        query.limit
    );
    all(connection, &sql, params_from_iter(values), |row| {
        Ok(Failure {
            transaction: TransactionId::from_bytes(row.get(0)?),
            reference_no: row.get_ref(1)?.as_str()?.into(),
            since: Timestamp::from_micros(row.get(2)?),
            held: HeldLeg {
                leg: row.get(3)?,
                leg_id: LegId::new(row.get_ref(4)?.as_str()?)?,
                department: DepartmentId::new(row.get_ref(5)?.as_str()?)?,
                operation: OperationId::new(row.get_ref(6)?.as_str()?)?,
                adapter_version: row.get_ref(7)?.as_str()?.into(),
                reason: row.get_ref(8)?.as_str()?.into(),
                class: row.get_ref(9)?.as_str()?.parse().ok(),
                detail: row.get_ref(10)?.as_str_or_null()?.map(Into::into),
                state: leg_state(row, 11)?,
                attempt: row.get(12)?,
            },
        })
    })
}

pub(crate) fn count_failures(connection: &Connection, selection: &Selection) -> Queried<u64> {
    let (condition, values) = selected(selection);
    let mut count = connection.prepare_cached(&format!("SELECT count(*) FROM failures f WHERE {condition}"))?;
    let count: i64 = count.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(crate) fn failure_groups(connection: &Connection, selection: &Selection) -> Queried<Vec<FailureGroup>> {
    let (condition, values) = selected(selection);
    let sql = format!(
        "SELECT reason, department, operation, adapter_version, members, latest, since, transaction_id, leg, leg_id
         FROM (SELECT f.*,
                      count(*) OVER cause AS members,
                      max(since) OVER cause AS latest,
                      row_number() OVER (cause ORDER BY since, transaction_id, leg) AS place
               FROM failures f WHERE {condition}
               WINDOW cause AS (PARTITION BY reason, department, operation, adapter_version))
         WHERE place = 1
         ORDER BY members DESC, reason, department, operation, adapter_version"
    );
    all(connection, &sql, params_from_iter(values), |row| {
        let count: i64 = row.get(4)?;
        Ok(FailureGroup {
            reason: row.get_ref(0)?.as_str()?.into(),
            department: DepartmentId::new(row.get_ref(1)?.as_str()?)?,
            operation: OperationId::new(row.get_ref(2)?.as_str()?)?,
            adapter_version: row.get_ref(3)?.as_str()?.into(),
            count: count.unsigned_abs(),
            last: Timestamp::from_micros(row.get(5)?),
            first: Place {
                since: Timestamp::from_micros(row.get(6)?),
                transaction: TransactionId::from_bytes(row.get(7)?),
                leg: row.get(8)?,
            },
            first_leg: LegId::new(row.get_ref(9)?.as_str()?)?,
        })
    })
}

/// The condition of a selection over `failures f`; its text depends only on which fields are set.
fn selected(selection: &Selection) -> (String, Vec<Value>) {
    let Selection { transaction, leg, department, operation, reason, adapter_version, since, before } = selection;
    let (mut sql, mut values) = ("true".to_owned(), Vec::new());
    let mut and = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND f.{condition} ?{}", values.len()));
        }
    };
    let text = |text: &str| Value::Text(text.to_owned());
    and("transaction_id =", transaction.map(blob));
    and("leg_id =", leg.as_ref().map(|leg| text(leg.as_str())));
    and("department =", department.as_ref().map(|department| text(department.as_str())));
    and("operation =", operation.as_ref().map(|operation| text(operation.as_str())));
    and("reason =", reason.as_deref().map(text));
    and("adapter_version =", adapter_version.as_deref().map(text));
    and("since >=", since.map(|since| since.as_micros().into()));
    and("since <", before.map(|before| before.as_micros().into()));
    (sql, values)
}

const JOB: &str = "SELECT version, body FROM jobs";

pub(crate) fn job(connection: &Connection, id: JobId) -> Queried<Option<StoredJob>> {
    let mut find = connection.prepare_cached(&format!("{JOB} WHERE id = ?1"))?;
    let found = find.query_row([&id.as_bytes()[..]], |row| Ok(stored_job(row))).optional()?;
    found.transpose()
}

pub(crate) fn jobs(connection: &Connection, after: Option<(Timestamp, JobId)>, limit: u32) -> Queried<Vec<StoredJob>> {
    let order = "ORDER BY create_time DESC, id DESC LIMIT";
    match after {
        None => all(connection, &format!("{JOB} {order} ?1"), [limit], stored_job),
        Some((time, id)) => {
            let sql = format!("{JOB} WHERE (create_time, id) < (?1, ?2) {order} ?3");
            all(connection, &sql, params![time.as_micros(), &id.as_bytes()[..], limit], stored_job)
        }
    }
}

pub(crate) fn open_jobs(connection: &Connection) -> Queried<Vec<StoredJob>> {
    all(connection, &format!("{JOB} WHERE open = 1 ORDER BY create_time, id"), [], stored_job)
}

pub(crate) fn pauses(connection: &Connection) -> Queried<Vec<Pause>> {
    let sql = "SELECT department, paused_by, since, reason_ar, reason_en FROM pauses ORDER BY department";
    all(connection, sql, [], |row| {
        let mut reason = LocalizedText::default();
        for (column, language) in [(3, Language::Ar), (4, Language::En)] {
            if let Some(wording) = row.get_ref(column)?.as_str_or_null()? {
                reason.set(language, wording);
            }
        }
        Ok(Pause {
            department: DepartmentId::new(row.get_ref(0)?.as_str()?)?,
            paused_by: row.get_ref(1)?.as_str()?.into(),
            since: Timestamp::from_micros(row.get(2)?),
            reason,
        })
    })
}

fn stored_job(row: &Row<'_>) -> Queried<StoredJob> {
    Ok(StoredJob { version: Version(row.get(0)?), job: stored::decode_job(row.get_ref(1)?.as_blob()?)? })
}

fn leg_state(row: &Row<'_>, column: usize) -> Queried<jisr_core::state::LegState> {
    let number: i32 = row.get(column)?;
    stored::leg_state_of_number(number).ok_or_else(|| {
        let number = i64::from(number);
        rusqlite::Error::IntegralValueOutOfRange(column, number).into()
    })
}

fn blob(id: TransactionId) -> Value {
    Value::Blob(id.as_bytes().to_vec())
}
