//! Decisions that come by themselves: whatever is decided and not yet collected is brought home, and only then marked.
//!
//! The mark is the permit system's, not ours: nothing is kept here that a restart could lose, and several instances may
//! collect at a time, as a decision brought twice changes nothing. It is set under the ETag with which the decision was read:
//! a decision that has changed since is not marked, and is brought home again as it then is.

use std::time::Duration;

use jiff::Timestamp;
use jisr_adapter::connectors::odata::{Entity, ODataError};
use jisr_adapter::core::time::Timestamp as Instant;
use jisr_adapter::{Answers, BusError, CancellationToken, Reference};

use crate::error::chain;
use crate::legacy::Permits;
use crate::mapping;
use crate::messages::{Status, record};

/// Between rounds that found something: a system that forgets its marks is not asked without a pause.
const SHORT_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer, whatever the permit system asks for: it may be open again sooner.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Why a round ended early. What was not marked is there in the next one.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    #[error("decisions cannot be collected")]
    Department(#[from] ODataError),
    #[error("a decision cannot be brought home")]
    Bus(#[from] BusError),
}

/// Collects decisions until told to stop.
pub(crate) async fn listen(permits: &Permits, answers: &Answers, every: Duration, stop: &CancellationToken) {
    loop {
        // Stopped in the middle, at most one decision is brought home and not marked: it is brought again.
        let round = tokio::select! {
            round = round(permits, answers) => round,
            () = stop.cancelled() => return,
        };
        let pause = match round {
            // Marking moves what follows to earlier pages: there may be more.
            Ok(collected) if collected > 0 => every.min(SHORT_PAUSE),
            Ok(_) => every,
            Err(error) => {
                tracing::warn!(error = chain(&error), "collecting goes on later");
                let asked = match &error {
                    Interrupted::Department(error) => error.retry_after(),
                    Interrupted::Bus(_) => None,
                };
                asked.unwrap_or(every).clamp(every, LONGEST_PAUSE.max(every))
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Once through everything that is not collected; how many were.
async fn round(permits: &Permits, answers: &Answers) -> Result<usize, Interrupted> {
    let mut collected = 0;
    let mut pages = permits.uncollected()?;
    while let Some(page) = pages.next().await? {
        for entity in &page {
            collected += usize::from(bring(permits, answers, entity).await?);
        }
    }
    if pages.is_cut_short() {
        tracing::warn!("more decisions wait than one round may read");
    }
    Ok(collected)
}

/// Brings one decision home and marks it; what cannot be read stays where it is, and holds up nothing else.
async fn bring(permits: &Permits, answers: &Answers, entity: &Entity) -> Result<bool, Interrupted> {
    let read = record(&entity.value).and_then(|record| {
        let reference: Reference = record.reference.parse().map_err(|_| "not under a reference of ours".to_owned())?;
        let decided = match record.status {
            Status::Withdrawn => record.withdrawn_at,
            _ => record.decided_at,
        };
        Ok((mapping::answer(&record, &reference)?, reference, decided))
    });
    let (answer, reference, decided) = match read {
        Ok(read) => read,
        Err(why) => {
            tracing::warn!(why, "a decision cannot be read and stays uncollected");
            return Ok(false);
        }
    };
    let Some(etag) = &entity.etag else {
        tracing::warn!(%reference, "a decision without an ETag cannot be marked and stays uncollected");
        return Ok(false);
    };
    answers.give(&reference, answer, decided.map(instant)).await?;
    Ok(permits.collect(&reference, etag).await?)
}

fn instant(time: Timestamp) -> Instant {
    Instant::from_millis(time.as_millisecond())
}
