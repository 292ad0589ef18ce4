//! Rounds: who is in which, how many are in one, and what a panic does.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Answers with the number of the round and how many were in it.
#[derive(Default)]
struct Counting {
    rounds: AtomicUsize,
}

#[async_trait]
impl Round for Counting {
    type Item = u32;
    type Done = (usize, usize);

    async fn round(&self, items: Vec<Place<u32, (usize, usize)>>) {
        let number = self.rounds.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(items.iter().all(|place| place.item != 13), "a round that fails");
        let count = items.len();
        for place in items {
            let _ = place.done.send((number, count));
        }
    }
}

#[tokio::test]
async fn who_comes_together_is_in_one_round_and_no_round_is_too_large() {
    let gather = Gather::new(Counting::default(), Duration::from_millis(100), 10);
    let all = futures::future::join_all((20..45).map(|item| gather.take_part(item))).await;
    let mut rounds: Vec<_> = all.into_iter().map(Option::unwrap).collect();
    rounds.dedup();
    assert_eq!(rounds, [(1, 10), (2, 10), (3, 5)]);
    assert_eq!(gather.take_part(50).await, Some((4, 1)), "after a rest");
}

#[tokio::test]
async fn a_round_that_fails_lets_its_own_go_and_no_other() {
    let gather = Gather::new(Counting::default(), Duration::from_millis(100), 10);
    assert_eq!(gather.take_part(13).await, None);
    assert_eq!(gather.take_part(1).await, Some((2, 1)));
}
