//! PostgreSQL as a child process: its own port, folder and password, on loopback, all gone with its owner.

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::free_port;

/// Where Debian's package has its programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// It starts in well under a second, unless it has much to recover and the computer is busy.
const BOOT: Duration = Duration::from_secs(60);
/// The user of the database, and the database.
const NAME: &str = "jisr";
/// PostgreSQL refuses to run as root; Debian's package brings this user.
const USER: &str = "postgres";

/// Runs the server, and ends it and all its processes when its standard input closes: also when the test's process
/// dies, or ends with the server in a `static`, which is never dropped. Told to `keep` the folder, it leaves it for the
/// next start; otherwise nothing stays, not even the shared memory (line 7 of the pid file) that a server killed so
/// leaves behind. Each of the server's processes leads a group of its own, so they are found as children of the one that
/// stands still and can start no more. The session is the server's own too: a group that its parent has left is told to
/// hang up as soon as one of it stands still.
const GUARD: &str = r#"
setsid "$@" </dev/null &
server=$!
echo "$server" >server
read -r word
kill -STOP "$server"
all="$server $(cat "/proc/$server/task/$server/children")"
kill -KILL $all
wait
for one in $all; do
    while [ -e "/proc/$one/exe" ]; do sleep 0.01; done
done
[ "$word" = keep ] && exit
sed -n 7p data/postmaster.pid | { read -r key memory && ipcrm --shmem-id "$memory"; }
rm -rf "$PWD"
"#;

/// What a server is started with beyond the usual.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Whether a commit waits for the disk. Without it a killed server still loses nothing, a computer would.
    pub durable: bool,
    /// Lines of `postgresql.conf`.
    pub config: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self { durable: true, config: String::new() }
    }
}

/// A running server with an empty database `jisr`, owned by its user `jisr`.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    guard: Option<Child>,
    schemas: AtomicU32,
    /// Port of the server.
    pub port: u16,
    /// Password of the user.
    pub password: String,
}

