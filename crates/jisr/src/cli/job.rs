//! `jisr job …`.

use std::time::Duration;

use clap::{Args, Subcommand};
use jisr_core::id::JobId;
use jisr_core::name::id_in;

use super::Acting;

/// Redrives and discards under way and ended.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List bulk work, the newest first
    #[command(before_help = "\
Examples:
  jisr job list
  jisr job list --all --json | jq -r 'select(.failedCount) | .name'
")]
    List(JobListArgs),
    /// Show one job as it stands
    #[command(before_help = "Examples:\n  jisr job show jobs/0f8fad5b-d9cb-469f-a165-70867728950e\n")]
    Show(JobShowArgs),
    /// Follow a job to its end; leaving off does not stop it
    #[command(before_help = "\
Examples:
  jisr job watch jobs/0f8fad5b-d9cb-469f-a165-70867728950e
  jisr job watch jobs/0f8fad5b-d9cb-469f-a165-70867728950e --wait 10m --lang ar
")]
    Watch(JobWatchArgs),
    /// Stop a job: it takes up no more legs, and those it has in hand come to their end
    #[command(before_help = "Examples:\n  jisr job cancel jobs/0f8fad5b-d9cb-469f-a165-70867728950e\n")]
    Cancel(JobCancelArgs),
}

/// `jisr job list`.
#[derive(Debug, Args)]
pub(crate) struct JobListArgs {
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

/// `jisr job show`.
#[derive(Debug, Args)]
pub(crate) struct JobShowArgs {
    /// jobs/<uuid>, or the uuid alone
    #[arg(value_parser = job_id)]
    pub(crate) job: JobId,
}

/// `jisr job watch`.
#[derive(Debug, Args)]
pub(crate) struct JobWatchArgs {
    /// jobs/<uuid>, or the uuid alone
    #[arg(value_parser = job_id)]
    pub(crate) job: JobId,
    /// Follow it for so long at most; exit 8 when it has not ended by then
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub(crate) wait: Option<Duration>,
}

/// `jisr job cancel`.
#[derive(Debug, Args)]
pub(crate) struct JobCancelArgs {
    /// jobs/<uuid>, or the uuid alone
    #[arg(value_parser = job_id)]
    pub(crate) job: JobId,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

fn job_id(text: &str) -> Result<JobId, String> {
    let text = text.trim();
    let id = id_in("jobs", text).unwrap_or(text);
    id.parse().map_err(|error| format!("{error}; give jobs/<uuid> or the uuid alone; `jisr job list` shows them all"))
}
