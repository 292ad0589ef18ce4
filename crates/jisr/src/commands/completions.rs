//! `jisr completions`: the script a shell completes our commands with.

use std::io::Write as _;

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "jisr", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Ok)
}
