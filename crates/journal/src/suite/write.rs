//! Writes: all or nothing, each by itself, on the version that was read.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::state::TransactionState;
use jisr_core::text::LocalizedText;

use super::world::{
    at, case, committed, create, create_with, expect_committed, id, message, name, request, stored, update, update_to,
};
use crate::{Journal, Position, Version, Write, WriteError, Written};

/// One call's writes are answered in order, and one that fails does not fail the others.
pub async fn each_write_of_a_call_stands_alone(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    let conflict = update(1, Version(9), [2]);
    let results = journal.write_all(vec![create(2), conflict, create(1), create(3)]).await;
    let [two, conflict, taken, three]: [Result<Written, WriteError>; 4] =
        results.try_into().expect("as many answers as writes");
    let ((_, before, _), (_, after, _)) = (expect_committed(two), expect_committed(three));
    assert!(matches!(conflict, Err(WriteError::VersionConflict)), "{conflict:?}");
    assert!(matches!(taken, Err(WriteError::ReferenceTaken)), "{taken:?}");
    assert!(before < after, "the feed has the order of the call");
    assert!(journal.write_all(Vec::new()).await.is_empty(), "nothing asked, nothing answered");
}

/// An update needs the version that was read; of two on the same version one is done.
pub async fn only_the_version_that_was_read_is_changed(journal: Arc<dyn Journal>) {
    let (version, ..) = committed(&journal, create(1)).await;
    assert_eq!(version, Version(1));
    let racing = (2..10).map(|sequence| {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { journal.write(update(1, Version(1), [sequence])).await })
    });
    let mut done = 0;
    for race in racing.collect::<Vec<_>>() {
        match race.await.expect("no panic") {
            Ok(Written::Committed { version, .. }) => {
                assert_eq!(version, Version(2));
                done += 1;
            }
            Err(WriteError::VersionConflict) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(done, 1, "one of eight");
    assert_eq!(stored(&journal, 1).await.version, Version(2));
    assert_eq!(journal.history(id(1), 0, 100).await.expect("history").len(), 2);
    let unknown = journal.write(update(2, Version(1), [1])).await;
    assert!(matches!(unknown, Err(WriteError::VersionConflict)), "{unknown:?}");
}

/// Neither a reference number nor an id is given twice.
pub async fn a_taken_id_or_reference_is_refused(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    for write in [
        create(1),
        create_with(2, |new| new.reference_no = "JSR-1".into()),
        create_with(1, |new| new.reference_no = "JSR-9".into()),
    ] {
        let taken = journal.write(write).await;
        assert!(matches!(taken, Err(WriteError::ReferenceTaken)), "{taken:?}");
    }
    assert_eq!(stored(&journal, 1).await.reference_no, "JSR-1".into());
    assert!(journal.cases(&[id(2)]).await.expect("cases").is_empty());
}

/// Of a write that is refused nothing stays: no events, no messages, no request, no state.
pub async fn a_refused_write_leaves_nothing(journal: Arc<dyn Journal>) {
    let (_, head, _) = committed(&journal, create(1)).await;
    let before = stored(&journal, 1).await;
    let full = |write: Write, n: u64| Write {
        request: Some(request(n, 1)),
        outbox: vec![message(n, "municipality")],
        ..write
    };
    let ended = case(1, TransactionState::Completed);
    let conflict = journal.write(full(update_to(1, Version(7), ended.clone(), [2]), 60)).await;
    assert!(matches!(conflict, Err(WriteError::VersionConflict)), "{conflict:?}");
    let taken = journal.write(full(create_with(2, |new| new.reference_no = "JSR-1".into()), 61)).await;
    assert!(matches!(taken, Err(WriteError::ReferenceTaken)), "{taken:?}");

    assert_eq!(stored(&journal, 1).await, before);
    assert_eq!(journal.feed(head, 10).await.expect("feed"), []);
    assert_eq!(*journal.head().borrow(), head);
    assert!(journal.waiting_departments().await.expect("departments").is_empty());
    for n in [60, 61] {
        assert_eq!(journal.request(&request(n, 1)).await.expect("request"), None);
    }
    // Nor do the requests count as used.
    committed(&journal, full(update_to(1, Version(1), ended, [2]), 60)).await;
    committed(&journal, full(create(2), 61)).await;
}

/// What is not there is not an error.
pub async fn unknown_transactions_are_left_out(journal: Arc<dyn Journal>) {
    assert_eq!(journal.head().borrow().to_owned(), Position(0));
    committed(&journal, create(1)).await;
    let cases = journal.cases(&[id(2), id(1), id(3)]).await.expect("cases");
    assert_eq!(cases.iter().map(|case| case.id).collect::<Vec<_>>(), [id(1)]);
    assert!(journal.transactions(&[id(2)]).await.expect("transactions").is_empty());
    assert!(journal.cases(&[]).await.expect("cases").is_empty());
    assert!(journal.history(id(2), 0, 10).await.expect("history").is_empty());
}

/// Every byte of the content and every letter of the case comes back, and an update leaves the content alone.
pub async fn arabic_and_large_content_come_back_as_they_were(journal: Arc<dyn Journal>) {
    let content: Bytes = (0..500 * 1024).map(|byte: u32| byte.to_le_bytes()[0] ^ byte.to_le_bytes()[1]).collect();
    let words = LocalizedText::bilingual("طلب رخصة بناء فيلا سكنية في منطقة الورقاء", "Permit for a villa, Al Warqa");
    let mut full = case(1, TransactionState::Processing);
    full.reason = Some("قيد_التدقيق".into());
    full.legs[0].progress.status = words;
    full.legs[0].progress.outcome = Some(Bytes::from_static(&[0, 159, 146, 150]));
    let write = create_with(1, |new| {
        new.content = content.clone();
        new.case = full.clone().into();
        new.centre = Some(name("al-twar"));
    });
    committed(&journal, write).await;
    let read = journal.transactions(&[id(1)]).await.expect("transactions").remove(0);
    assert_eq!((read.stored.id, read.stored.version), (id(1), Version(1)));
    assert_eq!((read.stored.caller.as_str(), read.stored.service.as_str()), ("ghubar", "building-permit"));
    assert_eq!(*read.stored.case, full);
    assert!(read.content == content, "the content differs");

    full.update_time = at(5);
    full.legs[0].progress.status = LocalizedText::default();
    committed(&journal, update_to(1, Version(1), full.clone(), [2])).await;
    let read = journal.transactions(&[id(1)]).await.expect("transactions").remove(0);
    assert_eq!(*read.stored.case, full);
    assert!(read.content == content, "the content differs after an update");
    let empty = create_with(2, |new| new.content = Bytes::new());
    committed(&journal, empty).await;
    assert!(journal.transactions(&[id(2)]).await.expect("transactions").remove(0).content.is_empty());
}
