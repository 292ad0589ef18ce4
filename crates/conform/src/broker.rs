//! The broker of an examination: one that is given, or RabbitMQ started for it where that is installed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use jisr_bus::rabbit::{Login, Password, Role};
use jisr_bus::{RabbitBus, RabbitOptions};

use crate::program::Program;
use crate::{Trouble, trouble};

/// Where Debian's package has its programs; those in the search path are wrappers that change the user.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
/// An Erlang machine on a busy computer takes its time.
const BOOT: Duration = Duration::from_secs(120);
/// Between two looks whether it is up.
const LOOK: Duration = Duration::from_millis(200);

/// Runs epmd and the server as one process group that ends with the standard input, whatever becomes of the kit.
const GUARD: &str = r#"
setsid sh -c 'epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec "$0"' "$1" </dev/null &
server=$!
read -r word
kill -KILL "-$server" "$server"
wait
rm -rf "$PWD"
"#;

/// Where a broker is and who we are there.
#[derive(Clone, Debug)]
pub struct Broker {
    /// `amqp[s]://host[:port][/vhost]`, without credentials.
    pub address: String,
    /// The user, who may do what an engine may.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Put before every name there.
    pub prefix: String,
}

impl Broker {
    pub(crate) fn options(&self) -> RabbitOptions {
        let password = Password::new(self.password.as_str());
        let login = Login::Password { username: self.username.clone(), password };
        let mut options = RabbitOptions::new(&self.address, login, Role::Engine { departments: Vec::new() });
        options.prefix.clone_from(&self.prefix);
        options
    }
}

/// A broker that was started for an examination, on loopback, in a folder of its own; it ends with its value.
#[derive(Debug)]
pub struct OwnBroker {
    /// Where it is.
    pub broker: Broker,
    _guard: Program,
}

impl OwnBroker {
    /// Starts one.
    ///
    /// # Errors
    /// RabbitMQ is not installed, or does not come up.
    pub async fn start() -> Result<Self, Trouble> {
        let server = Path::new(PROGRAMS).join("rabbitmq-server");
        if !server.exists() {
            return Err(trouble(format!(
                "no broker was given with --broker, and RabbitMQ is not installed here ({} is missing)",
                server.display()
            )));
        }
        let unusable = |error: std::io::Error| trouble(format!("a folder for RabbitMQ: {error}"));
        let folder = tempfile::Builder::new().prefix("jisr-conform-").tempdir().map_err(unusable)?;
        // Its guard removes it, after the last file was written.
        let folder = folder.keep();
        let [port, distribution, epmd] = free_ports().map_err(|error| trouble(format!("no free port: {error}")))?;
        std::fs::write(folder.join("rabbitmq.conf"), "").map_err(unusable)?;
        std::fs::write(folder.join("plugins"), "[].\n").map_err(unusable)?;
        let environment = environment(&folder, port, distribution, epmd);
        let mut guard = Program::guard(GUARD, &server.display().to_string(), environment, &folder)?;
        let broker = Broker {
            address: format!("amqp://127.0.0.1:{port}"),
            username: "guest".to_owned(),
            password: "guest".to_owned(),
            prefix: String::new(),
        };
        let up = async {
            while guard.runs() {
                if RabbitBus::connect(broker.options()).await.is_ok() {
                    return true;
                }
                tokio::time::sleep(LOOK).await;
            }
            false
        };
        match tokio::time::timeout(BOOT, up).await {
            Ok(true) => Ok(Self { broker, _guard: guard }),
            Ok(false) => Err(guard.complaint("has ended")),
            Err(_) => Err(guard.complaint(&format!("is not up after {BOOT:?}"))),
        }
    }
}

fn free_ports() -> std::io::Result<[u16; 3]> {
    // All are held until each is known, so that no two are the same.
    let listeners = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(listeners) {
        *port = listener?.local_addr()?.port();
    }
    Ok(ports)
}

fn environment(folder: &Path, port: u16, distribution: u16, epmd: u16) -> Vec<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let loopback = "-kernel inet_dist_use_interface {127,0,0,1}".to_owned();
    [
        ("HOME", folder.display().to_string()),
        ("RABBITMQ_NODENAME", format!("jisr-conform-{port}@localhost")),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".to_owned()),
        ("RABBITMQ_NODE_PORT", port.to_string()),
        ("RABBITMQ_DIST_PORT", distribution.to_string()),
        ("RABBITMQ_MNESIA_BASE", path("data")),
        ("RABBITMQ_LOG_BASE", path("log")),
        ("RABBITMQ_LOGS", path("rabbit.log")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins")),
        ("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config")),
        ("RABBITMQ_CONF_ENV_FILE", path("rabbitmq-env.conf")),
        ("RABBITMQ_PID_FILE", path("pid")),
        ("RABBITMQ_GENERATED_CONFIG_DIR", path("generated")),
        ("RABBITMQ_FEATURE_FLAGS_FILE", path("feature-flags")),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback.clone()),
        ("RABBITMQ_CTL_ERL_ARGS", loopback),
        ("ERL_EPMD_PORT", epmd.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
