//! Whether this machine's clock can be right: attempts are fenced by it.

use std::time::Duration;

use jisr_core::time::{Clock as _, Timestamp};
use jisr_proto::convert;
use jisr_runtime::SystemClock;

use super::{Check, Level, server};
use crate::cli::Global;
use crate::client::Client;

const SUBJECT: &str = "clock";
const REMEDY: &str = "set the clock and keep it by NTP";
/// As `engine.clock_skew` is by default.
const SKEW: Duration = Duration::from_secs(5);
/// 2026-01-01 and 2100-01-01, in Unix milliseconds: no clock that is right is outside.
const FIRST: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const LAST: Timestamp = Timestamp::from_millis(4_102_444_800_000);

pub(super) async fn check(global: &Global) -> Check {
    let before = SystemClock.now();
    if !(FIRST..LAST).contains(&before) {
        return Check::new(SUBJECT, Level::Fail, format!("it says {before}"), REMEDY);
    }
    let server = match Client::at(global.operations_address(), global) {
        Ok(client) => server::overview(&client).await.ok().and_then(|overview| overview.time),
        Err(_) => None,
    };
    let after = SystemClock.now();
    match server.as_ref().map(convert::time) {
        Some(theirs) => compare(before, theirs, after),
        None => Check::ok(SUBJECT, format!("it says {before}")),
    }
}

/// The server read its clock between these two moments of ours.
fn compare(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Check {
    let off = before.since(theirs).max(theirs.since(after));
    if off > SKEW {
        let found = format!("it differs from the server's by {} s", off.as_secs());
        return Check::new(SUBJECT, Level::Warn, found, REMEDY);
    }
    Check::ok(SUBJECT, format!("it says {before}, as the server's does"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_no_skew_and_a_wrong_clock_is() {
        let at = Timestamp::from_millis;
        assert_eq!(compare(at(10_000), at(12_000), at(40_000)).level, Level::Ok);
        assert_eq!(compare(at(10_000), at(4_000), at(10_001)).level, Level::Warn);
        assert_eq!(compare(at(10_000), at(17_000), at(10_001)).level, Level::Warn);
    }
}
