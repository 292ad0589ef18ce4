//! The adapter as a process: killed, told to end, started again; and what is left of it.

use std::path::Path;
use std::time::Duration;

use jisr_bus::rabbit::probe::Form;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{Effect, Manifest, OperationManifest};

use super::requests::put_aside;
use super::subject::Subject;
use super::{Notes, first};
use crate::proxy::Weather;
use crate::reply::{is_done, shown};
use crate::stand::{PLAIN, Stand, Wrong, wrong};
use crate::{check, trouble};

/// How long a request may take to reach the system, and the broker to see that a consumer has gone.
const SOON: Duration = Duration::from_secs(15);

/// A body that is no request.
pub(super) async fn garbage_body(stand: &Stand) -> Result<(), Wrong> {
    let json = stand.wants_json();
    let body = if json { &b"{\"messageId\": "[..] } else { &[0xff, 0xff, 0xff, 0xff][..] };
    put_aside(stand, body.to_vec(), Form { json, ..Form::default() }).await
}

/// Killed and told to end in mid-call.
pub(super) async fn of_the_process(stand: &mut Stand, manifest: &Manifest, work: &Path, notes: &mut Notes<'_>) {
    let with_cases =
        |operation: &&OperationManifest| stand.cases.of(&operation.operation).iter().any(|case| case.is_done());
    let Some(operation) = manifest.operations.iter().find(with_cases) else { return };
    if stand.adapter.is_none() {
        for check in [check::KILLED, check::TERMINATED, check::ANNOUNCED_ANEW] {
            let why = "the kit has not started this adapter: have it started to be asked this";
            notes.note(check, "", Err(Wrong::Kit(trouble(why))));
        }
        return;
    }
    let instance = stand.announced().map(|announced| announced.instance);
    let killed = ended_in_call(stand, operation, work, true).await;
    stand.system.set(Weather::Fair);
    notes.note(check::KILLED, &operation.operation, killed);
    let again = stand.announced().map(|announced| announced.instance);
    let anew = if instance == again { wrong(format!("both starts are instance {instance:?}")) } else { Ok(()) };
    notes.note(check::ANNOUNCED_ANEW, "", anew);
    let terminated = ended_in_call(stand, operation, work, false).await;
    stand.system.set(Weather::Fair);
    notes.note(check::TERMINATED, &operation.operation, terminated);
}

async fn ended_in_call(stand: &mut Stand, operation: &OperationManifest, work: &Path, kill: bool) -> Result<(), Wrong> {
    let base = stand.cases.of(&operation.operation).iter().find(|case| case.is_done()).cloned();
    let Some(base) = base else { return wrong("there is no case to ask by") };
    let (request, before, mark) = {
        let subject = Subject { stand, operation, base: &base };
        let (request, before, asked) = (subject.request()?, subject.effects().await?, stand.system.asked());
        stand.system.set(Weather::Slow);
        let mark = stand.send(&request, PLAIN).await?;
        called(stand, asked).await?;
        (request, before, mark)
    };
    let limit = stand.declaration.ends_within();
    let ended = match stand.adapter.as_mut() {
        Some(adapter) if kill => {
            adapter.kill().await;
            Ok(())
        }
        Some(adapter) => adapter.terminate(limit).await.map(drop),
        None => Ok(()),
    };
    if let Err(trouble) = ended {
        return wrong(trouble.0);
    }
    gone(stand).await?;
    stand.system.set(Weather::Fair);
    let known = stand.log().announcements.len();
    stand.comes_again(&request);
    // Told to end, it may have answered before it did.
    let mark = if kill { stand.log().replies.len() } else { mark };
    stand.start(work)?;
    if stand.heard(SOON * 4, |log| (log.announcements.len() > known).then_some(())).await.is_none() {
        return wrong("not announced after it was started again");
    }
    first::announced(stand).await?;
    let subject = Subject { stand, operation, base: &base };
    let reply = stand.answer(&request, mark, stand.patience(&operation.operation)).await;
    let Ok(reply) = reply else { return wrong("the request was acknowledged before it was answered: it is lost") };
    let said = reply.result.unwrap_or(Said::Acknowledged(jisr_proto::adapter::v1::Acknowledged {}));
    let effect = operation.effect();
    if kill && effect != Effect::Idempotent && !matches!(said, Said::InDoubt(_)) {
        return wrong(format!("the redelivery was answered {}, not IN_DOUBT", shown(&said)));
    }
    let end = subject.settle(&request, said).await?;
    match end {
        end if is_done(&end) => subject.has(before + 1).await,
        Said::InDoubt(_) if effect == Effect::Once => {
            let effects = subject.effects().await?;
            if effects <= before + 1 { Ok(()) } else { wrong("it was done twice") }
        }
        end => wrong(format!("in the end {}", shown(&end))),
    }
}

/// That the system is being asked.
async fn called(stand: &Stand, before: u64) -> Result<(), Wrong> {
    let until = tokio::time::Instant::now() + SOON;
    while stand.system.asked() == before {
        if tokio::time::Instant::now() >= until {
            return wrong(format!("the system was asked nothing within {} s", SOON.as_secs()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// That nobody consumes any more.
async fn gone(stand: &Stand) -> Result<(), Wrong> {
    let until = tokio::time::Instant::now() + SOON;
    while stand.probe.waiting().await?.consumers > 0 {
        if tokio::time::Instant::now() >= until {
            return Err(trouble("the broker still has a consumer of the adapter that has ended").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// That everything it was given is settled at the broker once it has ended.
pub(super) async fn nothing_left(stand: &mut Stand) -> Result<(), Wrong> {
    let limit = stand.declaration.ends_within();
    let Some(adapter) = stand.adapter.as_mut() else {
        return Err(trouble("the kit has not started this adapter: have it started to be asked this").into());
    };
    if let Err(trouble) = adapter.terminate(limit).await {
        return wrong(trouble.0);
    }
    gone(stand).await?;
    match stand.probe.waiting().await?.waiting {
        0 => Ok(()),
        left => wrong(format!("{left} requests that it had are back in the queue: it never acknowledged them")),
    }
}
