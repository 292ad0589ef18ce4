//! Which deliveries are unsettled, and how few acknowledgements say that some no longer are.

use std::collections::BTreeSet;

/// Delivery tags of one channel that the broker waits for.
#[derive(Debug, Default)]
pub(super) struct Tags(BTreeSet<u64>);

/// What to acknowledge: everything up to one tag, and some beyond it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Acks {
    /// With `multiple`.
    pub(super) up_to: Option<u64>,
    /// Each by itself, so that what comes after a slow one does not wait for it.
    pub(super) single: Vec<u64>,
}

impl Tags {
    pub(super) fn delivered(&mut self, tag: u64) {
        self.0.insert(tag);
    }

    /// The broker heard of it otherwise, or is about to.
    pub(super) fn forget(&mut self, tag: u64) {
        self.0.remove(&tag);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes these out; they were dealt with.
    pub(super) fn acknowledge(&mut self, mut tags: Vec<u64>) -> Acks {
        tags.sort_unstable();
        let mut acks = Acks::default();
        for tag in tags {
            if self.0.first() == Some(&tag) {
                acks.up_to = Some(tag);
            } else {
                acks.single.push(tag);
            }
            self.0.remove(&tag);
        }
        acks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unsettled: &[u64], done: &[u64], up_to: Option<u64>, single: &[u64]) {
        let mut tags = Tags(unsettled.iter().copied().collect());
        let acks = tags.acknowledge(done.to_vec());
        assert_eq!(acks, Acks { up_to, single: single.to_vec() });
        let left: Vec<_> = unsettled.iter().filter(|tag| !done.contains(tag)).copied().collect();
        assert_eq!(tags.0.into_iter().collect::<Vec<_>>(), left);
    }

    #[test]
    fn what_is_contiguous_is_acknowledged_at_once_and_nothing_unsettled_with_it() {
        check(&[1, 2, 3, 4], &[3, 1, 2], Some(3), &[]);
        check(&[1, 2, 3, 4], &[2, 3, 4], None, &[2, 3, 4]);
        check(&[1, 2, 3, 4], &[1, 3], Some(1), &[3]);
        // 2 and 3 were rejected: they are no longer there to be taken along.
        check(&[1, 4, 5], &[4, 1], Some(4), &[]);
        check(&[7], &[7], Some(7), &[]);
        check(&[7], &[], None, &[]);
    }
}
