//! Requests of every kind, with the system in good health: the author's own cases, and what no author thinks of.

use std::time::Duration;

use jisr_bus::rabbit::probe::Form;
use jisr_bus::{Message, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{FaultClass, LegRequest, OperationManifest, RequestKind};
use jisr_proto::json::to_json;
use prost::Message as _;
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::Notes;
use super::subject::Subject;
use crate::cases::Case;
use crate::check;
use crate::reply::{is_done, shown, word};
use crate::stand::{How, PLAIN, Stand, Wrong, now, renewed, wrong};

/// Far more letters than any column has.
const FAR_TOO_LONG: usize = 100_000;
/// A null, a private character, an emoji, and a letter that no legacy Arabic code page has.
const ODD: &str = "\u{0}\u{e000}🕌ڭ";
/// How long it may take to put something aside.
const ASIDE: Duration = Duration::from_secs(15);

/// The author's cases.
pub(super) async fn cases(subject: &Subject<'_>, notes: &mut Notes<'_>) {
    for case in subject.stand.cases.of(subject.id()) {
        let about = format!("{}/{}", subject.id(), case.name);
        let check = if case.is_unmappable() { check::UNMAPPABLE } else { check::CASE };
        let asked = as_expected(subject, case).await;
        let passed = asked.is_ok();
        let (request, result) = match asked {
            Ok(request) => (Some(request), Ok(())),
            Err(wrong) => (None, Err(wrong)),
        };
        notes.note(check, &about, result);
        if let (true, Some(request), Some(_)) = (passed, request, &case.expected.then) {
            notes.note(check::LATER, &about, later(subject, case, &request).await);
        }
    }
}

async fn as_expected(subject: &Subject<'_>, case: &Case) -> Result<LegRequest, Wrong> {
    let request = subject.stand.request(case)?;
    let before = subject.effects().await?;
    let (said, reply) = subject.stand.ask(&request, PLAIN).await?;
    if let Some(why) = case.expected.compare(&said) {
        return wrong(why);
    }
    match &said {
        said if is_done(said) => {
            if reply.called_time.is_none() {
                return wrong(format!("{} without called_time", word(said)));
            }
            subject.has(before + 1).await?;
        }
        // A fault is certainly without effect; a department may well keep what it refuses.
        Said::Failed(_) => subject.has(before).await?,
        _ => {}
    }
    Ok(request)
}

/// The department's own word on what goes on there.
async fn later(subject: &Subject<'_>, case: &Case, request: &LegRequest) -> Result<(), Wrong> {
    let Some(then) = &case.expected.then else { return Ok(()) };
    let limit = Duration::from_secs(then.within_seconds);
    let heard = subject.stand.heard(limit, |log| {
        let of_this =
            log.replies.iter().filter(|reply| reply.transaction == request.transaction && reply.leg == request.leg);
        let said: Vec<_> = of_this.filter_map(|reply| reply.result.as_ref()).map(word).collect();
        said.contains(&then.result.as_str()).then_some(())
    });
    match heard.await {
        Some(()) => Ok(()),
        None => wrong(format!("no {} within {} s", then.result, then.within_seconds)),
    }
}

/// An operation that no manifest names.
pub(super) async fn unknown_operation(stand: &Stand, operation: &OperationManifest) -> Result<(), Wrong> {
    let Some(case) = stand.cases.of(&operation.operation).first() else { return wrong("there is no case to ask by") };
    let mut request = stand.request(case)?;
    request.operation = "of-a-later-version".to_owned();
    let (said, _) = stand.ask(&request, PLAIN).await?;
    expect_fault(&said, FaultClass::Unsupported)
}

/// A request that does not say what to do.
pub(super) async fn unknown_kind(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = renewed(&subject.request()?, RequestKind::Unspecified, 1);
    expect_fault(&subject.without_effect(&request, PLAIN).await?, FaultClass::Unsupported)
}

pub(super) async fn unknown_fields(subject: &Subject<'_>) -> Result<(), Wrong> {
    subject.is_done_once(&subject.request()?, How { of_a_later_version: true, ..PLAIN }).await
}

/// Two requests in one message, for an adapter that says it takes so many.
pub(super) async fn packed(stand: &Stand, operation: &OperationManifest) -> Result<(), Wrong> {
    let base = stand.cases.of(&operation.operation).iter().find(|case| case.is_done());
    let Some(base) = base else { return wrong("there is no case to ask by") };
    let subject = Subject { stand, operation, base };
    let before = subject.effects().await?;
    let requests = [subject.request()?, subject.request()?];
    let mark = stand.send_packed(&requests).await?;
    for request in &requests {
        let reply = stand.answer(request, mark, stand.patience(subject.id())).await?;
        match reply.result {
            Some(said) if is_done(&said) => {}
            Some(said) => return wrong(format!("one of two was answered {}", shown(&said))),
            None => return wrong("a reply without a result"),
        }
    }
    subject.has(before + 2).await
}

pub(super) async fn oversize(subject: &Subject<'_>) -> Result<(), Wrong> {
    altered(subject, &|_| "ن".repeat(FAR_TOO_LONG)).await
}

pub(super) async fn odd_characters(subject: &Subject<'_>) -> Result<(), Wrong> {
    altered(subject, &|text| format!("{text}{ODD}")).await
}

/// Every text of the answers and of the applicant's names made something that hardly fits anywhere: refused or a mapping
/// fault, or taken as it is; and whatever comes of it, the next request is dealt with.
async fn altered(subject: &Subject<'_>, alter: &dyn Fn(&str) -> String) -> Result<(), Wrong> {
    let mut request = subject.request()?;
    let input = request.input.get_or_insert_default();
    let mut altered = input.answers.as_mut().is_some_and(|answers| alter_struct(answers, alter));
    if let Some(jisr_proto::v1::party::Kind::Person(person)) =
        input.applicant.as_mut().and_then(|applicant| applicant.kind.as_mut())
    {
        for name in &mut person.names {
            name.full_name = alter(&name.full_name);
            altered = true;
        }
    }
    if !altered {
        // Nothing but numbers and codes is handed over: there is nothing to make too long.
        return Ok(());
    }
    let before = subject.effects().await?;
    let (said, _) = subject.stand.ask(&request, PLAIN).await?;
    match &said {
        Said::Failed(failed) if failed.fault_class() == FaultClass::Mapping => {
            if failed.field.is_empty() {
                return wrong(format!("answered {} without the field", shown(&said)));
            }
            subject.has(before).await?;
        }
        Said::Refused(_) | Said::InformationRequired(_) | Said::Succeeded(_) | Said::InProgress(_) => {}
        other => return wrong(format!("answered {}", shown(other))),
    }
    subject.done().await.map(drop)
}

fn alter_struct(given: &mut Struct, alter: &dyn Fn(&str) -> String) -> bool {
    given.fields.values_mut().fold(false, |altered, value| alter_value(value, alter) | altered)
}

fn alter_value(value: &mut Value, alter: &dyn Fn(&str) -> String) -> bool {
    match &mut value.kind {
        Some(Kind::StringValue(text)) => {
            *text = alter(text);
            true
        }
        Some(Kind::StructValue(inner)) => alter_struct(inner, alter),
        Some(Kind::ListValue(list)) => {
            list.values.iter_mut().fold(false, |altered, value| alter_value(value, alter) | altered)
        }
        _ => false,
    }
}

/// A good request in a message of another version: it is put aside, and nothing is done.
pub(super) async fn wrong_version(subject: &Subject<'_>) -> Result<(), Wrong> {
    let request = subject.request()?;
    let json = subject.stand.wants_json();
    let body = if json { to_json(&request, false).into_bytes() } else { request.encode_to_vec() };
    let before = subject.effects().await?;
    put_aside(subject.stand, body, Form { json, version: Some(2), ..Form::default() }).await?;
    subject.has(before).await
}

/// That a message with this body is put aside.
pub(super) async fn put_aside(stand: &Stand, body: Vec<u8>, form: Form) -> Result<(), Wrong> {
    let time = now();
    let message = Message {
        id: MessageId::new(time, rand::random()),
        kind: kind::LEG_REQUESTED.into(),
        correlation: None,
        attempt: 1,
        republished: false,
        time,
        trace: TraceContext::default(),
        body: body.into(),
    };
    stand.probe.send(&message, form).await?;
    let until = tokio::time::Instant::now() + ASIDE;
    loop {
        match stand.probe.dead().await? {
            Some((id, _)) if id == message.id.to_string() => return Ok(()),
            Some((id, reason)) => return wrong(format!("another message was put aside: {id} ({reason})")),
            None if tokio::time::Instant::now() >= until => {
                return wrong(format!("not put aside within {} s", ASIDE.as_secs()));
            }
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// That an answer is a fault of this class.
pub(super) fn expect_fault(said: &Said, class: FaultClass) -> Result<(), Wrong> {
    match said {
        Said::Failed(failed) if failed.fault_class() == class => Ok(()),
        other => wrong(format!("answered {}, not FAILED {}", shown(other), class.as_str_name())),
    }
}
