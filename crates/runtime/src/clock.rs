//! The operating system's clock behind the core's `Clock`: the only place in Jisr that asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use jisr_core::time::{Clock, Timestamp};

/// UTC wall-clock time, in microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock set before 1970 is a broken machine: the epoch is the honest floor, and every
        // instant that fits an i64 of microseconds (until the year 294247) is exact.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_after_this_was_written_and_does_not_run_backwards() {
        let written = Timestamp::from_micros(1_763_000_000_000_000); // November 2025
        let first = SystemClock.now();
        let second = SystemClock.now();
        assert!(first > written);
        assert!(second >= first);
    }
}
