//! `jisr tx list`: one page, or all of them as they come.

use jiff::tz::TimeZone;
use jisr_proto::{json, v1};

use crate::cli::ListArgs;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, transaction};

/// In JSON one `jisr.v1.Transaction` on each line, so that any number of them can be piped.
pub(super) async fn run(client: &Client, arguments: ListArgs, output: Output) -> Result<Exit, Failure> {
    let zone = TimeZone::system();
    let mut page_token = arguments.page_token;
    let mut shown = 0;
    loop {
        let message = v1::ListTransactionsRequest {
            page_size: arguments.page_size,
            page_token,
            filter: arguments.filter.clone(),
        };
        let page = client
            .call(message, |request| async move { client.transactions().list_transactions(request).await })
            .await?;
        let transactions = &page.transactions;
        match output.format {
            Format::Json => output.results(transactions.iter().map(|found| json::to_json(found, false)))?,
            Format::Plain => output.results(transactions.iter().map(transaction::plain))?,
            Format::Human if transactions.is_empty() => {}
            // Headings once; later pages line up well enough, as their columns hold the same kinds of things.
            Format::Human => {
                let lines = transaction::human(transactions, &zone, output.locale);
                output.results(lines.into_iter().skip(usize::from(shown > 0)))?;
            }
        }
        shown += transactions.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            if shown == 0 {
                output.talk(output.say("لا توجد معاملات", "no transactions"))?;
            }
            return Ok(Exit::Ok);
        }
        if !arguments.all {
            super::more(&page_token, output)?;
            return Ok(Exit::Ok);
        }
    }
}
