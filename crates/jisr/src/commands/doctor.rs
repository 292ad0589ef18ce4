//! `jisr doctor`: everything that can be amiss on this machine and with its server, each with what to do.

mod clock;
mod journal;
mod ports;
mod server;

use jisr_runtime::config::{Configuration, Sources};
use serde_json::{Value, json};

use super::catalogue::Findings;
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Mood, Output, one_field, table};

/// How one check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Ok,
    Warn,
    /// Nobody answers where someone should: exit 6.
    Unreachable,
    Fail,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Unreachable | Self::Fail => "fail",
        }
    }

    const fn mood(self) -> Mood {
        match self {
            Self::Ok => Mood::Good,
            Self::Warn => Mood::Waiting,
            Self::Unreachable | Self::Fail => Mood::Bad,
        }
    }
}

/// One line of the diagnosis.
#[derive(Debug)]
struct Check {
    subject: &'static str,
    level: Level,
    found: String,
    /// What to do; empty where nothing is to be done.
    remedy: String,
}

impl Check {
    fn new(subject: &'static str, level: Level, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, level, found: found.into(), remedy: remedy.into() }
    }

    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self::new(subject, Level::Ok, found, "")
    }
}

/// Exit 1 when something here is wrong, else 6 when a server that should answer does not, else 0.
pub(super) async fn run(global: &Global, output: Output) -> Result<Exit, Failure> {
    let server = server::check(global).await;
    let serves = server.iter().any(|check| check.subject == server::SUBJECT && check.level == Level::Ok);
    let mut checks = Vec::new();
    match Configuration::load(&Sources::of_this_process(global.config.clone(), global.set.clone())) {
        Ok(configuration) => {
            let settings = configuration.settings();
            checks.push(Check::ok("configuration", "sound; `jisr config show` shows it"));
            checks.push(catalogue(&settings.catalogue.path));
            checks.extend(match &settings.journal.postgres {
                Some(postgres) => vec![journal::postgres(postgres).await],
                None => journal::check(&settings.journal.path, serves),
            });
            checks.extend(ports::check(settings, global).await);
        }
        Err(errors) => {
            checks.extend(errors.0.iter().map(|error| {
                Check::new("configuration", Level::Fail, error.to_string(), "correct it and run `jisr doctor` again")
            }));
        }
    }
    checks.extend(server);
    checks.push(clock::check(global).await);
    show(&checks, output)?;
    Ok(match checks.iter().map(|check| check.level).max() {
        Some(Level::Fail) => Exit::Failure,
        Some(Level::Unreachable) => Exit::Unavailable,
        _ => Exit::Ok,
    })
}

fn catalogue(dir: &std::path::Path) -> Check {
    let findings = Findings::of(dir);
    let remedy = format!("`jisr catalogue lint {}` lists them", dir.display());
    match (findings.first_error(), findings.warnings()) {
        (Some(first), _) => {
            let found = format!("{}, the first: {first}", findings.summary(dir));
            Check::new("catalogue", Level::Fail, anstream::adapter::strip_str(&found).to_string(), remedy)
        }
        (None, 0) => Check::ok("catalogue", findings.summary(dir)),
        (None, _) => Check::new("catalogue", Level::Warn, findings.summary(dir), remedy),
    }
}

fn show(checks: &[Check], output: Output) -> Result<(), Failure> {
    match output.format {
        Format::Json => {
            let checks: Value = checks
                .iter()
                .map(|check| {
                    let Check { subject, level, found, remedy } = check;
                    json!({ "subject": subject, "level": level.word(), "found": found, "remedy": remedy })
                })
                .collect();
            output.result(json!({ "checks": checks }))?;
        }
        Format::Plain => {
            output.results(checks.iter().map(|check| {
                [check.level.word(), check.subject, &check.found, &check.remedy].map(one_field).join("\t")
            }))?
        }
        Format::Human => {
            let mut rows = Vec::new();
            for check in checks {
                rows.push(vec![
                    (check.level.word().to_owned(), check.level.mood()),
                    (check.subject.to_owned(), Mood::Plain),
                    (check.found.clone(), Mood::Plain),
                ]);
                if !check.remedy.is_empty() {
                    let remedy = (format!("→ {}", check.remedy), Mood::Quiet);
                    rows.push(vec![(String::new(), Mood::Plain), (String::new(), Mood::Plain), remedy]);
                }
            }
            // The lines are in English: they are for the administrator, and full of paths.
            output.results(table(&rows, jisr_core::text::Locale::En))?;
        }
    }
    Ok(())
}
