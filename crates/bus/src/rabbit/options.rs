//! Where the broker is, who we are there, and how patient.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jisr_core::name::DepartmentId;
use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};

use super::pack;

/// What the options are not fit for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RabbitOptionsError {
    /// Not `amqp[s]://host[:port][/vhost]`.
    #[error("the broker's address is not amqp[s]://host[:port][/vhost]: {0}")]
    Address(String),
    /// A user or password in the address, where every log and support ticket shows it.
    #[error("the broker's address must not hold a user or a password")]
    CredentialsInAddress,
    /// Certificates are for `amqps` only.
    #[error("certificates are given, but the broker's address is not amqps")]
    CertificateWithoutTls,
    /// EXTERNAL means that the certificate is the password.
    #[error("login by certificate needs a certificate")]
    CertificateMissing,
    /// A certificate or key that cannot be read as PEM.
    #[error("{0} is not readable as PEM: {1}")]
    Pem(&'static str, String),
    /// A name too long for AMQP, or a window of nothing.
    #[error("{0}")]
    Value(&'static str),
}

/// What this end of the bus is to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The engine's end: declares the topology, publishes to departments, consumes replies.
    Engine {
        /// Departments whose queues are declared at once; any other is declared when it is first addressed.
        departments: Vec<DepartmentId>,
    },
    /// The end of one department's adapter: declares nothing, consumes its own queue, publishes to the engine.
    Adapter(DepartmentId),
}

/// A password, printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Arc<str>);

