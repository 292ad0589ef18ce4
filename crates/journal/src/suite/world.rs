//! Small transactions for the rules to be tried on.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, EventRecord, Leg, Moved};
use jisr_core::id::{Caller, MessageId, RequestId, TransactionId};
use jisr_core::state::TransactionState;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;

use crate::{
    Journal, NewTransaction, OutboxMessage, OutboxPosition, Position, RequestKey, StoredCase, Target, Version, Write,
    WriteError, Written,
};

/// So many milliseconds after an arbitrary moment of 2026.
pub(super) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000).plus(Duration::from_millis(millis))
}

/// The id of the `n`th transaction; made at `at(n)`.
pub(super) fn id(n: u64) -> TransactionId {
    TransactionId::new(at(n), [7; 10])
}

pub(super) fn message_id(n: u64) -> MessageId {
    MessageId::new(at(n), [9; 10])
}

/// A valid name from a literal.
pub(super) fn name<T: std::str::FromStr>(name: &str) -> T {
    name.parse().ok().expect("the name is valid")
}

/// A case with one leg and this state.
pub(super) fn case(n: u64, state: TransactionState) -> Case {
    let leg = Leg::planned(name("permit"), name("municipality"), name("issue-permit"), Vec::new());
    Case { state, ..Case::new(vec![leg], at(n), None) }
}

/// An event with this sequence; it says nothing true about the case, which a journal does not look into.
pub(super) fn event(sequence: u32) -> EventRecord {
    EventRecord {
        sequence,
        time: at(u64::from(sequence)),
        actor: Actor::new(ActorKind::Engine, "engine"),
        moved: Moved::Transaction { from: None, to: TransactionState::Submitted },
        reason: Some("TRIED".into()),
        note: LocalizedText::bilingual("تجربة", "A trial"),
    }
}

/// The creation of the `n`th transaction, with its first event and nothing else.
pub(super) fn create(n: u64) -> Write {
    let new = NewTransaction {
        id: id(n),
        reference_no: format!("JSR-{n}").into(),
        caller: Caller::new("ghubar"),
        service: name("building-permit"),
        centre: None,
        content: Bytes::from(format!("content of {n}")),
        case: case(n, TransactionState::Processing).into(),
    };
    Write {
        now: at(n),
        request: None,
        target: Target::Create(Box::new(new)),
        events: vec![event(1)],
        outbox: Vec::new(),
    }
}

/// The same with what is new about it changed.
pub(super) fn create_with(n: u64, edit: impl FnOnce(&mut NewTransaction)) -> Write {
    let mut write = create(n);
    if let Target::Create(new) = &mut write.target {
        edit(new);
    }
    write
}

/// A change of the `n`th transaction, with the events of these sequences.
pub(super) fn update(n: u64, expected: Version, sequences: impl IntoIterator<Item = u32>) -> Write {
    update_to(n, expected, case(n, TransactionState::Processing), sequences)
}

/// The same, to this case.
pub(super) fn update_to(n: u64, expected: Version, case: Case, sequences: impl IntoIterator<Item = u32>) -> Write {
    Write {
        now: at(n),
        request: None,
        target: Target::Update { id: id(n), expected, case: case.into() },
        events: sequences.into_iter().map(event).collect(),
        outbox: Vec::new(),
    }
}

/// A request of the caller `ghubar` to submit.
pub(super) fn request(n: u64, fingerprint: u8) -> RequestKey {
    RequestKey {
        caller: Caller::new("ghubar"),
        method: "SubmitTransaction",
        id: RequestId::from_bytes(*message_id(n).as_bytes()),
        fingerprint: [fingerprint; 32],
    }
}

/// A message for a department.
pub(super) fn message(n: u64, department: &str) -> OutboxMessage {
    OutboxMessage {
        id: message_id(n),
        department: name(department),
        transaction: id(n),
        leg: 0,
        attempt: 1,
        time: at(n),
        traceparent: n.is_multiple_of(2).then(|| "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        in_hand: false,
        body: Bytes::from(format!("body of {n}")),
    }
}

/// What a write that must succeed brought.
pub(super) async fn committed(journal: &Arc<dyn Journal>, write: Write) -> (Version, Position, Vec<OutboxPosition>) {
    expect_committed(journal.write(write).await)
}

pub(super) fn expect_committed(result: Result<Written, WriteError>) -> (Version, Position, Vec<OutboxPosition>) {
    match result {
        Ok(Written::Committed { version, position, outbox, .. }) => (version, position, outbox),
        other => panic!("the write must be committed, not {other:?}"),
    }
}

/// The stored case of the `n`th transaction, which must exist.
pub(super) async fn stored(journal: &Arc<dyn Journal>, n: u64) -> StoredCase {
    let mut found = journal.cases(&[id(n)]).await.expect("the journal answers");
    assert_eq!(found.len(), 1, "transaction {n} is stored once");
    found.remove(0)
}

/// Waits for something that must come soon.
pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it must not take a minute")
}
