//! A hospital information system behind python-hl7 or hl7apy, as `tests/peers/health` has it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::process::Program;
use crate::{http, peer, repository};

/// The hospital. Dropped, it is killed; started again in the same folder, it goes on with the results it owes.
#[derive(Debug)]
pub struct Hospital {
    program: Program,
    /// Where it takes orders.
    pub port: u16,
    control: u16,
}

impl Hospital {
    /// Starts python-hl7's server, which keeps what it takes in `folder`, and sends its results to this port.
    #[must_use]
    pub fn start(folder: &Path, results_to: u16) -> Self {
        Self::start_as(folder, "hl7", crate::free_port(), results_to)
    }

    /// Starts the server of this stack (`hl7` or `hl7apy`) on this port.
    #[must_use]
    pub fn start_as(folder: &Path, stack: &str, port: u16, results_to: u16) -> Self {
        let mut command = Command::new(peer::python());
        command
            .arg(repository().join("tests/peers/health/server.py"))
            .arg("--db")
            .arg(folder.join("hospital.db"))
            .args(["--stack", stack, "--port", &port.to_string(), "--host", "127.0.0.1", "--until-stdin-closes"])
            .args(["--control", &serde_json::json!({ "results_to": results_to }).to_string()]);
        let mut program = Program::start(command, &folder.join("hospital.log"));
        let control = program.line(Duration::from_secs(60), |line| {
            line.strip_prefix("listening ")?.split_once(' ')?.1.trim().parse().ok()
        });
        Self { program, port, control }
    }

    /// The configuration that reaches it, and listens at the port it sends its results to; `more` is TOML for the same
    /// table.
    #[must_use]
    pub fn config(&self, listen: u16, more: &str) -> String {
        format!("address = \"127.0.0.1:{}\"\nlisten = \"127.0.0.1:{listen}\"\n{more}\n", self.port)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// What goes wrong from now on; see `tests/peers/health/chaos.py`.
    pub async fn control(&self, faults: Value) {
        http::post(&format!("http://127.0.0.1:{}/control", self.control), faults).await;
    }

    /// Lets the results go that it holds back.
    pub async fn release(&self) {
        http::post(&format!("http://127.0.0.1:{}/release", self.control), Value::Null).await;
    }

    /// Everything it has taken and owes; see `tests/peers/health/ledger.py`.
    pub async fn records(&self) -> Value {
        http::get(&format!("http://127.0.0.1:{}/records", self.control)).await
    }

    /// The order number of every order it has taken, in order; one that is there twice was taken twice.
    pub async fn orders(&self) -> Vec<String> {
        let records = self.records().await;
        let orders = records["orders"].as_array().unwrap();
        orders.iter().map(|order| order["placer"].as_str().unwrap().to_owned()).collect()
    }

    /// MSA-1 of every result, as far as it has come back.
    pub async fn acknowledged(&self) -> Vec<Option<String>> {
        let records = self.records().await;
        let results = records["results"].as_array().unwrap();
        results.iter().map(|result| result["acknowledged"].as_str().map(str::to_owned)).collect()
    }
}
