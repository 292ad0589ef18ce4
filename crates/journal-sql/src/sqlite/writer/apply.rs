//! One job within the open transaction. A write is looked at before anything of it is done, so one that is refused
//! leaves nothing to undo and does not disturb the others. An error of the database here fails the whole commit.

use jisr_core::id::TransactionId;
use jisr_journal::{Hold, OutboxMessage, OutboxPosition, Position, RequestKey, Version, WriteError, Written};
use rusqlite::{Connection, OptionalExtension, params};

use super::held;
use super::job::{Hand, Job, Outcome};
use super::statements::Statements;
use crate::prepared::{Change, Fresh, Prepared, WriteResult};

/// The last positions given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    pub(super) feed: i64,
    pub(super) outbox: i64,
}

/// The open transaction.
pub(super) struct Commit<'a, 'c> {
    pub(super) connection: &'c Connection,
    pub(super) statements: &'a mut Statements<'c>,
    pub(super) heads: Heads,
}

impl Commit<'_, '_> {
    pub(super) fn job(&mut self, job: &Job) -> rusqlite::Result<Outcome> {
        Ok(match job {
            Job::Write { writes, .. } => {
                Outcome::Writes(writes.iter().map(|write| self.write(write)).collect::<rusqlite::Result<_>>()?)
            }
            Job::Outbox { change, positions, .. } => {
                let statement = match change {
                    Hand::Take => &mut self.statements.take,
                    Hand::Release => &mut self.statements.release,
                    Hand::Clear => &mut self.statements.clear,
                };
                let mut changed = Vec::with_capacity(positions.len());
                for position in positions {
                    if statement.execute([position.0])? > 0 {
                        changed.push(*position);
                    }
                }
                Outcome::Positions(changed)
            }
            Job::PutAdapter { record, .. } => {
                let time = record.time.as_micros();
                let row = params![record.department.as_str(), &*record.announcement, time];
                self.statements.put_adapter.execute(row)?;
                Outcome::Rows(1)
            }
            Job::Small { change, .. } => {
                Outcome::Rows(u64::try_from(change.apply(self.connection)?).unwrap_or(u64::MAX))
            }
            Job::Prune { prune, .. } => {
                let before = prune.requests_before.as_micros();
                let pruned = self.statements.prune_requests.execute(params![before, prune.limit])?;
                Outcome::Rows(u64::try_from(pruned).unwrap_or(u64::MAX))
            }
        })
    }

    fn write(&mut self, write: &Prepared) -> rusqlite::Result<WriteResult> {
        if let Some(key) = &write.request
            && let Some((earlier, same)) = self.request(key)?
        {
            return Ok(if same { Ok(Written::Replayed(earlier)) } else { Err(WriteError::RequestReused) });
        }
        let (number, version) = match &write.change {
            Change::Create(fresh) => match self.create(write, fresh)? {
                Some(number) => (number, Version(1)),
                None => return Ok(Err(WriteError::ReferenceTaken)),
            },
            Change::Update { expected } => match self.update(write, *expected)? {
                Some(number) => (number, Version(expected.0 + 1)),
                None => return Ok(Err(WriteError::VersionConflict)),
            },
        };
        // From here on nothing is refused.
        if let Some(key) = &write.request {
            self.statements.add_request.execute(params![
                &key.id.as_bytes()[..],
                key.caller.as_str(),
                key.method,
                &key.fingerprint[..],
                &write.id.as_bytes()[..],
                write.now.as_micros(),
            ])?;
        }
        if let Some(events) = &write.events {
            self.heads.feed += 1;
            let row = params![self.heads.feed, number, events.last_sequence, &*events.encoded];
            self.statements.add_events.execute(row)?;
        }
        let outbox = write.outbox.iter().map(|message| self.send(message)).collect::<rusqlite::Result<_>>()?;
        Ok(Ok(Written::Committed { version, position: Position(self.heads.feed), outbox, hold: Hold::default() }))
    }

    /// The transaction that answered this request before, and whether it was the same request.
    fn request(&mut self, key: &RequestKey) -> rusqlite::Result<Option<(TransactionId, bool)>> {
        let find = &mut self.statements.find_request;
        find.query_row(params![&key.id.as_bytes()[..], key.caller.as_str(), key.method], |row| {
            Ok((TransactionId::from_bytes(row.get(0)?), row.get::<_, [u8; 32]>(1)? == key.fingerprint))
        })
        .optional()
    }

    /// The new row's number; nothing when the id or the reference is taken.
    fn create(&mut self, write: &Prepared, fresh: &Fresh) -> rusqlite::Result<Option<i64>> {
        let created = self.statements.create.execute(params![
            &write.id.as_bytes()[..],
            &*fresh.reference_no,
            fresh.caller.as_str(),
            fresh.service.as_str(),
            fresh.centre.as_ref().map(AsRef::<str>::as_ref),
            fresh.submit_time,
            write.state,
            write.wake,
            &*write.body,
        ])?;
        if created == 0 {
            return Ok(None);
        }
        let number = self.connection.last_insert_rowid();
        self.statements.add_content.execute(params![number, &*fresh.content])?;
        if !write.held.is_empty() {
            held::follow(self.connection, number, write.id, write.now, &write.held)?;
        }
        Ok(Some(number))
    }

    /// The row's number; nothing when it has another version. An index is only touched when its column changes.
    fn update(&mut self, write: &Prepared, expected: Version) -> rusqlite::Result<Option<i64>> {
        let find = &mut self.statements.find;
        let found = find.query_row(params![&write.id.as_bytes()[..], expected.0], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i32>(1)?, row.get::<_, Option<i64>>(2)?, row.get::<_, i64>(3)?))
        });
        let Some((number, state, wake, parked)) = found.optional()? else { return Ok(None) };
        let (body, statements) = (&*write.body, &mut *self.statements);
        match (state != write.state, wake != write.wake) {
            (false, false) => statements.update.execute(params![number, body])?,
            (true, false) => statements.update_state.execute(params![number, body, write.state])?,
            (false, true) => statements.update_wake.execute(params![number, body, write.wake])?,
            (true, true) => statements.update_both.execute(params![number, body, write.state, write.wake])?,
        };
        if parked > 0 || !write.held.is_empty() {
            held::follow(self.connection, number, write.id, write.now, &write.held)?;
        }
        Ok(Some(number))
    }

    fn send(&mut self, message: &OutboxMessage) -> rusqlite::Result<OutboxPosition> {
        self.heads.outbox += 1;
        self.statements.send.execute(params![
            self.heads.outbox,
            message.department.as_str(),
            &message.id.as_bytes()[..],
            &message.transaction.as_bytes()[..],
            message.leg,
            message.attempt,
            message.time.as_micros(),
            message.traceparent.as_deref(),
            message.in_hand,
            &*message.body,
        ])?;
        Ok(OutboxPosition(self.heads.outbox))
    }
}