impl Postgres {
    /// Starts one whose commits are durable.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, or does not come up: no test is passed over because something is missing.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Setup::default())
    }

    /// Starts one that is set up so.
    #[must_use]
    pub fn start_with(setup: &Setup) -> Self {
        let initdb = Path::new(PROGRAMS).join("initdb");
        assert!(initdb.exists(), "{} is missing: run tests/servers/setup.sh (make test does)", initdb.display());
        let folder = tempfile::Builder::new().prefix("jisr-postgres-").tempdir().unwrap();
        let (port, password) = (free_port(), secret());
        let mut server = Self { folder, guard: None, schemas: AtomicU32::new(0), port, password };
        server.initialise(setup);
        server.launch();
        run(server.client("createdb").arg(NAME));
        server
    }

    /// The server that all tests of this process share, each in a [schema](Self::schema) of its own. Its commits do
    /// not wait for the disk, and nobody can kill it; a test that needs either starts one for itself.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start_with(&Setup { durable: false, ..Setup::default() }))
    }

    /// The name of a schema that nobody else uses. It does not exist yet.
    #[must_use]
    pub fn schema(&self) -> String {
        format!("jisr_{}", self.schemas.fetch_add(1, Ordering::Relaxed))
    }

    /// Its address, without credentials.
    #[must_use]
    pub fn address(&self) -> String {
        format!("postgresql://127.0.0.1:{}/{NAME}", self.port)
    }

    /// Its address with credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgresql://{NAME}:{}@127.0.0.1:{}/{NAME}", self.password, self.port)
    }

    /// The configuration of a Jisr whose journal is in this schema, as TOML.
    #[must_use]
    pub fn config(&self, schema: &str) -> String {
        format!(
            "[journal.postgres]\naddress = \"{}\"\nusername = \"{NAME}\"\npassword = {{ file = \"{}\" }}\n\
             schema = \"{schema}\"\n",
            self.address(),
            self.path("password").display(),
        )
    }

    /// Kills it as a power cut would: the server and every process of it, at once.
    pub fn kill(&mut self) {
        self.end("keep\n");
    }

    /// Starts it again on the same data and the same port, and so recovers what was committed.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Stops it where it stands (SIGSTOP): connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Its processes, the server first.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let server: u32 = self.server().expect("a server that runs");
        let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap_or_default();
        std::iter::once(server).chain(children.split_whitespace().map(|id| id.parse().unwrap())).collect()
    }

    /// Runs SQL (each statement a transaction of its own) and answers the rows: columns separated by `|`.
    ///
    /// # Panics
    /// When it fails.
    pub fn sql(&self, text: &str) -> String {
        let mut command = self.client("psql");
        command.args(["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1"]);
        let child = command.arg(NAME).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}: {}\n{said}", output.status);
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Makes a file or folder the property of the user that the server runs as.
    pub fn give(path: &Path) {
        if let Some(user) = other_user() {
            std::os::unix::fs::chown(path, Some(user), None).unwrap();
        }
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        let text = String::from_utf8_lossy(&std::fs::read(self.path("log")).unwrap_or_default()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn initialise(&self, setup: &Setup) {
        let password = self.path("password");
        std::fs::write(&password, &self.password).unwrap();
        for path in [self.folder.path(), &password] {
            Self::give(path);
        }
        let mut command = self.program("initdb");
        command.args(["--no-sync", "--no-instructions", "--locale=C", "--encoding=UTF8", "--auth=scram-sha-256"]);
        command.arg(format!("--username={NAME}")).arg("--pwfile").arg(&password);
        run(command.arg("--pgdata").arg(self.path("data")));
        let durable = if setup.durable { "on" } else { "off" };
        let config = format!(
            // What belongs to one server lies in its folder, so that it ends with it.
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\n\
             dynamic_shared_memory_type = mmap\nmax_connections = 300\n\
             fsync = {durable}\nsynchronous_commit = {durable}\nfull_page_writes = {durable}\n{}\n",
            self.port, setup.config
        );
        let mut file = std::fs::File::options().append(true).open(self.path("data/postgresql.conf")).unwrap();
        file.write_all(config.as_bytes()).unwrap();
    }

    fn launch(&mut self) {
        let output = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        // It must not be taken for the one that is to come.
        let _ = std::fs::remove_file(self.path("server"));
        let server = self.program("postgres");
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(server.get_program()).args(server.get_args());
        command.arg("-D").arg(self.path("data")).current_dir(self.folder.path());
        // A group of its own: an interrupt from the terminal ends the test, and the guard then does its work.
        command.stdin(Stdio::piped()).stdout(output.try_clone().unwrap()).stderr(output).process_group(0);
        self.guard = Some(command.spawn().unwrap());
        let start = Instant::now();
        while !self.is_ready() {
            assert!(start.elapsed() < BOOT, "PostgreSQL is not up after {BOOT:?}:\n{}", self.log());
            let ended = self.server().is_some_and(|id| !Path::new(&format!("/proc/{id}/exe")).exists());
            assert!(!ended, "PostgreSQL has ended:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Whether the pid file is this server's and says so: `pg_ctl --wait` looks there too.
    fn is_ready(&self) -> bool {
        let text = std::fs::read_to_string(self.path("data/postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines();
        let id = lines.next().and_then(|line| line.parse().ok());
        id.is_some() && id == self.server() && lines.nth(6).is_some_and(|status| status.trim() == "ready")
    }

    /// The id of the server's first process.
    fn server(&self) -> Option<u32> {
        std::fs::read_to_string(self.path("server")).ok()?.trim().parse().ok()
    }

    /// Says its last word to the guard, and waits until everything has ended.
    fn end(&mut self, word: &str) {
        let Some(mut guard) = self.guard.take() else { return };
        // The guard may have been killed: then so must be what it guarded.
        if guard.stdin.take().is_none_or(|mut stdin| stdin.write_all(word.as_bytes()).is_err()) {
            self.signal("-KILL");
        }
        guard.wait().unwrap();
    }

    /// Sends a signal to the server, which stands still meanwhile so that it starts nothing more, and to all of its
    /// processes.
    fn signal(&self, which: &str) {
        let Some(server) = self.server() else { return };
        let send = |which: &str, ids: &[u32]| {
            let ids = ids.iter().map(u32::to_string);
            // It may have ended by itself.
            let _ = Command::new("kill").arg(which).args(ids).stderr(Stdio::null()).status();
        };
        send("-STOP", &[server]);
        send(which, &self.processes());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of the server's programs, to be run as a user it accepts.
    fn program(&self, name: &str) -> Command {
        let program = Path::new(PROGRAMS).join(name);
        let mut command = if other_user().is_some() {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups", "--"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }

    /// A client program that knows its way to the server.
    fn client(&self, name: &str) -> Command {
        let mut command = Command::new(Path::new(PROGRAMS).join(name));
        let port = self.port.to_string();
        command.args(["--host=127.0.0.1", "--username", NAME, "--no-password", "--port", &port]);
        command.env("PGPASSWORD", &self.password).env("PGCONNECT_TIMEOUT", "10");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = format!("--- postgres\n{}\n", self.log());
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
