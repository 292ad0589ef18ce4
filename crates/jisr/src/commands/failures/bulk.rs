//! `jisr failures redrive` and `discard`: look, make sure that these are meant, begin the job once, stay with it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jisr_core::id::RequestId;
use jisr_core::reference_no::ReferenceNo;
use jisr_proto::operations::v1::{
    DiscardFailuresRequest, FailureGroup, FailureSelection, Job, JobKind, RedriveFailuresRequest,
};

use super::{select, show};
use crate::cli::{BulkArgs, RedriveArgs};
use crate::client::Client;
use crate::commands::{confirm, job, new_request_id};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, bidi, parked, words};

/// What is to be done.
pub(super) struct Work {
    kind: JobKind,
    selection: FailureSelection,
    note: String,
    concurrency: i32,
    per_second: i32,
}

impl Work {
    pub(super) fn redrive(selection: FailureSelection, arguments: &RedriveArgs) -> Self {
        Self {
            kind: JobKind::Redrive,
            selection,
            note: arguments.note.clone(),
            concurrency: arguments.concurrency,
            per_second: arguments.rate.unwrap_or_default(),
        }
    }

    /// As many at once as the server does: nothing is called.
    pub(super) fn discard(selection: FailureSelection, note: String) -> Self {
        Self { kind: JobKind::Discard, selection, note, concurrency: 0, per_second: 0 }
    }

    /// Begins the job, once for a request id.
    async fn begin(
        &self,
        client: &Client,
        request_id: &str,
        validate_only: bool,
        output: Output,
    ) -> Result<Job, Failure> {
        let (selection, request_id) = (Some(self.selection.clone()), request_id.to_owned());
        if self.kind == JobKind::Discard {
            let message = DiscardFailuresRequest { selection, reason: self.note.clone(), request_id, validate_only };
            let call = |request| async move { client.operations().discard_failures(request).await };
            return client.call_again(output, message, call).await;
        }
        let message = RedriveFailuresRequest {
            selection,
            concurrency: self.concurrency,
            per_second: self.per_second,
            reason: self.note.clone(),
            request_id,
            validate_only,
        };
        let call = |request| async move { client.operations().redrive_failures(request).await };
        client.call_again(output, message, call).await
    }
}

pub(super) async fn run(client: &Client, work: Work, arguments: BulkArgs, output: Output) -> Result<Exit, Failure> {
    let request_id = arguments.request_id.map_or_else(new_request_id, |id| id.to_string());
    // The same request again: what it was about need not be parked any more, and was confirmed then.
    let begun = match arguments.request_id {
        Some(id) if !arguments.dry_run => is_begun(client, id).await?,
        _ => false,
    };
    if !begun {
        let groups = select::groups(client, work.selection.clone()).await?;
        if groups.is_empty() {
            return Err(nothing(client, &work.selection, output).await?);
        }
        if arguments.dry_run {
            return dry_run(client, &work, &request_id, &groups, output).await;
        }
        make_sure(client, &work, &groups, arguments.confirm.as_deref(), output).await?;
    }
    let began = work
        .begin(client, &request_id, false, output)
        .await
        .map_err(|failure| with_request_id(failure, &request_id, output))?;
    if arguments.follow.is_detached() {
        job::one(&began, output)?;
        job::how_to_go_on(&began, output)?;
        return Ok(Exit::Ok);
    }
    let words = output.say("بدأ العمل:", "the job has begun:");
    let name = bidi::isolate(&began.name, output.locale);
    let count = parked::legs_counted(began.total_count, output.locale);
    output.talk(bidi::line(&format!("{words} {name} · {count}"), output.locale))?;
    job::Follow::new(client, began, output).run(arguments.follow.wait).await
}

/// Whoever tries again must not begin a second job, where the first one began unheard.
fn with_request_id(failure: Failure, request_id: &str, output: Output) -> Failure {
    let is_lost = failure.exit() == Exit::Unavailable;
    let failure = failure.with("request_id", request_id);
    if !is_lost {
        return failure;
    }
    let words = output.say("لإعادة الطلب نفسه بأمان:", "to send the same request again safely:");
    let option = bidi::isolate(&format!("--request-id {request_id}"), output.locale);
    failure.advise(format!("{words} {option}"))
}

