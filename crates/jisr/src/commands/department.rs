//! `jisr department …`: how departments are, and whether anything is sent to them.

use jiff::tz::TimeZone;
use jisr_core::name::DepartmentId;
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Clock as _;
use jisr_proto::operations::v1::{
    DepartmentStatus, ListDepartmentsRequest, PauseDepartmentRequest, ResumeDepartmentRequest,
};
use jisr_proto::{convert, json};
use jisr_runtime::SystemClock;

use super::suggest;
use crate::cli::{DepartmentCommand, Global, PauseArgs, ResumeArgs};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, bidi, department, words};

pub(super) async fn run(global: &Global, command: DepartmentCommand, output: Output) -> Result<Exit, Failure> {
    let client = Client::of_operators(global)?;
    match command {
        DepartmentCommand::List => show(&list(&client).await?, output)?,
        DepartmentCommand::Pause(arguments) => pause(client, arguments, output).await?,
        DepartmentCommand::Resume(arguments) => resume(client, arguments, output).await?,
    }
    Ok(Exit::Ok)
}

/// In JSON one `jisr.operations.v1.DepartmentStatus` on each line.
fn show(departments: &[DepartmentStatus], output: Output) -> Result<(), Failure> {
    match output.format {
        Format::Json => output.results(departments.iter().map(|found| json::to_json(found, false)))?,
        Format::Plain => output.results(departments.iter().map(|found| department::plain(found, output.locale)))?,
        Format::Human => {
            let (now, zone) = (SystemClock.now(), TimeZone::system());
            output.results(department::human(departments, now, &zone, output.locale))?;
        }
    }
    Ok(())
}

async fn list(client: &Client) -> Result<Vec<DepartmentStatus>, Failure> {
    let answer = client
        .call(ListDepartmentsRequest {}, |request| async move { client.operations().list_departments(request).await })
        .await?;
    Ok(answer.departments)
}

/// The department as it is, or what was probably meant.
async fn find(client: &Client, wanted: &DepartmentId, output: Output) -> Result<DepartmentStatus, Failure> {
    let name = wanted.resource_name();
    let all = list(client).await?;
    if let Some(found) = all.iter().find(|found| found.department == name) {
        return Ok(found.clone());
    }
    let known: Vec<&str> = all.iter().map(|found| words::id_of(&found.department)).collect();
    let problem = Problem::new(Reason::DepartmentNotFound).with("name", &name).resource("jisr/Department", name);
    let failure = Failure::of_problem(&problem, output.locale);
    Err(failure.advise(suggest::instead_of(wanted.as_str(), &known, output)))
}

async fn pause(client: Client, arguments: PauseArgs, output: Output) -> Result<(), Failure> {
    let client = &client.acting(arguments.acting.name());
    let found = find(client, &arguments.department, output).await?;
    if arguments.dry_run {
        tell(output.say("كان سيوقف الإرسال إليها (لم يتغير شيء):", "would be paused (nothing was changed):"), output)?;
        return show(&[found], output);
    }
    if found.pause.is_some() {
        let words = "كان الإرسال إليها موقوفًا من قبل، وبقي كما كان:";
        tell(output.say(words, "was paused before, and stays as it was:"), output)?;
    }
    let reason = convert::text(&in_its_language(arguments.note.trim()));
    let message = PauseDepartmentRequest { department: found.department, reason };
    // The same again changes nothing more.
    let paused = client
        .call_again(output, message, |request| async move { client.operations().pause_department(request).await })
        .await?;
    let words = output.say(
        "يُقبل عملها كما كان، وينتظر. للإرسال من جديد:",
        "its work is accepted as before, and waits. To send to it again:",
    );
    let command = format!("jisr department resume {}", arguments.department);
    show(&[paused], output)?;
    tell(&format!("{words} {}", bidi::isolate(&command, output.locale)), output)
}

async fn resume(client: Client, arguments: ResumeArgs, output: Output) -> Result<(), Failure> {
    let client = &client.acting(arguments.acting.name());
    let found = find(client, &arguments.department, output).await?;
    if arguments.dry_run {
        tell(
            output.say("كان سيُستأنف الإرسال إليها (لم يتغير شيء):", "would be resumed (nothing was changed):"),
            output,
        )?;
        return show(&[found], output);
    }
    if found.pause.is_none() {
        let words = "لم يكن الإرسال إليها موقوفًا، وبقيت كما كانت:";
        tell(output.say(words, "was not paused, and stays as it was:"), output)?;
    }
    let message = ResumeDepartmentRequest { department: found.department };
    // The same again changes nothing more.
    let resumed = client
        .call_again(output, message, |request| async move { client.operations().resume_department(request).await })
        .await?;
    show(&[resumed], output)
}

fn tell(words: &str, output: Output) -> Result<(), Failure> {
    Ok(output.talk(bidi::line(words, output.locale))?)
}

/// What an operator wrote, kept as the language it is in.
fn in_its_language(note: &str) -> LocalizedText {
    if note.is_empty() {
        return LocalizedText::default();
    }
    let arabic = note.chars().any(|letter| ('\u{0600}'..='\u{06FF}').contains(&letter));
    LocalizedText::single(if arabic { Language::Ar } else { Language::En }, note)
}
