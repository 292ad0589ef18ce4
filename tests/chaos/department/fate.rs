//! What becomes of a call: a function of the seed and the call's number, so that a run can be run again.

use std::time::Duration;

use jisr_tests::ledger::mixed;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection is reset, and nothing was done.
    Reset,
    /// Turned away: come back later.
    Busy,
    /// Done, and then the connection is reset.
    AnswerLost,
    /// Done, and half of the answer is sent.
    AnswerCut,
    /// Done, and the answer comes when nobody waits for it any more.
    AnswerLate,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Before it is done. Never so long that the manifest's `ends_within` would not be true.
    pub(crate) before: Duration,
    /// Between its being done and the answer.
    pub(crate) after: Duration,
    pub(crate) trouble: Option<Trouble>,
}

/// In a thousand calls.
const USUAL: [(u64, Trouble); 5] = [
    (25, Trouble::Reset),
    (25, Trouble::Busy),
    (35, Trouble::AnswerLost),
    (15, Trouble::AnswerCut),
    (10, Trouble::AnswerLate),
];
/// The same while answers are being lost.
const LOSING: [(u64, Trouble); 2] = [(450, Trouble::AnswerLost), (150, Trouble::AnswerCut)];
/// How many calls in a thousand are slow.
const SLOW: u64 = 300;

impl Fate {
    /// Nothing goes wrong and it is done at once.
    pub(crate) fn good() -> Self {
        Self { before: Duration::ZERO, after: Duration::ZERO, trouble: None }
    }

    pub(crate) fn draw(seed: u64, call: u64, losing: bool) -> Self {
        let drawn = mixed(seed ^ mixed(call));
        let part = |shift: u32, of: u64| (drawn >> shift) % of;
        let slow = part(10, 1_000) < SLOW;
        let wait = |shift, usually, slowly| Duration::from_millis(part(shift, if slow { slowly } else { usually }));
        // Old systems take their time, so that there is always work in hand when something happens.
        let (before, mut after) = (wait(20, 200, 600), wait(30, 50, 400));
        let mut point = part(40, 1_000);
        let odds = if losing { LOSING.as_slice() } else { USUAL.as_slice() };
        let mut trouble = None;
        for (odds, kind) in odds {
            if point < *odds {
                trouble = Some(*kind);
                break;
            }
            point -= odds;
        }
        if trouble == Some(Trouble::AnswerLate) {
            after = Duration::from_millis(2_600);
        }
        Self { before, after, trouble }
    }
}
