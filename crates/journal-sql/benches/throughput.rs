//! What the journal can take: the life of a single-leg transaction, by many at once.
//! `cargo bench -p jisr-journal-sql`, with `-- <folder>` to measure another disk.

use std::fmt::Debug;
use std::io::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, Command, Event, Leg, Reply, RequestKind, Verdict, advance};
use jisr_core::id::{Caller, MessageId, RequestId, TransactionId};
use jisr_core::policy::Policy;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_journal::{Journal, NewTransaction, OutboxMessage, RequestKey, Target, Version, Write, Written};
use jisr_journal_sql::{PostgresJournal, PostgresOptions, SqliteJournal};
use jisr_testkit::postgres::Postgres;

/// Bytes of a small application, and of the request made of it.
const CONTENT: usize = 1_500;
const BODY: usize = 900;

fn main() -> io::Result<()> {
    let folder = match std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let sqlite = SqliteJournal::open(&folder.path().join("journal.db")).map_err(io::Error::other)?;
    measure("SQLite", Arc::new(sqlite), &runtime)?;
    let server = Postgres::start();
    let options = PostgresOptions {
        password: Some(server.password.as_str().into()),
        ..PostgresOptions::new(server.address(), "jisr")
    };
    let postgres = runtime.block_on(PostgresJournal::open(&options)).map_err(io::Error::other)?;
    measure("PostgreSQL", Arc::new(postgres), &runtime)
}

fn measure(name: &str, journal: Arc<dyn Journal>, runtime: &tokio::runtime::Runtime) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{name}\nsubmitters transactions    seconds transactions/s   writes/s")?;
    let made = Arc::new(AtomicU64::new(0));
    for (submitters, each) in [(1, 1_000), (32, 500), (128, 300), (512, 150)] {
        let begun = Instant::now();
        runtime.block_on(async {
            let tasks = (0..submitters).map(|_| {
                let (journal, made) = (Arc::clone(&journal), Arc::clone(&made));
                tokio::spawn(async move {
                    for _ in 0..each {
                        live(&*journal, made.fetch_add(1, Ordering::Relaxed)).await;
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.expect("no panic");
            }
        });
        let (transactions, took) = (submitters * each, begun.elapsed());
        let rate = per_second(transactions, took);
        // Each is created, acknowledged, completed and cleared.
        let (seconds, millis) = (took.as_secs(), took.subsec_millis());
        writeln!(out, "{submitters:>10} {transactions:>12} {seconds:>6}.{millis:03} {rate:>14} {:>10}", rate * 4)?;
    }
    Ok(())
}

fn per_second(count: u64, took: Duration) -> u64 {
    u64::try_from(u128::from(count) * 1_000_000 / took.as_micros().max(1)).unwrap_or(u64::MAX)
}

/// The life of a transaction: submitted with its request, acknowledged, succeeded; its message cleared.
async fn live(journal: &dyn Journal, n: u64) {
    let now = Timestamp::from_millis(1_770_000_000_000).plus(Duration::from_micros(n * 50));
    let random = random(n);
    let id = TransactionId::new(now, random);
    let leg = Leg::planned(name("permit"), name("municipality"), name("issue-permit"), vec![]);
    let step = |case: Case, command: Command, kind: ActorKind, actor: &str| {
        let decision = advance(case, &Policy::CAREFUL, &command, Actor::new(kind, actor), now).expect("allowed");
        let records: Vec<_> = decision.events.iter().map(|event: &Event| event.record(&decision.case)).collect();
        (decision.case, records)
    };
    let (case, events) = step(Case::new(vec![leg], now, None), Command::Begin, ActorKind::FrontEnd, "ghubar");
    let new = NewTransaction {
        id,
        reference_no: format!("JSR-{n:010}").into(),
        caller: Caller::new("ghubar"),
        service: name("building-permit"),
        centre: Some(name("al-twar")),
        content: Bytes::from(vec![b'x'; CONTENT]),
        case: case.clone().into(),
    };
    let message = OutboxMessage {
        id: MessageId::new(now, random),
        department: name("municipality"),
        transaction: id,
        leg: 0,
        attempt: 1,
        time: now,
        traceparent: None,
        in_hand: true,
        body: Bytes::from(vec![b'y'; BODY]),
    };
    // As random as a version 4 UUID.
    let mut request_id = [0; 16];
    request_id[..10].copy_from_slice(&random);
    let key = RequestKey {
        caller: Caller::new("ghubar"),
        method: "SubmitTransaction",
        id: RequestId::from_bytes(request_id),
        fingerprint: [7; 32],
    };
    let target = Target::Create(Box::new(new));
    let sent = commit(journal, Write { now, request: Some(key), target, events, outbox: vec![message] }).await;

    let reply = |sequence, verdict| Command::Reply {
        leg: 0,
        reply: Reply {
            attempt: 1,
            kind: RequestKind::Execute,
            sequence,
            called: Some(now),
            answered: Some(now),
            verdict,
        },
    };
    let update = |expected, case: &Case, events| {
        let target = Target::Update { id, expected: Version(expected), case: case.clone().into() };
        Write { now, request: None, target, events, outbox: vec![] }
    };
    let (case, events) = step(case, reply(1, Verdict::Acknowledged), ActorKind::Department, "municipality");
    commit(journal, update(1, &case, events)).await;
    let status = LocalizedText::bilingual("صدرت الرخصة", "Permit issued");
    let answer = jisr_core::case::Answer { outcome: Bytes::from(vec![b'z'; 200]), status };
    let (case, events) = step(case, reply(2, Verdict::Succeeded(answer)), ActorKind::Department, "municipality");
    assert!(case.state.is_terminal());
    commit(journal, update(2, &case, events)).await;
    journal.clear(sent).await.expect("clear");
}

async fn commit(journal: &dyn Journal, write: Write) -> Vec<jisr_journal::OutboxPosition> {
    match journal.write(write).await {
        Ok(Written::Committed { outbox, .. }) => outbox,
        other => panic!("{other:?}"),
    }
}

fn name<T: FromStr<Err: Debug>>(name: &str) -> T {
    name.parse().expect("a valid name")
}

/// SplitMix64, twice: looks random, is the same every time.
fn random(n: u64) -> [u8; 10] {
    let mix = |n: u64| {
        let n = (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) ^ (n >> 31)).to_be_bytes()
    };
    let mut random = [0; 10];
    random[..8].copy_from_slice(&mix(n));
    random[8..].copy_from_slice(&mix(n ^ u64::MAX)[..2]);
    random
}
