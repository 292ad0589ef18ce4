//! Parked legs: in the list exactly as long as their case holds them.

use std::sync::Arc;

use jisr_core::case::{Case, Leg};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::job::Selection;
use jisr_core::state::{LegState, TransactionState};

use super::world::{at, case, committed, create, create_with, id, name, update_to};
use crate::{Failure, FailureQuery, Journal, Version, Write};

/// The `n`th case with its leg parked by this fault.
fn parked(n: u64, code: &str, version: Option<&str>) -> Case {
    let mut case = case(n, TransactionState::Processing);
    park(&mut case.legs[0], code, version);
    case
}

fn park(leg: &mut Leg, code: &str, version: Option<&str>) {
    let mut fault = Fault::new(FaultClass::Permanent, code).detail("كلمة المرور منتهية");
    fault.adapter_version = version.map(Into::into);
    leg.progress.state = LegState::Failed;
    leg.progress.held = true;
    leg.progress.attempt += 1;
    leg.progress.fault = Some((fault, at(0)));
}

async fn list(journal: &Arc<dyn Journal>, selection: Selection) -> Vec<Failure> {
    journal.failures(&FailureQuery { selection, after: None, limit: 100 }).await.expect("failures")
}

/// Parked, unparked, parked again and ended: the list says so at once, and since when without interruption.
pub async fn failures_follow_their_case(journal: Arc<dyn Journal>) {
    committed(&journal, create(1)).await;
    committed(&journal, create(2)).await;
    assert_eq!(list(&journal, Selection::default()).await, []);
    let healthy = case(1, TransactionState::Processing);
    let mut two = parked(1, "FIRST", Some("1.0"));
    two.legs.push(Leg::planned(name("noc"), name("municipality"), name("noc-issue"), vec![]));
    let mut both = two.clone();
    park(&mut both.legs[1], "SECOND", None);
    both.legs[0].progress.attempt = 7;
    let ended = Case { state: TransactionState::Completed, ..both.clone() };
    let steps: [(Case, Vec<Parked>); 7] = [
        (two.clone(), vec![(0, "FIRST", 11)]),
        // Another leg of the same transaction; the first stays where it was, with what has changed about it.
        (both.clone(), vec![(0, "FIRST", 11), (1, "SECOND", 12)]),
        (two.clone(), vec![(0, "FIRST", 11)]),
        (healthy.clone(), vec![]),
        (healthy, vec![]),
        (both, vec![(0, "FIRST", 16), (1, "SECOND", 16)]),
        (ended, vec![]),
    ];
    for (version, (case, expected)) in (1_u64..).zip(steps) {
        let expected_version = Version(i64::try_from(version).expect("small"));
        committed(&journal, Write { now: at(10 + version), ..update_to(1, expected_version, case.clone(), []) }).await;
        let found = list(&journal, Selection::default()).await;
        let seen: Vec<_> = found.iter().map(|found| (found.held.leg, &*found.held.reason, found.since)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(leg, reason, since)| (leg, reason, at(since))).collect();
        assert_eq!(seen, expected, "after step {version}");
        for found in &found {
            assert_eq!((found.transaction, &*found.reference_no), (id(1), "JSR-1"));
            let leg = &case.legs[usize::from(found.held.leg)];
            assert_eq!((&found.held.leg_id, found.held.attempt), (&leg.id, leg.progress.attempt));
            assert_eq!((found.held.state, found.held.class), (LegState::Failed, Some(FaultClass::Permanent)));
            assert_eq!(found.held.detail.as_deref(), Some("كلمة المرور منتهية"));
        }
    }
    // A write that is refused parks nothing.
    let stale = journal.write(update_to(2, Version(9), parked(2, "LOST", None), [])).await;
    assert!(stale.is_err() && list(&journal, Selection::default()).await.is_empty());
    // Parked from the very beginning.
    committed(&journal, create_with(3, |new| new.case = parked(3, "BORN", None).into())).await;
    assert_eq!(list(&journal, Selection::default()).await.len(), 1);
}

