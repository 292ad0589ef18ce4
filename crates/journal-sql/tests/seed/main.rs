//! The seeding of `examples/seed`: its copies are transactions like any other, in both databases.
#![allow(clippy::unwrap_used)]

#[path = "../../examples/seed/plan.rs"]
mod plan;
#[path = "../../examples/seed/postgres.rs"]
mod postgres;
#[path = "../../examples/seed/sqlite.rs"]
mod sqlite;

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, EventRecord, Leg, Moved};
use jisr_core::id::{Caller, RequestId, TransactionId};
use jisr_core::state::TransactionState;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_journal::{
    Filter, Journal, ListQuery, NewTransaction, Position, Prune, RequestKey, Target, Version, Write, Written,
};
use jisr_journal_sql::{PostgresJournal, PostgresOptions, SqliteJournal};
use jisr_testkit::postgres::Postgres;
use plan::Plan;

const NOW: Timestamp = Timestamp::from_millis(1_770_000_000_000);
/// Transactions that are copied, and copies.
const MODELS: u8 = 3;
const COPIES: i64 = 1_000;
/// Over which they are spread: request ids of some of them are forgotten.
const DAYS: i64 = 10;

fn id(n: u8) -> TransactionId {
    TransactionId::new(NOW, [n; 10])
}

fn case(state: TransactionState) -> Case {
    let leg = |name: &str| name.parse().unwrap();
    let leg = Leg::planned(leg("permit"), "municipality".parse().unwrap(), "issue-permit".parse().unwrap(), vec![]);
    Case { state, ..Case::new(vec![leg], NOW, None) }
}

fn event(sequence: u32, to: TransactionState) -> EventRecord {
    EventRecord {
        sequence,
        time: NOW,
        actor: Actor::new(ActorKind::Engine, "engine"),
        moved: Moved::Transaction { from: None, to },
        reason: None,
        note: LocalizedText::bilingual("صدرت الرخصة", "Permit issued"),
    }
}

fn create(n: u8) -> Write {
    let new = NewTransaction {
        id: id(n),
        reference_no: format!("JSR-{n}").into(),
        caller: Caller::new("ghubar"),
        service: "building-permit".parse().unwrap(),
        centre: Some("al-twar".parse().unwrap()),
        content: Bytes::from("طلب رخصة بناء"),
        case: case(TransactionState::Processing).into(),
    };
    let request = RequestKey {
        caller: Caller::new("ghubar"),
        method: "SubmitTransaction",
        id: RequestId::from_bytes([n; 16]),
        fingerprint: [1; 32],
    };
    let events = vec![event(1, TransactionState::Processing)];
    Write { now: NOW, request: Some(request), target: Target::Create(Box::new(new)), events, outbox: vec![] }
}

/// Finished ones, which are copied, and one that is not.
async fn prepare(journal: &dyn Journal) {
    for n in 0..=MODELS {
        journal.write(create(n)).await.unwrap();
        if n < MODELS {
            let case = case(TransactionState::Completed).into();
            let target = Target::Update { id: id(n), expected: Version(1), case };
            let events = vec![event(2, TransactionState::Completed)];
            journal.write(Write { now: NOW, request: None, target, events, outbox: vec![] }).await.unwrap();
        }
    }
}

async fn check(journal: &dyn Journal) {
    let filter = Filter { states: vec![TransactionState::Completed], ..Filter::default() };
    let (mut before, mut ids) = (None, HashSet::new());
    loop {
        let query = ListQuery { filter: filter.clone(), before, limit: 300 };
        let page = journal.list(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.stored.id);
        for found in page {
            assert_eq!(found.content, Bytes::from("طلب رخصة بناء"));
            assert!(ids.insert(found.stored.id));
        }
    }
    assert_eq!(i64::try_from(ids.len()).unwrap(), COPIES + i64::from(MODELS));

    let head = journal.overview().await.unwrap().head;
    let (mut after, mut seen) = (Position::default(), 0);
    loop {
        let entries = journal.feed(after, 300).await.unwrap();
        let Some(last) = entries.last() else { break };
        assert!(entries.iter().is_sorted_by(|a, b| a.position < b.position));
        (after, seen) = (last.position, seen + i64::try_from(entries.len()).unwrap());
    }
    assert_eq!((after, seen), (head, (COPIES + i64::from(MODELS)) * 2 + 1));

    let copy = *ids.iter().find(|copy| (0..MODELS).all(|n| **copy != id(n))).unwrap();
    let history = journal.history(copy, 0, 10).await.unwrap();
    let sequences: Vec<_> = history.iter().flat_map(|entry| &entry.events).map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2]);

    // Those that really came are long forgotten; of the copies, the last six and a half days are remembered, and nothing
    // is old enough to go.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(0).plus(now);
    let prune = |requests_before| journal.prune(Prune { requests_before, limit: 10_000 });
    assert_eq!(prune(now.minus(Duration::from_secs(7 * 24 * 3600))).await.unwrap(), u64::from(MODELS) + 1);
    assert_eq!(prune(now).await.unwrap(), 650);

    // And it goes on after them.
    let written = journal.write(create(MODELS + 1)).await.unwrap();
    assert!(matches!(written, Written::Committed { .. }), "{written:?}");
    assert!(journal.overview().await.unwrap().head > head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_filled_with_copies() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jisr.db");
    prepare(&SqliteJournal::open(&file).unwrap()).await;
    sqlite::seed(&file, &Plan::new(COPIES, DAYS).unwrap()).unwrap();
    check(&SqliteJournal::open(&file).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_filled_with_copies() {
    let server = Postgres::shared();
    let mut options = PostgresOptions::new(server.address(), "jisr");
    options.password = Some(server.password.as_str().into());
    options.schema = server.schema();
    prepare(&PostgresJournal::open(&options).await.unwrap()).await;
    postgres::seed(&server.url(), &options.schema, &Plan::new(COPIES, DAYS).unwrap()).await.unwrap();
    check(&PostgresJournal::open(&options).await.unwrap()).await;
}
