//! Every instant at which the process may die, one after the other: see `crates/CRASHES.md`.
//!
//! Engine and adapter touch the world through the journal, the bus and the department's system. A fuse stands before
//! and after each such touch; when it blows, the process (a runtime of its own) is gone with everything in memory, and
//! another one starts on the same journal. Whatever the instant, the application must end well, with one effect.

mod fuse;
mod guarded;
mod process;

use std::collections::BTreeSet;

use fuse::{Fuse, Side, Touch};
use process::{Department, Life, live};

/// What the department does with the first call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    /// Answers.
    Fair,
    /// Does it, and the answer is lost.
    AnswerLost,
}

#[test]
fn every_instant_has_a_definite_outcome() {
    let mut met = BTreeSet::new();
    for weather in [Weather::Fair, Weather::AnswerLost] {
        for touch in Touch::ALL {
            for side in [Side::Before, Side::After] {
                // The second time an instant comes is another instant: the first one is behind it.
                for occurrence in 1..=2 {
                    let fuse = Fuse::at(touch, side, occurrence);
                    if die_at(weather, &fuse) {
                        met.insert((touch, side));
                    }
                }
            }
        }
    }
    let all: BTreeSet<_> =
        Touch::ALL.into_iter().flat_map(|touch| [(touch, Side::Before), (touch, Side::After)]).collect();
    assert_eq!(met, all, "every instant was met");
}

#[test]
fn the_table_names_exactly_these_instants() {
    let table = std::fs::read_to_string(jisr_testkit::repository().join("crates/CRASHES.md")).unwrap();
    let named: BTreeSet<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()?.strip_prefix('`')?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let tested: BTreeSet<_> = Touch::ALL
        .into_iter()
        .flat_map(|touch| [Side::Before, Side::After].map(|side| format!("{side} {touch}")))
        .collect();
    assert_eq!(named, tested);
}

/// Lets the process die at this instant, and another finish its work. Whether the instant came at all.
fn die_at(weather: Weather, fuse: &Fuse) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let department = Department::new(weather == Weather::AnswerLost);
    let life = Life { journal: folder.path().join("jisr.db"), department: department.clone() };
    let blown = match live(&life, fuse) {
        Some(end) => {
            end.assert_well();
            false
        }
        None => {
            let end = live(&life, &Fuse::never()).expect("nothing kills the second process");
            end.assert_well();
            true
        }
    };
    assert_eq!(department.effects(), 1, "{weather:?}, {fuse:?}");
    blown
}
