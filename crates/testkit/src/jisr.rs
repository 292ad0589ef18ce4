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

/// A running `jisr`, which can be killed and started again as it was.
#[derive(Debug)]
pub struct Process {
    program: Program,
    folder: PathBuf,
    name: String,
    arguments: Vec<String>,
}

impl Process {
    /// Starts `jisr` with these arguments in `folder`, and waits until it says that it is ready. Its log there has
    /// `name`.
    #[must_use]
    pub fn start(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let program = launch(folder, name, &arguments);
        Self { program, folder: folder.to_owned(), name: name.to_owned(), arguments }
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Starts it again.
    pub fn restart(&mut self) {
        self.program = launch(&self.folder, &self.name, &self.arguments);
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
}

fn launch(folder: &Path, name: &str, arguments: &[String]) -> Program {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder);
    let mut program = Program::start(command, &folder.join(format!("{name}.log")));
    program.line(Duration::from_secs(60), |line| line.contains("ready").then_some(()));
    program
}

/// A running `jisr serve`.
#[derive(Debug)]
pub struct Server {
    process: Process,
    /// Address of the front ends' API.
    pub address: String,
    /// Address of the operators' API.
    pub operations: String,
}

impl Server {
    /// Starts one in `folder`, which keeps its journal; `more` is TOML added to its configuration.
    #[must_use]
    pub fn start(folder: &Path, more: &str) -> Self {
        Self::start_as(folder, "jisr", &[], more)
    }

    /// Starts one of several in the same folder, with arguments of its own.
    #[must_use]
    pub fn start_as(folder: &Path, name: &str, arguments: &[&str], more: &str) -> Self {
        let (gateway, operations) = (crate::free_port(), crate::free_port());
        let config = folder.join(format!("{name}.toml"));
        let text = format!(
            "[gateway]\nlisten = \"127.0.0.1:{gateway}\"\n[operations]\nlisten = \"127.0.0.1:{operations}\"\n\
             [journal]\npath = \"{}\"\n[catalogue]\npath = \"{}\"\n{more}\n",
            folder.join("jisr.db").display(),
            crate::repository().join("deploy/catalogue").display(),
        );
        std::fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let arguments = [&["serve", "--config", &config], arguments].concat();
        Self {
            process: Process::start(folder, name, &arguments),
            address: format!("http://127.0.0.1:{gateway}"),
            operations: format!("http://127.0.0.1:{operations}"),
        }
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same journal and the same ports.
    pub fn restart(&mut self) {
        self.process.restart();
    }

    /// Ends it in good order.
    pub fn terminate(&mut self) {
        self.process.terminate();
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}
