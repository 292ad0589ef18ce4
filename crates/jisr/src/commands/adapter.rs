//! `jisr adapter conform`: holds an examination, shows what it finds, and keeps the verdict.

use jisr_conform::{Broker, Examination, Key, Report, Target, examine, write_verdict};

use super::on_this_thread;
use crate::cli::ConformArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, conformance};

/// What does not conform ends with exit 9; an examination that could not be held with 1.
pub(super) fn conform(arguments: ConformArgs, output: Output) -> Result<Exit, Failure> {
    // Before the minutes that an examination takes.
    let key = arguments.key.as_deref().map(Key::read).transpose().map_err(failed)?;
    let verdict = arguments.verdict.clone();
    let examination = examination(arguments)?;
    let held = on_this_thread(examine(examination, |finding| {
        if output.format == Format::Human {
            // Where it cannot be shown now, the summary is shown later.
            let _ = output.result(conformance::line(finding, output.locale));
        }
    }))?;
    let report = held.map_err(failed)?;
    show(&report, output)?;
    if let Some(path) = &verdict {
        let unsigned = report.verdict();
        let verdict = match &key {
            Some(key) => key.sign(&report.department, unsigned),
            None => unsigned,
        };
        write_verdict(path, &verdict).map_err(failed)?;
        let words = output.say("حُفظ الحكم في", "the verdict is in");
        output.talk(format_args!("{words} {}", path.display()))?;
    }
    if let Some(key) = &key {
        let words =
            output.say("المفتاح العام للمحرِّك (conformance.keys):", "public key for engines (conformance.keys):");
        output.talk(format_args!("{words} {}", key.public()))?;
    }
    Ok(if report.passed() { Exit::Ok } else { Exit::Verification })
}

fn show(report: &Report, output: Output) -> Result<(), Failure> {
    match output.format {
        Format::Json => output.result(report.to_json())?,
        Format::Plain => output.results(report.findings.iter().map(conformance::plain))?,
        Format::Human => output.results(conformance::summary(report, output.locale))?,
    }
    Ok(())
}

fn examination(arguments: ConformArgs) -> Result<Examination, Failure> {
    let running = arguments.adapter.as_deref().filter(|adapter| adapter.starts_with("amqp")).map(str::to_owned);
    let target = match (&running, arguments.adapter) {
        (Some(_), _) => Target::Running,
        (None, program) => Target::Program(program.map(found)),
    };
    let password = match &arguments.broker_password_file {
        None => "guest".to_owned(),
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let unreadable =
                |error| Failure::new(Exit::Failure, format!("{}: cannot be read: {error}", path.display()));
            text.map_err(unreadable)?.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let username = arguments.broker_username;
    let broker = running.or(arguments.broker);
    let broker = broker.map(|address| Broker { address, username, password, prefix: String::new() });
    Ok(Examination { folder: arguments.cases, target, values: arguments.values.into_iter().collect(), broker })
}

/// A path is meant from here, and not from the folder of the cases.
fn found(program: String) -> String {
    match std::path::absolute(&program) {
        Ok(path) if path.exists() => path.display().to_string(),
        _ => program,
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failure, error.to_string())
}
