//! OpenSSH as a file server: one `sshd` of the current user on a free loopback port, with keys and configuration of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::Program;

/// Where Debian installs it; `tests/peers/setup.sh` does.
const SSHD: &str = "/usr/sbin/sshd";
/// Starting takes a moment; on a busy machine a long one.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `sshd` that serves one folder by `internal-sftp`. Dropped, it is killed.
#[derive(Debug)]
pub struct Sshd {
    program: Program,
    folder: PathBuf,
    /// Its port on loopback.
    pub port: u16,
    /// The only account: whoever runs the test.
    pub user: String,
}

impl Sshd {
    /// Starts one that serves `root`; keys, configuration and log are kept in `folder`.
    #[must_use]
    pub fn start(folder: &Path, root: &Path) -> Self {
        assert!(Path::new(SSHD).exists(), "{SSHD} is missing: run tests/peers/setup.sh (make test does)");
        for name in ["host", "client", "stranger"] {
            key(folder, name);
        }
        let authorized = folder.join("authorized_keys");
        fs::copy(folder.join("client.pub"), &authorized).unwrap();
        // Only where it runs as root does it want this folder, and only Debian's start script makes it.
        let _ = fs::create_dir_all("/run/sshd");
        let port = crate::free_port();
        let config = folder.join("sshd_config");
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nPidFile none\nUsePAM no\nStrictModes no\nUseDNS no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPubkeyAuthentication yes\n\
             PermitRootLogin prohibit-password\nAuthorizedKeysFile {authorized}\nMaxStartups 200\nLoginGraceTime 20\n\
             Subsystem sftp internal-sftp\nForceCommand internal-sftp -d {root}\nLogLevel INFO\n",
            host = folder.join("host").display(),
            authorized = authorized.display(),
            root = root.display(),
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new(SSHD);
        command.args(["-D", "-e", "-f"]).arg(&config);
        let program = Program::start(command, &folder.join("sshd.log"));
        let server = Self { program, folder: folder.to_owned(), port, user: user() };
        server.wait();
        server
    }

    fn wait(&self) {
        let start = Instant::now();
        while !self.program.log().contains("Server listening") {
            assert!(start.elapsed() < PATIENCE, "sshd does not listen:\n{}", self.program.log());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Its host key, as a line.
    #[must_use]
    pub fn host_key(&self) -> String {
        fs::read_to_string(self.folder.join("host.pub")).unwrap().trim().to_owned()
    }

    /// The private key that it lets in.
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.folder.join("client")
    }

    /// A private key that it does not know.
    #[must_use]
    pub fn stranger_key(&self) -> PathBuf {
        self.folder.join("stranger")
    }

    /// Ends it, as at night: connections are refused from now on.
    pub fn close(&mut self) {
        self.program.kill();
    }

    /// Starts it again on its port.
    pub fn open(&mut self) {
        let log = self.folder.join("sshd.log");
        fs::remove_file(&log).unwrap();
        let mut command = Command::new(SSHD);
        command.args(["-D", "-e", "-f"]).arg(self.folder.join("sshd_config"));
        self.program = Program::start(command, &log);
        self.wait();
    }
}

fn key(folder: &Path, name: &str) {
    let path = folder.join(name);
    if !path.exists() {
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path).status();
        assert!(made.unwrap().success(), "ssh-keygen");
    }
}

fn user() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned()
}
