//! `jisr failures list`: causes, or legs page by page.

use jiff::tz::TimeZone;
use jisr_proto::json;
use jisr_proto::operations::v1::{FailureSelection, ListFailuresRequest};

use super::select;
use crate::cli::FailuresListArgs;
use crate::client::Client;
use crate::commands::more;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, bidi, parked};

pub(super) async fn run(
    client: &Client,
    selection: &FailureSelection,
    arguments: FailuresListArgs,
    output: Output,
) -> Result<Exit, Failure> {
    if arguments.legs {
        legs(client, selection, arguments, output).await
    } else {
        groups(client, selection, output).await
    }
}

/// In JSON one `jisr.operations.v1.FailureGroup` on each line.
async fn groups(client: &Client, selection: &FailureSelection, output: Output) -> Result<Exit, Failure> {
    let groups = select::groups(client, selection.clone()).await?;
    match output.format {
        Format::Json => output.results(groups.iter().map(|group| json::to_json(group, false)))?,
        Format::Plain => output.results(groups.iter().map(parked::plain_group))?,
        Format::Human if groups.is_empty() => {}
        Format::Human => output.results(parked::groups(&groups, &TimeZone::system(), output.locale))?,
    }
    let Some(largest) = groups.first() else {
        nothing(client, selection, output).await?;
        return Ok(Exit::Ok);
    };
    if output.format == Format::Human {
        let command = |verb: &str| {
            let command = format!("jisr failures {verb} {}", parked::flags(largest));
            bidi::isolate(&command, output.locale)
        };
        for (words, command) in [
            (output.say("لرؤية خطوات الأولى:", "to see the legs of the first:"), command("list --legs")),
            (output.say("لإعادة محاولتها:", "to have them tried again:"), command("redrive")),
        ] {
            output.talk(bidi::line(&format!("{words} {command}"), output.locale))?;
        }
    }
    Ok(Exit::Ok)
}

/// In JSON one `jisr.operations.v1.Failure` on each line.
async fn legs(
    client: &Client,
    selection: &FailureSelection,
    arguments: FailuresListArgs,
    output: Output,
) -> Result<Exit, Failure> {
    let zone = TimeZone::system();
    let mut page_token = arguments.page_token;
    let mut shown = 0;
    loop {
        let selection_given = Some(selection.clone());
        let message = ListFailuresRequest { selection: selection_given, page_size: arguments.page_size, page_token };
        let page =
            client.call(message, |request| async move { client.operations().list_failures(request).await }).await?;
        match output.format {
            Format::Json => output.results(page.failures.iter().map(|leg| json::to_json(leg, false)))?,
            Format::Plain => output.results(page.failures.iter().map(parked::plain_leg))?,
            Format::Human if page.failures.is_empty() => {}
            Format::Human => {
                let lines = parked::legs(&page.failures, &zone, output.locale);
                output.results(lines.into_iter().skip(usize::from(shown > 0)))?;
            }
        }
        shown += page.failures.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            if shown == 0 {
                nothing(client, selection, output).await?;
            }
            return Ok(Exit::Ok);
        }
        if !arguments.all {
            let words = output.say("المتوقف كله:", "parked in all:");
            let count = parked::legs_counted(page.total_size, output.locale);
            output.talk(bidi::line(&format!("{words} {count}"), output.locale))?;
            more(&page_token, output)?;
            return Ok(Exit::Ok);
        }
    }
}

/// That nothing is parked is good news, but for a slip in the selection.
async fn nothing(client: &Client, selection: &FailureSelection, output: Output) -> Result<(), Failure> {
    if output.format == Format::Json {
        return Ok(());
    }
    output.talk(bidi::line(output.say("لا شيء متوقف", "nothing is parked"), output.locale))?;
    for (flag, hint) in select::near_misses(client, selection, output).await? {
        let line = format!("  {}: {hint}", bidi::isolate(flag, output.locale));
        output.talk(bidi::line(&line, output.locale))?;
    }
    Ok(())
}
