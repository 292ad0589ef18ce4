//! Outages: the network is cut, the server is killed, or stands still, or takes a process for gone.

use std::sync::Arc;
use std::time::Duration;

use jisr_journal::{Append, Holding, Outbox, OutboxPosition, Position, Query, Version, WriteError, Written};
use jisr_journal_sql::{PostgresJournal, PostgresOptions};
use jisr_testkit::postgres::Postgres;
use jisr_testkit::proxy::Proxy;
use jisr_testkit::wait;
use tokio::task::JoinSet;

use crate::world::{PATIENCE, create, id, name, open, options, update};

/// Writers that go on until each has made its transactions; every answer must be a commit, whatever happens meanwhile.
fn writers(journal: &Arc<PostgresJournal>, each: u32) -> JoinSet<()> {
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let journal = journal.clone();
        writers.spawn(async move {
            for n in (0..each).map(|n| writer * 10_000 + n) {
                for write in [create(n), update(n, Version(1), 2)] {
                    let result = journal.write(write).await;
                    assert!(matches!(result, Ok(Written::Committed { .. })), "{result:?}");
                }
            }
        });
    }
    writers
}

async fn all_done(mut writers: JoinSet<()>) {
    while let Some(ended) = tokio::time::timeout(PATIENCE, writers.join_next()).await.expect("in time") {
        ended.unwrap();
    }
}

/// What nobody knows to be committed is found out, and done once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_lose_and_repeat_nothing() {
    let server = Postgres::shared();
    let network = Proxy::start(server.port).await;
    let journal = Arc::new(open(&options(server, &server.schema(), network.port)).await);
    let writers = writers(&journal, 60);
    let mut before = Position(0);
    for _ in 0..15 {
        // Each cut comes while something is being written.
        let mut head = journal.head();
        let moved = head.wait_for(|head| *head > before);
        before = match tokio::time::timeout(Duration::from_secs(10), moved).await {
            Ok(head) => *head.unwrap(),
            Err(_) => break,
        };
        network.cut();
        network.heal();
    }
    all_done(writers).await;
    assert_eq!(journal.feed(Position(0), 2_000).await.unwrap().len(), 8 * 60 * 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_and_repeats_nothing() {
    let mut server = Postgres::start();
    let patient = PostgresOptions { patience: PATIENCE, ..options(&server, "jisr", server.port) };
    let journal = Arc::new(open(&patient).await);
    let writers = writers(&journal, 80);
    for kills in 1..=3 {
        let mut head = journal.head();
        head.wait_for(|head| head.0 >= kills * 150).await.unwrap();
        server.restart();
    }
    all_done(writers).await;
    assert_eq!(journal.feed(Position(0), 2_000).await.unwrap().len(), 8 * 80 * 2);
    assert_eq!(server.sql("SELECT count(*) FROM jisr.outbox WHERE owner IS NOT NULL"), (8 * 80).to_string());
}

/// Its callers are told that the database is down; what was committed all the same is sent, and was certainly not before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_nobody_heard_of_is_not_lost() {
    let server = Postgres::shared();
    let network = Proxy::start(server.port).await;
    let hasty = PostgresOptions { patience: Duration::from_secs(2), ..options(server, &server.schema(), network.port) };
    let journal = open(&hasty).await;
    let Ok(Written::Committed { hold, .. }) = journal.write(create(1)).await else { panic!() };
    // Waits at the database, and is committed when nobody listens any more.
    let schema = &hasty.schema;
    let blocker = {
        let (schema, server) = (schema.clone(), server);
        std::thread::spawn(move || {
            server.sql(&format!("BEGIN; SELECT * FROM {schema}.heads FOR UPDATE; SELECT pg_sleep(4); COMMIT;"))
        })
    };
    wait::until("the lock", PATIENCE, async || {
        let locks = format!(
            "SELECT count(*) FROM pg_locks WHERE relation = '{schema}.heads'::regclass AND mode = 'RowShareLock'"
        );
        (server.sql(&locks) != "0").then_some(())
    })
    .await;
    let result = journal.write(create(2)).await;
    assert!(matches!(result, Err(WriteError::Unavailable(_))), "{result:?}");
    blocker.join().unwrap();
    // The next one settles it.
    assert!(matches!(journal.write(create(3)).await, Ok(Written::Committed { .. })));
    assert_eq!(journal.recover().await.unwrap(), Some(0), "somebody should look");
    let again = journal.write(create(2)).await;
    assert!(matches!(again, Ok(Written::Replayed(first)) if first == id(2)), "{again:?}");
    let waiting = journal.waiting(&name("municipality"), OutboxPosition(0), 10).await.unwrap();
    let seen: Vec<_> = waiting.iter().map(|row| (row.message.transaction, row.left_behind)).collect();
    assert_eq!(seen, [(id(2), false)]);
    assert_eq!(journal.holding(hold), Holding::Sure);
}

/// A process that stood still must not send what another has taken over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_stood_still_learns_that_it_has_lost() {
    let server = Postgres::shared();
    let network = Proxy::start(server.port).await;
    let schema = server.schema();
    let quick = |port| PostgresOptions {
        silent: Duration::from_secs(2),
        frozen: Duration::from_secs(4),
        patience: Duration::from_secs(2),
        ..options(server, &schema, port)
    };
    let (still, living) = (open(&quick(network.port)).await, open(&quick(server.port)).await);
    let Ok(Written::Committed { hold, .. }) = still.write(create(1)).await else { panic!() };
    assert_eq!(still.holding(hold), Holding::Sure);
    network.stall();
    wait::until("doubt", PATIENCE, async || (still.holding(hold) == Holding::Unsure).then_some(())).await;
    assert_eq!(wait::until("its end", PATIENCE, async || living.recover().await.unwrap()).await, 1);
    assert_ne!(still.holding(hold), Holding::Sure, "it has stopped sending well before");
    network.heal();
    wait::until("the news", PATIENCE, async || (still.holding(hold) == Holding::Lost).then_some(())).await;
    let Ok(Written::Committed { hold: later, .. }) = still.write(create(2)).await else { panic!() };
    assert_ne!(later, hold);
    wait::until("certainty", PATIENCE, async || (still.holding(later) == Holding::Sure).then_some(())).await;
}
