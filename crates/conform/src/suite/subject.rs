//! One operation under examination, and what the checks of it have in common: counting effects, and doing as an engine
//! would after a doubt.

use std::time::Duration;

use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{Effect, FaultClass, InDoubt, LegRequest, OperationManifest, RequestKind};
use jisr_proto::convert;

use crate::cases::Case;
use crate::reply::{is_done, shown};
use crate::stand::{How, PLAIN, Stand, Wrong, now, renewed, wrong};

/// An effect that is on its way may take so long to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// Clocks of two programs on one machine, and what lies between reading them.
const MARGIN: Duration = Duration::from_secs(2);
/// Between two attempts, whatever the manifest says.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// As often as an engine would have to.
const ATTEMPTS: u32 = 6;

/// See the module.
pub(super) struct Subject<'a> {
    pub(super) stand: &'a Stand,
    pub(super) operation: &'a OperationManifest,
    /// A case that ends in an effect.
    pub(super) base: &'a Case,
}

impl Subject<'_> {
    pub(super) fn id(&self) -> &str {
        &self.operation.operation
    }

    pub(super) fn request(&self) -> Result<LegRequest, Wrong> {
        Ok(self.stand.request(self.base)?)
    }

    /// Effects so far.
    pub(super) async fn effects(&self) -> Result<u64, Wrong> {
        Ok(self.stand.system.effects(self.id()).await?)
    }

    /// That there are so many effects, soon.
    pub(super) async fn has(&self, expected: u64) -> Result<(), Wrong> {
        let until = tokio::time::Instant::now() + SEEN_WITHIN;
        loop {
            let found = self.effects().await?;
            if found == expected {
                return Ok(());
            }
            if found > expected || tokio::time::Instant::now() >= until {
                return wrong(format!("the system has had {found} effects where {expected} were right"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What comes of a request that must have no effect.
    pub(super) async fn without_effect(&self, request: &LegRequest, how: How) -> Result<Said, Wrong> {
        let before = self.effects().await?;
        let (said, _) = self.stand.ask(request, how).await?;
        self.has(before).await?;
        Ok(said)
    }

    /// Has the operation done once, as a new leg.
    pub(super) async fn done(&self) -> Result<LegRequest, Wrong> {
        let request = self.request()?;
        self.is_done_once(&request, PLAIN).await?;
        Ok(request)
    }

    /// That a request is done, with one effect.
    pub(super) async fn is_done_once(&self, request: &LegRequest, how: How) -> Result<(), Wrong> {
        let before = self.effects().await?;
        let (said, _) = self.stand.ask(request, how).await?;
        if !is_done(&said) {
            return wrong(format!("answered {}", shown(&said)));
        }
        self.has(before + 1).await
    }

    /// That a doubt says from when on it can be settled, and neither too early nor needlessly late.
    pub(super) fn is_right_doubt(&self, request: &LegRequest, doubt: &InDoubt) -> Result<(), Wrong> {
        let ends_within = convert::duration(self.operation.ends_within.as_ref()).unwrap_or_default();
        let certain = convert::time_or_min(doubt.certain_after.as_ref());
        let fence = convert::time_or_min(request.execute_before.as_ref());
        let sent = convert::time_or_min(request.dispatch_time.as_ref());
        // Whoever had it before may have begun until its fence; and until just now, where that has passed.
        let earliest = sent.min(fence).plus(ends_within).minus(MARGIN);
        if certain < earliest {
            return wrong(format!("certain_after is {certain}: an earlier call may run until {earliest}"));
        }
        let latest = fence.max(now()).plus(ends_within).plus(MARGIN);
        if certain > latest {
            return wrong(format!("certain_after is {certain}: no call can run after {latest}"));
        }
        Ok(())
    }

    /// Goes on with a request as an engine would after an answer, until the work is done or nothing more may be tried.
    pub(super) async fn settle(&self, request: &LegRequest, said: Said) -> Result<Said, Wrong> {
        let (mut said, mut attempt) = (said, request.attempt);
        let mut looks_up = false;
        for _ in 0..ATTEMPTS {
            let kind = match &said {
                Said::InDoubt(doubt) => {
                    self.until_certain(doubt).await?;
                    match self.operation.effect() {
                        Effect::Lookup => RequestKind::Lookup,
                        Effect::Idempotent => RequestKind::Execute,
                        Effect::Once | Effect::Unspecified => return Ok(said),
                    }
                }
                // A look-up that failed is asked again; an attempt that had no effect is made again.
                Said::Failed(failed) if looks_up && failed.fault_class() != FaultClass::NotFound => RequestKind::Lookup,
                Said::Failed(_) => RequestKind::Execute,
                _ => return Ok(said),
            };
            if matches!(said, Said::Failed(_)) {
                let first = self.operation.retry.as_ref().and_then(|retry| convert::duration(retry.first.as_ref()));
                tokio::time::sleep(first.unwrap_or_default().min(LONGEST_PAUSE)).await;
            }
            attempt += 1;
            looks_up = kind == RequestKind::Lookup;
            said = self.stand.ask(&renewed(request, kind, attempt), PLAIN).await?.0;
        }
        wrong(format!("not done after {ATTEMPTS} attempts; the last was answered {}", shown(&said)))
    }

    async fn until_certain(&self, doubt: &InDoubt) -> Result<(), Wrong> {
        let wait = convert::time_or_min(doubt.certain_after.as_ref()).since(now());
        let ends_within = convert::duration(self.operation.ends_within.as_ref()).unwrap_or_default();
        let most = ends_within + Duration::from_secs(90);
        if wait > most {
            return wrong(format!("certain_after is {} s away: more than any call can take", wait.as_secs()));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
