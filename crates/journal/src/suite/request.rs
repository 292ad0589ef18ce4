//! Requests: the same one twice is done once, whenever the second comes.

use std::sync::Arc;

use jisr_core::id::Caller;

use super::world::{committed, create, id, request, update};
use crate::{Journal, Version, Write, WriteError, Written};

fn requesting(write: Write, n: u64, fingerprint: u8) -> Write {
    Write { request: Some(request(n, fingerprint)), ..write }
}

/// A retry, which makes a new id and reference, is told the transaction of the first.
pub async fn a_repeated_request_is_answered_by_the_same_transaction(journal: Arc<dyn Journal>) {
    let (_, head, _) = committed(&journal, requesting(create(1), 70, 1)).await;
    let again = journal.write(requesting(create(2), 70, 1)).await;
    assert!(matches!(again, Ok(Written::Replayed(first)) if first == id(1)), "{again:?}");
    assert!(journal.cases(&[id(2)]).await.expect("cases").is_empty());
    assert_eq!(journal.feed(head, 10).await.expect("feed"), []);
    assert_eq!(journal.request(&request(70, 1)).await.expect("request"), Some((id(1), true)));
}

/// Other content under the same id is a mistake of the caller, and says so.
pub async fn a_request_id_with_other_content_is_refused(journal: Arc<dyn Journal>) {
    committed(&journal, requesting(create(1), 70, 1)).await;
    let reused = journal.write(requesting(create(2), 70, 2)).await;
    assert!(matches!(reused, Err(WriteError::RequestReused)), "{reused:?}");
    assert_eq!(journal.request(&request(70, 2)).await.expect("request"), Some((id(1), false)));
    assert_eq!(journal.request(&request(71, 1)).await.expect("request"), None);
}

/// The same id of another caller, or to another method, is another request.
pub async fn a_request_id_belongs_to_its_caller_and_method(journal: Arc<dyn Journal>) {
    committed(&journal, requesting(create(1), 70, 1)).await;
    let mut foreign = requesting(create(2), 70, 2);
    if let Some(key) = &mut foreign.request {
        key.caller = Caller::new("another");
    }
    committed(&journal, foreign).await;
    let mut cancel = requesting(update(1, Version(1), [2]), 70, 3);
    if let Some(key) = &mut cancel.request {
        key.method = "CancelTransaction";
    }
    committed(&journal, cancel).await;
}

/// A request may change a transaction; its retry finds another version and is still recognised.
pub async fn an_update_may_answer_a_request_too(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    committed(&journal, requesting(update(1, Version(1), [2]), 70, 1)).await;
    for expected in [Version(1), Version(2)] {
        let again = journal.write(requesting(update(1, expected, [3]), 70, 1)).await;
        assert!(matches!(again, Ok(Written::Replayed(which)) if which == id(1)), "{again:?}");
    }
}

/// Of many copies at the same moment one makes the transaction and all the others are told of it.
pub async fn fifty_equal_requests_at_once_make_one_transaction(journal: Arc<dyn Journal>) {
    let racing = (0..50).map(|n| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { (id(n), journal.write(requesting(create(n), 70, 1)).await) })
    });
    let mut results = Vec::new();
    for race in racing.collect::<Vec<_>>() {
        results.push(race.await.expect("no panic"));
    }
    one_of_fifty(&journal, results).await;
}

/// The same where all copies share one call, and so one physical commit.
pub async fn fifty_equal_requests_in_one_call_make_one_transaction(journal: Arc<dyn Journal>) {
    let results = journal.write_all((0..50).map(|n| requesting(create(n), 70, 1)).collect()).await;
    one_of_fifty(&journal, (0..50).map(id).zip(results).collect()).await;
}

async fn one_of_fifty(
    journal: &Arc<dyn Journal>,
    results: Vec<(jisr_core::id::TransactionId, Result<Written, WriteError>)>,
) {
    assert_eq!(results.len(), 50);
    let made = |result: &Result<Written, WriteError>| matches!(result, Ok(Written::Committed { .. }));
    let (first, _) = results.iter().find(|(_, result)| made(result)).expect("one is committed");
    for (id, result) in results.iter().filter(|(id, _)| id != first) {
        assert!(matches!(result, Ok(Written::Replayed(which)) if which == first), "{id}: {result:?}");
    }
    let ids: Vec<_> = results.iter().map(|(id, _)| *id).collect();
    assert_eq!(journal.cases(&ids).await.expect("cases").len(), 1);
    assert_eq!(journal.feed(crate::Position(0), 100).await.expect("feed").len(), 1);
}
