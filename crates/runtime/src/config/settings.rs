//! The typed settings and their defaults. `deploy/config/jisr.toml` shows the same values with explanations.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::address::LoopbackAddress;
use crate::duration::HumanDuration;
use crate::secret::Secret;

/// Everything a Jisr process can be told. Each field has a default, so an empty file is a valid one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The front ends' edge.
    pub gateway: GatewaySettings,
    /// The operators' edge.
    pub operations: OperationsSettings,
    /// The durable record of every transaction.
    pub journal: JournalSettings,
    /// The way between engine and adapters.
    pub bus: BusSettings,
    /// Departments, services and centres.
    pub catalogue: CatalogueSettings,
    /// The process manager.
    pub engine: EngineSettings,
    /// What the conformance kit has found of adapters, and whether that counts.
    pub conformance: ConformanceSettings,
    /// The process's own log.
    pub log: LogSettings,
    /// The end of the process.
    pub shutdown: ShutdownSettings,
    /// One free table per department, read by that department's adapter
    /// (see [`Configuration::adapter`](super::Configuration::adapter)).
    pub adapters: BTreeMap<String, toml::Table>,
}

/// `[gateway]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySettings {
    /// Where front ends' gRPC listens.
    pub listen: LoopbackAddress,
}

/// `[operations]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationsSettings {
    /// Where the operators' API, metrics and health pages listen.
    pub listen: LoopbackAddress,
}

/// `[journal]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalSettings {
    /// The SQLite file; relative paths start at the working directory.
    pub path: PathBuf,
    /// PostgreSQL in place of the file: several processes may then share the journal.
    pub postgres: Option<PostgresSettings>,
}

/// `[journal.postgres]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// `postgresql://host:port/database`, without credentials; `?sslmode=require` refuses an unencrypted connection.
    pub address: String,
    /// The database's user.
    pub username: String,
    /// The user's password.
    #[serde(default, skip_serializing)]
    pub password: Option<Secret>,
    /// PEM file of the only authorities to trust, in place of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// The schema that holds the journal, so that installations can share a database. Made when it is missing.
    #[serde(default = "PostgresSettings::usual_schema")]
    pub schema: String,
}

impl PostgresSettings {
    fn usual_schema() -> String {
        "jisr".to_owned()
    }
}

/// `[bus]`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BusSettings {
    /// RabbitMQ in place of the bus inside the process: adapters may then be processes of their own.
    pub rabbitmq: Option<RabbitmqSettings>,
}

/// `[bus.rabbitmq]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RabbitmqSettings {
    /// `amqp[s]://host:port/vhost`, the vhost percent-encoded (`%2f` is the default one), without credentials.
    pub address: String,
    /// Who we are. Without a name, we are who our certificate says (SASL EXTERNAL).
    #[serde(default)]
    pub username: Option<String>,
    /// The password that goes with the name.
    #[serde(default, skip_serializing)]
    pub password: Option<Secret>,
    /// PEM file of the certificate we show.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// PEM file of the certificate's private key.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// PEM file of the only authorities to trust, in place of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// Put before every name on the broker, so that installations can share a virtual host.
    #[serde(default)]
    pub prefix: String,
}

/// `[catalogue]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogueSettings {
    /// The folder that holds `departments/`, `services/` and `centres/`.
    pub path: PathBuf,
}

/// `[engine]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// Most changes gathered into one journal commit. A full batch only forms under load.
    pub max_batch: NonZeroUsize,
    /// Most requests of one department on the bus, or on their way to it, at once; the rest wait in the journal.
    pub window_per_department: NonZeroUsize,
    /// How long after its dispatch a request may still be begun by an adapter. Not begun by then, it is sent anew.
    pub start_within: HumanDuration,
    /// An adapter not heard of for so long counts as down.
    pub adapter_silence: HumanDuration,
    /// How long request ids are remembered.
    pub keep_requests: HumanDuration,
}

/// `[conformance]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConformanceSettings {
    /// The folder with the verdicts on the adapters that run here, `<department>.json`; what is there is announced.
    pub verdicts: PathBuf,
    /// Only adapters with a verdict that they have passed, of their version and signed with one of the keys, are sent work.
    pub require: bool,
    /// Ed25519 public keys in base 64.
    pub keys: Vec<String>,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// Text for people or JSON lines for machines.
    pub format: LogFormat,
    /// What is logged.
    pub level: LogLevel,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text per event, coloured on a terminal.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

/// A log filter: a level, or a level and exceptions per module, such as `info,jisr_engine=debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LogLevel(String);

/// `[shutdown]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownSettings {
    /// How long work already begun may take to finish after the signal.
    pub drain: HumanDuration,
}

/// The sections that are absent unless somebody writes them, with a value of the right type for each key.
const OPTIONAL: &str = r#"
[journal.postgres]
address = "postgresql://localhost/jisr"
username = "jisr"
password = { env = "PATH" }
authorities_file = "authorities.pem"
schema = "jisr"
[bus.rabbitmq]
address = "amqp://localhost"
username = "jisr"
password = { env = "PATH" }
certificate_file = "certificate.pem"
key_file = "key.pem"
authorities_file = "authorities.pem"
prefix = "jisr."
"#;

impl Settings {
    /// The defaults with every optional section: what a single setting is checked within.
    pub(super) fn with_every_section() -> toml::Table {
        let mut table = toml::Table::try_from(Self::default()).expect("the defaults are plain TOML values");
        let optional: toml::Table = OPTIONAL.parse().expect("TOML, as a test proves");
        for (section, keys) in optional {
            match (table.get_mut(&section), keys) {
                (Some(toml::Value::Table(known)), toml::Value::Table(more)) => known.extend(more),
                (_, keys) => drop(table.insert(section, keys)),
            }
        }
        table
    }
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self { listen: LoopbackAddress::v4(50051) }
    }
}

impl Default for OperationsSettings {
    fn default() -> Self {
        Self { listen: LoopbackAddress::v4(9090) }
    }
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { path: "data/jisr.db".into(), postgres: None }
    }
}

impl Default for CatalogueSettings {
    fn default() -> Self {
        Self { path: "deploy/catalogue".into() }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        const fn count(n: usize) -> NonZeroUsize {
            NonZeroUsize::new(n).expect("a default is not zero")
        }
        Self {
            max_batch: count(256),
            window_per_department: count(4096),
            start_within: HumanDuration::from_secs(3_600),
            adapter_silence: HumanDuration::from_secs(15),
            keep_requests: HumanDuration::from_secs(7 * 86_400),
        }
    }
}

impl Default for ConformanceSettings {
    fn default() -> Self {
        Self { verdicts: "data/conformance".into(), require: false, keys: Vec::new() }
    }
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self { drain: HumanDuration::from_secs(10) }
    }
}

impl LogLevel {
    const NAMES: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

    /// The filter's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A lone word that is no level would be taken for a module's name and log nothing: a typo must not do that.
    fn check(text: &str) -> Result<(), String> {
        for part in text.split(',').map(str::trim) {
            let (module, level) = part.split_once('=').map_or((None, part), |(m, l)| (Some(m), l));
            let named = module
                .is_none_or(|m| !m.is_empty() && m.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            if !named || !Self::NAMES.contains(&level) {
                let names = Self::NAMES.join(", ");
                return Err(format!("`{part}` is not a level ({names}) or `module=level`"));
            }
        }
        Ok(())
    }
}

impl Default for LogLevel {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::check(&text).map_err(de::Error::custom)?;
        Ok(Self(text))
    }
}
