//! `jisr department …`.

use clap::{Args, Subcommand};
use jisr_core::name::DepartmentId;

use super::Acting;

/// Departments as operators handle them.
#[derive(Debug, Subcommand)]
pub(crate) enum DepartmentCommand {
    /// List departments: up or down, paused or failing, what waits and for how long
    #[command(before_help = "\
Examples:
  jisr department list
  jisr department list --json | jq -r 'select(.pause) | .department'
")]
    List,
    /// Stop sending to a department: its work is accepted as before, and waits
    #[command(before_help = "\
Examples:
  jisr department pause municipality --note 'their database is being moved'
  jisr department pause municipality --dry-run
")]
    Pause(PauseArgs),
    /// Send to a department again, what waited first
    #[command(before_help = "Examples:\n  jisr department resume municipality\n")]
    Resume(ResumeArgs),
}

/// `jisr department pause`.
#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    /// The department
    #[arg(value_parser = super::department_id)]
    pub(crate) department: DepartmentId,
    /// Why; shown to operators as long as it is paused
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    /// Show the department as it is, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// `jisr department resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The department
    #[arg(value_parser = super::department_id)]
    pub(crate) department: DepartmentId,
    /// Show the department as it is, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}
