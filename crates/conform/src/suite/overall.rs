//! What is judged over the whole run: signs of life, traces, and how replies are written.

use std::time::Duration;

use super::Notes;
use crate::check;
use crate::stand::{Stand, Wrong, wrong};

/// Silence for so long means down.
const SILENCE: Duration = Duration::from_secs(30);
/// So many examples are shown of what went wrong everywhere.
const SHOWN: usize = 3;

pub(super) async fn of_the_run(stand: &Stand, notes: &mut Notes<'_>) {
    notes.note(check::HEARTBEAT, "", heartbeat(stand).await);
    let (untraced, faults) = {
        let log = stand.log();
        (log.untraced.clone(), log.faults.clone())
    };
    notes.note(check::TRACE, "", none_of(&untraced));
    notes.note(check::REPLIES, "", none_of(&faults));
    notes.note(check::ONE_ANSWER, "", none_of(&stand.answered_too_often()));
}

fn none_of(faults: &[String]) -> Result<(), Wrong> {
    if faults.is_empty() {
        return Ok(());
    }
    let more = faults.len().saturating_sub(SHOWN);
    let shown = faults.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    wrong(if more == 0 { shown } else { format!("{shown}; and {more} more") })
}

/// That each instance is heard of again and again for as long as it runs, and says by heartbeats that it is alive.
async fn heartbeat(stand: &Stand) -> Result<(), Wrong> {
    let Some(instance) = stand.announced().map(|announced| announced.instance) else {
        return wrong("it was never announced");
    };
    let alive = stand.heard(SILENCE, |log| log.heartbeats.iter().find(|alive| alive.instance == instance).cloned());
    let Some(alive) = alive.await else {
        return wrong(format!("no heartbeat of the instance that runs within {} s", SILENCE.as_secs()));
    };
    if alive.department != stand.department.as_str() || alive.time.is_none() {
        return wrong("a heartbeat without its department or time");
    }
    let log = stand.log();
    let gaps = log.signs.windows(2).filter(|pair| pair[0].1 == pair[1].1).map(|pair| pair[1].0 - pair[0].0);
    match gaps.max() {
        Some(longest) if longest > SILENCE => wrong(format!("silent for {} s", longest.as_secs())),
        _ => Ok(()),
    }
}
