//! The feed: every commit once, in commit order, whoever reads while others write.

use std::collections::BTreeMap;
use std::sync::Arc;

use jisr_core::id::TransactionId;

use super::world::{committed, create, id, soon, update};
use crate::{FeedEntry, Journal, Position, Version, Write};

/// Positions grow with the order of the commits and each is found again with its events.
pub async fn the_feed_holds_every_commit_in_order(journal: Arc<dyn Journal>) {
    let (_, first, _) = committed(&journal, create(1)).await;
    let (_, second, _) = committed(&journal, create(2)).await;
    let (_, silent, _) = committed(&journal, update(2, Version(1), [])).await;
    assert_eq!(silent, second, "no events, no place of its own");
    let (_, third, _) = committed(&journal, update(1, Version(1), [2, 3, 4])).await;
    assert!(Position(0) < first && first < second && second < third);

    let read = journal.feed(Position(0), 100).await.expect("feed");
    let places: Vec<_> = read.iter().map(|entry| (entry.position, entry.transaction)).collect();
    assert_eq!(places, [(first, id(1)), (second, id(2)), (third, id(1))]);
    assert_eq!(sequences(&read), [1, 1, 2, 3, 4]);
    assert_eq!(journal.feed(Position(0), 2).await.expect("feed"), read[..2]);
    assert_eq!(journal.feed(first, 1).await.expect("feed"), read[1..2]);
    assert_eq!(journal.feed(third, 100).await.expect("feed"), []);
}

/// Who has been answered finds what was committed, and the head at or beyond it.
pub async fn the_head_is_current_when_the_answer_arrives(journal: Arc<dyn Journal>) {
    let mut head = journal.head();
    assert_eq!(*head.borrow_and_update(), Position(0));
    for n in 1..20 {
        let (_, position, _) = committed(&journal, create(n)).await;
        assert!(*journal.head().borrow() >= position);
        assert_eq!(journal.feed(Position(position.0 - 1), 1).await.expect("feed")[0].transaction, id(n));
    }
    soon(head.changed()).await.expect("the journal is open");
}

/// The history of one transaction, read piece by piece, is the same as read at once.
pub async fn history_pages_by_sequence(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    committed(&journal, create(2)).await;
    for (version, sequences) in [(1, 2..4), (2, 4..5), (3, 5..5), (4, 5..9)] {
        committed(&journal, update(1, Version(version), sequences)).await;
        committed(&journal, update(2, Version(version), [u32::try_from(version).expect("small") + 1])).await;
    }
    let whole = journal.history(id(1), 0, 100).await.expect("history");
    assert_eq!(sequences(&whole), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(whole.iter().all(|entry| entry.transaction == id(1) && !entry.events.is_empty()));
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let page = journal.history(id(1), after, 1).await.expect("history");
        let Some(last) = sequences(&page).last().copied() else { break };
        assert_eq!(page.len(), 1);
        after = last;
        pages.extend(page);
    }
    assert_eq!(pages, whole);
    // Within one commit's events: those up to `after` are not repeated.
    assert_eq!(sequences(&journal.history(id(1), 6, 10).await.expect("history")), [7, 8]);
    assert_eq!(sequences(&journal.history(id(1), 8, 10).await.expect("history")), []);
}

/// Eight writers commit while a reader follows the head: it sees each position once, in order, and in the end all.
pub async fn a_tailing_reader_misses_nothing_and_sees_nothing_twice(journal: Arc<dyn Journal>) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 40;
    let tailing = tokio::spawn(tail(Arc::clone(&journal), usize::try_from(WRITERS * EACH * 2).expect("small")));
    let writers = (0..WRITERS).map(|writer| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            let mut places = Vec::new();
            for n in (0..EACH).map(|n| writer * 1_000 + n) {
                let (version, position, _) = committed(&journal, create(n)).await;
                places.push((position, id(n)));
                // Now and then with a write that fails, which must leave no hole that looks like a loss.
                let failing: Write = update(n, Version(77), [2]);
                let mut results = journal.write_all(vec![failing, update(n, version, [2, 3])]).await;
                let (_, position, _) = super::world::expect_committed(results.pop().expect("two answers"));
                places.push((position, id(n)));
            }
            places
        })
    });
    let mut committed = BTreeMap::new();
    for writer in writers.collect::<Vec<_>>() {
        committed.extend(soon(writer).await.expect("no panic"));
    }
    let seen = soon(tailing).await.expect("no panic");
    assert!(seen.windows(2).all(|pair| pair[0].position < pair[1].position), "in order, nothing twice");
    let places: BTreeMap<Position, TransactionId> =
        seen.iter().map(|entry| (entry.position, entry.transaction)).collect();
    assert_eq!(places, committed, "all that was committed and nothing else");
    let mut last = BTreeMap::new();
    for (transaction, event) in
        seen.iter().flat_map(|entry| entry.events.iter().map(|event| (entry.transaction, event)))
    {
        let before = last.insert(transaction, event.sequence).unwrap_or(0);
        assert_eq!(event.sequence, before + 1, "the events of {transaction}");
    }
}

async fn tail(journal: Arc<dyn Journal>, wanted: usize) -> Vec<FeedEntry> {
    let mut head = journal.head();
    let (mut after, mut seen) = (Position(0), Vec::new());
    while seen.len() < wanted {
        let page = journal.feed(after, 7).await.expect("feed");
        match page.last() {
            Some(last) => {
                after = last.position;
                seen.extend(page);
            }
            None => drop(soon(head.wait_for(|head| *head > after)).await.expect("the journal is open")),
        }
    }
    seen
}

fn sequences(entries: &[FeedEntry]) -> Vec<u32> {
    entries.iter().flat_map(|entry| entry.events.iter().map(|event| event.sequence)).collect()
}
