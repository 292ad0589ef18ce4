//! Foreign peers: departments' systems that this project did not write, as `tests/peers/setup.sh` installs them.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::process::Program;
use crate::{free_port, http, repository, wait};

/// The Python that peers run on.
///
/// # Panics
/// When it has not been installed: no test is passed over because something is missing.
#[must_use]
pub fn python() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    let python = target.join("peers/venv/bin/python");
    assert!(python.exists(), "{} is missing: run tests/peers/setup.sh (make test does)", python.display());
    python
}

/// The municipality's building control behind spyne.
#[derive(Debug)]
pub struct BuildingControl {
    program: Program,
    port: u16,
    password: PathBuf,
}

impl BuildingControl {
    /// Starts one that keeps what it executes in `folder`.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let mut command = Command::new(python());
        command
            .arg(repository().join("tests/peers/municipality/server.py"))
            .arg("--db")
            .arg(folder.join("building-control.db"))
            .args(["--port", "0", "--host", "127.0.0.1", "--until-stdin-closes"]);
        let mut program = Program::start(command, &folder.join("building-control.log"));
        let port = program.line(Duration::from_secs(60), |line| line.strip_prefix("listening ")?.trim().parse().ok());
        let password = folder.join("building-control.password");
        std::fs::write(&password, "sesame").unwrap();
        Self { program, port, password }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// The configuration that reaches it; `more` is TOML for the same table.
    #[must_use]
    pub fn config(&self, more: &str) -> String {
        format!(
            "[adapters.municipality]\nendpoint = \"http://127.0.0.1:{}/BuildingControl\"\nusername = \"jisr\"\n\
             password = {{ file = \"{}\" }}\n{more}\n",
            self.port,
            self.password.display(),
        )
    }

    /// What goes wrong with the calls from now on; see `tests/peers/municipality/chaos.py`.
    pub async fn control(&self, faults: Value) {
        http::post(&format!("http://127.0.0.1:{}/control", self.port), faults).await;
    }

    /// Our reference of every submission it has executed, in order; one that is there twice was executed twice.
    pub async fn submissions(&self) -> Vec<String> {
        let records = http::get(&format!("http://127.0.0.1:{}/records", self.port)).await;
        let submissions = records["submissions"].as_array().unwrap();
        submissions.iter().map(|submission| submission["our_reference"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything it has executed; see `tests/peers/municipality/ledger.py`.
    pub async fn records(&self) -> Value {
        http::get(&format!("http://127.0.0.1:{}/records", self.port)).await
    }
}

/// The municipality's building control behind PHP's SOAP extension: another WSDL dialect, unqualified elements.
#[derive(Debug)]
pub struct BuildingControlPhp {
    _program: Program,
    port: u16,
}

impl BuildingControlPhp {
    /// Starts one that keeps what it executes in `folder`.
    pub async fn start(folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new("php");
        command
            .args(["-d", "display_errors=0", "-S", &format!("127.0.0.1:{port}")])
            .arg(repository().join("tests/peers/municipality-php/server.php"))
            .env("PEER_DB", folder.join("building-control-php.db"))
            .env("PEER_PASSWORD", "sesame");
        let program = Program::start(command, &folder.join("building-control-php.log"));
        wait::until("PHP listens", Duration::from_secs(60), || async {
            tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()
        })
        .await;
        Self { _program: program, port }
    }

    /// Where its SOAP is.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/BuildingControl", self.port)
    }

    /// What it does from now on; see `tests/peers/municipality-php/server.php`.
    pub async fn control(&self, wish: Value) {
        http::post(&format!("http://127.0.0.1:{}/control", self.port), wish).await;
    }

    /// Everything it has executed, in order.
    pub async fn submissions(&self) -> Vec<Value> {
        let records = http::get(&format!("http://127.0.0.1:{}/records", self.port)).await;
        records["submissions"].as_array().unwrap().clone()
    }
}
