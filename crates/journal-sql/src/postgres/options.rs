//! Where the database is, who we are there, and how patient.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

/// Everything a [`PostgresJournal`](crate::PostgresJournal) needs to know.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgresql://host:port/database`, without credentials; `?sslmode=require` and the like are understood.
    pub address: String,
    /// The database's user.
    pub username: String,
    /// Its password, if it has one.
    pub password: Option<Arc<str>>,
    /// The only authorities whose certificates are believed, PEM; without them, those of the operating system. With
    /// them, a connection without TLS is refused.
    pub authorities: Option<String>,
    /// The schema that holds the journal; made when it is missing.
    pub schema: String,
    /// Connections for reading and for small changes, beside the one that writes and the one that listens.
    pub connections: usize,
    /// No further write joins a batch that has this many.
    pub max_batch: usize,
    /// How long one question may take, reconnecting included, before the database counts as down.
    pub patience: Duration,
    /// A process whose session has ended counts as gone when it was not seen for so long.
    pub silent: Duration,
    /// A process not seen for so long counts as gone whatever its session says: it stands still. Longer than the broker
    /// takes to close the connection of a process that stands still.
    pub frozen: Duration,
}

impl PostgresOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(address: impl Into<String>, username: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            username: username.into(),
            password: None,
            authorities: None,
            schema: "jisr".to_owned(),
            connections: 3,
            max_batch: 512,
            patience: Duration::from_secs(10),
            silent: Duration::from_secs(6),
            frozen: Duration::from_secs(40),
        }
    }

    /// The address as the driver wants it.
    pub(super) fn config(&self) -> Result<Config, OpenError> {
        let wrong = |why: &str| OpenError::Options(format!("{why}: {}", self.address));
        if self.address.contains('@') {
            return Err(OpenError::Options("the database's address must not hold a user or a password".to_owned()));
        }
        let mut config: Config = self.address.parse().map_err(|error: tokio_postgres::Error| {
            wrong(&format!("the database's address is not postgresql://host[:port]/database ({error})"))
        })?;
        if config.get_hosts().is_empty() {
            return Err(wrong("the database's address names no host"));
        }
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.schema.is_empty() || self.schema.len() > 48 || !self.schema.chars().all(named) {
            let schema = &self.schema;
            let why = format!("a schema is named with a-z, 0-9 and _, at most 48 of them, not `{schema}`");
            return Err(OpenError::Options(why));
        }
        config.user(&self.username).application_name("jisr").connect_timeout(self.patience);
        config.keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(self.patience * 2);
        if let Some(password) = &self.password {
            config.password(password.as_bytes());
        }
        if self.authorities.is_some() {
            config.ssl_mode(SslMode::Require);
        }
        Ok(config)
    }

    /// How connections are encrypted, where the server can.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, OpenError> {
        let unreadable =
            |why: String| OpenError::Options(format!("the authorities' certificates are not usable: {why}"));
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                    roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(unreadable("there is none in the file".to_owned()));
                }
            }
            // None at all is an error only of a connection that is encrypted.
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unreadable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, username, schema, .. } = self;
        f.debug_struct("PostgresOptions")
            .field("address", address)
            .field("username", username)
            .field("schema", schema)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_before_connecting() {
        let refused = |options: PostgresOptions| options.config().map(drop).unwrap_err().to_string();
        let of = |address: &str| PostgresOptions::new(address, "jisr");
        assert!(refused(of("postgresql://a:b@db/jisr")).contains("must not hold a user"));
        assert!(refused(of("mysql://db/jisr")).contains("is not postgresql://"));
        let schema = PostgresOptions { schema: "Jisr; DROP".to_owned(), ..of("postgresql://db/jisr") };
        assert!(refused(schema).contains("a schema is named with"));
        assert!(of("postgresql://db:5433/jisr?sslmode=require").config().is_ok());
        let options = PostgresOptions { password: Some("sesame".into()), ..of("postgresql://db/jisr") };
        assert!(!format!("{options:?}").contains("sesame"));
        let garbled = PostgresOptions { authorities: Some("no PEM".to_owned()), ..of("postgresql://db/jisr") };
        assert!(garbled.tls().map(drop).unwrap_err().to_string().contains("there is none in the file"));
    }
}
