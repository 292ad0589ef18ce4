//! What operators see and do: parked legs, jobs, pauses.

use async_trait::async_trait;
use jisr_core::id::JobId;
use jisr_core::job::{Job, Place, Selection};
use jisr_core::name::{DepartmentId, LegId, OperationId};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Timestamp;
use jisr_journal::{
    Failure, FailureGroup, FailureQuery, Failures, HeldLeg, Jobs, Pause, Pauses, Read, StoredJob, Version,
};
use jisr_proto::stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::PostgresJournal;
use super::batch::uuid;
use super::row::{self, get, small};
use crate::error::unavailable;

type Value = Box<dyn ToSql + Sync + Send>;

/// The condition of a selection over `failures f`; its text depends only on which fields are set.
fn selected(selection: &Selection) -> (String, Vec<Value>) {
    let Selection { transaction, leg, department, operation, reason, adapter_version, since, before } = selection;
    let (mut sql, mut values) = ("true".to_owned(), Vec::<Value>::new());
    let mut and = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND f.{condition} ${}", values.len()));
        }
    };
    let text = |text: &str| -> Value { Box::new(text.to_owned()) };
    and("transaction_id =", transaction.map(|id| -> Value { Box::new(uuid(id.as_bytes())) }));
    and("leg_id =", leg.as_ref().map(|leg| text(leg.as_str())));
    and("department =", department.as_ref().map(|department| text(department.as_str())));
    and("operation =", operation.as_ref().map(|operation| text(operation.as_str())));
    and("reason =", reason.as_deref().map(text));
    and("adapter_version =", adapter_version.as_deref().map(text));
    and("since >=", since.map(|since| -> Value { Box::new(since.as_micros()) }));
    and("since <", before.map(|before| -> Value { Box::new(before.as_micros()) }));
    (sql, values)
}

fn references(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
}

#[async_trait]
impl Failures for PostgresJournal {
    async fn failures(&self, query: &FailureQuery) -> Read<Vec<Failure>> {
        let (mut condition, mut values) = selected(&query.selection);
        if let Some(Place { since, transaction, leg }) = query.after {
            let from = values.len();
            values.push(Box::new(since.as_micros()));
            values.push(Box::new(uuid(transaction.as_bytes())));
            values.push(Box::new(i32::from(leg)));
            let (one, two, three) = (from + 1, from + 2, from + 3);
            condition.push_str(&format!(" AND (f.since, f.transaction_id, f.leg) > (${one}, ${two}, ${three})"));
        }
        let sql = format!(
            "SELECT f.transaction_id, t.reference_no, f.since, f.leg, f.leg_id, f.department, f.operation,
                    f.adapter_version, f.reason, f.class, f.detail, f.state, f.attempt
             FROM failures f JOIN transactions t ON t.id = f.transaction_id
             WHERE {condition} ORDER BY f.since, f.transaction_id, f.leg LIMIT {}",
            query.limit
        );
        self.lines.query(&sql, &references(&values)).await?.iter().map(failure).collect()
    }

    async fn count_failures(&self, selection: &Selection) -> Read<u64> {
        let (condition, values) = selected(selection);
        let sql = format!("SELECT count(*) FROM failures f WHERE {condition}");
        let rows = self.lines.query(&sql, &references(&values)).await?;
        Ok(rows.first().map(|found| get::<i64>(found, 0)).transpose()?.unwrap_or_default().unsigned_abs())
    }

    async fn failure_groups(&self, selection: &Selection) -> Read<Vec<FailureGroup>> {
        let (condition, values) = selected(selection);
        let sql = format!(
            "SELECT reason, department, operation, adapter_version, members, latest, since, transaction_id, leg, leg_id
             FROM (SELECT f.*,
                          count(*) OVER cause AS members,
                          max(since) OVER cause AS latest,
                          row_number() OVER (cause ORDER BY since, transaction_id, leg) AS place
                   FROM failures f WHERE {condition}
                   WINDOW cause AS (PARTITION BY reason, department, operation, adapter_version)) g
             WHERE place = 1
             ORDER BY members DESC, reason, department, operation, adapter_version"
        );
        self.lines.query(&sql, &references(&values)).await?.iter().map(group).collect()
    }
}

fn failure(found: &Row) -> Read<Failure> {
    Ok(Failure {
        transaction: row::transaction(found, 0)?,
        reference_no: get::<&str>(found, 1)?.into(),
        since: Timestamp::from_micros(get(found, 2)?),
        held: HeldLeg {
            leg: small(found, 3)?,
            leg_id: LegId::new(get::<&str>(found, 4)?).map_err(unavailable)?,
            department: row::department(found, 5)?,
            operation: OperationId::new(get::<&str>(found, 6)?).map_err(unavailable)?,
            adapter_version: get::<&str>(found, 7)?.into(),
            reason: get::<&str>(found, 8)?.into(),
            class: get::<&str>(found, 9)?.parse().ok(),
            detail: get::<Option<&str>>(found, 10)?.map(Into::into),
            state: stored::leg_state_of_number(get(found, 11)?).ok_or_else(|| unavailable("a leg's state is none"))?,
            attempt: small(found, 12)?,
        },
    })
}

