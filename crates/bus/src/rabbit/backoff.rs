//! How long to wait before the next try to reach the broker.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// What held for so long was no part of the same trouble.
const CALM: Duration = Duration::from_secs(10);

/// Doubling waits with jitter, so that a broker coming back is not met by everybody at once.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The wait after something that was up since `since` (nothing if it never was): between half and all of the
    /// present step.
    pub(super) fn after(&mut self, since: Option<Instant>) -> Duration {
        if since.is_some_and(|since| since.elapsed() >= CALM) {
            self.next = FIRST;
        }
        let step = self.next;
        self.next = (step * 2).min(LONGEST);
        let half = u64::try_from(step.as_millis()).unwrap_or(u64::MAX) / 2;
        Duration::from_millis(half + rand::random_range(0..=half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_never_vanish() {
        let mut backoff = Backoff::new();
        for step in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            let wait = backoff.after(Some(Instant::now())).as_millis();
            assert!((step / 2..=step).contains(&wait), "{wait} of {step}");
        }
    }
}
