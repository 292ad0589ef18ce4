//! `jisr tx watch`, and what `jisr tx submit --watch` does after submitting.

use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_proto::{json, v1};

use super::find;
use crate::cli::WatchArgs;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::follow::{Follow, Outcome};
use crate::output::{Format, Output, bidi, event, summary, transaction};

pub(super) async fn run(client: &Client, arguments: WatchArgs, output: Output) -> Result<Exit, Failure> {
    let id = find::id(client, arguments.name).await?;
    follow(client, id, arguments.resume, arguments.wait, output).await
}

/// Prints every event, and at the end how it ended.
///
/// In JSON one `jisr.v1.WatchResponse` on each line, as the server sends them without heartbeats; the last one has no
/// event and holds the transaction as it ended.
pub(super) async fn follow(
    client: &Client,
    id: TransactionId,
    resume: Option<String>,
    wait: Option<Duration>,
    output: Output,
) -> Result<Exit, Failure> {
    let titles = find::titles(client, output).await;
    let mut start = None;
    let outcome = Follow::new(client, id, resume)
        .run(wait, |message| {
            let Some(v1::watch_response::Body::Update(update)) = &message.body else { return Ok(()) };
            let Some(event) = &update.event else { return Ok(()) };
            let submitted = update.transaction.as_ref().and_then(|transaction| transaction.submit_time);
            let start = *start.get_or_insert(submitted.or(event.time));
            match output.format {
                Format::Json => output.result(json::to_json(message, false)),
                Format::Plain => output.result(event::plain(event, output.locale)),
                Format::Human => output.result(event::human(event, start.as_ref(), &titles, output.locale)),
            }
        })
        .await?;
    match outcome {
        Outcome::Ended(ended) => {
            match output.format {
                Format::Json => output.result(json::to_json(&last_message(&ended), false))?,
                Format::Plain => output.result(transaction::plain(&ended))?,
                Format::Human => {
                    output.result("")?;
                    output.results(summary::human(&ended, &titles, output.locale))?;
                }
            }
            Ok(if ended.state() == v1::TransactionState::Completed { Exit::Ok } else { Exit::Conflict })
        }
        Outcome::Pending { latest, resume_token } => {
            if let (Some(latest), Format::Human) = (&latest, output.format) {
                output.result("")?;
                output.results(summary::human(latest, &titles, output.locale))?;
            }
            pending(id, &resume_token, output)?;
            Ok(Exit::Pending)
        }
    }
}

fn last_message(ended: &v1::Transaction) -> v1::WatchResponse {
    let update = v1::TransactionUpdate { event: None, transaction: Some(ended.clone()) };
    v1::WatchResponse { body: Some(v1::watch_response::Body::Update(update)), resume_token: String::new() }
}

fn pending(id: TransactionId, resume_token: &str, output: Output) -> Result<(), Failure> {
    let resume = if resume_token.is_empty() { String::new() } else { format!(" --resume {resume_token}") };
    let command = bidi::isolate(&format!("jisr tx watch {}{resume}", id.resource_name()), output.locale);
    let words = output.say("لم تنته بعد. للمتابعة من هنا:", "still pending; to go on from here:");
    output.talk(bidi::line(&format!("{words} {command}"), output.locale))?;
    Ok(())
}
