//! An examination from its beginning to its end: broker, system, adapter, suite.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jisr_bus::rabbit::probe::Probe;

use crate::broker::{Broker, OwnBroker};
use crate::cases::Cases;
use crate::declaration::Declaration;
use crate::placeholders::Placeholders;
use crate::report::{Finding, Report};
use crate::stand::{Stand, now};
use crate::system::System;
use crate::{Trouble, suite, trouble};

/// Which adapter is examined.
#[derive(Clone, Debug)]
pub enum Target {
    /// This program, or the one that is declared; the kit starts it, kills it, and starts it again.
    Program(Option<String>),
    /// One that somebody has started at the broker that is given. What needs it to be started anew is not asked.
    Running,
}

/// What is needed to hold one.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The folder with `conformance.toml` and the cases.
    pub folder: PathBuf,
    /// The adapter.
    pub target: Target,
    /// Values in place of those that `conformance.toml` has under `[values]`.
    pub values: BTreeMap<String, String>,
    /// The broker; without one, RabbitMQ is started.
    pub broker: Option<Broker>,
}

/// Holds an examination, and tells every finding as it is made.
///
/// # Errors
/// [`Trouble`] when it could not be held; what is wrong with the adapter is in the report.
pub async fn examine(examination: Examination, mut tell: impl FnMut(&Finding)) -> Result<Report, Trouble> {
    let declaration = Declaration::read(&examination.folder)?;
    let cases = Cases::read(&examination.folder)?;
    let department = declaration.department()?;
    let time = now();
    // Ends after everything that uses it.
    let own = if examination.broker.is_none() { Some(OwnBroker::start().await?) } else { None };
    let broker = examination.broker.or_else(|| own.as_ref().map(|own| own.broker.clone()));
    let broker = broker.ok_or_else(|| trouble("there is no broker"))?;
    let work = tempfile::tempdir().map_err(|error| trouble(format!("a temporary folder: {error}")))?;
    let password = work.path().join("rabbitmq.password");
    std::fs::write(&password, &broker.password).map_err(|error| trouble(format!("a temporary file: {error}")))?;

    let mut names = Placeholders::default();
    for (name, value) in declaration.values.iter().chain(&examination.values) {
        names.set(name, value.clone());
    }
    if let Some(unknown) = examination.values.keys().find(|name| !declaration.values.contains_key(*name)) {
        return Err(trouble(format!("conformance.toml has no {unknown} under [values]")));
    }
    names.set("broker", broker.address.clone());
    names.set("username", broker.username.clone());
    names.set("password", broker.password.clone());
    names.set("password_file", password.display().to_string());
    names.set("prefix", broker.prefix.clone());
    names.set("work", work.path().display().to_string());
    // The kit's own program: adapters that are compiled into it are started by it.
    if let Ok(own) = std::env::current_exe() {
        names.set("jisr", own.display().to_string());
    }
    names.set("here", declaration.folder.display().to_string());

    let program = match examination.target {
        Target::Running => None,
        Target::Program(program) => {
            let declared = program.or_else(|| declaration.adapter.program.clone());
            Some(declared.ok_or_else(|| trouble("say which program the adapter is"))?)
        }
    };
    let probe = Probe::open(broker.options(), &department).await?;
    alone(&probe, program.is_some()).await?;
    let system = System::start(&declaration.system, declaration.folder.clone(), &mut names).await?;
    let mut stand = Stand::new(declaration, cases, probe, system, names, program).await?;
    let mut report = Report { department: department.to_string(), announcement: None, findings: Vec::new(), time };
    suite::run(&mut stand, work.path(), &mut |finding| {
        tell(&finding);
        report.findings.push(finding);
    })
    .await?;
    report.announcement = stand.announced();
    stand.probe.close().await;
    Ok(report)
}

/// An examination purges nothing and shares with nobody: where an engine is at work, it is refused.
async fn alone(probe: &Probe, starts: bool) -> Result<(), Trouble> {
    let (replies, requests) = (probe.replies().await?, probe.waiting().await?);
    if replies.consumers > 0 || replies.waiting > 0 && starts {
        return Err(trouble("an engine is at work at this broker, or was: give the kit a virtual host of its own"));
    }
    if requests.waiting > 0 {
        return Err(trouble("requests wait for this department at the broker: give the kit a virtual host of its own"));
    }
    if starts && requests.consumers > 0 {
        return Err(trouble("an adapter of this department runs at the broker: stop it, or examine it as it runs"));
    }
    Ok(())
}
