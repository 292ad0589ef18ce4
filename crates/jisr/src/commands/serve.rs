//! `jisr serve` and `jisr demo`: the process that serves, as `compose` and `demo` put it together.

use jisr_runtime::config::Configuration;
use jisr_runtime::init_logging;

use super::config;
use crate::cli::{DemoArgs, Global, ServeArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{compose, demo};

/// Serves until SIGTERM or SIGINT.
pub(super) fn serve(global: &Global, arguments: &ServeArgs) -> Result<Exit, Failure> {
    in_process(&config::load(global)?, async |configuration| compose::serve(configuration, &arguments.roles).await)
}

/// Runs one adapter until SIGTERM or SIGINT.
pub(super) fn adapter(global: &Global, department: &str) -> Result<Exit, Failure> {
    in_process(&config::load(global)?, async |configuration| compose::run_alone(configuration, department).await)
}

/// Serves everything on this machine until SIGTERM or SIGINT.
pub(super) fn demo(global: &Global, arguments: &DemoArgs) -> Result<Exit, Failure> {
    let mut global = global.clone();
    if let Some(folder) = &arguments.data {
        global.set.push(format!("journal.path={}", folder.join("jisr.db").display()));
    }
    in_process(&config::load(&global)?, demo::run)
}

fn in_process(
    configuration: &Configuration,
    work: impl AsyncFnOnce(&Configuration) -> anyhow::Result<()>,
) -> Result<Exit, Failure> {
    let cannot_start = |error: &dyn std::error::Error| Failure::new(Exit::Failure, format!("cannot start: {error}"));
    init_logging(&configuration.settings().log).map_err(|error| cannot_start(&error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| cannot_start(&error))?.block_on(work(configuration))?;
    Ok(Exit::Ok)
}
