//! Business licensing over its database: the only I/O of this adapter. One transaction for each call, never again by itself.

use std::time::Duration;

use jiff::civil::DateTime;
use jisr_adapter::async_trait;
use jisr_adapter::connectors::sql::{Argument, Database, LegacyText, Row, SqlError, Work};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;
use crate::messages::{Decision, Issue, Line, Renewal, one, revoked_at};
use crate::statements::{Procedure, Statements};

/// What business licensing does for partners.
#[async_trait]
pub trait Register: std::fmt::Debug + Send + Sync {
    /// `issue_licence`. What is known under the reference already is answered as it stands.
    ///
    /// # Errors
    /// [`Verdict`].
    async fn issue(&self, issue: &Issue) -> Result<Decision, Verdict>;

    /// `renew_licence`. What is known under the reference already is answered as it stands.
    ///
    /// # Errors
    /// [`Verdict`].
    async fn renew(&self, renewal: &Renewal) -> Result<Decision, Verdict>;

    /// `revoke_application`: when it was revoked, local time in Dubai; nothing if the reference is not known there.
    ///
    /// # Errors
    /// [`Verdict`].
    async fn revoke(&self, reference: &str) -> Result<Option<DateTime>, Verdict>;

    /// Lines of the status table beyond this number for which there is no receipt, in order; some of them, if there are
    /// many.
    ///
    /// # Errors
    /// [`Verdict`].
    async fn waiting(&self, beyond: i64) -> Result<Vec<Line>, Verdict>;

    /// Receipts for lines of the status table. Given twice, a receipt changes nothing.
    ///
    /// # Errors
    /// [`Verdict`].
    async fn acknowledge(&self, numbers: &[i64]) -> Result<(), Verdict>;
}

/// A client of business licensing. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Licensing {
    database: Database,
    statements: &'static Statements,
    text: LegacyText,
}

impl Licensing {
    /// A client with this limit for one call. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config, call_timeout: Duration) -> Result<Self, ConfigError> {
        let database = Database::new(config.database(call_timeout)?)?;
        let statements = Statements::of(database.settings().address.dialect);
        Ok(Self { database, statements, text: config.legacy_text()? })
    }

    /// Calls, reads the answer, and commits what could be read: an answer that makes no sense is not made so.
    async fn call<T>(
        &self,
        procedure: Procedure,
        arguments: &[Argument],
        read: impl Fn(&[Row]) -> Result<T, String>,
    ) -> Result<T, Verdict> {
        let mut work = self.database.begin().await.map_err(|error| self.verdict(error))?;
        let answer = match self.answer(&mut work, procedure, arguments).await {
            Ok(rows) => read(&rows).map_err(|why| Verdict::unreadable(&why)),
            Err(verdict) => Err(verdict),
        };
        match answer {
            Ok(answer) => work.commit().await.map(|()| answer).map_err(|error| self.verdict(error)),
            Err(verdict) => {
                work.abandon().await;
                Err(verdict)
            }
        }
    }

    async fn answer(&self, work: &mut Work, procedure: Procedure, arguments: &[Argument]) -> Result<Vec<Row>, Verdict> {
        let rows = work.run(procedure.call, arguments).await.map_err(|error| self.verdict(error))?;
        match procedure.answer {
            Some(answer) => work.run(answer, &[]).await.map_err(|error| self.verdict(error)),
            None => Ok(rows),
        }
    }

    fn verdict(&self, error: SqlError) -> Verdict {
        Verdict::of(error, self.text)
    }
}

#[async_trait]
impl Register for Licensing {
    async fn issue(&self, issue: &Issue) -> Result<Decision, Verdict> {
        self.call(self.statements.issue, &issue.arguments(), |rows| Decision::read(one(rows)?, 0, self.text)).await
    }

    async fn renew(&self, renewal: &Renewal) -> Result<Decision, Verdict> {
        self.call(self.statements.renew, &renewal.arguments(), |rows| Decision::read(one(rows)?, 0, self.text)).await
    }

    async fn revoke(&self, reference: &str) -> Result<Option<DateTime>, Verdict> {
        self.call(self.statements.revoke, &[reference.into()], revoked_at).await
    }

    async fn waiting(&self, beyond: i64) -> Result<Vec<Line>, Verdict> {
        let mut work = self.database.begin().await.map_err(|error| self.verdict(error))?;
        let rows = work.run(self.statements.waiting, &[beyond.into()]).await.map_err(|error| self.verdict(error))?;
        work.commit().await.map_err(|error| self.verdict(error))?;
        rows.iter().map(|row| Line::read(row, self.text).map_err(|why| Verdict::unreadable(&why))).collect()
    }

    async fn acknowledge(&self, numbers: &[i64]) -> Result<(), Verdict> {
        if numbers.is_empty() {
            return Ok(());
        }
        let mut work = self.database.begin().await.map_err(|error| self.verdict(error))?;
        for number in numbers {
            let receipt = work.run(self.statements.acknowledge, &[(*number).into()]).await;
            receipt.map_err(|error| self.verdict(error))?;
        }
        work.commit().await.map_err(|error| self.verdict(error))
    }
}
