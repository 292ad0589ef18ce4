//! MariaDB as a child process: its own port, folder and password, on loopback, all gone with its owner.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::free_port;

/// Where Debian's package has the server.
const SERVER: &str = "/usr/sbin/mariadbd";
/// It starts in a second or two, unless the computer is busy.
const BOOT: Duration = Duration::from_secs(60);
/// MariaDB refuses to run as root; Debian's package brings this user.
const USER: &str = "mysql";

/// Runs the server, and ends it when its standard input closes: also when the test's process dies, or ends with the server
/// in a `static`, which is never dropped. Told to `keep` the folder, it leaves it for the next start.
const GUARD: &str = r#"
setsid "$@" </dev/null &
server=$!
echo "$server" >server
read -r word
kill -KILL "$server"
wait
[ "$word" = keep ] && exit
rm -rf "$PWD"
"#;

/// A running server without databases of its own.
#[derive(Debug)]
pub struct MariaDb {
    folder: TempDir,
    guard: Option<Child>,
    /// Port of the server.
    pub port: u16,
    password: String,
}

impl MariaDb {
    /// Starts one. Its commits do not wait for the disk: a killed server loses nothing, a computer would.
    ///
    /// # Panics
    /// When MariaDB is not installed, or does not come up: no test is passed over because something is missing.
    #[must_use]
    pub fn start() -> Self {
        assert!(Path::new(SERVER).exists(), "{SERVER} is missing: run tests/servers/setup.sh (make test does)");
        let folder = tempfile::Builder::new().prefix("jisr-mariadb-").tempdir().unwrap();
        let mut server = Self { folder, guard: None, port: free_port(), password: secret() };
        server.initialise();
        server.launch();
        server
    }

    /// The server that all tests of this process share. Nobody can kill it; a test that needs to starts one for itself.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.end("keep\n");
    }

    /// Starts it again on the same data and the same port, and so recovers what was committed.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Runs SQL as its owner and answers the rows: columns separated by `|`.
    ///
    /// # Panics
    /// When it fails.
    pub fn sql(&self, text: &str) -> String {
        let mut command = self.client();
        let child = command.args(["--batch", "--skip-column-names", "--raw"]);
        let child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}: {}\n{said}", output.status);
        String::from_utf8(output.stdout).unwrap().trim_end().replace('\t', "|")
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        let text = String::from_utf8_lossy(&std::fs::read(self.path("log")).unwrap_or_default()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn initialise(&self) {
        if let Some(user) = other_user() {
            std::os::unix::fs::chown(self.folder.path(), Some(user), None).unwrap();
        }
        let mut command = Command::new("mariadb-install-db");
        command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        command.arg(format!("--datadir={}", self.path("data").display()));
        if other_user().is_some() {
            command.arg(format!("--user={USER}"));
        }
        run(&mut command);
        // At the first start and at every other.
        let owner = format!("ALTER USER root@localhost IDENTIFIED BY '{}';\n", self.password);
        std::fs::write(self.path("owner.sql"), owner).unwrap();
        let secret = format!("[client]\nuser=root\npassword={}\n", self.password);
        std::fs::write(self.path("client.cnf"), secret).unwrap();
        if let Some(user) = other_user() {
            std::os::unix::fs::chown(self.path("owner.sql"), Some(user), None).unwrap();
        }
    }

    fn launch(&mut self) {
        let output = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        // It must not be taken for the one that is to come.
        let _ = std::fs::remove_file(self.path("server"));
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard", SERVER, "--no-defaults"]);
        if other_user().is_some() {
            command.arg(format!("--user={USER}"));
        }
        for (key, path) in [("datadir", "data"), ("socket", "socket"), ("pid-file", "pid"), ("init-file", "owner.sql")]
        {
            command.arg(format!("--{key}={}", self.path(path).display()));
        }
        command.args(["--bind-address=127.0.0.1", "--skip-log-bin", "--max-connections=300"]);
        command.args(["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M", "--skip-slave-start"]);
        command.arg(format!("--port={}", self.port)).current_dir(self.folder.path());
        // A group of its own: an interrupt from the terminal ends the test, and the guard then does its work.
        command.stdin(Stdio::piped()).stdout(output.try_clone().unwrap()).stderr(output).process_group(0);
        self.guard = Some(command.spawn().unwrap());
        let start = Instant::now();
        while !self
            .client()
            .arg("--execute=SELECT 1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
        {
            assert!(start.elapsed() < BOOT, "MariaDB is not up after {BOOT:?}:\n{}", self.log());
            let ended = self.server().is_some_and(|id| !Path::new(&format!("/proc/{id}/exe")).exists());
            assert!(!ended, "MariaDB has ended:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// The id of the server's process.
    fn server(&self) -> Option<u32> {
        std::fs::read_to_string(self.path("server")).ok()?.trim().parse().ok()
    }

    /// Says its last word to the guard, and waits until everything has ended.
    fn end(&mut self, word: &str) {
        let Some(mut guard) = self.guard.take() else { return };
        // The guard may have been killed: then so must be what it guarded.
        if guard.stdin.take().is_none_or(|mut stdin| stdin.write_all(word.as_bytes()).is_err())
            && let Some(server) = self.server()
        {
            let _ = Command::new("kill").arg("-KILL").arg(server.to_string()).stderr(Stdio::null()).status();
        }
        guard.wait().unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.arg(format!("--defaults-file={}", self.path("client.cnf").display()));
        command.arg(format!("--socket={}", self.path("socket").display())).arg("--default-character-set=utf8mb4");
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = format!("--- mariadb\n{}\n", self.log());
            std::io::stderr().write_all(log.as_bytes()).unwrap();
        }
        self.end("");
    }
}

/// The user to run the server as, when it must not be ours.
fn other_user() -> Option<u32> {
    static OTHER: OnceLock<Option<u32>> = OnceLock::new();
    *OTHER.get_or_init(|| {
        let ours = std::fs::metadata("/proc/self").unwrap().uid();
        let id = || run(Command::new("id").args(["-u", USER])).trim().parse().unwrap();
        (ours == 0).then(id)
    })
}

fn secret() -> String {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs a program to its end and answers what it printed.
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}{said}", output.status);
    text
}
