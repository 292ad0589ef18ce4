//! Civil defence's inspections: a broker of their own that speaks AMQP 1.0, and the desk behind it.
//!
//! The broker is RabbitMQ with its AMQP 1.0 plugin, as Debian has it; the desk is `tests/peers/civil-defence/desk.py`, on
//! Apache Qpid Proton.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::peer::python;
use crate::process::Program;
use crate::rabbitmq::{RabbitMq, Setup};
use crate::{http, repository};

/// The queue that the desk reads.
pub const REQUESTS: &str = "cd.inspection.requests";
/// The queue of its decisions.
pub const DECISIONS: &str = "cd.inspection.decisions";
/// Where decisions go that were rejected.
pub const DEAD: &str = "cd.inspection.decisions.dead";

/// A running inspection desk with its broker.
#[derive(Debug)]
pub struct Inspections {
    desk: Program,
    control: u16,
    folder: PathBuf,
    /// Their broker.
    pub broker: RabbitMq,
}

impl Inspections {
    /// Starts both; the desk keeps what it executes in `folder`.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let definitions = repository().join("tests/peers/civil-defence/definitions.json");
        let setup = Setup {
            config: format!("load_definitions = {}\n", definitions.display()),
            plugins: vec!["rabbitmq_amqp1_0"],
        };
        let broker = RabbitMq::start_with(&setup);
        for (name, password) in [("ours", "sesame"), ("theirs", "simsim"), ("expired", "tired")] {
            std::fs::write(folder.join(format!("broker.{name}")), password).unwrap();
        }
        let (desk, control) = desk(folder, broker.port);
        Self { desk, control, folder: folder.to_owned(), broker }
    }

    /// The configuration that reaches it; `more` is TOML for the same table.
    #[must_use]
    pub fn config(&self, more: &str) -> String {
        format!("[adapters.civil-defence]\n{}\n{more}\n", self.settings(self.broker.port, "ours"))
    }

    /// The lines of that table, for a broker at another port (a proxy's) or with another password (`ours`, `expired`).
    #[must_use]
    pub fn settings(&self, port: u16, password: &str) -> String {
        format!(
            "broker = \"amqp://127.0.0.1:{port}\"\nusername = \"jisr\"\npassword = {{ file = \"{}\" }}\n\
             request_queue = \"/queue/{REQUESTS}\"\ndecision_queue = \"/queue/{DECISIONS}\"\n\
             status_queue = \"/queue/cd.inspection.status\"",
            self.folder.join(format!("broker.{password}")).display(),
        )
    }

    /// What goes on at the desk from now on; see `tests/peers/civil-defence/desk.py`.
    pub async fn control(&self, settings: Value) {
        http::post(&format!("http://127.0.0.1:{}/control", self.control), settings).await;
    }

    /// The same, after a return to the usual.
    pub async fn reset(&self, mut settings: Value) {
        settings["reset"] = json!(true);
        self.control(settings).await;
    }

    /// Everything it has executed; see `tests/peers/civil-defence/cases.py`.
    pub async fn records(&self) -> Value {
        http::get(&format!("http://127.0.0.1:{}/records", self.control)).await
    }

    /// Our reference of every inspection it has executed, in order; one that is there twice was executed twice.
    pub async fn inspections(&self) -> Vec<String> {
        let records = self.records().await;
        let inspections = records["inspections"].as_array().unwrap();
        inspections.iter().map(|case| case["reference"].as_str().unwrap().to_owned()).collect()
    }

    /// Messages that wait in a queue of the broker.
    #[must_use]
    pub fn waiting(&self, queue: &str) -> usize {
        let listed = self.broker.ctl(&["list_queues", "name", "messages", "--no-table-headers"]);
        let line = listed.lines().find_map(|line| line.strip_prefix(queue)?.strip_prefix('\t'));
        line.unwrap_or_else(|| panic!("no queue {queue} in:\n{listed}")).trim().parse().unwrap()
    }

    /// Kills desk and broker as a power cut would, and starts them again.
    pub fn restart(&mut self) {
        self.desk.kill();
        self.broker.restart();
        (self.desk, self.control) = desk(&self.folder, self.broker.port);
    }
}

fn desk(folder: &Path, broker: u16) -> (Program, u16) {
    let mut command = Command::new(python());
    command
        .arg(repository().join("tests/peers/civil-defence/desk.py"))
        .arg("--db")
        .arg(folder.join("inspections.db"))
        .args(["--broker", &format!("amqp://127.0.0.1:{broker}"), "--user", "inspections", "--password-file"])
        .arg(folder.join("broker.theirs"))
        .arg("--until-stdin-closes");
    let mut program = Program::start(command, &folder.join("inspections.log"));
    let port = program.line(Duration::from_secs(60), |line| line.strip_prefix("listening ")?.trim().parse().ok());
    (program, port)
}
