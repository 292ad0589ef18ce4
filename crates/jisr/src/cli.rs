//! The command line: what can be typed, and what it becomes. Nothing is done here.

mod acting;
mod adapter;
mod department;
mod failures;
mod global;
mod job;
mod moment;
mod refusal;
mod selection;
mod tx;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use jisr_core::id::{IdError, RequestId};
use jisr_core::name::{DepartmentId, id_in};
use jisr_runtime::HumanDuration;

pub(crate) use acting::Acting;
pub(crate) use adapter::{AdapterCommand, ApiCommand, ConformArgs};
pub(crate) use department::{DepartmentCommand, PauseArgs, ResumeArgs};
pub(crate) use failures::{BulkArgs, FailuresCommand, FailuresListArgs, RedriveArgs};
pub(crate) use global::{ADDRESS, Global};
pub(crate) use job::{JobCancelArgs, JobCommand, JobListArgs};
pub(crate) use moment::Moment;
pub(crate) use refusal::Refusal;
pub(crate) use selection::SelectionArgs;
pub(crate) use tx::{CancelArgs, GetArgs, ListArgs, SubmitArgs, TimelineArgs, TxCommand, WatchArgs};

/// Examples come first: most people read no further.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str = "\
Exit codes:
  0 done                          5 refused by the state of things, or ended other than COMPLETED
  1 failed                        6 nobody answered in time: safe to try again
  2 the command line is wrong     7 part of a bulk job failed
  3 no such thing                 8 still pending
  4 not signed in or not allowed  9 a check found errors";

/// Jisr carries applications from front ends to the departments' own systems, and their answers back.
#[derive(Debug, Parser)]
#[command(
    name = "jisr",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    before_help = "\
Examples:
  jisr demo                                          everything in one process, on this machine only
  jisr tx submit application.json --watch            submit, then follow to the end
  jisr tx list --filter 'state = PROCESSING'
  jisr failures list                                 what is stuck, by cause
  jisr department list                               who is up, paused or failing, and what waits
  jisr doctor                                        what is wrong here, and what to do
",
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in one process with a stand-in for the department's system, on this machine only
    #[command(before_help = "\
Examples:
  jisr demo
  jisr demo --data /tmp/jisr-demo
")]
    Demo(DemoArgs),
    /// Run the server
    #[command(before_help = "\
Examples:
  jisr serve
  jisr serve --config /etc/jisr/jisr.toml --set log.format=json
  jisr serve --roles gateway --set gateway.listen=127.0.0.1:50052
")]
    Serve(ServeArgs),
    /// Departments' adapters
    #[command(
        subcommand,
        before_help = "\
Examples:
  jisr adapter run municipality --config municipality.toml
  jisr adapter conform --cases adapters/municipality/conformance
"
    )]
    Adapter(AdapterCommand),
    /// Submit applications and follow them
    #[command(
        subcommand,
        before_help = "\
Examples:
  jisr tx submit application.json --watch
  jisr tx get 05T8-Q2KD-0A7
  jisr tx cancel 05T8-Q2KD-0A7 --dry-run
"
    )]
    Tx(TxCommand),
    /// Parked work: what is stuck and why; have it tried again, or give it up
    #[command(
        subcommand,
        before_help = "\
Examples:
  jisr failures list
  jisr failures redrive --department municipality --reason BC-502 --dry-run
  jisr failures discard --leg 05T8-Q2KD-0A7/legs/site-noc --note 'settled by hand at the counter'
"
    )]
    Failures(Box<FailuresCommand>),
    /// Departments: up or down, what waits for them; stop sending to one, and go on
    #[command(
        subcommand,
        before_help = "\
Examples:
  jisr department list
  jisr department pause municipality --note 'their database is being moved'
  jisr department resume municipality
"
    )]
    Department(DepartmentCommand),
    /// Bulk work that operators have begun
    #[command(
        subcommand,
        before_help = "\
Examples:
  jisr job list
  jisr job watch jobs/0f8fad5b-d9cb-469f-a165-70867728950e
  jisr job cancel jobs/0f8fad5b-d9cb-469f-a165-70867728950e
