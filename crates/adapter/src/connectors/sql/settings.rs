//! Where a database is, who we are there, and every limit of a call.

use std::str::FromStr;
use std::time::Duration;

use http::Uri;

use crate::connectors::Secret;

/// What the database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL: statements with `$1`.
    Postgres,
    /// MariaDB or MySQL: statements with `?`.
    MariaDb,
}

/// Host, port and database; without credentials, so that it may be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What it speaks.
    pub dialect: Dialect,
    /// Name or number of the host.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Name of the database.
    pub database: String,
}

/// A text is no address of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be postgresql://host:port/database or mariadb://host:port/database, without credentials")]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError)?;
        let (dialect, port) = match uri.scheme_str() {
            Some("postgresql" | "postgres") => (Dialect::Postgres, 5432),
            Some("mariadb" | "mysql") => (Dialect::MariaDb, 3306),
            _ => return Err(AddressError),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(AddressError)?;
        let database = uri.path().trim_start_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if database.is_empty() || !database.chars().all(plain) || uri.query().is_some() || authority.host().is_empty() {
            return Err(AddressError);
        }
        Ok(Self {
            dialect,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(port),
            database: database.to_owned(),
        })
    }
}

/// Whether and whom to trust on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// TLS, and the certificate must be the host's: signed by a public authority or by one of these (PEM).
    Verified {
        /// Authorities in addition to the public ones.
        authorities_pem: Option<Vec<u8>>,
    },
    /// No TLS: for a database on the same machine or behind a tunnel.
    Plain,
}

/// Everything about one database. Times and sizes have defaults that suit a department's line-of-business system.
#[derive(Clone, Debug)]
pub struct SqlSettings {
    /// Where it is.
    pub address: Address,
    /// The account that the department gave us.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// TLS.
    pub trust: Trust,
    /// Most connections at a time.
    pub max_connections: u16,
    /// Longest time to a free, open and authenticated connection.
    pub connect_timeout: Duration,
    /// Longest time from the first statement to the moment COMMIT leaves; the far side ends each statement by it too.
    pub work_timeout: Duration,
    /// Longest wait for COMMIT's answer. What is not answered by then is in doubt.
    pub commit_timeout: Duration,
    /// After so long without a word from us the far side rolls an open transaction back: what a call may last beyond our
    /// own limits.
    pub abandoned_after: Duration,
    /// A connection unused for so long is not used again.
    pub keep_idle: Duration,
    /// Most rows of one answer.
    pub max_rows: usize,
    /// Most bytes of one answer, all rows and columns together.
    pub max_bytes: usize,
    /// The session's time zone, as the database names it: for procedures that take local time from the session. Nothing
    /// leaves MariaDB its own and gives PostgreSQL UTC.
    pub time_zone: Option<&'static str>,
}

impl SqlSettings {
    /// Settings with every default: verified TLS, 8 connections, 3 s to connect, 8 s of work, 2 s for COMMIT.
    #[must_use]
    pub fn new(address: Address, username: impl Into<String>, password: Secret) -> Self {
        Self {
            address,
            username: username.into(),
            password,
            trust: Trust::Verified { authorities_pem: None },
            max_connections: 8,
            connect_timeout: Duration::from_secs(3),
            work_timeout: Duration::from_secs(8),
            commit_timeout: Duration::from_secs(2),
            abandoned_after: Duration::from_secs(5),
            keep_idle: Duration::from_secs(30),
            max_rows: 1_000,
            max_bytes: 1024 * 1024,
            time_zone: None,
        }
    }

    /// Divides what the adapter's manifest allows for a call: four fifths for the work, the rest for COMMIT, so that what
    /// is slow is ended by us, before COMMIT and without doubt.
    #[must_use]
    pub fn within(mut self, call_timeout: Duration) -> Self {
        self.work_timeout = call_timeout * 4 / 5;
        self.commit_timeout = call_timeout / 6;
        self.connect_timeout = self.connect_timeout.min(call_timeout / 2);
        self
    }
}

/// Settings that cannot be used; found at start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlSetupError {
    /// Nobody.
    #[error("username: is empty")]
    Username,
    /// A limit of nothing.
    #[error("{0}: must be more than nothing")]
    Nothing(&'static str),
    /// A name that is no time zone.
    #[error("time_zone: {0:?} is no time zone")]
    TimeZone(&'static str),
    /// A PEM text without a certificate.
    #[error("authorities_file: holds no usable PEM certificate")]
    Authorities,
}

impl SqlSettings {
    pub(super) fn check(&self) -> Result<(), SqlSetupError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;
        if self.username.trim().is_empty() {
            return Err(SqlSetupError::Username);
        }
        let times = [
            ("connect_timeout", self.connect_timeout),
            ("work_timeout", self.work_timeout),
            ("commit_timeout", self.commit_timeout),
            ("abandoned_after", self.abandoned_after),
        ];
        // The databases count in milliseconds, and take 0 for "no limit".
        if let Some((key, _)) = times.iter().find(|(_, time)| time.as_millis() == 0) {
            return Err(SqlSetupError::Nothing(key));
        }
        if self.max_connections == 0 {
            return Err(SqlSetupError::Nothing("max_connections"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':');
        if let Some(zone) = self.time_zone.filter(|zone| zone.is_empty() || !zone.chars().all(plain)) {
            return Err(SqlSetupError::TimeZone(zone));
        }
        if let Trust::Verified { authorities_pem: Some(pem) } = &self.trust {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            if certificates.map_or(true, |certificates| certificates.is_empty()) {
                return Err(SqlSetupError::Authorities);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_credentials_in_them_refused() {
        let address = |text: &str| text.parse::<Address>();
        let expected =
            Address { dialect: Dialect::Postgres, host: "db.example".into(), port: 5432, database: "economy".into() };
        assert_eq!(address("postgresql://db.example/economy"), Ok(expected.clone()));
        assert_eq!(address("postgres://db.example:5432/economy"), Ok(expected));
        let expected = Address { dialect: Dialect::MariaDb, host: "::1".into(), port: 3307, database: "e".into() };
        assert_eq!(address("mariadb://[::1]:3307/e"), Ok(expected));
        for text in
            ["", "db.example", "http://x/y", "mysql://x", "mysql://x/", "mysql://me:secret@x/y", "mysql://x/y?z=1"]
        {
            assert_eq!(address(text), Err(AddressError), "{text}");
        }
    }

    #[test]
    fn mistakes_are_found_before_anything_is_opened() {
        let good = SqlSettings::new("mysql://x/y".parse().unwrap(), "jisr", Secret::new("sesame"));
        assert_eq!(good.check(), Ok(()));
        assert!(!format!("{good:?}").contains("sesame"));
        let bad = |change: fn(&mut SqlSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert!(bad(|settings| settings.username = " ".into()).starts_with("username:"));
        assert!(bad(|settings| settings.work_timeout = Duration::from_micros(1)).starts_with("work_timeout:"));
        assert!(bad(|settings| settings.max_connections = 0).starts_with("max_connections:"));
        assert!(bad(|settings| settings.time_zone = Some("x'; DROP")).starts_with("time_zone:"));
        let none = |settings: &mut SqlSettings| settings.trust = Trust::Verified { authorities_pem: Some(b"x".into()) };
        assert!(bad(none).starts_with("authorities_file:"));
    }
}
