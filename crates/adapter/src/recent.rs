//! The requests this instance has had lately: a copy of one that says nothing of being a copy is known all the same.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use jisr_core::id::MessageId;

/// Requests remembered. A copy made by a sender that did not know better follows within moments.
const KEPT: usize = 8_192;

/// See the module. What it forgets, or another instance had, is caught by the marks on the delivery.
#[derive(Default)]
pub(crate) struct Recent(Mutex<(HashSet<MessageId>, VecDeque<MessageId>)>);

impl Recent {
    /// Whether this request was here before. From now on it was.
    pub(crate) fn had(&self, id: MessageId) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, order) = &mut *kept;
        if !known.insert(id) {
            return true;
        }
        order.push_back(id);
        if order.len() > KEPT
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use jisr_core::time::Timestamp;

    use super::*;

    #[test]
    fn remembers_so_many_and_no_more() {
        let recent = Recent::default();
        let id = |number: usize| {
            let mut random = [0; 10];
            random[..8].copy_from_slice(&number.to_be_bytes());
            MessageId::new(Timestamp::from_millis(1_790_000_000_000), random)
        };
        assert!(!recent.had(id(0)));
        assert!(recent.had(id(0)));
        for number in 1..=KEPT {
            assert!(!recent.had(id(number)));
        }
        assert!(!recent.had(id(0)), "forgotten");
        assert!(recent.had(id(KEPT)));
    }
}
