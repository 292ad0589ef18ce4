//! What must be known about one installation of business licensing. Unknown keys are refused.

use std::path::PathBuf;
use std::time::Duration;

use jisr_adapter::Calendar;
use jisr_adapter::connectors::sql::{
    Address, AddressError, Dialect, HeldAs, LegacyText, SqlSettings, SqlSetupError, Trust,
};
use jisr_adapter::connectors::{HumanDuration, Secret};
use serde::Deserialize;

/// How often the status table is looked at, unless told otherwise.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// As many as calls at a time, and two for the status table.
const CONNECTIONS: u16 = 10;

/// Where the database is and how its texts are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `postgresql://host:port/database` or `mariadb://host:port/database`, without credentials.
    pub address: String,
    /// The account that the department gave us.
    pub username: String,
    /// Its password: `{ file = "…" }` or `{ env = "…" }`.
    pub password: Secret,
    /// Speak TLS and verify the host's certificate. `false` only on one machine or in a tunnel.
    #[serde(default = "yes")]
    pub tls: bool,
    /// PEM file of authorities to trust in addition to the public ones.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// The code page of the department's texts, whatever the database takes them for.
    #[serde(default = "windows_1256")]
    pub text: String,
    /// Most connections at a time; 10 unless given.
    #[serde(default)]
    pub connections: Option<u16>,
    /// How often the status table is looked at; 5 s unless given.
    #[serde(default)]
    pub poll_every: Option<HumanDuration>,
    /// Longest time to a connection; 3 s unless given.
    #[serde(default)]
    pub connect_timeout: Option<HumanDuration>,
    /// In place of the manifest's `call_timeout`.
    #[serde(default)]
    pub call_timeout: Option<HumanDuration>,
    /// In place of the manifest's `ends_within`.
    #[serde(default)]
    pub ends_within: Option<HumanDuration>,
    /// In place of the manifest's `begin_within`. Every instance must be given the same.
    #[serde(default)]
    pub begin_within: Option<HumanDuration>,
    /// In place of the manifest's calendar.
    #[serde(default)]
    pub calendar: Option<Calendar>,
}

fn yes() -> bool {
    true
}

fn windows_1256() -> String {
    "windows-1256".to_owned()
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The address is none of a database.
    #[error("address: {0}")]
    Address(#[from] AddressError),
    /// The authorities cannot be read.
    #[error("authorities_file: {path} cannot be read")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The code page is not known.
    #[error("text: no code page is known as {0:?}; windows-1256 and utf-8 are usual")]
    Text(String),
    /// A setting of the connection makes no sense.
    #[error("{0}")]
    Database(#[from] SqlSetupError),
    /// A pause of nothing.
    #[error("poll_every: must be more than nothing")]
    PollEvery,
    /// The times do not fit the manifest, or the manifest in the source is wrong.
    #[error("{0}")]
    Manifest(String),
}

impl Config {
    /// The settings of the connection, with a call's time as the manifest allows it.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn database(&self, call_timeout: Duration) -> Result<SqlSettings, ConfigError> {
        let address: Address = self.address.parse()?;
        // The procedures take local time from the session.
        let time_zone = match address.dialect {
            Dialect::Postgres => "Asia/Dubai",
            Dialect::MariaDb => "+04:00",
        };
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|source| ConfigError::Authorities { path: path.clone(), source })
        };
        let authorities_pem = self.authorities_file.as_ref().map(read).transpose()?;
        let mut settings = SqlSettings::new(address, &self.username, self.password.clone());
        settings.trust = if self.tls { Trust::Verified { authorities_pem } } else { Trust::Plain };
        settings.max_connections = self.connections.unwrap_or(CONNECTIONS);
        settings.connect_timeout = self.connect_timeout.map_or(settings.connect_timeout, Into::into);
        settings.time_zone = Some(time_zone);
        Ok(settings.within(call_timeout))
    }

    /// The code page of the department's texts.
    ///
    /// # Errors
    /// It is not known.
    pub fn legacy_text(&self) -> Result<LegacyText, ConfigError> {
        let held_as = match self.address.parse::<Address>()?.dialect {
            Dialect::Postgres => HeldAs::Latin1,
            Dialect::MariaDb => HeldAs::Windows1252,
        };
        LegacyText::new(&self.text, held_as).map_err(|_| ConfigError::Text(self.text.clone()))
    }

    /// How often the status table is looked at.
    ///
    /// # Errors
    /// Without a pause.
    pub fn poll_every(&self) -> Result<Duration, ConfigError> {
        let pause = self.poll_every.map_or(POLL_EVERY, Into::into);
        if pause.is_zero() { Err(ConfigError::PollEvery) } else { Ok(pause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> Config {
        let text = format!("username = \"jisr\"\npassword = {{ env = \"PATH\" }}\n{more}");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        let config = config("address = \"postgresql://licensing.example/economy\"");
        assert!(config.tls);
        assert_eq!(config.poll_every().unwrap(), POLL_EVERY);
        assert_eq!(config.legacy_text().unwrap(), LegacyText::new("windows-1256", HeldAs::Latin1).unwrap());
        let settings = config.database(Duration::from_secs(10)).unwrap();
        assert!(settings.work_timeout + settings.commit_timeout < Duration::from_secs(10));
        assert_eq!(settings.trust, Trust::Verified { authorities_pem: None });
        assert!(!format!("{config:?}{settings:?}").contains(config.password.reveal()));
    }

    #[test]
    fn mistakes_are_named() {
        let said = |more: &str| {
            let config = config(more);
            let database = config.database(Duration::from_secs(10)).map(drop);
            let rest = config.legacy_text().map(drop).and(config.poll_every().map(drop));
            database.and(rest).unwrap_err().to_string()
        };
        assert!(said("address = \"http://x/y\"").starts_with("address:"));
        assert!(said("address = \"mariadb://me:secret@x/y\"").starts_with("address:"));
        let good = "address = \"mariadb://x/y\"";
        assert!(said(&format!("{good}\ntext = \"klingon\"")).starts_with("text:"));
        assert!(said(&format!("{good}\npoll_every = \"0s\"")).starts_with("poll_every:"));
        assert!(said(&format!("{good}\nauthorities_file = \"/nowhere\"")).starts_with("authorities_file:"));
        let typo = format!("username = \"j\"\npassword = {{ env = \"PATH\" }}\n{good}\npol_every = \"1s\"");
        assert!(toml::from_str::<Config>(&typo).unwrap_err().to_string().contains("pol_every"));
    }
}
