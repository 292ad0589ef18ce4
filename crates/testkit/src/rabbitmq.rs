//! RabbitMQ as a child process: its own ports, folders, cookie and epmd, all on loopback, all gone with its owner.

mod cluster;
mod epmd;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use cluster::Cluster;
use tempfile::TempDir;

use crate::free_port;

/// Where Debian's package has its programs; those in the search path are wrappers that change the user.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
/// An Erlang machine on a busy computer takes its time.
const BOOT: Duration = Duration::from_secs(120);
/// The opening of AMQP 0-9-1.
const GREETING: &[u8] = b"AMQP\x00\x00\x09\x01";

/// Runs epmd and the server as one process group, and ends all of it when its standard input closes: also when the
/// test's process dies, or ends with the broker in a `static`, which is never dropped. Told to `keep` the folder, it
/// leaves it for the next start; told to `stop`, it does so too, and lets the broker end in good order, within a minute.
const GUARD: &str = r#"
setsid sh -c 'epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec "$0"' "$1" </dev/null &
server=$!
echo "$server" >group
read -r word
if [ "$word" = stop ]; then
    kill -TERM "$server"
    for tenth in $(seq 600); do
        [ -e "/proc/$server/exe" ] || break
        sleep 0.1
    done
fi
kill -KILL "-$server" "$server"
wait
case $word in keep | stop) ;; *) rm -rf "$PWD" ;; esac
"#;

/// What a broker is started with beyond the usual.
#[derive(Debug, Default)]
pub struct Setup {
    /// Lines of `rabbitmq.conf`.
    pub config: String,
    /// Plugins to enable.
    pub plugins: Vec<&'static str>,
}

/// A running broker with a journal of its own. It knows the user `guest` with the password `guest`.
#[derive(Debug)]
pub struct RabbitMq {
    folder: TempDir,
    guard: Option<Child>,
    /// Port of AMQP.
    pub port: u16,
    distribution: u16,
    epmd: u16,
    /// Other nodes, and where this one is to reach them.
    peers: Vec<(String, u16)>,
    /// What this one's epmd has been told of them.
    told: Vec<TcpStream>,
}

