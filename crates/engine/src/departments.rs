//! Departments as operators handle them: paused and resumed, and what is known of their breakers.

use std::sync::Arc;

use jisr_core::name::{DepartmentId, OperationId};
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::LocalizedText;
use jisr_journal::{Pause, Read};

use crate::calendar::Closed;
use crate::dispatch::BreakerStatus;
use crate::engine::Engine;
use crate::read::down;

impl Engine {
    /// Stops sending to a department: work is accepted and waits. One that is paused stays as it is. Other engines on
    /// the same journal follow within a second or two.
    ///
    /// # Errors
    /// `DEPARTMENT_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn pause_department(
        &self,
        department: &DepartmentId,
        operator: Arc<str>,
        reason: LocalizedText,
    ) -> Result<(), Problem> {
        self.known(department)?;
        let since = self.0.clock.now();
        let pause = Pause { department: department.clone(), paused_by: operator.clone(), since, reason };
        if self.0.journal.put_pause(&pause).await.map_err(down)? {
            tracing::info!(%department, %operator, "department paused");
        }
        self.read_pauses().await.map_err(down)
    }

    /// Sends to a department again. One that is not paused stays as it is.
    ///
    /// # Errors
    /// `DEPARTMENT_NOT_FOUND`, `JOURNAL_DOWN`.
    pub async fn resume_department(&self, department: &DepartmentId, operator: &str) -> Result<(), Problem> {
        self.known(department)?;
        if self.0.journal.remove_pause(department).await.map_err(down)? {
            tracing::info!(%department, operator, "department resumed");
        }
        self.read_pauses().await.map_err(down)
    }

    /// The pause of a department, if it is paused.
    #[must_use]
    pub fn pause_of(&self, department: &DepartmentId) -> Option<Pause> {
        self.0.gates.pause(department)
    }

    /// Until when a department's calendar has closed it, and why.
    #[must_use]
    pub fn closed_until(&self, department: &DepartmentId) -> Option<Closed> {
        self.0.gates.closed(department)
    }

    /// Brings the lanes to what the calendars say is closed now, and to which adapters are trusted.
    pub(crate) fn read_calendars(&self) {
        self.0.gates.set_closed(self.0.directory.closed(self.0.clock.now()));
        self.0.gates.set_trusted(self.0.directory.trusted());
    }

    /// The operations of a department whose breaker is open, as this engine knows them.
    #[must_use]
    pub fn breakers_of(&self, department: &DepartmentId) -> Vec<(OperationId, BreakerStatus)> {
        self.0.gates.breakers(department)
    }

    /// Brings the lanes to what the journal says is paused.
    pub(crate) async fn read_pauses(&self) -> Read<()> {
        self.0.gates.set_paused(self.0.journal.pauses().await?);
        Ok(())
    }

    fn known(&self, department: &DepartmentId) -> Result<(), Problem> {
        if self.catalogue().department(department.as_str()).is_some() {
            return Ok(());
        }
        let name = department.resource_name();
        Err(Problem::new(Reason::DepartmentNotFound).with("name", &name).resource("jisr/Department", name))
    }
}
