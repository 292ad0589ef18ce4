//! The outbox: in order for each department, until cleared, with positions that only grow; each message waiting, or in
//! one hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use jisr_core::name::DepartmentId;

use super::world::{at, committed, create, id, message, name, update};
use crate::{Holding, Journal, OutboxMessage, OutboxPosition, OutboxRow, Version, Write, Written};

fn sending(write: Write, messages: &[(u64, &str)]) -> Write {
    let transaction = write.transaction();
    let sent = |(n, department): &(u64, &str)| OutboxMessage { transaction, ..message(*n, department) };
    Write { outbox: messages.iter().map(sent).collect(), ..write }
}

async fn waiting(journal: &Arc<dyn Journal>, department: &str, after: OutboxPosition, limit: u32) -> Vec<OutboxRow> {
    let department: DepartmentId = name(department);
    journal.waiting(&department, after, limit).await.expect("waiting")
}

/// Messages are read by department, oldest first, page by page, until they are cleared.
pub async fn messages_wait_in_order_until_cleared(journal: Arc<dyn Journal>) {
    let first = sending(create(1), &[(1, "municipality"), (2, "naturalization"), (3, "municipality")]);
    let (.., positions) = committed(&journal, first).await;
    assert_eq!(positions.len(), 3);
    assert!(OutboxPosition(0) < positions[0] && positions.is_sorted_by(|a, b| a < b));
    let (.., later) = committed(&journal, sending(create(2), &[(4, "municipality")])).await;
    assert!(positions[2] < later[0]);

    let all = waiting(&journal, "municipality", OutboxPosition(0), 10).await;
    let expected = [(positions[0], 1, 1), (positions[2], 3, 1), (later[0], 4, 2)];
    let row = |(position, n, transaction)| {
        let message = OutboxMessage { transaction: id(transaction), ..message(n, "municipality") };
        OutboxRow { position, message, left_behind: false }
    };
    assert_eq!(all, expected.map(row));
    assert_eq!(waiting(&journal, "municipality", OutboxPosition(0), 2).await, all[..2]);
    assert_eq!(waiting(&journal, "municipality", positions[2], 2).await, all[2..]);

    journal.clear(vec![positions[0], later[0]]).await.expect("clear");
    assert_eq!(waiting(&journal, "municipality", OutboxPosition(0), 10).await, all[1..2]);
    // Twice, or of what never was, is no error.
    journal.clear(vec![positions[0], OutboxPosition(i64::MAX)]).await.expect("clear");
    journal.clear(Vec::new()).await.expect("clear");
    assert_eq!(waiting(&journal, "naturalization", OutboxPosition(0), 10).await.len(), 1);
}

/// A position is never given again, also when nothing is left that remembers it.
pub async fn positions_grow_over_an_emptied_outbox(journal: Arc<dyn Journal>) {
    let mut newest = OutboxPosition(0);
    committed(&journal, create(1)).await;
    for version in 1..5 {
        let write = sending(update(1, Version(version), []), &[(1, "municipality")]);
        let (.., positions) = committed(&journal, write).await;
        assert!(positions[0] > newest);
        newest = positions[0];
        journal.clear(positions).await.expect("clear");
    }
}

/// Only departments with something waiting are named.
pub async fn departments_with_messages_waiting(journal: Arc<dyn Journal>) {
    assert!(journal.waiting_departments().await.expect("departments").is_empty());
    let departments = ["naturalization", "municipality", "transport"];
    let mut cleared = Vec::new();
    for (n, department) in (0..30).zip(departments.into_iter().cycle()) {
        let (.., positions) = committed(&journal, sending(create(n), &[(n, department)])).await;
        if department == "transport" {
            cleared.extend(positions);
        }
    }
    let mut named = journal.waiting_departments().await.expect("departments");
    named.sort();
    assert_eq!(named, ["municipality", "naturalization", "transport"].map(name::<DepartmentId>));
    journal.clear(cleared).await.expect("clear");
    let mut counted = journal.overview().await.expect("overview").outbox;
    counted.sort();
    assert_eq!(counted, [(name("municipality"), 10, at(1)), (name("naturalization"), 10, at(0))]);
    let mut named = journal.waiting_departments().await.expect("departments");
    named.sort();
    assert_eq!(named, ["municipality", "naturalization"].map(name::<DepartmentId>));
}

/// What its committer has in hand does not wait; given back unsent it does, as good as new.
pub async fn a_message_in_hand_does_not_wait(journal: Arc<dyn Journal>) {
    let in_hand = OutboxMessage { in_hand: true, ..message(1, "municipality") };
    let write = Write { outbox: vec![in_hand, message(2, "municipality")], ..create(1) };
    let Ok(Written::Committed { outbox, hold, .. }) = journal.write(write).await else { panic!("must be committed") };
    assert_eq!(journal.holding(hold), Holding::Sure);
    let all = waiting(&journal, "municipality", OutboxPosition(0), 10).await;
    assert_eq!(all.iter().map(|row| row.position).collect::<Vec<_>>(), outbox[1..]);

    let taken = journal.take(outbox.clone()).await.expect("take");
    assert_eq!(taken.positions, outbox[1..], "the other is in hand already");
    assert_eq!(journal.holding(taken.hold), Holding::Sure);
    assert!(waiting(&journal, "municipality", OutboxPosition(0), 10).await.is_empty());
    assert!(journal.waiting_departments().await.expect("departments").is_empty());
    assert_eq!(journal.recover().await.expect("recover"), None, "whose hand it is lives");

    journal.release(outbox.clone()).await.expect("release");
    let all = waiting(&journal, "municipality", OutboxPosition(0), 10).await;
    assert_eq!(
        all.iter().map(|row| (row.position, row.left_behind)).collect::<Vec<_>>(),
        [(outbox[0], false), (outbox[1], false)]
    );
    journal.take(outbox.clone()).await.expect("take");
    journal.clear(outbox).await.expect("clear");
    assert!(journal.overview().await.expect("overview").outbox.is_empty());
}

/// Many want the same messages at once: each goes into one hand.
pub async fn a_message_is_taken_by_one(journal: Arc<dyn Journal>) {
    let messages: Vec<_> = (0..60).map(|n| message(n, "municipality")).collect();
    let (.., positions) = committed(&journal, Write { outbox: messages, ..create(1) }).await;
    let takers = (0..6).map(|taker| {
        let journal = Arc::clone(&journal);
        let wanted = positions[taker * 5..taker * 5 + 35].to_vec();
        tokio::spawn(async move { journal.take(wanted).await.expect("take").positions })
    });
    let mut seen = BTreeSet::new();
    for taker in takers.collect::<Vec<_>>() {
        for position in taker.await.expect("no panic") {
            assert!(seen.insert(position), "{position:?} is in two hands");
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), positions);
}
