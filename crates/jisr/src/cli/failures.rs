//! `jisr failures …`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use jisr_core::id::RequestId;

use super::{Acting, SelectionArgs};
use crate::leg_name::ParkedName;

/// Work that nothing moves but an operator.
#[derive(Debug, Subcommand)]
pub(crate) enum FailuresCommand {
    /// List parked work: by cause, or leg by leg
    #[command(before_help = "\
Examples:
  jisr failures list                                        causes, the largest first
  jisr failures list --department municipality --since 2h
  jisr failures list --legs --reason BC-502                 leg by leg, the longest parked first
  jisr failures list --legs --all --json | jq -r .name
")]
    List(FailuresListArgs),
    /// Show one parked leg: what happened, and what can be done about it
    #[command(before_help = "\
Examples:
  jisr failures show 05T8-Q2KD-0A7
  jisr failures show transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc --json
")]
    Show(FailuresShowArgs),
    /// Have parked legs tried again: nothing is done twice, and those parked since are left out
    #[command(before_help = "\
Examples:
  jisr failures redrive --leg 05T8-Q2KD-0A7/legs/site-noc
  jisr failures redrive --department municipality --reason BC-502 --dry-run
  jisr failures redrive --department municipality --reason BC-502 --concurrency 2 --rate 5 --confirm=municipality
  jisr failures redrive --all --since 1h --note 'their database is back' --detach
")]
    Redrive(RedriveArgs),
    /// Give parked legs up: they count as settled by hand, and their transactions go on without them
    #[command(before_help = "\
Examples:
  jisr failures discard --reason BC-502 --before 2026-03-01 --note 'entered by hand at the department' --dry-run
  jisr failures discard --leg 05T8-Q2KD-0A7/legs/site-noc --note 'withdrawn' --confirm=05T8-Q2KD-0A7
")]
    Discard(DiscardArgs),
}

/// `jisr failures list`.
#[derive(Debug, Args)]
pub(crate) struct FailuresListArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Leg by leg instead of by cause
    #[arg(long)]
    pub(crate) legs: bool,
    /// How many legs at a time
    #[arg(
        long,
        value_name = "1-500",
        default_value = "50",
        requires = "legs",
        value_parser = clap::value_parser!(i32).range(1..=500)
    )]
    pub(crate) page_size: i32,
    /// All pages of legs, not only the first
    #[arg(long, requires = "legs")]
    pub(crate) all: bool,
    /// The page after the one that gave this token, with the same selection
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true, requires = "legs")]
    pub(crate) page_token: String,
}

/// `jisr failures show`.
#[derive(Debug, Args)]
pub(crate) struct FailuresShowArgs {
    /// <transaction>/legs/<leg>, or a transaction for all its parked legs; by name, uuid or reference number
    #[arg(value_name = "LEG")]
    pub(crate) name: ParkedName,
}

/// `jisr failures redrive`.
#[derive(Debug, Args)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// At most so many legs at once that have not come to rest
    #[arg(long, value_name = "1-1000", default_value = "10", value_parser = clap::value_parser!(i32).range(1..=1_000))]
    pub(crate) concurrency: i32,
    /// At most so many legs in a second [default: no limit]
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub(crate) rate: Option<i32>,
    /// Why; kept with every leg
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) bulk: BulkArgs,
}

/// `jisr failures discard`.
#[derive(Debug, Args)]
pub(crate) struct DiscardArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Why; kept with every leg
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) bulk: BulkArgs,
}

/// What bulk work of either kind understands.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    /// All parked legs, or all within --since and --before: said so that nobody means all by leaving something out
    #[arg(long, conflicts_with_all = [
        "department", "operation", "reason", "adapter_version", "transaction", "leg",
    ])]
    pub(crate) all: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it without asking. Proof that these legs are meant: the reference number for legs of one transaction, else
    /// the department of the legs, or `all` for several departments
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    #[command(flatten)]
    pub(crate) follow: FollowArgs,
    /// UUID of this request: the same UUID and content give the same job again [default: a new one]
    #[arg(long, value_name = "UUID", value_parser = super::request_id)]
    pub(crate) request_id: Option<RequestId>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Whether to stay with the job.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct FollowArgs {
    /// Follow the job to its end, which is the default: exit 7 when a leg was parked again or passed over
    #[arg(long, conflicts_with = "detach")]
    watch: bool,
    /// Begin the job and leave it to itself
    #[arg(long)]
    detach: bool,
    /// Follow it for so long at most; exit 8 when it has not ended by then. It goes on by itself
    #[arg(long, value_name = "DURATION", conflicts_with = "detach", value_parser = super::duration)]
    pub(crate) wait: Option<Duration>,
}

impl FollowArgs {
    /// The job is left to itself.
    pub(crate) fn is_detached(&self) -> bool {
        self.detach && !self.watch
    }
}