"
    )]
    Job(JobCommand),
    /// The contracts as documents
    #[command(subcommand, before_help = "Examples:\n  jisr api asyncapi municipality > municipality.asyncapi.json\n")]
    Api(ApiCommand),
    /// Services, departments and centres as files
    #[command(subcommand, before_help = "Examples:\n  jisr catalogue lint deploy/catalogue\n")]
    Catalogue(CatalogueCommand),
    /// Check this machine, its configuration and its server, and say what to do
    #[command(before_help = "Examples:\n  jisr doctor\n  jisr doctor --config /etc/jisr/jisr.toml --json\n")]
    Doctor,
    /// The effective configuration
    #[command(subcommand, before_help = "Examples:\n  jisr config show --set log.level=debug\n")]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    #[command(before_help = "\
Examples:
  jisr completions bash > /etc/bash_completion.d/jisr
  jisr completions zsh > ~/.zfunc/_jisr
")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `jisr demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Keep the journal in this folder [default: the folder of journal.path]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// `jisr serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// What this process does; without `adapters`, each runs as `jisr adapter run` and is reached through RabbitMQ
    #[arg(long, value_name = "ROLE", value_delimiter = ',', default_value = "gateway,engine,operations,adapters")]
    pub(crate) roles: Vec<ServeRole>,
}

/// What one process of several does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ServeRole {
    /// Front ends' edge: takes applications and sends what they ask for
    Gateway,
    /// Replies, timers and bulk work
    Engine,
    /// Operators' edge
    Operations,
    /// Every adapter that is configured
    Adapters,
}

/// `jisr catalogue …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Check the catalogue's files: errors exit 9, warnings 0
    #[command(before_help = "\
Examples:
  jisr catalogue lint
  jisr catalogue lint deploy/catalogue --json
")]
    Lint {
        /// The folder with departments/, services/ and centres/ [default: catalogue.path]
        dir: Option<PathBuf>,
    },
}

/// `jisr config …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every setting with its value and where it was written; secrets are masked
    #[command(before_help = "\
Examples:
  jisr config show
  JISR__LOG__LEVEL=debug jisr config show --json
")]
    Show,
}

/// The command as clap knows it, every help text in the same order.
pub(crate) fn command() -> clap::Command {
    in_order(Cli::command())
}

fn in_order(command: clap::Command) -> clap::Command {
    // clap puts an empty line after the examples; one is enough.
    let examples = command.get_before_help().map(|text| text.to_string().trim_end().to_owned());
    let command = if let Some(examples) = examples { command.before_help(examples) } else { command };
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command.help_template(TEMPLATE), |command, name| command.mut_subcommand(name, in_order))
}

/// Reads the command line.
///
/// # Errors
/// [`Refusal`] holds what to print: the help or version that was asked for, or what is wrong with the command line.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Refusal> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut matches = command().try_get_matches_from(&arguments).map_err(|error| Refusal::new(error, &arguments))?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| Refusal::new(error, &arguments))
}

/// A department, by its id or its resource name.
fn department_id(text: &str) -> Result<DepartmentId, String> {
    let text = text.trim();
    let id = id_in(DepartmentId::COLLECTION, text).unwrap_or(text);
    id.parse().map_err(|error| format!("{error}; `jisr department list` shows them all"))
}

/// A `request_id`.
fn request_id(text: &str) -> Result<RequestId, String> {
    text.parse().map_err(|error: IdError| error.to_string())
}

