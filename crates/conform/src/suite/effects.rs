//! The effect contract: what becomes of requests that come late, twice, or after one another.

use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{Effect, FaultClass, LegRequest, RequestKind};
use jisr_proto::convert;

use super::Notes;
use super::requests::expect_fault;
use super::subject::Subject;
use crate::check;
use crate::reply::{is_done, shown};
use crate::stand::{How, PLAIN, Wrong, now, renewed, wrong};

const REDELIVERED: How = How { redelivered: true, ..PLAIN };
const REPUBLISHED: How = How { republished: true, ..PLAIN };

pub(super) async fn of(subject: &Subject<'_>, notes: &mut Notes<'_>) {
    let id = subject.id();
    let effect = subject.operation.effect();
    notes.note(check::FENCE, id, fence(subject).await);
    notes.note(check::REDELIVERED, id, came_before(subject, REDELIVERED).await);
    notes.note(check::REPUBLISHED, id, came_before(subject, REPUBLISHED).await);
    notes.note(check::REDELIVERED_LATE, id, late_and_before(subject).await);
    notes.note(check::COPY, id, copy(subject).await);
    if matches!(effect, Effect::Lookup | Effect::Idempotent) {
        notes.note(check::SECOND_ATTEMPT, id, second_attempt(subject).await);
    }
    notes.note(check::LOOKUP_KNOWN, id, look_up(subject, true).await);
    notes.note(check::LOOKUP_UNKNOWN, id, look_up(subject, false).await);
    if effect == Effect::Once {
        notes.note(check::ACKNOWLEDGED, id, acknowledged(subject).await);
    }
    notes.note(check::COMPENSATE, id, compensate(subject).await);
    if subject.operation.compensable {
        notes.note(check::COMPENSATE_AGAIN, id, compensate_again(subject).await);
        notes.note(check::COMPENSATE_NOTHING, id, compensate_nothing(subject).await);
    }
}

/// The request, too late.
fn late(request: &LegRequest) -> LegRequest {
    let passed = now().minus(std::time::Duration::from_secs(1));
    LegRequest { execute_before: Some(convert::timestamp(passed)), ..request.clone() }
}

async fn fence(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = late(&subject.request()?);
    expect_fault(&subject.without_effect(&request, PLAIN).await?, FaultClass::Expired)
}

/// A first attempt that somebody may have had before.
async fn came_before(subject: &Subject<'_>, how: How) -> Result<(), Wrong> {
    let request = subject.request()?;
    if subject.operation.effect() == Effect::Idempotent {
        return subject.is_done_once(&request, how).await;
    }
    match subject.without_effect(&request, how).await? {
        Said::InDoubt(doubt) => subject.is_right_doubt(&request, &doubt),
        other => wrong(format!("answered {}, not IN_DOUBT", shown(&other))),
    }
}

async fn late_and_before(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = late(&subject.request()?);
    match subject.without_effect(&request, REDELIVERED).await? {
        Said::InDoubt(doubt) => subject.is_right_doubt(&request, &doubt),
        other => wrong(format!("answered {}, not IN_DOUBT: whoever had it before may have called", shown(&other))),
    }
}

/// The same message once more, which says nothing of being a copy.
async fn copy(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = subject.done().await?;
    match subject.without_effect(&request, PLAIN).await? {
        said @ (Said::Failed(_) | Said::Refused(_) | Said::InformationRequired(_)) => {
            wrong(format!("answered {}, and it was done", shown(&said)))
        }
        _ => Ok(()),
    }
}

async fn second_attempt(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = subject.done().await?;
    let said = subject.without_effect(&renewed(&request, RequestKind::Execute, 2), PLAIN).await?;
    if is_done(&said) { Ok(()) } else { wrong(format!("answered {}, and it was done", shown(&said))) }
}

async fn look_up(subject: &Subject<'_>, known: bool) -> Result<(), Wrong> {
    let request = if known { subject.done().await? } else { subject.request()? };
    let said = subject.without_effect(&renewed(&request, RequestKind::Lookup, 2), PLAIN).await?;
    match (subject.operation.effect(), known) {
        (Effect::Lookup, true) if is_done(&said) => Ok(()),
        (Effect::Lookup, true) => wrong(format!("answered {}, and it was done", shown(&said))),
        (Effect::Lookup, false) => expect_fault(&said, FaultClass::NotFound),
        _ => expect_fault(&said, FaultClass::Unsupported),
    }
}

async fn acknowledged(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = subject.done().await?;
    let log = subject.stand.log();
    let first = log.replies.iter().find(|reply| reply.in_reply_to == request.message_id);
    match first.and_then(|reply| reply.result.as_ref()) {
        Some(Said::Acknowledged(_)) => Ok(()),
        Some(other) => wrong(format!("the first reply was {}, not ACKNOWLEDGED", shown(other))),
        None => wrong("no reply was heard"),
    }
}

async fn compensate(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = renewed(&subject.done().await?, RequestKind::Compensate, 2);
    let (said, _) = subject.stand.ask(&request, PLAIN).await?;
    match said {
        said if !subject.operation.compensable => expect_fault(&said, FaultClass::Unsupported),
        Said::Succeeded(_) => Ok(()),
        other => wrong(format!("answered {}, not SUCCEEDED", shown(&other))),
    }
}

async fn compensate_again(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = renewed(&subject.done().await?, RequestKind::Compensate, 2);
    let (said, _) = subject.stand.ask(&request, PLAIN).await?;
    if !matches!(said, Said::Succeeded(_)) {
        return wrong(format!("the first time answered {}, not SUCCEEDED", shown(&said)));
    }
    let again = renewed(&request, RequestKind::Compensate, 3);
    let (said, _) = subject.stand.ask(&again, REDELIVERED).await?;
    match (subject.operation.compensation_effect(), said) {
        (Effect::Once | Effect::Unspecified, Said::InDoubt(doubt)) => subject.is_right_doubt(&again, &doubt),
        (Effect::Once | Effect::Unspecified, other) => {
            wrong(format!("a redelivery was answered {}, not IN_DOUBT", shown(&other)))
        }
        (_, Said::Succeeded(_)) => Ok(()),
        (_, other) => wrong(format!("a repetition was answered {}, not SUCCEEDED", shown(&other))),
    }
}

async fn compensate_nothing(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = renewed(&subject.request()?, RequestKind::Compensate, 2);
    match subject.without_effect(&request, PLAIN).await? {
        Said::Succeeded(_) => Ok(()),
        other => wrong(format!("answered {}, not SUCCEEDED", shown(&other))),
    }
}