/// Pages go from the longest parked to the latest without gap or repeat, and each field of a selection selects.
pub async fn failures_page_oldest_first_and_select(journal: Arc<dyn Journal>) {
    for n in 0..30_u64 {
        let code = if n.is_multiple_of(3) { "BUSY" } else { "CREDENTIALS" };
        let version = (n % 2 == 0).then_some("1.1");
        let write = create_with(n, |new| {
            new.case = parked(n, code, version).into();
            if n >= 20 {
                Arc::make_mut(&mut new.case).legs[0].department = name("health");
                Arc::make_mut(&mut new.case).legs[0].operation = name("fitness");
                Arc::make_mut(&mut new.case).legs[0].id = name("fitness");
            }
        });
        // Three by three at the same moment, later ones earlier.
        committed(&journal, Write { now: at(100 - n / 3), ..write }).await;
    }
    let all = list(&journal, Selection::default()).await;
    assert_eq!(all.len(), 30);
    assert!(all.windows(2).all(|pair| pair[0].place() < pair[1].place()));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let query = FailureQuery { selection: Selection::default(), after, limit: 7 };
        let page = journal.failures(&query).await.expect("failures");
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        assert!(page.len() <= 7);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let none = Selection::default;
    for (selection, expected) in [
        (none(), 30),
        (Selection { transaction: Some(id(4)), ..none() }, 1),
        (Selection { leg: Some(name("fitness")), ..none() }, 10),
        (Selection { transaction: Some(id(4)), leg: Some(name("fitness")), ..none() }, 0),
        (Selection { department: Some(name("health")), ..none() }, 10),
        (Selection { operation: Some(name("issue-permit")), ..none() }, 20),
        (Selection { reason: Some("BUSY".into()), ..none() }, 10),
        (Selection { adapter_version: Some("1.1".into()), ..none() }, 15),
        (Selection { adapter_version: Some("".into()), ..none() }, 15),
        (Selection { since: Some(at(100)), ..none() }, 3),
        (Selection { before: Some(at(100)), ..none() }, 27),
        (Selection { since: Some(at(92)), before: Some(at(94)), ..none() }, 6),
        (Selection { department: Some(name("health")), reason: Some("BUSY".into()), ..none() }, 3),
        (Selection { department: Some(name("utilities")), ..none() }, 0),
    ] {
        let found = list(&journal, selection.clone()).await;
        assert_eq!(found.len(), expected, "{selection:?}");
        let count = journal.count_failures(&selection).await.expect("count");
        assert_eq!(usize::try_from(count), Ok(expected), "{selection:?}");
        let grouped = journal.failure_groups(&selection).await.expect("groups");
        assert_eq!(grouped.iter().map(|group| group.count).sum::<u64>(), count, "{selection:?}");
    }
}

/// A group is a reason of an operation of a department with a version; the largest comes first.
pub async fn failures_group_by_cause(journal: Arc<dyn Journal>) {
    let made = [("BUSY", None), ("BUSY", Some("1.0")), ("BUSY", Some("1.0")), ("GONE", None), ("BUSY", Some("1.0"))];
    for (n, (code, version)) in (1_u64..).zip(made) {
        let write = create_with(n, |new| new.case = parked(n, code, version).into());
        committed(&journal, Write { now: at(50 - n), ..write }).await;
    }
    let groups = journal.failure_groups(&Selection::default()).await.expect("groups");
    let seen: Vec<_> = groups.iter().map(|group| (&*group.reason, &*group.adapter_version, group.count)).collect();
    assert_eq!((seen[0], seen.len()), (("BUSY", "1.0", 3), 3));
    let largest = &groups[0];
    assert_eq!((largest.first.since, largest.last), (at(45), at(48)));
    assert_eq!((largest.first.transaction, largest.first.leg, &largest.first_leg), (id(5), 0, &name("permit")));
    assert_eq!((&largest.department, &largest.operation), (&name("municipality"), &name("issue-permit")));
}

/// A parked leg as the list has it: its position, the reason, and since which minute.
type Parked = (u16, &'static str, u64);
