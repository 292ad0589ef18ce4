//! The foreign permit system: an OData server and an authorisation server on Node.js, see `tests/peers/residency`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::process::Program;
use crate::{free_port, http, repository};

/// The folder with the packages that peers on Node.js run on.
///
/// # Panics
/// When they have not been installed: no test is passed over because something is missing.
#[must_use]
pub fn node_modules() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    let modules = target.join("peers/node");
    assert!(
        modules.join("node_modules").exists(),
        "{} is missing: run tests/peers/setup.sh (make test does)",
        modules.display()
    );
    modules
}

/// A running permit system, which can be killed and started again with what it has.
#[derive(Debug)]
pub struct PermitSystem {
    program: Program,
    folder: PathBuf,
    /// Of the service, of the authorisation server, and the one that controls both.
    ports: [u16; 3],
    secret: PathBuf,
}

impl PermitSystem {
    /// Starts one that keeps what it has in `folder`.
    pub async fn start(folder: &Path) -> Self {
        let ports = [free_port(), free_port(), free_port()];
        let program = launch(folder, ports);
        let settings = http::get(&format!("http://127.0.0.1:{}/settings", ports[2])).await;
        let secret = folder.join("permits.secret");
        std::fs::write(&secret, settings["secret"].as_str().unwrap()).unwrap();
        Self { program, folder: folder.to_owned(), ports, secret }
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Starts it again on the same ports; the tokens it had given are worth nothing any more.
    pub fn restart(&mut self) {
        self.program = launch(&self.folder, self.ports);
    }

    /// The settings that reach it, as TOML without a table's head.
    #[must_use]
    pub fn settings(&self) -> String {
        let [service, tokens, _] = self.ports;
        format!(
            "endpoint = \"http://127.0.0.1:{service}/odata/v4\"\ntoken_endpoint = \"http://127.0.0.1:{tokens}/token\"\n\
             client_id = \"jisr\"\nclient_secret = {{ file = \"{}\" }}\nscope = \"permits\"\n\
             resource = \"urn:residency:permits\"\n",
            self.secret.display(),
        )
    }

    /// The configuration that reaches it; `more` is TOML for the same table.
    #[must_use]
    pub fn config(&self, more: &str) -> String {
        format!("[adapters.residency]\n{}{more}\n", self.settings())
    }

    /// What goes wrong with the calls from now on; see `tests/peers/residency/faults.mjs`.
    pub async fn control(&self, faults: Value) {
        http::post(&format!("http://127.0.0.1:{}/control", self.ports[2]), faults).await;
    }

    /// The officer decides about the application under this reference now, as the rules say, but for what is given.
    pub async fn decide(&self, reference: &str, decision: Value) {
        let body = serde_json::json!({"reference": reference, "decision": decision});
        http::post(&format!("http://127.0.0.1:{}/decide", self.ports[2]), body).await;
    }

    /// Everything it has: `applications`, `effects` in order, and how many `tokens` were given.
    pub async fn records(&self) -> Value {
        http::get(&format!("http://127.0.0.1:{}/records", self.ports[2])).await
    }

    /// The effects on the application under this reference, in order, without the officer's decisions.
    pub async fn effects(&self, reference: &str) -> Vec<String> {
        let records = self.records().await;
        let effects = records["effects"].as_array().unwrap().iter();
        let ours = effects.filter(|effect| effect["reference"] == reference && effect["effect"] != "decided");
        ours.map(|effect| effect["effect"].as_str().unwrap().to_owned()).collect()
    }

    /// The application under this reference, as it is now.
    pub async fn application(&self, reference: &str) -> Option<Value> {
        let records = self.records().await;
        let mut applications = records["applications"].as_array().unwrap().iter();
        applications.find(|application| application["Reference"] == reference).cloned()
    }
}

fn launch(folder: &Path, ports: [u16; 3]) -> Program {
    let [service, tokens, control] = ports;
    let mut command = Command::new("node");
    command
        .arg(repository().join("tests/peers/residency/server.mjs"))
        .arg("--modules")
        .arg(node_modules())
        .arg("--data")
        .arg(folder.join("permits"))
        .args(["--ports", &format!("{service},{tokens},{control}"), "--until-stdin-closes"]);
    let mut program = Program::start(command, &folder.join("permits.log"));
    program.line(Duration::from_secs(60), |line| line.starts_with("listening ").then_some(()));
    program
}
