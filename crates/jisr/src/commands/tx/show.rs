//! `jisr tx get` and `jisr tx timeline`.

use jisr_proto::{json, v1};

use super::find;
use crate::cli::{GetArgs, TimelineArgs};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::follow;
use crate::output::event::{self, Titles};
use crate::output::{Format, Output, summary, transaction};

pub(super) async fn get(client: &Client, arguments: &GetArgs, output: Output) -> Result<Exit, Failure> {
    let found = find::transaction(client, arguments.name).await?;
    let titles = find::titles(client, output).await;
    whole(&found, &titles, output)?;
    Ok(Exit::Ok)
}

/// One transaction as the result of a command.
pub(super) fn whole(found: &v1::Transaction, titles: &Titles, output: Output) -> Result<(), Failure> {
    match output.format {
        Format::Json => output.result(json::to_json(found, true))?,
        Format::Plain => output.result(transaction::plain(found))?,
        Format::Human => output.results(summary::human(found, titles, output.locale))?,
    }
    Ok(())
}

/// In JSON one `jisr.v1.Event` on each line.
pub(super) async fn timeline(client: &Client, arguments: &TimelineArgs, output: Output) -> Result<Exit, Failure> {
    let id = find::id(client, arguments.name).await?;
    let events = follow::history(client, id).await?;
    match output.format {
        Format::Json => output.results(events.iter().map(|event| json::to_json(event, false)))?,
        Format::Plain => output.results(events.iter().map(|event| event::plain(event, output.locale)))?,
        Format::Human => {
            let titles = find::titles(client, output).await;
            let start = events.first().and_then(|first| first.time);
            output.results(events.iter().map(|event| event::human(event, start.as_ref(), &titles, output.locale)))?;
            let message = v1::GetTransactionRequest { name: id.resource_name() };
            let found = client
                .call(message, |request| async move { client.transactions().get_transaction(request).await })
                .await?;
            output.result("")?;
            whole(&found, &titles, output)?;
        }
    }
    Ok(Exit::Ok)
}
