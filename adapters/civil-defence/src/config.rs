//! What must be known about one installation of the inspection system. Unknown keys are refused.

use std::path::PathBuf;
use std::time::Duration;

use jisr_adapter::connectors::amqp::{AmqpSettings, BrokerAddress, Charset, Login, NotAnAddress, UnknownCharset};
use jisr_adapter::connectors::http::TlsSettings;
use jisr_adapter::connectors::{HumanDuration, Secret};
use serde::Deserialize;

/// Where the inspection system's broker is, and what its queues are called there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `amqp://host:port` or `amqps://host:port`.
    pub broker: String,
    /// The broker's user that is ours. Left out, with the password: SASL ANONYMOUS.
    #[serde(default)]
    pub username: Option<String>,
    /// Its password: `{ file = "…" }` or `{ env = "…" }`.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The queue that the inspection system reads, as the broker addresses it.
    #[serde(default = "requests")]
    pub request_queue: String,
    /// The queue of its decisions. All instances of this adapter share it.
    #[serde(default = "decisions")]
    pub decision_queue: String,
    /// Where its answers to questions go. Each process appends a name of its own; the broker makes the queue when it is
    /// first named, and is to drop it when it has long been unused.
    #[serde(default = "status")]
    pub status_queue: String,
    /// Charset of texts sent, and of those received that name none.
    #[serde(default = "windows_1256")]
    pub charset: String,
    /// PEM file of the authorities to trust instead of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// Longest time to a connection; 3 s unless given.
    #[serde(default)]
    pub connect_timeout: Option<HumanDuration>,
    /// In place of the manifest's `call_timeout`.
    #[serde(default)]
    pub call_timeout: Option<HumanDuration>,
    /// In place of the manifest's `ends_within`.
    #[serde(default)]
    pub ends_within: Option<HumanDuration>,
    /// In place of the manifest's `answer_within`: when a decision has not come, it is asked for.
    #[serde(default)]
    pub answer_within: Option<HumanDuration>,
    /// In place of the manifest's `begin_within`. Every instance must be given the same.
    #[serde(default)]
    pub begin_within: Option<HumanDuration>,
}

fn requests() -> String {
    "cd.inspection.requests".to_owned()
}

fn decisions() -> String {
    "cd.inspection.decisions".to_owned()
}

fn status() -> String {
    "cd.inspection.status".to_owned()
}

fn windows_1256() -> String {
    "windows-1256".to_owned()
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The broker's address is none.
    #[error("broker: {0}")]
    Broker(#[from] NotAnAddress),
    /// One of user and password without the other, or an empty user name.
    #[error("username: username and password belong together, and neither is empty")]
    Login,
    /// A queue without a name.
    #[error("{0}: is empty")]
    Queue(&'static str),
    /// The charset is not known.
    #[error("charset: {0}")]
    Charset(#[from] UnknownCharset),
    /// The authorities cannot be read.
    #[error("authorities_file: {path} cannot be read")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The times do not fit the manifest, or the manifest in the source is wrong.
    #[error("{0}")]
    Manifest(String),
}

impl Config {
    /// The settings of the connector, with `call_timeout` as the operation's.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn amqp(&self, call_timeout: Duration) -> Result<AmqpSettings, ConfigError> {
        for (key, queue) in [
            ("request_queue", &self.request_queue),
            ("decision_queue", &self.decision_queue),
            ("status_queue", &self.status_queue),
        ] {
            if queue.trim().is_empty() {
                return Err(ConfigError::Queue(key));
            }
        }
        let login = match (&self.username, &self.password) {
            (None, None) => None,
            (Some(username), Some(password)) if !username.trim().is_empty() => {
                Some(Login { username: username.clone(), password: password.clone() })
            }
            _ => return Err(ConfigError::Login),
        };
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|source| ConfigError::Authorities { path: path.clone(), source })
        };
        let usual = AmqpSettings::new(self.broker.parse::<BrokerAddress>()?);
        Ok(AmqpSettings {
            login,
            tls: TlsSettings { authorities_pem: self.authorities_file.as_ref().map(read).transpose()?, identity: None },
            connect_timeout: self.connect_timeout.map_or(usual.connect_timeout, Into::into),
            // Shorter than the run loop's limit, which knows only doubt: the connector can tell what was not even sent.
            call_timeout: call_timeout / 10 * 9,
            charset: Charset::of(&self.charset)?,
            container: "jisr-civil-defence".to_owned(),
            ..usual
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amqp(text: &str) -> Result<AmqpSettings, String> {
        let config: Config = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        config.amqp(Duration::from_secs(10)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        let settings = amqp("broker = \"amqps://broker.example\"").unwrap();
        assert_eq!((settings.address.port, settings.charset.name()), (5671, "windows-1256"));
        assert_eq!(settings.call_timeout, Duration::from_secs(9));
        assert!(settings.login.is_none());
        let login = "broker = \"amqp://b\"\nusername = \"jisr\"\npassword = { env = \"PATH\" }";
        let config: Config = toml::from_str(login).unwrap();
        assert!(!format!("{config:?}").contains(config.password.as_ref().unwrap().reveal()));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, key) in [
            ("broker = \"broker.example\"", "broker:"),
            ("broker = \"amqp://b\"\nusername = \"jisr\"", "username:"),
            ("broker = \"amqp://b\"\nrequest_queue = \" \"", "request_queue:"),
            ("broker = \"amqp://b\"\ncharset = \"klingon\"", "charset:"),
            ("broker = \"amqp://b\"\nauthorities_file = \"/nowhere/ca.pem\"", "authorities_file:"),
            ("broker = \"amqp://b\"\nqueue = \"q\"", "unknown field `queue`"),
        ] {
            let error = amqp(text).unwrap_err();
            assert!(error.starts_with(key), "{error}");
        }
        let literal = "broker = \"amqp://b\"\nusername = \"j\"\npassword = \"sesame\"";
        assert!(!amqp(literal).unwrap_err().contains("sesame"));
    }
}
