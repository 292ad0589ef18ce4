//! `jisr job …`: bulk work under way and ended.

mod follow;

use jiff::tz::TimeZone;
use jisr_core::id::JobId;
use jisr_proto::json;
use jisr_proto::operations::v1::{CancelJobRequest, GetJobRequest, Job, JobState, ListJobsRequest};

use crate::cli::{Global, JobCancelArgs, JobCommand, JobListArgs};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, bidi, job};

pub(super) use follow::{Follow, how_to_go_on};

pub(super) async fn run(global: &Global, command: JobCommand, output: Output) -> Result<Exit, Failure> {
    let client = Client::of_operators(global)?;
    match command {
        JobCommand::List(arguments) => list(&client, arguments, output).await,
        JobCommand::Show(arguments) => {
            one(&get(&client, arguments.job).await?, output)?;
            Ok(Exit::Ok)
        }
        JobCommand::Watch(arguments) => {
            let job = get(&client, arguments.job).await?;
            Follow::new(&client, job, output).run(arguments.wait).await
        }
        JobCommand::Cancel(arguments) => cancel(client, arguments, output).await,
    }
}

/// In JSON one `jisr.operations.v1.Job` on each line.
async fn list(client: &Client, arguments: JobListArgs, output: Output) -> Result<Exit, Failure> {
    let zone = TimeZone::system();
    let mut page_token = arguments.page_token;
    let mut shown = 0;
    loop {
        let message = ListJobsRequest { page_size: arguments.page_size, page_token };
        let page = client.call(message, |request| async move { client.operations().list_jobs(request).await }).await?;
        match output.format {
            Format::Json => output.results(page.jobs.iter().map(|found| json::to_json(found, false)))?,
            Format::Plain => output.results(page.jobs.iter().map(job::plain))?,
            Format::Human if page.jobs.is_empty() => {}
            Format::Human => {
                let lines = job::list(&page.jobs, &zone, output.locale);
                output.results(lines.into_iter().skip(usize::from(shown > 0)))?;
            }
        }
        shown += page.jobs.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            if shown == 0 {
                output.talk(output.say("لا يوجد عمل", "no jobs"))?;
            }
            return Ok(Exit::Ok);
        }
        if !arguments.all {
            super::more(&page_token, output)?;
            return Ok(Exit::Ok);
        }
    }
}

pub(super) async fn get(client: &Client, id: JobId) -> Result<Job, Failure> {
    let message = GetJobRequest { name: format!("jobs/{id}") };
    client.call(message, |request| async move { client.operations().get_job(request).await }).await
}

/// One job as the result of a command.
pub(super) fn one(found: &Job, output: Output) -> Result<(), Failure> {
    match output.format {
        Format::Json => output.result(json::to_json(found, false))?,
        Format::Plain => output.result(job::plain(found))?,
        Format::Human => output.results(job::human(found, &TimeZone::system(), output.locale))?,
    }
    Ok(())
}

/// What has ended cannot be stopped any more, and whoever meant to should know.
async fn cancel(client: Client, arguments: JobCancelArgs, output: Output) -> Result<Exit, Failure> {
    let client = &client.acting(arguments.acting.name());
    let message = CancelJobRequest { name: format!("jobs/{}", arguments.job) };
    // The same again changes nothing more.
    let cancelled = client
        .call_again(output, message, |request| async move { client.operations().cancel_job(request).await })
        .await?;
    one(&cancelled, output)?;
    if cancelled.state() != JobState::Cancelled {
        let words = output
            .say("انتهى العمل قبل ذلك؛ لم يُلغَ شيء:", "the job had ended before; there was nothing left to cancel:");
        let name = bidi::isolate(&cancelled.name, output.locale);
        return Err(Failure::new(Exit::Conflict, format!("{words} {name}")));
    }
    if cancelled.end_time.is_none() {
        let words = output.say(
            "لا يبدأ شيء جديد، وما بدأ يُكمَل. للمتابعة:",
            "nothing more is taken up; what is in hand comes to its end. To follow it:",
        );
        let command = bidi::isolate(&format!("jisr job watch {}", cancelled.name), output.locale);
        output.talk(bidi::line(&format!("{words} {command}"), output.locale))?;
    }
    Ok(Exit::Ok)
}
