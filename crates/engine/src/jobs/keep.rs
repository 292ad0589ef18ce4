//! Which engine carries out which job: the one that has its lease. A job whose engine died is taken over when the lease
//! has run out.

use std::collections::HashSet;
use std::time::Duration;

use jisr_core::id::JobId;
use jisr_journal::{Read, StoredJob};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::round::Running;
use crate::engine::Engine;

/// How long a job is somebody's without a word.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How often it is looked whether there is work.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Engine {
    /// Takes jobs on and carries them out, until told to stop.
    pub(crate) async fn keep_jobs(self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        let mut mine = HashSet::new();
        loop {
            if let Err(error) = self.take_on(&mut running, &mut mine, &stop).await {
                tracing::warn!(%error, "jobs not readable, trying again");
            }
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = running.join_next(), if !running.is_empty() => match ended {
                    Ok(id) => drop(mine.remove(&id)),
                    Err(error) => {
                        // Its lease runs out, and then it is taken on again.
                        tracing::error!(%error, "a job's task has ended by itself");
                        mine.clear();
                    }
                },
                () = self.0.new_job.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn take_on(
        &self,
        running: &mut JoinSet<JobId>,
        mine: &mut HashSet<JobId>,
        stop: &CancellationToken,
    ) -> Read<()> {
        for StoredJob { version, mut job } in self.0.journal.open_jobs().await? {
            let now = self.0.clock.now();
            // A lease of our own that is still good although nothing runs: the task died.
            if mine.contains(&job.id) || job.lease > now {
                continue;
            }
            job.runner.clone_from(&self.0.name);
            job.lease = now.plus(LEASE);
            let Some(version) = self.0.journal.update_job(&job, version).await? else { continue };
            let id = job.id;
            mine.insert(id);
            let (engine, stop) = (self.clone(), stop.clone());
            running.spawn(async move {
                Running::new(engine, StoredJob { version, job }).run(stop).await;
                id
            });
        }
        Ok(())
    }
}
