//! The program itself, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::process::Program;

/// Path of the `jisr` program, built from this checkout.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // target/<profile>/deps/<this test> -> target/<profile>/jisr
        let profile = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "-p", "jisr"]).current_dir(crate::repository());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "jisr does not build");
        profile.join("jisr")
    })
}

/// A running `jisr serve` with a journal of its own.
#[derive(Debug)]
pub struct Server {
    program: Program,
    folder: PathBuf,
    config: PathBuf,
    /// Address of the front ends' API.
    pub address: String,
    /// Address of the operators' API.
    pub operations: String,
}

impl Server {
    /// Starts one in `folder`, which keeps its journal; `more` is TOML added to its configuration.
    #[must_use]
    pub fn start(folder: &Path, more: &str) -> Self {
        let (gateway, operations) = (crate::free_port(), crate::free_port());
        let config = folder.join("jisr.toml");
        let text = format!(
            "[gateway]\nlisten = \"127.0.0.1:{gateway}\"\n[operations]\nlisten = \"127.0.0.1:{operations}\"\n\
             [journal]\npath = \"{}\"\n[catalogue]\npath = \"{}\"\n{more}\n",
            folder.join("jisr.db").display(),
            crate::repository().join("deploy/catalogue").display(),
        );
        std::fs::write(&config, text).unwrap();
        let program = launch(&config, folder);
        let mut server = Self {
            program,
            folder: folder.to_owned(),
            config,
            address: format!("http://127.0.0.1:{gateway}"),
            operations: format!("http://127.0.0.1:{operations}"),
        };
        server.ready();
        server
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Starts it again on the same journal and the same ports.
    pub fn restart(&mut self) {
        self.program = launch(&self.config, &self.folder);
        self.ready();
    }

    /// Ends it in good order.
    pub fn terminate(&mut self) {
        let status = self.program.terminate(Duration::from_secs(30));
        assert!(status.success(), "{status}: {}", self.program.log());
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    fn ready(&mut self) {
        self.program.line(Duration::from_secs(60), |line| line.contains("ready").then_some(()));
    }
}

fn launch(config: &Path, folder: &Path) -> Program {
    let mut command = Command::new(binary());
    command.arg("serve").arg("--config").arg(config).current_dir(folder);
    Program::start(command, &folder.join("jisr.log"))
}
