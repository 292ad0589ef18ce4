//! The traits for what operators do, handed on to the writer and the readers.

use async_trait::async_trait;
use jisr_core::id::JobId;
use jisr_core::job::{Job, Selection};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use jisr_journal::{Failure, FailureGroup, FailureQuery, Failures, Jobs, Pause, Pauses, Read, StoredJob, Version};

use super::SqliteJournal;
use super::reader::operate;
use super::writer::Small;

#[async_trait]
impl Failures for SqliteJournal {
    async fn failures(&self, query: &FailureQuery) -> Read<Vec<Failure>> {
        let query = query.clone();
        self.readers.read(move |connection| operate::failures(connection, &query)).await
    }

    async fn count_failures(&self, selection: &Selection) -> Read<u64> {
        let selection = selection.clone();
        self.readers.read(move |connection| operate::count_failures(connection, &selection)).await
    }

    async fn failure_groups(&self, selection: &Selection) -> Read<Vec<FailureGroup>> {
        let selection = selection.clone();
        self.readers.read(move |connection| operate::failure_groups(connection, &selection)).await
    }
}

#[async_trait]
impl Jobs for SqliteJournal {
    async fn put_job(&self, job: &Job) -> Read<bool> {
        let change = Small::PutJob { row: job.into(), create_time: job.create_time.as_micros() };
        Ok(self.change(change).await? > 0)
    }

    async fn update_job(&self, job: &Job, expected: Version) -> Read<Option<Version>> {
        let changed = self.change(Small::UpdateJob { row: job.into(), expected }).await?;
        Ok((changed > 0).then_some(Version(expected.0 + 1)))
    }

    async fn job(&self, id: JobId) -> Read<Option<StoredJob>> {
        self.readers.read(move |connection| operate::job(connection, id)).await
    }

    async fn jobs(&self, after: Option<(Timestamp, JobId)>, limit: u32) -> Read<Vec<StoredJob>> {
        self.readers.read(move |connection| operate::jobs(connection, after, limit)).await
    }

    async fn open_jobs(&self) -> Read<Vec<StoredJob>> {
        self.readers.read(operate::open_jobs).await
    }
}

#[async_trait]
impl Pauses for SqliteJournal {
    async fn put_pause(&self, pause: &Pause) -> Read<bool> {
        Ok(self.change(Small::PutPause(pause.clone())).await? > 0)
    }

    async fn remove_pause(&self, department: &DepartmentId) -> Read<bool> {
        Ok(self.change(Small::RemovePause(department.clone())).await? > 0)
    }

    async fn pauses(&self) -> Read<Vec<Pause>> {
        self.readers.read(operate::pauses).await
    }
}
