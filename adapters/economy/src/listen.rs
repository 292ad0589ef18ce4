//! The department's own word: lines of its status table, taken in one by one, each acknowledged in the department's own
//! column once it is safe on our side.
//!
//! The mark is the department's receipt (`taken_at`), not a number of ours. A number would have to be kept somewhere, and a
//! sequence is no order of commits: a line that commits late stands below the number and would be skipped for ever. A receipt
//! survives the loss of every process of ours, the department's staff can see it, and take it back to have a line sent again.
//! Several instances may poll at a time: what two of them bring is brought twice, which changes nothing.

use std::collections::HashSet;
use std::time::Duration;

use jisr_adapter::core::time::Timestamp;
use jisr_adapter::{Answers, CancellationToken, Reference};

use crate::error::Verdict;
use crate::legacy::Register;
use crate::mapping::own_word;
use crate::messages::{DUBAI, Line};

/// Lines that cannot be taken in and of which that has been said; beyond so many it is said again.
const SAID: usize = 10_000;

/// Takes in what waits, again and again, until told to stop.
pub(crate) async fn listen(system: &dyn Register, every: Duration, answers: &Answers, stop: &CancellationToken) {
    let mut said = HashSet::new();
    let mut failing = false;
    while !stop.is_cancelled() {
        let round = tokio::select! {
            () = stop.cancelled() => return,
            round = take_in(system, answers, &mut said) => round,
        };
        match round {
            Ok(()) => failing = false,
            Err(why) if !failing => {
                failing = true;
                tracing::warn!(%why, "the status table was not read, trying again");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// One round over everything that waits. A line nobody can read stays where it is and holds up no other.
async fn take_in(system: &dyn Register, answers: &Answers, said: &mut HashSet<i64>) -> Result<(), String> {
    let mut beyond = i64::MIN;
    loop {
        let lines = system.waiting(beyond).await.map_err(|verdict| describe(&verdict))?;
        let Some(last) = lines.last() else { return Ok(()) };
        beyond = last.number;
        let mut taken = Vec::new();
        let mut lost = None;
        for line in &lines {
            match bring(line, answers).await {
                Ok(()) => taken.push(line.number),
                Err(Untaken::Bus(why)) => {
                    lost = Some(why);
                    break;
                }
                Err(Untaken::Line(why)) => {
                    if said.len() >= SAID {
                        said.clear();
                    }
                    if said.insert(line.number) {
                        tracing::warn!(line = line.number, %why, "a line of the status table cannot be taken in");
                    }
                }
            }
        }
        system.acknowledge(&taken).await.map_err(|verdict| describe(&verdict))?;
        if let Some(why) = lost {
            return Err(why);
        }
    }
}

/// Why a line keeps waiting.
enum Untaken {
    /// Nothing can be brought just now.
    Bus(String),
    /// There is something wrong with the line.
    Line(String),
}

async fn bring(line: &Line, answers: &Answers) -> Result<(), Untaken> {
    let reference: Reference = line
        .reference
        .as_deref()
        .ok_or_else(|| Untaken::Line("partner_ref is missing".into()))?
        .parse()
        .map_err(|_| Untaken::Line("partner_ref is no reference of ours".into()))?;
    let decision = line.decision.as_ref().map_err(|why| Untaken::Line(why.clone()))?;
    let Some(answer) = own_word(decision, &reference) else { return Ok(()) };
    let decided = decision.decided_at.and_then(|local| DUBAI.to_timestamp(local).ok());
    let decided = decided.map(|time| Timestamp::from_millis(time.as_millisecond()));
    answers.give(&reference, answer, decided).await.map_err(|error| Untaken::Bus(error.to_string()))
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Refused(refused) => format!("refused with {}", refused.code),
        Verdict::Fault(jisr_adapter::CallFault::NotDone(fault)) => {
            format!("{}: {}", fault.code, fault.detail.as_deref().unwrap_or_default())
        }
        Verdict::Fault(fault) => fault.to_string(),
    }
}
