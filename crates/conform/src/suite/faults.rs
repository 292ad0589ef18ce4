//! A department's system that is down, slow, or answers nonsense: whatever is said must be true, and the work is done
//! once in the end.

use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{Effect, FaultClass};

use super::Notes;
use super::subject::Subject;
use crate::check::{self, Check};
use crate::proxy::Weather;
use crate::reply::{has_replacement, is_done, shown};
use crate::stand::{PLAIN, Wrong, wrong};

const WEATHER: [(Check, Weather); 6] = [
    (check::DEAD_SYSTEM, Weather::Dead),
    (check::SLOW_SYSTEM, Weather::Slow),
    (check::LOST_ANSWER, Weather::Mute),
    (check::GARBAGE_ANSWER, Weather::Garbage),
    (check::BAD_CHARSET, Weather::Garbled),
    (check::HUGE_ANSWER, Weather::Flood),
];

pub(super) async fn of(subject: &Subject<'_>, notes: &mut Notes<'_>) {
    for (check, weather) in WEATHER {
        let result = in_weather(subject, weather).await;
        subject.stand.system.set(Weather::Fair);
        notes.note(check, subject.id(), result);
    }
}

async fn in_weather(subject: &Subject<'_>, weather: Weather) -> Result<(), Wrong> {
    let before = subject.effects().await?;
    let request = subject.request()?;
    subject.stand.system.set(weather);
    let asked = subject.stand.ask(&request, PLAIN).await;
    subject.stand.system.set(Weather::Fair);
    let (said, _) = asked?;
    is_true(subject, weather, &said, before).await?;
    let end = subject.settle(&request, said).await?;
    let effects = subject.effects().await?;
    match (&end, subject.operation.effect()) {
        (end, _) if is_done(end) => subject.has(before + 1).await,
        // An operator settles it; the most that can be asked is that it was not done twice.
        (Said::InDoubt(_), Effect::Once) if effects <= before + 1 => Ok(()),
        (end, _) => wrong(format!("in the end {}, with {} effects", shown(end), effects - before)),
    }
}

/// That what was said can be so.
async fn is_true(subject: &Subject<'_>, weather: Weather, said: &Said, before: u64) -> Result<(), Wrong> {
    if has_replacement(said) {
        return wrong(format!("{} holds replacement characters: letters were lost and nobody was told", shown(said)));
    }
    match said {
        Said::Failed(failed) => {
            if weather == Weather::Dead && failed.fault_class() != FaultClass::Transient {
                return wrong(format!("answered {}: it passes by itself once the system is back", shown(said)));
            }
            // Certainly no effect, it says.
            subject.has(before).await
        }
        Said::InDoubt(_) => Ok(()),
        // Letters that nobody reads may be spoilt, and an answer may come late.
        said if is_done(said) && weather != Weather::Dead => Ok(()),
        other => wrong(format!("answered {}: nobody said so", shown(other))),
    }
}
