//! The outbox: in order for each department, until cleared, with positions that only grow.

use std::sync::Arc;

use jisr_core::name::DepartmentId;

use super::world::{at, committed, create, message, name, update};
use crate::{Journal, OutboxPosition, OutboxRow, Version, Write};

fn sending(write: Write, messages: &[(u64, &str)]) -> Write {
    Write { outbox: messages.iter().map(|(n, department)| message(*n, department)).collect(), ..write }
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
    assert_eq!(journal.newest().await.expect("newest"), later[0]);

    let all = waiting(&journal, "municipality", OutboxPosition(0), 10).await;
    let expected = [(positions[0], 1), (positions[2], 3), (later[0], 4)];
    let row = |(position, n)| OutboxRow { position, message: message(n, "municipality") };
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
    let mut newest = journal.newest().await.expect("newest");
    assert_eq!(newest, OutboxPosition(0));
    committed(&journal, create(1)).await;
    for version in 1..5 {
        let write = sending(update(1, Version(version), []), &[(1, "municipality")]);
        let (.., positions) = committed(&journal, write).await;
        assert!(positions[0] > newest);
        newest = positions[0];
        journal.clear(positions).await.expect("clear");
        assert_eq!(journal.newest().await.expect("newest"), newest, "cleared, not forgotten");
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
