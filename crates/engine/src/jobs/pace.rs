//! So many in a second, evenly: no burst at the start nor after a pause.

use std::time::Duration;

use jisr_core::time::Timestamp;

/// One second in the unit that is counted in.
const SECOND: u64 = 1_000_000;

/// See the module.
pub(super) struct Pace {
    per_second: u64,
    /// Millionths of a leg that may be taken up now.
    credit: u64,
    counted: Timestamp,
}

impl Pace {
    /// `per_second` 0 is no limit.
    pub(super) fn new(per_second: u32, now: Timestamp) -> Self {
        Self { per_second: per_second.into(), credit: SECOND, counted: now }
    }

    /// How many may be taken up now.
    pub(super) fn allows(&mut self, now: Timestamp) -> u64 {
        if self.per_second == 0 {
            return u64::MAX;
        }
        let passed = u64::try_from(now.since(self.counted).as_micros()).unwrap_or(u64::MAX);
        self.counted = self.counted.max(now);
        // A tenth of a second's worth may gather, or one leg.
        let most = (self.per_second * SECOND / 10).max(SECOND);
        self.credit = self.credit.saturating_add(passed.saturating_mul(self.per_second)).min(most);
        self.credit / SECOND
    }

    /// So many were.
    pub(super) fn took(&mut self, count: u64) {
        if self.per_second > 0 {
            self.credit = self.credit.saturating_sub(count.saturating_mul(SECOND));
        }
    }

    /// How long until another may be.
    pub(super) fn wait(&self) -> Duration {
        if self.per_second == 0 {
            return Duration::ZERO;
        }
        Duration::from_micros(SECOND.saturating_sub(self.credit).div_ceil(self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_a_second_and_no_burst() {
        let start = Timestamp::from_millis(1_770_000_000_000);
        let mut pace = Pace::new(20, start);
        let mut taken = 0;
        for tick in 0..=1_000 {
            let now = start.plus(Duration::from_millis(tick * 10));
            let allowed = pace.allows(now);
            assert!(allowed <= 2, "{allowed} at once");
            pace.took(allowed);
            taken += allowed;
        }
        assert_eq!(taken, 201, "ten seconds, and the first at once");
        // After an hour's pause it does not make up for it.
        assert_eq!(pace.allows(start.plus(Duration::from_secs(3_600))), 2);
        assert_eq!(Pace::new(0, start).allows(start), u64::MAX);
    }

    #[test]
    fn it_says_how_long_to_wait() {
        let start = Timestamp::from_millis(1_770_000_000_000);
        let mut pace = Pace::new(4, start);
        assert_eq!((pace.allows(start), pace.wait()), (1, Duration::ZERO));
        pace.took(1);
        assert_eq!((pace.allows(start), pace.wait()), (0, Duration::from_millis(250)));
        assert_eq!(pace.allows(start.plus(pace.wait())), 1);
    }
}
