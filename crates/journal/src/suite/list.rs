//! Lists: newest first, page by page, filtered.

use std::sync::Arc;

use jisr_core::id::{Caller, TransactionId};
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;

use super::world::{at, case, committed, create, create_with, id, name, soon, update_to};
use crate::{Filter, Journal, ListQuery, Version};

async fn ids(
    journal: &Arc<dyn Journal>,
    filter: &Filter,
    before: Option<TransactionId>,
    limit: u32,
) -> Vec<TransactionId> {
    let query = ListQuery { filter: filter.clone(), before, limit };
    let found = journal.list(&query).await.expect("list");
    found.iter().map(|transaction| transaction.stored.id).collect()
}

/// All pages of a list one after the other.
async fn pages(journal: &Arc<dyn Journal>, filter: &Filter, size: u32) -> Vec<TransactionId> {
    let mut all = Vec::new();
    loop {
        let page = ids(journal, filter, all.last().copied(), size).await;
        if page.is_empty() {
            return all;
        }
        assert!(page.len() <= usize::try_from(size).expect("small"));
        all.extend(page);
    }
}

/// What was there when the paging began is seen once each, however much arrives meanwhile.
pub async fn pages_have_neither_gaps_nor_repeats_while_others_insert(journal: Arc<dyn Journal>) {
    for n in 0..60 {
        committed(&journal, create(n)).await;
    }
    let inserting = {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            for n in 100..160 {
                committed(&journal, create(n)).await;
            }
        })
    };
    let seen = pages(&journal, &Filter::default(), 7).await;
    soon(inserting).await.expect("no panic");
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, nothing twice");
    let old: Vec<_> = seen.into_iter().filter(|seen| *seen < id(60)).collect();
    assert_eq!(old, (0..60).rev().map(id).collect::<Vec<_>>());
    let whole = pages(&journal, &Filter::default(), 1_000).await;
    assert_eq!(whole.len(), 120);
    let content = journal.list(&ListQuery { limit: 1, ..ListQuery::default() }).await.expect("list").remove(0).content;
    assert_eq!(content, "content of 159");
}

/// Each field of the filter selects, and together they select what all of them do.
pub async fn filters_select_and_combine(journal: Arc<dyn Journal>) {
    for n in 0..24 {
        let write = create_with(n, |new| {
            new.caller = Caller::new(if n % 2 == 0 { "ghubar" } else { "mobile" });
            new.service = name(if n % 3 == 0 { "building-permit" } else { "family-book" });
            new.centre = (n % 4 != 0).then(|| name(if n % 4 == 1 { "al-twar" } else { "al-barsha" }));
        });
        committed(&journal, write).await;
    }
    let check = async |filter: Filter, wanted: fn(u64) -> bool| {
        let expected: Vec<_> = (0..24).rev().filter(|n| wanted(*n)).map(id).collect();
        assert_eq!(pages(&journal, &filter, 5).await, expected, "{filter:?}");
    };
    let none = Filter::default;
    let micro = |millis, micros| Some(Timestamp::from_micros(at(millis).as_micros() + micros));
    check(none(), |_| true).await;
    check(Filter { caller: Some(Caller::new("mobile")), ..none() }, |n| n % 2 == 1).await;
    check(Filter { caller: Some(Caller::new("nobody")), ..none() }, |_| false).await;
    check(Filter { service: Some(name("building-permit")), ..none() }, |n| n % 3 == 0).await;
    check(Filter { centre: Some(name("al-twar")), ..none() }, |n| n % 4 == 1).await;
    check(Filter { reference_no: Some("JSR-5".into()), ..none() }, |n| n == 5).await;
    check(Filter { reference_no: Some("jsr-5".into()), ..none() }, |_| false).await;
    check(Filter { from: micro(7, 0), ..none() }, |n| n >= 7).await;
    check(Filter { from: micro(7, 1), ..none() }, |n| n > 7).await;
    check(Filter { to: micro(7, 0), ..none() }, |n| n < 7).await;
    check(Filter { from: micro(3, 0), to: micro(5, 1), ..none() }, |n| (3..=5).contains(&n)).await;
    let several = Filter {
        caller: Some(Caller::new("mobile")),
        states: vec![TransactionState::Processing, TransactionState::Completed],
        service: Some(name("building-permit")),
        centre: Some(name("al-barsha")),
        reference_no: None,
        from: micro(2, 0),
        to: micro(20, 0),
    };
    check(several.clone(), |n| n % 2 == 1 && n % 3 == 0 && n % 4 > 1 && (2..20).contains(&n)).await;
    let live = Filter { states: vec![TransactionState::Processing], ..several.clone() };
    check(live, |n| n % 2 == 1 && n % 3 == 0 && n % 4 > 1 && (2..20).contains(&n)).await;
    check(Filter { reference_no: Some("JSR-4".into()), ..several }, |_| false).await;
}

/// Every state can be asked for, alone and with others, and a transaction is listed under the one it is in now.
pub async fn state_filters_find_live_and_ended(journal: Arc<dyn Journal>) {
    let all = TransactionState::ALL;
    for (n, state) in (0..33).zip(all.into_iter().cycle()) {
        committed(&journal, create_with(n, |new| new.case = case(n, TransactionState::Submitted).into())).await;
        committed(&journal, update_to(n, Version(1), case(n, state), [2])).await;
    }
    let of = |states: &[TransactionState]| {
        let found = (0..33_u64).zip(all.into_iter().cycle()).filter(|(_, state)| states.contains(state));
        found.map(|(n, _)| id(n)).rev_sorted()
    };
    for state in all {
        let filter = Filter { states: vec![state], ..Filter::default() };
        assert_eq!(pages(&journal, &filter, 2).await, of(&[state]), "{state:?}");
    }
    for states in [
        vec![TransactionState::Processing, TransactionState::Suspended, TransactionState::Rejected],
        vec![TransactionState::Processing, TransactionState::Processing],
        vec![TransactionState::Completed, TransactionState::Submitted],
        all.to_vec(),
    ] {
        let filter = Filter { states: states.clone(), ..Filter::default() };
        assert_eq!(pages(&journal, &filter, 4).await, of(&states), "{states:?}");
    }
}

/// Newest first.
trait RevSorted {
    fn rev_sorted(self) -> Vec<TransactionId>;
}

impl<I: Iterator<Item = TransactionId>> RevSorted for I {
    fn rev_sorted(self) -> Vec<TransactionId> {
        let mut ids: Vec<_> = self.collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }
}
