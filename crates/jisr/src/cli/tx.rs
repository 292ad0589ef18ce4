//! `jisr tx …`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jisr_core::id::RequestId;
use jisr_core::reference_no::ReferenceNo;

use crate::transaction_name::TransactionName;

/// Applications, from the front end's side.
#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Submit an application
    #[command(before_help = "\
Examples:
  jisr tx submit deploy/examples/building-noc.json --watch
  jisr tx submit application.json --validate-only
  generate-application | jisr tx submit - --json
")]
    Submit(SubmitArgs),
    /// Show one transaction
    #[command(before_help = "\
Examples:
  jisr tx get 05T8-Q2KD-0A7
  jisr tx get transactions/019ca77b-46fb-7fff-bfff-ffffffffffff --json
")]
    Get(GetArgs),
    /// List transactions, newest first
    #[command(before_help = "\
Examples:
  jisr tx list
  jisr tx list --filter 'state = PROCESSING AND service = services/building-noc'
  jisr tx list --all --json | jq -r .referenceNo
")]
    List(ListArgs),
    /// Follow a transaction to its end
    #[command(before_help = "\
Examples:
  jisr tx watch 05T8-Q2KD-0A7
  jisr tx watch 05T8-Q2KD-0A7 --wait 10m --lang ar
")]
    Watch(WatchArgs),
    /// Show everything that happened to a transaction
    #[command(before_help = "Examples:\n  jisr tx timeline 05T8-Q2KD-0A7\n")]
    Timeline(TimelineArgs),
    /// Cancel a transaction: what departments have done is undone first
    #[command(before_help = "\
Examples:
  jisr tx cancel 05T8-Q2KD-0A7 --dry-run
  jisr tx cancel 05T8-Q2KD-0A7 --reason 'the customer withdrew' --confirm=05T8-Q2KD-0A7
")]
    Cancel(CancelArgs),
}

/// `jisr tx submit`.
#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The application: proto3 JSON of jisr.v1.Transaction; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Follow it to its end and print what happens
    #[arg(long)]
    pub(crate) watch: bool,
    /// Follow it for so long at most; exit 8 when it has not ended by then
    #[arg(long, value_name = "DURATION", requires = "watch", value_parser = super::duration)]
    pub(crate) wait: Option<Duration>,
    /// UUID of this request: the same UUID and content give the first answer again [default: a new one]
    #[arg(long, value_name = "UUID", value_parser = super::request_id)]
    pub(crate) request_id: Option<RequestId>,
    /// Check everything, store nothing
    #[arg(long, conflicts_with = "watch")]
    pub(crate) validate_only: bool,
}

/// `jisr tx get`.
#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// transactions/<uuid>, the uuid alone, or the reference number
    pub(crate) name: TransactionName,
}

/// `jisr tx list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Which ones (AIP-160): comparisons of state, service, centre, reference_no and create_time, joined by AND
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) filter: String,
    /// How many at a time
    #[arg(long, value_name = "1-500", default_value = "50", value_parser = clap::value_parser!(i32).range(1..=500))]
    pub(crate) page_size: i32,
    /// All pages, not only the first
    #[arg(long)]
    pub(crate) all: bool,
    /// The page after the one that gave this token
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub(crate) page_token: String,
}

/// `jisr tx watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// transactions/<uuid>, the uuid alone, or the reference number
    pub(crate) name: TransactionName,
    /// Go on after the message that gave this token, instead of beginning with the first event
    #[arg(long, value_name = "TOKEN")]
    pub(crate) resume: Option<String>,
    /// Follow it for so long at most; exit 8 when it has not ended by then
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub(crate) wait: Option<Duration>,
}

/// `jisr tx timeline`.
#[derive(Debug, Args)]
pub(crate) struct TimelineArgs {
    /// transactions/<uuid>, the uuid alone, or the reference number
    pub(crate) name: TransactionName,
}

/// `jisr tx cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// transactions/<uuid>, the uuid alone, or the reference number
    pub(crate) name: TransactionName,
    /// Why, in the customer's or the clerk's words
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
    /// Cancel without asking: the reference number, as proof that this one is meant
    #[arg(long, value_name = "REFERENCE NO", value_parser = reference_no)]
    pub(crate) confirm: Option<ReferenceNo>,
    /// Show what would be cancelled, and cancel nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Cancel only if the transaction is still as it was when it had this etag
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) etag: String,
    /// UUID of this request: the same UUID and content give the first answer again [default: a new one]
    #[arg(long, value_name = "UUID", value_parser = super::request_id)]
    pub(crate) request_id: Option<RequestId>,
}

fn reference_no(text: &str) -> Result<ReferenceNo, String> {
    text.parse().map_err(|error: jisr_core::reference_no::ReferenceNoError| error.to_string())
}
