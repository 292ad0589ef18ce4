//! One command each. They read what was typed, call, and show.

mod adapter;
mod api;
mod catalogue;
mod completions;
mod config;
mod confirm;
mod department;
mod doctor;
mod failures;
mod job;
mod serve;
mod suggest;
mod tx;

use crate::cli::{AdapterCommand, ApiCommand, CatalogueCommand, Cli, Command, ConfigCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output, bidi};

/// Carries the command out and tells what went wrong.
pub(crate) fn run(cli: Cli) -> Exit {
    let output = Output::of(&cli.global);
    match carry_out(cli, output) {
        Ok(exit) => exit,
        Err(failure) => {
            // Where it cannot be printed there is nobody to tell; the exit code remains.
            let _ = output::failure::tell(&failure, output);
            failure.exit()
        }
    }
}

fn carry_out(cli: Cli, output: Output) -> Result<Exit, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Demo(arguments) => serve::demo(&global, &arguments),
        Command::Serve(arguments) => serve::serve(&global, &arguments),
        Command::Adapter(AdapterCommand::Run { department }) => serve::adapter(&global, &department),
        Command::Api(ApiCommand::Asyncapi { manifest, adapter_version }) => {
            api::asyncapi(&manifest, adapter_version.as_deref(), output)
        }
        Command::Adapter(AdapterCommand::Conform(arguments)) => adapter::conform(*arguments, output),
        Command::Tx(command) => on_this_thread(tx::run(&global, command, output))?,
        Command::Failures(command) => on_this_thread(failures::run(&global, *command, output))?,
        Command::Department(command) => on_this_thread(department::run(&global, command, output))?,
        Command::Job(command) => on_this_thread(job::run(&global, command, output))?,
        Command::Catalogue(CatalogueCommand::Lint { dir }) => catalogue::lint(&global, dir, output),
        Command::Doctor => on_this_thread(doctor::run(&global, output))?,
        Command::Config(ConfigCommand::Show) => config::show(&global, output),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// A UUIDv7 for a request that was given none.
fn new_request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Says that a list has further pages.
fn more(page_token: &str, output: Output) -> Result<(), Failure> {
    let words = output.say("يوجد المزيد: --all للكل، أو", "there are more: --all for all, or");
    let option = bidi::isolate(&format!("--page-token {page_token}"), output.locale);
    output.talk(format_args!("{words} {option}"))?;
    Ok(())
}

/// A client needs one thread, and starts in a few milliseconds with one.
fn on_this_thread<F: Future>(work: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, format!("cannot start: {error}")))?;
    Ok(runtime.block_on(work))
}
