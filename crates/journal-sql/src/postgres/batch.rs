//! A batch as the columns that `commit_batch` takes, and what it answers.

use std::collections::HashSet;

use jisr_core::fault::FaultClass;
use jisr_core::id::TransactionId;
use jisr_journal::{Hold, OutboxPosition, Position, Version, WriteError, Written};
use jisr_proto::stored;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::prepared::{Change, Prepared, WriteResult};

/// What is done with messages in the outbox, beside what the writes send.
#[derive(Default)]
pub(super) struct Hands {
    pub(super) take: Vec<i64>,
    pub(super) release: Vec<i64>,
    pub(super) clear: Vec<i64>,
}

macro_rules! columns {
    ($($name:ident: $type:ty,)*) => {
        /// The arguments of `commit_batch` after the first three, in its order.
        #[derive(Default)]
        pub(super) struct Columns<'a> {
            $($name: Vec<$type>,)*
            hands: Hands,
        }

        impl Columns<'_> {
            /// The call, and its values in order.
            pub(super) fn values<'v>(
                &'v self,
                owner: &'v i64,
                batch: &'v i64,
                tell: &'v bool,
            ) -> Vec<&'v (dyn ToSql + Sync)> {
                let Hands { take, release, clear } = &self.hands;
                vec![owner, batch, tell, $(&self.$name,)* take, release, clear]
            }
        }

        /// The call.
        pub(super) fn call() -> String {
            let arguments = 3 + [$(stringify!($name),)*].len() + 3;
            let places: Vec<_> = (1..=arguments).map(|place| format!("${place}")).collect();
            format!("SELECT outcome, earlier, feed, outbox, taken FROM commit_batch({})", places.join(", "))
        }
    };
}

columns! {
    w_id: Uuid, w_expected: i64, w_now: i64, w_state: i32, w_held: i32, w_wake: Option<i64>, w_body: &'a [u8],
    c_write: i32, c_reference: &'a str, c_caller: &'a str, c_service: &'a str, c_centre: Option<&'a str>, c_submit: i64,
    c_content: &'a [u8],
    r_write: i32, r_id: Uuid, r_caller: &'a str, r_method: &'a str, r_fingerprint: &'a [u8],
    e_write: i32, e_last: i32, e_events: &'a [u8],
    o_write: i32, o_department: &'a str, o_message: Uuid, o_leg: i32, o_attempt: i32, o_time: i64,
    o_traceparent: Option<&'a str>, o_in_hand: bool, o_body: &'a [u8],
    h_write: i32, h_leg: i32, h_leg_id: &'a str, h_department: &'a str, h_operation: &'a str, h_version: &'a str,
    h_reason: &'a str, h_class: &'a str, h_detail: Option<&'a str>, h_state: i32, h_attempt: i32,
}

impl<'a> Columns<'a> {
    pub(super) fn of(writes: impl IntoIterator<Item = &'a Prepared>, hands: Hands) -> Self {
        let mut columns = Self { hands, ..Self::default() };
        for (place, write) in (1..).zip(writes) {
            columns.add(place, write);
        }
        columns
    }

