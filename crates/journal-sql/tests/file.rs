//! What only a journal in a file can do: survive, be in use, be too new.

use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, EventRecord, Leg, Moved};
use jisr_core::id::{Caller, MessageId, RequestId, TransactionId};
use jisr_core::state::TransactionState;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_journal::{
    AdapterRecord, Append, Directory, NewTransaction, Outbox, OutboxMessage, OutboxPosition, Position, Query,
    RequestKey, Target, Timers, Version, Write, WriteError, Written,
};
use jisr_journal_sql::{OpenError, SqliteJournal, SqliteOptions};
use rusqlite::Connection;

const NOW: Timestamp = Timestamp::from_millis(1_770_000_000_000);

fn id(n: u8) -> TransactionId {
    TransactionId::new(NOW, [n; 10])
}

fn name<T: FromStr<Err: Debug>>(name: &str) -> T {
    name.parse().expect("a valid name")
}

/// A creation with everything a write can have.
fn create(n: u8) -> Write {
    let leg = Leg::planned(name("permit"), name("municipality"), name("issue-permit"), vec![]);
    let mut case = Case::new(vec![leg], NOW, None);
    case.state = TransactionState::Processing;
    case.legs[0].progress.wake = Some(NOW);
    let caller = Caller::new("ghubar");
    let new = NewTransaction {
        id: id(n),
        reference_no: format!("JSR-{n}").into(),
        caller: caller.clone(),
        service: name("building-permit"),
        centre: Some(name("al-twar")),
        content: Bytes::from("طلب رخصة بناء"),
        case: case.into(),
    };
    let message = OutboxMessage {
        id: MessageId::new(NOW, [n; 10]),
        department: name("municipality"),
        transaction: id(n),
        leg: 0,
        attempt: 1,
        time: NOW,
        traceparent: None,
        in_hand: n % 2 == 1,
        body: Bytes::from_static(b"body"),
    };
    let event = EventRecord {
        sequence: 1,
        time: NOW,
        actor: Actor::new(ActorKind::FrontEnd, "ghubar"),
        moved: Moved::Transaction { from: None, to: TransactionState::Submitted },
        reason: None,
        note: LocalizedText::default(),
    };
    let fingerprint = [n; 32];
    let request_id = RequestId::from_bytes(*id(n).as_bytes());
    Write {
        now: NOW,
        request: Some(RequestKey { caller, method: "SubmitTransaction", id: request_id, fingerprint }),
        target: Target::Create(Box::new(new)),
        events: vec![event],
        outbox: vec![message],
    }
}

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path).expect("the journal opens")
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    for n in 1..=3 {
        assert!(matches!(journal.write(create(n)).await, Ok(Written::Committed { .. })));
    }
    journal.clear(vec![OutboxPosition(2), OutboxPosition(3)]).await.unwrap();
    let record = AdapterRecord { department: name("municipality"), announcement: Bytes::from_static(b"a"), time: NOW };
    journal.put_adapter(record.clone()).await.unwrap();
    let before = journal.transactions(&[id(1), id(2), id(3)]).await.unwrap();
    assert_eq!(before.len(), 3);
    let feed = journal.feed(Position(0), 10).await.unwrap();
    drop(journal);

    let journal = open(&path);
    assert_eq!(journal.transactions(&[id(1), id(2), id(3)]).await.unwrap(), before);
    assert_eq!(journal.feed(Position(0), 10).await.unwrap(), feed);
    assert_eq!(*journal.head().borrow(), Position(3));
    let waiting = journal.waiting(&record.department, OutboxPosition(0), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.left_behind).collect::<Vec<_>>(), [true], "it was in hand");
    assert_eq!(journal.next_wake().await.unwrap(), Some(NOW));
    assert_eq!(journal.adapters().await.unwrap(), [record]);
    assert!(matches!(journal.write(create(1)).await, Ok(Written::Replayed(first)) if first == id(1)));
    let Ok(Written::Committed { version, position, outbox, .. }) = journal.write(create(4)).await else { panic!() };
    assert_eq!((version, position, outbox), (Version(1), Position(4), vec![OutboxPosition(4)]), "no place given twice");
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let first = open(&path);
    let error = SqliteJournal::open(&path).err().expect("in use");
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("the journal {} is in use by another process", path.display()));
    assert!(first.write(create(1)).await.is_ok(), "the first is not disturbed");
    drop(first);
    assert_eq!(open(&path).cases(&[id(1)]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_later_schema_and_a_foreign_file_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(open(&path));
    Connection::open(&path).unwrap().execute("INSERT INTO schema_version VALUES (7)", []).unwrap();
    let error = SqliteJournal::open(&path).err().expect("too new");
    assert!(matches!(error, OpenError::TooNew { found: 7, .. }), "{error:?}");

    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "ملاحظات لا علاقة لها بقاعدة البيانات ".repeat(200)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = SqliteJournal::open(&path).err().expect("no database");
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // A folder in its place.
    let error = SqliteJournal::open(folder.path()).err().expect("a folder");
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
}

/// The database refuses one commit: its writes are "unavailable", and the journal lives on with the next.
#[tokio::test]
async fn a_failed_commit_fails_its_writes_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    assert!(journal.write(create(1)).await.is_ok());
    let other = Connection::open(&path).unwrap();
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN new.body = x'626f6479'
                   BEGIN SELECT raise(ABORT, 'disk on strike'); END";
    other.execute_batch(trigger).unwrap();
    let silent = Write { outbox: vec![], ..create(2) };
    let results = journal.write_all(vec![silent, create(3)]).await;
    for result in results {
        let Err(WriteError::Unavailable(error)) = result else { panic!("{result:?}") };
        assert_eq!(error.to_string(), "the journal is unavailable: disk on strike");
    }
    assert!(journal.cases(&[id(2), id(3)]).await.unwrap().is_empty());
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    let again = journal.write_all(vec![create(2), create(3)]).await;
    assert!(again.iter().all(|result| matches!(result, Ok(Written::Committed { .. }))), "{again:?}");
    assert_eq!(*journal.head().borrow(), Position(3), "positions of the failed commit are used again");
}

/// A small batch limit splits what waits into several commits and loses none of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_a_batch_takes_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { read_connections: 0, max_batch: 3, ..SqliteOptions::new(folder.path().join("j.db")) };
    let journal = Arc::new(SqliteJournal::open_with(&options).unwrap());
    let tasks = (0..100).map(|n| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { journal.write(create(n)).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert!(matches!(task.await.unwrap(), Ok(Written::Committed { .. })));
    }
    assert_eq!(journal.feed(Position(0), 1_000).await.unwrap().len(), 100);
}

#[test]
#[cfg(unix)]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let _journal = open(&path);
    for file in ["journal.db", "journal.db-wal", "journal.db.lock"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}