fn group(found: &Row) -> Read<FailureGroup> {
    Ok(FailureGroup {
        reason: get::<&str>(found, 0)?.into(),
        department: row::department(found, 1)?,
        operation: OperationId::new(get::<&str>(found, 2)?).map_err(unavailable)?,
        adapter_version: get::<&str>(found, 3)?.into(),
        count: get::<i64>(found, 4)?.unsigned_abs(),
        last: Timestamp::from_micros(get(found, 5)?),
        first: Place {
            since: Timestamp::from_micros(get(found, 6)?),
            transaction: row::transaction(found, 7)?,
            leg: small(found, 8)?,
        },
        first_leg: LegId::new(get::<&str>(found, 9)?).map_err(unavailable)?,
    })
}

#[async_trait]
impl Jobs for PostgresJournal {
    async fn put_job(&self, job: &Job) -> Read<bool> {
        let sql = "INSERT INTO jobs (id, create_time, version, open, body) VALUES ($1, $2, 1, $3, $4)
                   ON CONFLICT DO NOTHING RETURNING 1";
        let (id, time, open) = (uuid(job.id.as_bytes()), job.create_time.as_micros(), !job.has_ended());
        Ok(!self.lines.query(sql, &[&id, &time, &open, &&*stored::encode_job(job)]).await?.is_empty())
    }

    async fn update_job(&self, job: &Job, expected: Version) -> Read<Option<Version>> {
        let sql = "UPDATE jobs SET version = version + 1, open = $3, body = $4 WHERE id = $1 AND version = $2
                   RETURNING version";
        let (id, open) = (uuid(job.id.as_bytes()), !job.has_ended());
        let rows = self.lines.query(sql, &[&id, &expected.0, &open, &&*stored::encode_job(job)]).await?;
        rows.first().map(|found| get(found, 0).map(Version)).transpose()
    }

    async fn job(&self, id: JobId) -> Read<Option<StoredJob>> {
        let rows = self.lines.query("SELECT version, body FROM jobs WHERE id = $1", &[&uuid(id.as_bytes())]).await?;
        rows.first().map(stored_job).transpose()
    }

    async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Read<Vec<StoredJob>> {
        let order = format!("ORDER BY create_time DESC, id DESC LIMIT {limit}");
        let rows = match after {
            None => self.lines.query(&format!("SELECT version, body FROM jobs {order}"), &[]).await?,
            Some((time, id)) => {
                let sql = format!("SELECT version, body FROM jobs WHERE (create_time, id) < ($1, $2) {order}");
                self.lines.query(&sql, &[&time.as_micros(), &uuid(id.as_bytes())]).await?
            }
        };
        rows.iter().map(stored_job).collect()
    }

    async fn open_jobs(&self) -> Read<Vec<StoredJob>> {
        let sql = "SELECT version, body FROM jobs WHERE open ORDER BY create_time, id";
        self.lines.query(sql, &[]).await?.iter().map(stored_job).collect()
    }
}

fn stored_job(found: &Row) -> Read<StoredJob> {
    let job = stored::decode_job(get(found, 1)?).map_err(unavailable)?;
    Ok(StoredJob { version: Version(get(found, 0)?), job })
}

#[async_trait]
impl Pauses for PostgresJournal {
    async fn put_pause(&self, pause: &Pause) -> Read<bool> {
        let sql = "INSERT INTO pauses (department, paused_by, since, reason_ar, reason_en) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT DO NOTHING RETURNING 1";
        let (since, reason) = (pause.since.as_micros(), &pause.reason);
        let (ar, en) = (reason.get(&Language::Ar), reason.get(&Language::En));
        let values: [&(dyn ToSql + Sync); 5] = [&pause.department.as_str(), &&*pause.paused_by, &since, &ar, &en];
        Ok(!self.lines.query(sql, &values).await?.is_empty())
    }

    async fn remove_pause(&self, department: &DepartmentId) -> Read<bool> {
        let sql = "DELETE FROM pauses WHERE department = $1 RETURNING 1";
        Ok(!self.lines.query(sql, &[&department.as_str()]).await?.is_empty())
    }

    async fn pauses(&self) -> Read<Vec<Pause>> {
        let sql = "SELECT department, paused_by, since, reason_ar, reason_en FROM pauses ORDER BY department";
        self.lines.query(sql, &[]).await?.iter().map(pause).collect()
    }
}

fn pause(found: &Row) -> Read<Pause> {
    let mut reason = LocalizedText::default();
    for (column, language) in [(3, Language::Ar), (4, Language::En)] {
        if let Some(wording) = get::<Option<&str>>(found, column)? {
            reason.set(language, wording);
        }
    }
    Ok(Pause {
        department: row::department(found, 0)?,
        paused_by: get::<&str>(found, 1)?.into(),
        since: Timestamp::from_micros(get(found, 2)?),
        reason,
    })
}
