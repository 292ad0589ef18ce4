//! What must be known about one installation of the mainframe's file server. Unknown keys are refused.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::Calendar;
use jisr_adapter::connectors::files::{
    HostKeyError, Limits, LocalFolder, Login, NotDone, Sftp, SftpSettings, Transport,
};
use jisr_adapter::connectors::{HumanDuration, Secret};
use serde::Deserialize;

/// Where files are handed over, and how many records at a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The file server; either this or `folder`.
    #[serde(default)]
    pub sftp: Option<SftpConfig>,
    /// A folder that is mounted here, in place of the server.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// How long records are gathered into one batch, from the first; 2 s unless given.
    #[serde(default)]
    pub gather: Option<HumanDuration>,
    /// Most records of one batch; 5 000 unless given.
    #[serde(default)]
    pub max_records: Option<usize>,
    /// How often result files are looked for; 1 min unless given.
    #[serde(default)]
    pub poll: Option<HumanDuration>,
    /// Longest time to a connection; 3 s unless given.
    #[serde(default)]
    pub connect_timeout: Option<HumanDuration>,
    /// Longest time for one request to the server; 5 s unless given.
    #[serde(default)]
    pub request_timeout: Option<HumanDuration>,
    /// In place of the manifest's `call_timeout`.
    #[serde(default)]
    pub call_timeout: Option<HumanDuration>,
    /// In place of the manifest's `ends_within`.
    #[serde(default)]
    pub ends_within: Option<HumanDuration>,
    /// In place of the manifest's `begin_within`. Every instance must be given the same.
    #[serde(default)]
    pub begin_within: Option<HumanDuration>,
    /// In place of the manifest's `answer_within`.
    #[serde(default)]
    pub answer_within: Option<HumanDuration>,
    /// In place of the manifest's calendar.
    #[serde(default)]
    pub calendar: Option<Calendar>,
}

/// The file server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpConfig {
    /// Host name or address.
    pub host: String,
    /// TCP port; 22 unless given.
    #[serde(default = "ssh")]
    pub port: u16,
    /// The account.
    pub user: String,
    /// Its private key, OpenSSH format: `{ file = "…" }` or `{ env = "…" }`. Either this or `password`.
    #[serde(default)]
    pub key: Option<Secret>,
    /// What the key is encrypted with.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// Its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The keys by which the server is known: `ssh-ed25519 AAAA…` or `SHA256:…`.
    pub host_keys: Vec<String>,
}

const fn ssh() -> u16 {
    22
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Both or neither of two ways.
    #[error("{0}")]
    Either(&'static str),
    /// A value that makes no sense.
    #[error("{field}: {problem}")]
    Value {
        /// The key.
        field: &'static str,
        /// What to do.
        problem: &'static str,
    },
    /// A text is no host key.
    #[error("sftp.host_keys: {0:?} is {1}")]
    HostKey(String, #[source] HostKeyError),
    /// The server's settings cannot be used.
    #[error("sftp: {0}")]
    Sftp(NotDone),
    /// The times do not fit the manifest, or the manifest in the source is wrong.
    #[error("{0}")]
    Manifest(String),
}

/// Most records that fit a batch, by the six digits of its trailer; the authority takes no more at a time.
const MOST_RECORDS: usize = 50_000;

impl Config {
    /// How long records are gathered.
    #[must_use]
    pub fn gather(&self) -> Duration {
        self.gather.map_or(Duration::from_secs(2), Into::into)
    }

    /// How often results are looked for.
    #[must_use]
    pub fn poll(&self) -> Duration {
        self.poll.map_or(Duration::from_secs(60), Into::into)
    }

    /// Most records of one batch.
    ///
    /// # Errors
    /// It is none, or more than the authority takes.
    pub fn max_records(&self) -> Result<usize, ConfigError> {
        let given = self.max_records.unwrap_or(5_000);
        let problem = "must be from 1 to 50000";
        if (1..=MOST_RECORDS).contains(&given) {
            Ok(given)
        } else {
            Err(ConfigError::Value { field: "max_records", problem })
        }
    }

    /// The way to the files. Nothing is opened.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn transport(&self) -> Result<Arc<dyn Transport>, ConfigError> {
        let defaults = Limits::default();
        let limits = Limits {
            connect_timeout: self.connect_timeout.map_or(defaults.connect_timeout, Into::into),
            request_timeout: self.request_timeout.map_or(defaults.request_timeout, Into::into),
            ..defaults
        };
        match (&self.sftp, &self.folder) {
            (Some(sftp), None) => Ok(Arc::new(sftp.transport(limits)?)),
            (None, Some(folder)) => Ok(Arc::new(LocalFolder::new(folder, limits))),
            _ => Err(ConfigError::Either("give either sftp or folder")),
        }
    }
}

impl SftpConfig {
    fn transport(&self, limits: Limits) -> Result<Sftp, ConfigError> {
        let login = match (&self.key, &self.password) {
            (Some(key), None) => Login::Key { key: key.clone(), passphrase: self.passphrase.clone() },
            (None, Some(password)) => Login::Password(password.clone()),
            _ => return Err(ConfigError::Either("sftp: give either key or password")),
        };
        let host_key = |text: &String| text.parse().map_err(|error| ConfigError::HostKey(text.clone(), error));
        Sftp::new(SftpSettings {
            host: self.host.clone(),
            port: self.port,
            user: self.user.clone(),
            login,
            host_keys: self.host_keys.iter().map(host_key).collect::<Result<_, _>>()?,
            limits,
        })
        .map_err(ConfigError::Sftp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        match toml::from_str::<Config>(text) {
            Ok(config) => {
                config.transport().map(drop).and_then(|()| config.max_records().map(drop)).unwrap_err().to_string()
            }
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn what_is_left_out_has_defaults() {
        let config: Config = toml::from_str("folder = \"/mnt/mainframe\"").unwrap();
        assert!(config.transport().is_ok());
        assert_eq!((config.gather(), config.poll()), (Duration::from_secs(2), Duration::from_secs(60)));
        assert_eq!(config.max_records().unwrap(), 5_000);
    }

    #[test]
    fn mistakes_are_named() {
        let sftp = "[sftp]\nhost = \"h\"\nuser = \"u\"\n";
        for (text, says) in [
            (String::new(), "either sftp or folder"),
            ("folder = \"/x\"\nmax_records = 0".into(), "max_records"),
            ("folder = \"/x\"\ngatherr = \"1s\"".into(), "gatherr"),
            (format!("{sftp}host_keys = []"), "either key or password"),
            (format!("{sftp}host_keys = []\npassword = {{ env = \"PATH\" }}"), "no host key"),
            (format!("{sftp}host_keys = [\"x\"]\npassword = {{ env = \"PATH\" }}"), "sftp.host_keys"),
            (format!("{sftp}host_keys = []\npassword = \"sesame\""), ""),
        ] {
            let error = mistake(&text);
            assert!(error.contains(says) && !error.contains("sesame"), "{text}: {error}");
        }
    }
}
