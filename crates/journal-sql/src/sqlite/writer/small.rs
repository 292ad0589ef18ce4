//! Small changes beside the transactions: operators' jobs and pauses. Each says how many rows it changed.

use bytes::Bytes;
use jisr_core::id::JobId;
use jisr_core::job::Job;
use jisr_core::name::DepartmentId;
use jisr_core::text::Language;
use jisr_journal::{Pause, Version};
use jisr_proto::stored;
use rusqlite::{Connection, params};

/// One of them, in the form its row has.
pub(crate) enum Small {
    PutJob { row: JobRow, create_time: i64 },
    UpdateJob { row: JobRow, expected: Version },
    PutPause(Pause),
    RemovePause(DepartmentId),
}

/// The columns of a job that change.
pub(crate) struct JobRow {
    id: JobId,
    open: bool,
    body: Bytes,
}

impl From<&Job> for JobRow {
    fn from(job: &Job) -> Self {
        Self { id: job.id, open: !job.has_ended(), body: stored::encode_job(job) }
    }
}

impl Small {
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<usize> {
        match self {
            Self::PutJob { row, create_time } => {
                let sql = "INSERT INTO jobs (id, create_time, version, open, body) VALUES (?1, ?2, 1, ?3, ?4)
                           ON CONFLICT DO NOTHING";
                let row = params![&row.id.as_bytes()[..], create_time, row.open, &*row.body];
                connection.prepare_cached(sql)?.execute(row)
            }
            Self::UpdateJob { row, expected } => {
                let sql = "UPDATE jobs SET version = version + 1, open = ?3, body = ?4 WHERE id = ?1 AND version = ?2";
                let row = params![&row.id.as_bytes()[..], expected.0, row.open, &*row.body];
                connection.prepare_cached(sql)?.execute(row)
            }
            Self::PutPause(pause) => {
                let sql = "INSERT INTO pauses (department, paused_by, since, reason_ar, reason_en)
                           VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
                let row = params![
                    pause.department.as_str(),
                    &*pause.paused_by,
                    pause.since.as_micros(),
                    pause.reason.get(&Language::Ar),
                    pause.reason.get(&Language::En),
                ];
                connection.prepare_cached(sql)?.execute(row)
            }
            Self::RemovePause(department) => {
                connection.prepare_cached("DELETE FROM pauses WHERE department = ?1")?.execute([department.as_str()])
            }
        }
    }
}
