//! The breaker of one operation of one department: after so many technical failures in a row its requests are not sent
//! one after the other into the void. They wait where they are, and one is tried at growing intervals.
//!
//! What an engine knows it has seen itself: a new one begins with every breaker closed and soon learns. Of several engines
//! any may take in the answer to a probe, so silence is good news, too, once it has lasted.

use std::sync::Arc;
use std::time::Duration;

use jisr_core::case::Verdict;
use jisr_core::fault::FaultClass;
use jisr_core::time::Timestamp;

/// When a breaker opens, and how often it probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// So many technical failures of an operation in a row, of whatever legs, open it.
    pub after: u32,
    /// Wait before the first probe; each one after that waits twice as long.
    pub first_probe: Duration,
    /// Longest wait between probes.
    pub longest: Duration,
    /// A probe of which nothing bad was heard for so long went well. Longer than a call may take.
    pub silence: Duration,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            after: 5,
            first_probe: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            silence: Duration::from_secs(30),
        }
    }
}

/// How an open breaker stands, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerStatus {
    /// A probe is under way.
    pub half_open: bool,
    /// Open since.
    pub since: Timestamp,
    /// Code of the last fault.
    pub fault: Arc<str>,
    /// Technical failures in a row.
    pub failures: u32,
    /// When the next request is tried.
    pub next_probe: Timestamp,
}

/// What a reply says of the department's system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It answers, whatever it answers.
    Alive,
    /// It could not be reached, or broke: the fault's code.
    Failing(Arc<str>),
    /// The request came too late to be tried.
    Untried,
    /// Nothing.
    None,
}

impl Sign {
    pub(crate) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Acknowledged => Self::None,
            Verdict::InDoubt { fault, .. } => Self::Failing(fault.code.clone()),
            Verdict::Failed(fault) => match fault.class {
                FaultClass::Transient => Self::Failing(fault.code.clone()),
                FaultClass::Expired => Self::Untried,
                // Found by the adapter, which called nobody.
                FaultClass::Mapping | FaultClass::Unsupported => Self::None,
                FaultClass::Permanent | FaultClass::NotFound => Self::Alive,
            },
            Verdict::InProgress { .. }
            | Verdict::Succeeded(_)
            | Verdict::Refused { .. }
            | Verdict::InformationRequired { .. } => Self::Alive,
        }
    }
}

/// See the module. One that has nothing to say is forgotten, which is the same as closed.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    failures: u32,
    fault: Arc<str>,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    since: Timestamp,
    probes: u32,
    probing: bool,
    /// The first probe after the last failure.
    probed: Option<Timestamp>,
    next_probe: Timestamp,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { failures: 0, fault: Arc::default(), open: None }
    }

    /// Takes in a failure; true when it has opened.
    pub(super) fn failed(&mut self, fault: Arc<str>, options: &BreakerOptions, now: Timestamp) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.fault = fault;
        if let Some(open) = &mut self.open {
            (open.probing, open.probed) = (false, None);
            return false;
        }
        if self.failures < options.after {
            return false;
        }
        let next_probe = now.plus(options.first_probe);
        self.open = Some(Open { since: now, probes: 0, probing: false, probed: None, next_probe });
        true
    }

    /// The probe came too late to be tried: the next one may go at once; true when there was one.
    pub(super) fn untried(&mut self, now: Timestamp) -> bool {
        match &mut self.open {
            Some(open) if open.probing => {
                (open.probing, open.probed) = (false, None);
                open.next_probe = now;
                true
            }
            _ => false,
        }
    }

    /// Whether a request may be sent now; if not, how long to wait before asking again. It may close.
    pub(super) fn admit(&mut self, options: &BreakerOptions, now: Timestamp) -> Result<(), Duration> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let certain = open.probed.map(|probed| probed.plus(options.silence));
        let due = certain.map_or(open.next_probe, |certain| open.next_probe.min(certain));
        if now < due {
            return Err(due.since(now));
        }
        if certain.is_some_and(|certain| certain <= now) {
            *self = Self::new();
            return Ok(());
        }
        // Set before the answer: a probe that is lost must not be waited for.
        open.probed.get_or_insert(now);
        open.probes = open.probes.saturating_add(1);
        open.probing = true;
        let wait = options.first_probe.saturating_mul(1 << open.probes.min(20)).min(options.longest);
        open.next_probe = now.plus(wait);
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn status(&self) -> Option<BreakerStatus> {
        self.open.map(|open| BreakerStatus {
            half_open: open.probing,
            since: open.since,
            fault: self.fault.clone(),
            failures: self.failures,
            next_probe: open.next_probe,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_so_many_and_probes_less_and_less_often() {
        let options = BreakerOptions { after: 3, ..BreakerOptions::default() };
        let start = Timestamp::from_millis(1_770_000_000_000);
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        let mut breaker = Breaker::new();
        for _ in 0..2 {
            assert!(!breaker.failed("soap.unreachable".into(), &options, start));
            assert_eq!(breaker.admit(&options, start), Ok(()));
        }
        assert!(breaker.failed("soap.timeout".into(), &options, start));
        assert_eq!(
            breaker.status().map(|status| (status.half_open, status.fault)),
            Some((false, "soap.timeout".into()))
        );
        let mut probes = Vec::new();
        for second in 0..200 {
            if breaker.admit(&options, at(second)).is_ok() {
                probes.push(second);
                assert!(breaker.status().is_some_and(|status| status.half_open));
                assert!(!breaker.failed("soap.timeout".into(), &options, at(second)), "it is open already");
            }
        }
        assert_eq!(probes, [1, 3, 7, 15, 31, 63, 123, 183]);
        assert_eq!(breaker.admit(&options, at(200)), Err(Duration::from_secs(43)));
    }

    #[test]
    fn silence_after_a_probe_is_good_news() {
        let options = BreakerOptions { after: 1, ..BreakerOptions::default() };
        let start = Timestamp::from_millis(1_770_000_000_000);
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        let mut breaker = Breaker::new();
        breaker.failed("busy".into(), &options, start);
        assert_eq!(breaker.admit(&options, at(1)), Ok(()));
        breaker.failed("busy".into(), &options, at(2));
        // From here on another engine takes in what comes.
        let admitted: Vec<_> = (3..40).filter(|second| breaker.admit(&options, at(*second)).is_ok()).collect();
        assert_eq!(admitted[..4], [3, 7, 15, 31]);
        assert_eq!((admitted[4], breaker.is_open()), (33, false), "closed 30 s after the first of them: {admitted:?}");
        assert_eq!(admitted[5..], [34, 35, 36, 37, 38, 39]);
    }

    #[test]
    fn a_probe_that_came_too_late_is_followed_at_once() {
        let options = BreakerOptions { after: 1, ..BreakerOptions::default() };
        let start = Timestamp::from_millis(1_770_000_000_000);
        let mut breaker = Breaker::new();
        breaker.failed("busy".into(), &options, start);
        assert!(!breaker.untried(start), "that was no probe");
        let later = start.plus(Duration::from_secs(1));
        assert_eq!(breaker.admit(&options, later), Ok(()));
        assert!(breaker.admit(&options, later).is_err() && breaker.untried(later));
        assert_eq!(breaker.admit(&options, later), Ok(()));
    }
}
