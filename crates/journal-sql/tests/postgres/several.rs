//! Several processes on one database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jisr_journal::{
    Append, FeedEntry, Holding, Outbox, OutboxPosition, Position, Query, Target, Timers, Version, Write, WriteError,
    Written,
};
use jisr_journal_sql::PostgresOptions;
use jisr_testkit::postgres::Postgres;
use jisr_testkit::wait;

use crate::world::{NOW, PATIENCE, case, create, id, name, open, options, update};

/// Commits by two processes; each follows the head and sees every position once, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_see_one_feed_in_commit_order() {
    let server = Postgres::shared();
    let options = options(server, &server.schema(), server.port);
    let processes = [Arc::new(open(&options).await), Arc::new(open(&options).await)];
    let readers = processes.clone().map(|journal| {
        tokio::spawn(async move {
            let (mut head, mut seen) = (journal.head(), Vec::<FeedEntry>::new());
            while seen.len() < 600 {
                let after = seen.last().map_or(Position(0), |entry| entry.position);
                let page = journal.feed(after, 7).await.unwrap();
                if page.is_empty() {
                    tokio::time::timeout(PATIENCE, head.wait_for(|head| *head > after)).await.unwrap().unwrap();
                }
                seen.extend(page);
            }
            seen
        })
    });
    let writers = (0..12_u32).map(|writer| {
        let journal = processes[usize::from(writer % 2 == 0)].clone();
        tokio::spawn(async move {
            for n in 0..25 {
                let n = writer * 1_000 + n;
                assert!(journal.write(create(n)).await.is_ok());
                assert!(journal.write(update(n, Version(1), 2)).await.is_ok());
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    for reader in readers {
        let seen = tokio::time::timeout(PATIENCE, reader).await.unwrap().unwrap();
        let places: Vec<_> = seen.iter().map(|entry| entry.position.0).collect();
        assert_eq!(places, (1..=600).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_want_at_once_is_done_once() {
    let server = Postgres::shared();
    let options = options(server, &server.schema(), server.port);
    let processes = [Arc::new(open(&options).await), Arc::new(open(&options).await)];
    let mut made = 0;
    for n in 0..40 {
        // The same request through two gateways, each of which made an id and a number of its own.
        let other = match create(n + 1_000) {
            Write { target: Target::Create(new), request: _, .. } => {
                Write { target: Target::Create(new), outbox: vec![], ..create(n) }
            }
            _ => unreachable!(),
        };
        let (one, two) = tokio::join!(processes[0].write(create(n)), processes[1].write(other));
        let committed = [&one, &two].into_iter().filter(|result| matches!(result, Ok(Written::Committed { .. })));
        assert_eq!(committed.count(), 1, "{one:?} {two:?}");
        made += 1;
        let winner = if matches!(one, Ok(Written::Committed { .. })) { id(n) } else { id(n + 1_000) };
        let replayed = [one, two].into_iter().find_map(|result| match result {
            Ok(Written::Replayed(first)) => Some(first),
            _ => None,
        });
        assert_eq!(replayed, Some(winner));
        // Two engines settle the same transaction.
        let target = |_| Target::Update { id: winner, expected: Version(1), case: case(n, None).into() };
        let settle = |target| Write { target, ..update(n, Version(1), 2) };
        let (one, two) = tokio::join!(processes[0].write(settle(target(0))), processes[1].write(settle(target(1))));
        let conflicts = [one, two].into_iter().filter(|result| matches!(result, Err(WriteError::VersionConflict)));
        assert_eq!(conflicts.count(), 1);
    }
    assert_eq!(processes[0].feed(Position(0), 1_000).await.unwrap().len(), made * 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wake_up_is_given_to_one() {
    let server = Postgres::shared();
    let options = options(server, &server.schema(), server.port);
    let (one, two) = (open(&options).await, open(&options).await);
    let waking = |n| {
        let Write { target: Target::Create(mut new), .. } = create(n) else { unreachable!() };
        new.case = case(n, Some(NOW)).into();
        Write { target: Target::Create(new), ..create(n) }
    };
    for result in one.write_all((0..50).map(waking).collect()).await {
        assert!(result.is_ok(), "{result:?}");
    }
    let (first, second) = tokio::join!(one.due(NOW, 40), two.due(NOW, 40));
    let (first, second) = (first.unwrap(), second.unwrap());
    let all: BTreeSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), first.len() + second.len(), "none is given twice");
    assert!(two.due(NOW, 100).await.unwrap().len() + all.len() == 50);
    // What whoever had it did not deal with comes back.
    assert_eq!(two.due(NOW.plus(Duration::from_secs(6)), 100).await.unwrap().len(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_that_has_gone_had_in_hand_is_left_behind() {
    let server = Postgres::shared();
    let soon = PostgresOptions { silent: Duration::from_secs(1), ..options(server, &server.schema(), server.port) };
    let (gone, living) = (open(&soon).await, open(&soon).await);
    let Ok(Written::Committed { hold, .. }) = living.write(create(1)).await else { panic!() };
    assert!(gone.write(create(2)).await.is_ok());
    let waiting = async || living.waiting(&name("municipality"), OutboxPosition(0), 10).await.unwrap();
    assert!(waiting().await.is_empty());
    assert_eq!(living.recover().await.unwrap(), None);
    drop(gone);
    let messages = wait::until("its end", PATIENCE, async || living.recover().await.unwrap()).await;
    assert_eq!(messages, 1);
    let waiting = waiting().await;
    assert_eq!(
        waiting.iter().map(|row| (row.message.transaction, row.left_behind)).collect::<Vec<_>>(),
        [(id(2), true)]
    );
    assert_eq!(living.holding(hold), Holding::Sure);
    let taken = living.take(waiting.iter().map(|row| row.position).collect()).await.unwrap();
    assert_eq!((taken.hold, taken.positions.len()), (hold, 1));
}
