//! Developer tasks: `cargo run -p xtask -- tidy`. Nothing here is part of the product.

mod tidy;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("tidy"), None) => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no workspace root")?;
            let problems = tidy::run(root)?;
            let mut out = std::io::stdout().lock();
            for problem in &problems {
                writeln!(out, "{problem}")?;
            }
            if problems.is_empty() {
                writeln!(out, "tidy: all rules hold")?;
                return Ok(ExitCode::SUCCESS);
            }
            writeln!(out, "tidy: {} problem(s)", problems.len())?;
            Ok(ExitCode::FAILURE)
        }
        _ => bail!("usage: cargo run -p xtask -- tidy"),
    }
}
