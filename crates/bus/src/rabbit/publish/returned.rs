//! Which confirmed message was in truth returned.
//!
//! RabbitMQ sends a message's return before its confirm. lapin attaches a return to whatever confirm it handles next,
//! which with `multiple` confirms is often another message's. So a confirm says nothing about its own message until all
//! confirms that lapin resolved before it have been looked at, and a message is known by its id. See ADR 8.

use std::collections::HashMap;

/// The ids in returns that have not met their message's confirm yet, with how often.
#[derive(Debug, Default)]
pub(super) struct Returned(HashMap<String, u32>);

impl Returned {
    /// A confirm came with this message's return.
    pub(super) fn note(&mut self, id: &str) {
        *self.0.entry(id.to_owned()).or_default() += 1;
    }

    /// Whether the message whose confirm is here was returned.
    pub(super) fn claim(&mut self, id: &str) -> bool {
        match self.0.get_mut(id) {
            Some(1) => self.0.remove(id).is_some(),
            Some(times) => {
                *times -= 1;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_counts_once_for_its_own_message() {
        let mut returned = Returned::default();
        returned.note("a");
        returned.note("b");
        returned.note("b");
        assert!(!returned.claim("c"));
        assert!(returned.claim("a"));
        assert!(!returned.claim("a"));
        assert!(returned.claim("b") && returned.claim("b"));
        assert!(!returned.claim("b"));
    }
}
