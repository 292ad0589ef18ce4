//! The directory of adapters, what is forgotten with age, and the operators' counts.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::state::TransactionState;

use super::world::{at, case, committed, create, create_with, message, name, request, update_to};
use crate::{AdapterRecord, Journal, Prune, Version, Write};

/// One announcement for each department: the last.
pub async fn adapters_keep_their_last_announcement(journal: Arc<dyn Journal>) {
    assert_eq!(journal.adapters().await.expect("adapters"), []);
    let record = |department: &str, time: u64| AdapterRecord {
        department: name(department),
        announcement: Bytes::from(format!("{department} at {time}")),
        time: at(time),
    };
    for (department, time) in [("municipality", 1), ("naturalization", 2), ("municipality", 3)] {
        journal.put_adapter(record(department, time)).await.expect("put adapter");
    }
    let mut kept = journal.adapters().await.expect("adapters");
    kept.sort_by(|a, b| a.department.cmp(&b.department));
    assert_eq!(kept, [record("municipality", 3), record("naturalization", 2)]);
}

/// Old request keys go, no more at a time than allowed; the young stay, and so do the transactions.
pub async fn pruning_forgets_the_old_bounded(journal: Arc<dyn Journal>) {
    for n in 0..10 {
        let write = Write { request: Some(request(n, 1)), ..create(n) };
        committed(&journal, write).await;
    }
    // Each row's time is that of its write: at(n).
    let prune = |requests, limit| Prune { requests_before: at(requests), limit };
    assert_eq!(journal.prune(prune(0, 100)).await.expect("prune"), 0, "before, not at");
    assert_eq!(journal.prune(prune(5, 2)).await.expect("prune"), 2);
    assert_eq!(journal.prune(prune(5, 2)).await.expect("prune"), 2);
    assert_eq!(journal.prune(prune(5, 100)).await.expect("prune"), 1);
    assert_eq!(journal.prune(prune(5, 100)).await.expect("prune"), 0);
    for n in 0..10 {
        let kept = journal.request(&request(n, 1)).await.expect("request").is_some();
        assert_eq!(kept, n >= 5, "request {n}");
    }
    assert_eq!(journal.feed(crate::Position(0), 100).await.expect("feed").len(), 10);
}

/// Live transactions by state and waiting messages by department; what has ended is not counted.
pub async fn overview_counts_what_is_live(journal: Arc<dyn Journal>) {
    let empty = journal.overview().await.expect("overview");
    assert_eq!(empty, crate::Overview::default());
    for n in 0..9 {
        let write = create_with(n, |new| new.case = case(n, TransactionState::Processing).into());
        committed(&journal, Write { outbox: vec![message(n, "municipality")], ..write }).await;
    }
    let mut head = crate::Position(0);
    for (n, state) in [
        (0, TransactionState::Completed),
        (1, TransactionState::Rejected),
        (2, TransactionState::Suspended),
        (3, TransactionState::Suspended),
    ] {
        (_, head, _) = committed(&journal, update_to(n, Version(1), case(n, state), [2])).await;
    }
    committed(&journal, update_to(3, Version(2), case(3, TransactionState::Expired), [])).await;
    let mut overview = journal.overview().await.expect("overview");
    overview.live.sort();
    assert_eq!(overview.live, [(TransactionState::Processing, 5), (TransactionState::Suspended, 1)]);
    assert_eq!(overview.outbox, [(name("municipality"), 9, at(0))]);
    assert_eq!(overview.head, head);
}