async fn is_begun(client: &Client, id: RequestId) -> Result<bool, Failure> {
    let id = jisr_core::id::JobId::from_bytes(*id.as_bytes());
    match job::get(client, id).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.exit() == Exit::NotFound => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn dry_run(
    client: &Client,
    work: &Work,
    request_id: &str,
    groups: &[FailureGroup],
    output: Output,
) -> Result<Exit, Failure> {
    let would = work.begin(client, request_id, true, output).await?;
    let words = output.say("كان سيُنفَّذ (لم يتغير شيء):", "would be done (nothing was changed):");
    output.talk(bidi::line(words, output.locale))?;
    if output.format == Format::Human {
        output.results(parked::groups(groups, &TimeZone::system(), output.locale))?;
        output.result("")?;
    }
    job::one(&would, output)?;
    Ok(Exit::Ok)
}

/// Nothing fits: probably a slip, as somebody wanted something moved.
async fn nothing(client: &Client, selection: &FailureSelection, output: Output) -> Result<Failure, Failure> {
    let words = output.say("لا شيء متوقف ينطبق عليه ذلك", "nothing is parked to which this applies");
    let failure = Failure::new(Exit::NotFound, words);
    let hints = select::near_misses(client, selection, output).await?;
    Ok(hints.into_iter().fold(failure, |failure, (flag, hint)| failure.point(flag, hint)))
}

/// What has to be named as proof that these legs are meant.
#[derive(Debug, PartialEq, Eq)]
enum Proof {
    /// They are all of one transaction.
    Reference(ReferenceNo),
    /// They are all of one department.
    Department(String),
    /// They are of several.
    All,
}

impl Proof {
    async fn of(client: &Client, work: &Work, groups: &[FailureGroup]) -> Result<Self, Failure> {
        if !work.selection.transaction.is_empty() {
            let legs = show::parked_legs(client, work.selection.clone(), 1).await?;
            if let Some(number) = legs.first().and_then(|leg| leg.reference_no.parse().ok()) {
                return Ok(Self::Reference(number));
            }
        }
        let departments: BTreeSet<&str> = groups.iter().map(|group| words::id_of(&group.department)).collect();
        Ok(match departments.first() {
            Some(department) if departments.len() == 1 => Self::Department((*department).to_owned()),
            _ => Self::All,
        })
    }

    fn is(&self, given: &str) -> bool {
        match self {
            Self::Reference(number) => given.parse() == Ok(*number),
            Self::Department(department) => words::id_of(given) == department,
            Self::All => given == "all" || given == "الكل",
        }
    }

    /// What is to be typed, without telling it where knowing it is the proof.
    fn wanted(&self, output: Output) -> &'static str {
        match self {
            Self::Reference(_) => output.say("الرقم المرجعي", "the reference number"),
            Self::Department(_) => output.say("معرّف الجهة", "the department"),
            Self::All => output.say("الكلمة all، فهي لجهات عدة", "all, as they are of several departments"),
        }
    }
}

/// One leg is tried again without more ado; anything larger, or final, only once it is certain that it is meant.
async fn make_sure(
    client: &Client,
    work: &Work,
    groups: &[FailureGroup],
    given: Option<&str>,
    output: Output,
) -> Result<(), Failure> {
    let count: i64 = groups.iter().map(|group| group.count).sum();
    if given.is_none() && work.kind == JobKind::Redrive && count == 1 {
        return Ok(());
    }
    let proof = Proof::of(client, work, groups).await?;
    let typed = match given {
        Some(given) => given.to_owned(),
        None => ask(&proof, work, groups, count, output)?,
    };
    if proof.is(&typed) {
        return Ok(());
    }
    let words = output.say(
        "ليس التأكيد لهذه الخطوات؛ لم يتغير شيء. المطلوب",
        "that does not confirm these legs; nothing was changed. It takes",
    );
    Err(Failure::new(Exit::Usage, format!("{words} {}", proof.wanted(output)))
        .point("--confirm", summary(groups, count, output)))
}

fn ask(proof: &Proof, work: &Work, groups: &[FailureGroup], count: i64, output: Output) -> Result<String, Failure> {
    let shown = parked::groups(groups, &TimeZone::system(), output.locale);
    let verb = match work.kind {
        JobKind::Discard => output.say("لصرف النظر عنها اكتب", "to give these up, type"),
        _ => output.say("لإعادة محاولتها اكتب", "to have these tried again, type"),
    };
    let prompt = format!("{} · {verb} {}:", parked::legs_counted(count, output.locale), proof.wanted(output));
    let typed = confirm::typed(&shown, &prompt, output)?;
    typed.ok_or_else(|| {
        let words = output.say("يحتاج ذلك إلى تأكيد: أضف --confirm=", "this needs to be confirmed: add --confirm=");
        let advice = output.say("ما الذي سيُنفَّذ يبيّنه --dry-run", "--dry-run shows what would be done");
        let failure = Failure::new(Exit::Usage, format!("{words}<{}>", proof.wanted(output)));
        failure.point("--confirm", summary(groups, count, output)).advise(advice)
    })
}

/// How many legs, and for what.
fn summary(groups: &[FailureGroup], count: i64, output: Output) -> String {
    let reasons: BTreeSet<&str> = groups.iter().map(|group| group.reason.as_str()).collect();
    let reasons: Vec<String> = reasons.into_iter().map(|reason| bidi::isolate(reason, output.locale)).collect();
    format!("{} ({})", parked::legs_counted(count, output.locale), reasons.join(output.say("، ", ", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_taken_as_people_write_it() {
        let department = Proof::Department("municipality".to_owned());
        assert!(department.is("municipality") && department.is("departments/municipality") && !department.is("all"));
        assert!(Proof::All.is("all") && Proof::All.is("الكل") && !Proof::All.is("municipality"));
        let number = ReferenceNo::new(jisr_core::time::Timestamp::from_millis(1_772_336_400_123), 9_999);
        let reference = Proof::Reference(number);
        assert!(reference.is(&number.to_string().to_lowercase()) && !reference.is("municipality"));
    }
}