    fn add(&mut self, place: i32, write: &'a Prepared) {
        self.w_id.push(uuid(write.id.as_bytes()));
        self.w_now.push(write.now.as_micros());
        self.w_state.push(write.state);
        self.w_held.push(count(write.held.len()));
        self.w_wake.push(write.wake);
        self.w_body.push(&write.body);
        match &write.change {
            Change::Update { expected } => self.w_expected.push(expected.0),
            Change::Create(fresh) => {
                self.w_expected.push(0);
                self.c_write.push(place);
                self.c_reference.push(&fresh.reference_no);
                self.c_caller.push(fresh.caller.as_str());
                self.c_service.push(fresh.service.as_str());
                self.c_centre.push(fresh.centre.as_ref().map(AsRef::as_ref));
                self.c_submit.push(fresh.submit_time);
                self.c_content.push(&fresh.content);
            }
        }
        if let Some(key) = &write.request {
            self.r_write.push(place);
            self.r_id.push(uuid(key.id.as_bytes()));
            self.r_caller.push(key.caller.as_str());
            self.r_method.push(key.method);
            self.r_fingerprint.push(&key.fingerprint);
        }
        if let Some(events) = &write.events {
            self.e_write.push(place);
            self.e_last.push(number(events.last_sequence));
            self.e_events.push(&events.encoded);
        }
        for message in &write.outbox {
            self.o_write.push(place);
            self.o_department.push(message.department.as_str());
            self.o_message.push(uuid(message.id.as_bytes()));
            self.o_leg.push(message.leg.into());
            self.o_attempt.push(number(message.attempt));
            self.o_time.push(message.time.as_micros());
            self.o_traceparent.push(message.traceparent.as_deref());
            self.o_in_hand.push(message.in_hand);
            self.o_body.push(&message.body);
        }
        for leg in &write.held {
            self.h_write.push(place);
            self.h_leg.push(leg.leg.into());
            self.h_leg_id.push(leg.leg_id.as_str());
            self.h_department.push(leg.department.as_str());
            self.h_operation.push(leg.operation.as_str());
            self.h_version.push(&leg.adapter_version);
            self.h_reason.push(&leg.reason);
            self.h_class.push(leg.class.map_or("", FaultClass::as_str));
            self.h_detail.push(leg.detail.as_deref());
            self.h_state.push(stored::leg_state_number(leg.state));
            self.h_attempt.push(number(leg.attempt));
        }
    }
}

/// What a batch came to.
pub(super) struct Outcome {
    outcome: Vec<i32>,
    earlier: Vec<Option<Uuid>>,
    feed: i64,
    outbox: i64,
    /// Messages taken in hand.
    pub(super) taken: HashSet<OutboxPosition>,
    hold: Hold,
}

impl Outcome {
    pub(super) fn read(row: &Row, owner: i64) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            outcome: row.try_get(0)?,
            earlier: row.try_get(1)?,
            feed: row.try_get(2)?,
            outbox: row.try_get(3)?,
            taken: row.try_get::<_, Vec<i64>>(4)?.into_iter().map(OutboxPosition).collect(),
            hold: Hold(owner),
        })
    }

    /// What became of each write, in their order, and where the feed then ends.
    pub(super) fn results<'a>(&self, writes: impl IntoIterator<Item = &'a Prepared>) -> (Vec<WriteResult>, Position) {
        let (mut feed, mut outbox) = (self.feed, self.outbox);
        let mut results = Vec::with_capacity(self.outcome.len());
        for ((write, outcome), earlier) in writes.into_iter().zip(&self.outcome).zip(&self.earlier) {
            let earlier = || earlier.map(|id| TransactionId::from_bytes(id.into_bytes())).unwrap_or(write.id);
            results.push(match outcome {
                0 => {
                    feed += i64::from(write.events.is_some());
                    let first = outbox + 1;
                    outbox += i64::from(count(write.outbox.len()));
                    let version = match write.change {
                        Change::Create(_) => Version(1),
                        Change::Update { expected } => Version(expected.0 + 1),
                    };
                    let outbox = (first..=outbox).map(OutboxPosition).collect();
                    Ok(Written::Committed { version, position: Position(feed), outbox, hold: self.hold })
                }
                1 => Ok(Written::Replayed(earlier())),
                2 => Err(WriteError::RequestReused),
                3 => Err(WriteError::VersionConflict),
                _ => Err(WriteError::ReferenceTaken),
            });
        }
        (results, Position(feed))
    }

    pub(super) fn hold(&self) -> Hold {
        self.hold
    }
}

pub(super) fn uuid(bytes: &[u8; 16]) -> Uuid {
    Uuid::from_bytes(*bytes)
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// Attempts and sequences count up from 1, one for each commit.
fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