impl RabbitMq {
    /// Starts one.
    ///
    /// # Panics
    /// When RabbitMQ is not installed, or does not come up: no test is passed over because something is missing.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Setup::default())
    }

    /// Starts one that is set up so.
    #[must_use]
    pub fn start_with(setup: &Setup) -> Self {
        let mut broker = Self::prepare(setup);
        broker.launch();
        broker
    }

    /// One that is set up and has not been started.
    fn prepare(setup: &Setup) -> Self {
        let server = Path::new(PROGRAMS).join("rabbitmq-server");
        assert!(server.exists(), "{} is missing: run tests/servers/setup.sh (make test does)", server.display());
        let folder = tempfile::Builder::new().prefix("jisr-rabbitmq-").tempdir().unwrap();
        let (port, distribution, epmd) = (free_port(), free_port(), free_port());
        let broker = Self { folder, guard: None, port, distribution, epmd, peers: Vec::new(), told: Vec::new() };
        std::fs::write(broker.path("rabbitmq.conf"), &setup.config).unwrap();
        std::fs::write(broker.path("plugins"), format!("[{}].\n", setup.plugins.join(","))).unwrap();
        broker
    }

    /// Its address, without credentials.
    #[must_use]
    pub fn address(&self) -> String {
        format!("amqp://127.0.0.1:{}", self.port)
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.end("keep\n");
    }

    /// Lets it end in good order, as for maintenance.
    pub fn stop(&mut self) {
        self.end("stop\n");
    }

    /// Starts it again on the same data and the same ports, killed before if it runs.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Its processes, the Erlang machine among them.
    ///
    /// # Panics
    /// When it was never started.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let group = std::fs::read_to_string(self.path("group")).unwrap();
        let ids =
            std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let is_ours = |id: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // After the name, which is in parentheses: state, parent, group.
            stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(2)) == Some(group.trim())
        };
        ids.filter(is_ours).collect()
    }

    /// Stops it where it stands (SIGSTOP): connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Whether a quorum queue's name is on disk. RabbitMQ confirms messages in a new queue up to three seconds before
    /// that (seen with 3.10.8: Erlang's dets delays writes), and a broker killed meanwhile never finds them again.
    #[must_use]
    pub fn remembers(&self, queue: &str) -> bool {
        let node = self.node();
        let names = self.path("data").join(&node).join("quorum").join(&node).join("names.dets");
        let bytes = std::fs::read(names).unwrap_or_default();
        // As Erlang writes an atom: its length, and its text with the virtual host `/` before it.
        let name = format!("%2F_{queue}");
        let atom = [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        bytes.windows(atom.len()).any(|window| window == atom)
    }

    /// Runs `rabbitmqctl` on it and answers what that prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        self.try_ctl(arguments).unwrap_or_else(|said| panic!("{said}"))
    }

    /// The same of a broker that may not be able to; the error is everything that was said.
    fn try_ctl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(Path::new(PROGRAMS).join("rabbitmqctl"));
        self.environment(&mut command);
        let output = command.arg("--quiet").args(arguments).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("rabbitmqctl {arguments:?}: {}\n{text}{said}", output.status))
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        let read = |name| String::from_utf8_lossy(&std::fs::read(self.path(name)).unwrap_or_default()).into_owned();
        let text = read("output.log") + &read("rabbit.log");
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn launch(&mut self) {
        let output = std::fs::File::options().create(true).append(true).open(self.path("output.log")).unwrap();
        let mut command = Command::new("sh");
        self.environment(&mut command);
        command.args(["-c", GUARD, "guard"]).arg(Path::new(PROGRAMS).join("rabbitmq-server"));
        // A group of its own: an interrupt from the terminal ends the test, and the guard then does its work.
        command.stdin(Stdio::piped()).stdout(output.try_clone().unwrap()).stderr(output).process_group(0);
        self.guard = Some(command.spawn().unwrap());
        self.told = self.peers.iter().map(|(name, port)| epmd::tell(self.epmd, name, *port)).collect();
        let start = Instant::now();
        while !greets(self.port) {
            assert!(start.elapsed() < BOOT, "RabbitMQ is not up after {BOOT:?}:\n{}", self.log());
            let ended = self.guard.as_mut().and_then(|guard| guard.try_wait().unwrap());
            assert!(ended.is_none(), "RabbitMQ's guard has ended:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
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

    /// Sends a signal to the broker and all it started.
    fn signal(&self, which: &str) {
        let group = std::fs::read_to_string(self.path("group")).unwrap();
        // It may have ended by itself.
        let _ = Command::new("kill").args([which, "--", &format!("-{}", group.trim())]).stderr(Stdio::null()).status();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What other nodes call it.
    fn node(&self) -> String {
        format!("jisr-{}@localhost", self.port)
    }

    fn environment(&self, command: &mut Command) {
        let loopback = "-kernel inet_dist_use_interface {127,0,0,1}";
        let path = |name| self.path(name).into_os_string();
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("RABBITMQ_NODENAME", self.node())
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("log"))
            .env("RABBITMQ_LOGS", path("rabbit.log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config"))
            .env("RABBITMQ_CONF_ENV_FILE", path("rabbitmq-env.conf"))
            .env("RABBITMQ_PID_FILE", path("pid"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", path("generated"))
            .env("RABBITMQ_FEATURE_FLAGS_FILE", path("feature-flags"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback)
            .env("RABBITMQ_CTL_ERL_ARGS", loopback)
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1");
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = format!("--- rabbitmq\n{}\n", self.log());
            std::io::stderr().write_all(log.as_bytes()).unwrap();
        }
        self.end("");
    }
}

/// Whether somebody there speaks AMQP: the listeners open last.
fn greets(port: u16) -> bool {
    let try_it = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(GREETING)?;
        let mut answer = [0; 1];
        stream.read_exact(&mut answer)?;
        // A method frame: `connection.start`.
        Ok(answer[0] == 1)
    };
    try_it().unwrap_or(false)
}