impl Password {
    /// Takes a password that was read from a file or the environment.
    pub fn new(password: impl Into<Arc<str>>) -> Self {
        Self(password.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How we say who we are. The user's name goes on every message (`user-id`), and the broker checks it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// SASL PLAIN.
    Password {
        /// The broker's user.
        username: String,
        /// Its password.
        password: Password,
    },
    /// SASL EXTERNAL: the client certificate says it (`rabbitmq_auth_mechanism_ssl`).
    Certificate {
        /// The broker's user that it makes of the certificate.
        username: String,
    },
}

impl Login {
    pub(super) fn username(&self) -> &str {
        match self {
            Self::Password { username, .. } | Self::Certificate { username } => username,
        }
    }
}

/// A client certificate with its key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and what stands between it and the authority, PEM.
    pub chain: String,
    /// Its private key, PEM (PKCS#8, PKCS#1 or SEC 1).
    pub key: Password,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

/// Everything a [`RabbitBus`](crate::RabbitBus) needs to know.
#[derive(Clone, Debug)]
pub struct RabbitOptions {
    /// `amqp[s]://host[:port][/vhost]`, the vhost percent-encoded (`%2f` is the default one); no credentials.
    pub address: String,
    /// Who we are.
    pub login: Login,
    /// The certificate we show, if any.
    pub certificate: Option<ClientCertificate>,
    /// The only authorities whose certificates are believed, PEM; without them, those of the operating system.
    pub authorities: Option<String>,
    /// What we are.
    pub role: Role,
    /// Put before every name on the broker, so that installations (and tests) can share a virtual host. May be empty.
    pub prefix: String,
    /// Messages to one address that may be unconfirmed at a time; more wait.
    pub window: usize,
    /// AMQP heartbeat, in whole seconds: a connection silent for twice as long is given up.
    pub heartbeat: Duration,
    /// How long a publish may wait for the broker, and the broker for its answer to anything else.
    pub patience: Duration,
    /// The longest message, in bytes; RabbitMQ 4 takes 16 MiB unless told otherwise.
    pub max_message: usize,
    /// Most messages that travel as one from here, to receivers that take so many; 1 is never. No more than 128 do.
    pub max_pack: u16,
}

impl RabbitOptions {
    /// The usual settings: window 1 024, heartbeat 10 s, patience 15 s, messages up to 16 MiB, packs up to 128
    /// messages, no prefix.
    pub fn new(address: impl Into<String>, login: Login, role: Role) -> Self {
        Self {
            address: address.into(),
            login,
            certificate: None,
            authorities: None,
            role,
            prefix: String::new(),
            window: 1_024,
            heartbeat: Duration::from_secs(10),
            patience: Duration::from_secs(15),
            max_message: 16 * 1024 * 1024,
            max_pack: pack::MOST_MESSAGES,
        }
    }

    /// The address as lapin wants it, with the credentials.
    pub(super) fn uri(&self) -> Result<AMQPUri, RabbitOptionsError> {
        let uri = self.address.parse::<AMQPUri>().map_err(RabbitOptionsError::Address)?;
        // Whatever lapin makes of a user that is not there: a text without `@` has none.
        if self.address.contains('@') {
            return Err(RabbitOptionsError::CredentialsInAddress);
        }
        let mut uri = uri;
        uri.query.heartbeat = Some(u16::try_from(self.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1));
        match &self.login {
            Login::Password { username, password } => {
                uri.authority.userinfo.username.clone_from(username);
                password.reveal().clone_into(&mut uri.authority.userinfo.password);
            }
            Login::Certificate { .. } => {
                uri.authority.userinfo.username.clear();
                uri.authority.userinfo.password.clear();
                uri.query.auth_mechanism = Some(SASLMechanism::External);
            }
        }
        Ok(uri)
    }

    /// Everything that can be said about the options without asking the broker.
    pub(super) fn check(&self) -> Result<(), RabbitOptionsError> {
        let uri = self.uri()?;
        let tls = uri.scheme == AMQPScheme::AMQPS;
        if !tls && (self.certificate.is_some() || self.authorities.is_some()) {
            return Err(RabbitOptionsError::CertificateWithoutTls);
        }
        if matches!(self.login, Login::Certificate { .. }) && self.certificate.is_none() {
            return Err(RabbitOptionsError::CertificateMissing);
        }
        if tls {
            super::tls::connector(self)?;
        }
        if self.prefix.len() > 100 || self.login.username().len() > 200 {
            return Err(RabbitOptionsError::Value("the prefix or the user's name is too long for AMQP"));
        }
        if self.window == 0 {
            return Err(RabbitOptionsError::Value("the window must let at least one message through"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(address: &str) -> RabbitOptions {
        let login = Login::Password { username: "jisr".into(), password: Password::new("sesame") };
        RabbitOptions::new(address, login, Role::Engine { departments: Vec::new() })
    }

    #[test]
    fn credentials_reach_the_broker_and_nothing_else() {
        let options = options("amqp://rabbit.gov.ae:5673/jisr");
        options.check().unwrap();
        let uri = options.uri().unwrap();
        assert_eq!((uri.authority.host.as_str(), uri.authority.port), ("rabbit.gov.ae", 5673));
        assert_eq!((uri.vhost.as_str(), uri.authority.userinfo.password.as_str()), ("jisr", "sesame"));
        assert!(!format!("{options:?}").contains("sesame"));
    }

    #[test]
    fn what_cannot_work_is_refused_before_connecting() {
        let check = |options: RabbitOptions| options.check().unwrap_err();
        assert!(matches!(check(options("http://x")), RabbitOptionsError::Address(_)));
        assert_eq!(check(options("amqp://a:b@x")), RabbitOptionsError::CredentialsInAddress);
        let authorities = RabbitOptions { authorities: Some(String::new()), ..options("amqp://x") };
        assert_eq!(check(authorities), RabbitOptionsError::CertificateWithoutTls);
        let login = Login::Certificate { username: "x".into() };
        assert_eq!(check(RabbitOptions { login, ..options("amqps://x") }), RabbitOptionsError::CertificateMissing);
        let garbled = RabbitOptions { authorities: Some("no PEM".into()), ..options("amqps://x") };
        assert!(matches!(check(garbled), RabbitOptionsError::Pem(..)));
        assert!(matches!(check(RabbitOptions { window: 0, ..options("amqp://x") }), RabbitOptionsError::Value(_)));
    }
}
