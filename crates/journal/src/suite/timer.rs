//! Timers: derived from the cases, so they change with them and never otherwise.

use std::sync::Arc;

use jisr_core::case::Case;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;

use super::world::{at, case, committed, create, create_with, id, update_to};
use crate::{Journal, Version};

fn waking(n: u64, wake: Option<Timestamp>) -> Case {
    let mut case = case(n, TransactionState::Processing);
    case.legs[0].progress.wake = wake;
    case
}

/// Due are those whose time has come, to the microsecond, earliest first and no more than asked for.
pub async fn due_timers_come_earliest_first(journal: Arc<dyn Journal>) {
    assert_eq!(journal.next_wake().await.expect("next wake"), None);
    for (n, wake) in
        [(1, Some(at(300))), (2, Some(at(100))), (3, None), (4, Some(at(200))), (5, Some(at(310))), (6, Some(at(320)))]
    {
        committed(&journal, create_with(n, |new| new.case = waking(n, wake).into())).await;
    }
    assert_eq!(journal.next_wake().await.expect("next wake"), Some(at(100)));
    let just_before = Timestamp::from_micros(at(100).as_micros() - 1);
    for (now, limit, expected) in [
        (just_before, 10, vec![]),
        (at(100), 10, vec![2]),
        (at(250), 10, vec![4]),
        (at(350), 2, vec![1, 5]),
        (at(350), 2, vec![6]),
        (at(350), 2, vec![]),
    ] {
        let due = journal.due(now, limit).await.expect("due");
        assert_eq!(due, expected.iter().map(|n| id(*n)).collect::<Vec<_>>(), "{now} {limit}");
        for n in expected {
            // Dealt with, as whoever asked does.
            committed(&journal, update_to(n, Version(1), waking(n, None), [])).await;
        }
    }
}

/// Moved, stopped and ended with the case; a case that ended or is held wakes no more, whatever its legs say.
pub async fn a_timer_follows_its_case(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    let held = Case { state: TransactionState::Suspended, ..waking(1, Some(at(100))) };
    let ended = Case { state: TransactionState::Completed, ..waking(1, Some(at(100))) };
    let mut waiting = case(1, TransactionState::InformationRequired);
    waiting.expire_time = Some(at(400));
    let steps = [
        (waking(1, Some(at(100))), Some(at(100))),
        (waking(1, Some(at(300))), Some(at(300))),
        (waking(1, None), None),
        (waiting, Some(at(400))),
        (held, None),
        (waking(1, Some(at(200))), Some(at(200))),
        (ended, None),
    ];
    for (version, (case, expected)) in (1..).zip(steps) {
        committed(&journal, update_to(1, Version(version), case, [])).await;
        assert_eq!(journal.next_wake().await.expect("next wake"), expected, "version {}", version + 1);
        let due = journal.due(at(1_000), 10).await.expect("due");
        assert_eq!(due.len(), usize::from(expected.is_some()), "version {}", version + 1);
    }
}
