//! `jisr failures show`: one parked leg, or all of a transaction's.

use jiff::tz::TimeZone;
use jisr_core::time::Clock as _;
use jisr_proto::json;
use jisr_proto::operations::v1::{self as operations, FailureSelection, ListFailuresRequest};
use jisr_runtime::SystemClock;

use super::select;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, bidi, parked};

/// A transaction has tens of legs at most.
const PAGE: i32 = 500;

/// In JSON one `jisr.operations.v1.Failure` on each line.
pub(super) async fn run(client: &Client, selection: FailureSelection, output: Output) -> Result<Exit, Failure> {
    let name = selection.transaction.clone();
    let legs = parked_legs(client, selection, PAGE).await?;
    if legs.is_empty() {
        let words = output.say("ليست متوقفة:", "is not parked:");
        let name = bidi::isolate(&name, output.locale);
        let advice = output.say(
            "ربما أُعيدت محاولتها أو انتهت؛ الأمر jisr tx get يبيّن أين وصلت",
            "it may have been tried again, or settled; `jisr tx get` shows where it stands",
        );
        return Err(Failure::new(Exit::NotFound, format!("{words} {name}")).advise(advice));
    }
    let (zone, now) = (TimeZone::system(), SystemClock.now());
    for (at, leg) in legs.iter().enumerate() {
        match output.format {
            Format::Json => output.result(json::to_json(leg, false))?,
            Format::Plain => output.result(parked::plain_leg(leg))?,
            Format::Human => {
                if at > 0 {
                    output.result("")?;
                }
                let same_cause = select::groups(client, cause(leg)).await?.iter().map(|group| group.count).sum();
                output.results(parked::one(leg, same_cause, now, &zone, output.locale))?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// The first of the selected legs.
pub(super) async fn parked_legs(
    client: &Client,
    selection: FailureSelection,
    page_size: i32,
) -> Result<Vec<operations::Failure>, Failure> {
    let message = ListFailuresRequest { selection: Some(selection), page_size, page_token: String::new() };
    let page = client.call(message, |request| async move { client.operations().list_failures(request).await }).await?;
    Ok(page.failures)
}

/// All that are parked for the same cause.
fn cause(leg: &operations::Failure) -> FailureSelection {
    FailureSelection {
        department: leg.department.clone(),
        operation: leg.operation.clone(),
        reason: leg.reason.clone(),
        adapter_version: Some(leg.adapter_version.clone()),
        ..FailureSelection::default()
    }
}