/// `--timeout` and the like: `10s`, `1m 30s`, never a bare number.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    text.parse::<HumanDuration>().map(HumanDuration::get).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        let mut matches = command().try_get_matches_from(line.split(' '))?;
        Cli::from_arg_matches_mut(&mut matches)
    }

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn what_people_type_is_understood() {
        for line in [
            "jisr demo",
            "jisr serve --set gateway.listen=127.0.0.1:0 --set log.format=json",
            "jisr tx submit - --watch --wait 2m --timeout 1m30s",
            "jisr tx submit a.json --request-id 0f8fad5b-d9cb-469f-a165-70867728950e --validate-only",
            "jisr --lang ar tx get transactions/019ca77b-46fb-7fff-bfff-ffffffffffff",
            "jisr tx list --page-size 500 --all --plain",
            "jisr tx watch 019ca77b-46fb-7fff-bfff-ffffffffffff --resume abc --json",
            "jisr tx timeline 019ca77b-46fb-7fff-bfff-ffffffffffff --address http://127.0.0.1:1",
            "jisr tx cancel 019ca77b-46fb-7fff-bfff-ffffffffffff --dry-run",
            "jisr failures list --department municipality --since 2h --before 2026-03-01T07:30:00Z",
            "jisr failures list --legs --all --reason BC-502 --adapter-version=",
            "jisr failures show 019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc",
            "jisr failures redrive --all --concurrency 2 --rate 5 --note retry --confirm=municipality --wait 1m",
            "jisr failures redrive --leg site-noc --transaction 019ca77b-46fb-7fff-bfff-ffffffffffff --detach",
            "jisr failures discard --department departments/municipality --note settled --dry-run",
            "jisr department list --operations-address http://127.0.0.1:2",
            "jisr department pause municipality --note maintenance --operator m.rashid",
            "jisr department resume departments/municipality",
            "jisr job list --page-size 10 --lang ar",
            "jisr job watch jobs/0f8fad5b-d9cb-469f-a165-70867728950e --wait 10m",
            "jisr job cancel 0f8fad5b-d9cb-469f-a165-70867728950e",
            "jisr adapter conform --cases adapters/municipality/conformance --value python=python3.11 --json",
            "jisr adapter conform ./adapter.py --cases conformance --verdict v.json --key examiner.pem",
            "jisr adapter conform amqp://127.0.0.1:5672/kit --cases conformance --lang ar",
            "jisr api asyncapi municipality",
            "jisr catalogue lint",
            "jisr doctor --operations-address http://127.0.0.1:2",
            "jisr config show --config a.toml --config b.toml",
            "jisr completions fish",
        ] {
            assert!(parsed(line).is_ok(), "{line}: {}", parsed(line).unwrap_err());
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, part) in [
            ("jisr tx submit a.json --wathc", "'--watch'"),
            ("jisr tx sumbit a.json", "'submit'"),
            ("jisr tx list --json --plain", "cannot be used with"),
            ("jisr tx list --page-size 501", "501 is not in 1..=500"),
            ("jisr tx get 0000-0000-000U", "does not hold 'U'"),
            ("jisr tx list --timeout 10", "`10` is not a duration"),
            ("jisr tx list --lang fr", "[possible values: ar, en]"),
            ("jisr tx submit a.json --watch --validate-only", "cannot be used with"),
            ("jisr tx submit a.json --request-id 1", "not a UUID"),
            ("jisr failures redrvie --all", "'redrive'"),
            ("jisr failures list --departement x", "'--department'"),
            ("jisr failures list --department Municipality", "must begin with a letter from a to z"),
            ("jisr failures list --since yesterday", "such as 2h"),
            ("jisr failures list --page-size 5", "--legs"),
            ("jisr failures redrive --all --concurrency 0", "0 is not in 1..=1000"),
            ("jisr failures redrive --all --rate 0", "0 is not in 1..=10000"),
            ("jisr failures redrive --all --watch --detach", "cannot be used with"),
            ("jisr failures redrive --all --operator M.Rashid", "such as m.rashid"),
            ("jisr failures discard --all", "--note <TEXT>"),
            ("jisr failures discard --all --note=", "a value is required"),
            ("jisr failures list --leg Site", "must begin with a letter from a to z"),
            ("jisr adapter conform ./adapter.py", "--cases <DIR>"),
            ("jisr adapter conform --cases c --key k.pem", "--verdict <FILE>"),
            ("jisr adapter conform --cases c --value python", "NAME=VALUE"),
            ("jisr job show 17", "jobs/<uuid>"),
            ("jisr tx list --address https://jisr.example", "speaks http:// only"),
            ("jisr tx list --address 127.0.0.1:50051", "write it as http://127.0.0.1:50051"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn help_begins_with_what_it_does_and_examples() {
        let help = command().render_long_help().to_string();
        let places = ["Jisr carries", "Examples:", "Usage:", "Commands:", "Exit codes:"].map(|part| help.find(part));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{help}");
    }
}
