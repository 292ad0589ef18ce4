//! SFTP version 3 over SSH: connecting, knowing the server, logging in.

mod session;

use std::fmt;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use russh::client::{self, AuthResult};
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate, ssh_key};
use russh_sftp::client::{Config as SftpConfig, RawSftpSession};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Limits, NotDone, Session, TransferError, Transport};
use crate::connectors::Secret;
use session::SftpSession;

/// Largest packet that is taken from a server. Requests ask for 32 KiB at a time; the rest is room for listings.
const MAX_PACKET_BYTES: u32 = 256 * 1024;

/// What must be known about a server.
#[derive(Clone, Debug)]
pub struct SftpSettings {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account.
    pub user: String,
    /// How we show who we are.
    pub login: Login,
    /// The keys by which the server shows who it is; no other is ever accepted.
    pub host_keys: Vec<HostKey>,
    /// What is never exceeded.
    pub limits: Limits,
}

/// How we show who we are.
#[derive(Clone, Debug)]
pub enum Login {
    /// A password.
    Password(Secret),
    /// A private key in OpenSSH's format: Ed25519 or ECDSA.
    Key {
        /// The text of its file.
        key: Secret,
        /// What it is encrypted with, if it is.
        passphrase: Option<Secret>,
    },
}

/// A key of a server: `ssh-ed25519 AAAA…` as in its `.pub` file, or `SHA256:…` as `ssh-keygen -l` prints it.
#[derive(Clone, PartialEq, Eq)]
pub enum HostKey {
    /// The key.
    Key(Box<PublicKey>),
    /// Its fingerprint.
    Fingerprint(ssh_key::Fingerprint),
}

/// A text is no host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no host key: give a line such as ssh-ed25519 AAAA… or a fingerprint such as SHA256:…")]
pub struct HostKeyError;

impl std::str::FromStr for HostKey {
    type Err = HostKeyError;

    fn from_str(text: &str) -> Result<Self, HostKeyError> {
        if text.starts_with("SHA256:") {
            return text.parse().map(Self::Fingerprint).map_err(|_| HostKeyError);
        }
        PublicKey::from_openssh(text.trim()).map(|key| Self::Key(Box::new(key))).map_err(|_| HostKeyError)
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{}", key.fingerprint(HashAlg::Sha256)),
            Self::Fingerprint(fingerprint) => write!(f, "{fingerprint}"),
        }
    }
}

impl HostKey {
    fn is(&self, shown: &PublicKey) -> bool {
        match self {
            Self::Key(key) => key.key_data() == shown.key_data(),
            Self::Fingerprint(fingerprint) => shown.fingerprint(HashAlg::Sha256) == *fingerprint,
        }
    }
}

/// A server as a transport. Opens no connection before it is asked to, and keeps none.
#[derive(Clone, Debug)]
pub struct Sftp {
    settings: Arc<SftpSettings>,
    key: Option<Arc<PrivateKey>>,
    ssh: Arc<client::Config>,
}

impl Sftp {
    /// A server with these settings.
    ///
    /// # Errors
    /// [`NotDone::Settings`]: no host key is given, or our key cannot be read.
    pub fn new(settings: SftpSettings) -> Result<Self, NotDone> {
        if settings.host_keys.is_empty() {
            return Err(NotDone::Settings("no host key is given, and an unknown server is never trusted".into()));
        }
        let key = match &settings.login {
            Login::Password(_) => None,
            Login::Key { key, passphrase } => {
                let key = russh::keys::decode_secret_key(key.reveal(), passphrase.as_ref().map(Secret::reveal));
                Some(Arc::new(key.map_err(|error| NotDone::Settings(format!("our key cannot be read: {error}")))?))
            }
        };
        let mut ssh = client::Config { nodelay: true, ..client::Config::default() };
        // A server with several keys is asked for one that we know.
        let algorithm = |host_key: &HostKey| match host_key {
            HostKey::Key(key) => Some(key.algorithm()),
            HostKey::Fingerprint(_) => None,
        };
        let known: Option<Vec<Algorithm>> = settings.host_keys.iter().map(algorithm).collect();
        if let Some(known) = known {
            ssh.preferred.key = known.into();
        }
        Ok(Self { settings: Arc::new(settings), key, ssh: Arc::new(ssh) })
    }

    async fn connect(&self) -> Result<SftpSession, TransferError> {
        let SftpSettings { host, port, limits, .. } = &*self.settings;
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(connect)?;
        stream.set_nodelay(true).map_err(connect)?;
        let (stream, line) = Line::of(stream).map_err(connect)?;
        let shown = Arc::new(Mutex::new(None));
        let guard = Guard { accepted: self.settings.host_keys.clone(), refused: shown.clone() };
        let mut handle = client::connect_stream(self.ssh.clone(), stream, guard).await.map_err(|error| {
            let refused = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
            refused.map_or_else(|| connect(error), |fingerprint| NotDone::HostKey(fingerprint).into())
        })?;
        self.log_in(&mut handle).await?;
        let channel = handle.channel_open_session().await.map_err(connect)?;
        channel.request_subsystem(true, "sftp").await.map_err(connect)?;
        let config = SftpConfig {
            max_packet_len: MAX_PACKET_BYTES,
            // In whole seconds there; the exact limit is kept by the session.
            request_timeout_secs: limits.request_timeout.as_secs() + 1,
            ..SftpConfig::default()
        };
        let sftp = RawSftpSession::new_with_config(channel.into_stream(), config);
        let version = sftp.init().await.map_err(connect)?;
        Ok(SftpSession::new(sftp, &version.extensions, handle, line, *limits))
    }

    async fn log_in(&self, handle: &mut client::Handle<Guard>) -> Result<(), TransferError> {
        let user = self.settings.user.clone();
        let result = match (&self.settings.login, &self.key) {
            (Login::Key { .. }, Some(key)) => {
                handle.authenticate_publickey(user, PrivateKeyWithHashAlg::new(key.clone(), None)).await
            }
            (Login::Password(password), _) => handle.authenticate_password(user, password.reveal()).await,
            (Login::Key { .. }, None) => return Err(NotDone::Login.into()),
        };
        match result.map_err(connect)? {
            AuthResult::Success => Ok(()),
            AuthResult::Failure { .. } => Err(NotDone::Login.into()),
        }
    }
}

#[async_trait]
impl Transport for Sftp {
    async fn open(&self) -> Result<Box<dyn Session>, TransferError> {
        let limit: Duration = self.settings.limits.connect_timeout;
        match timeout(limit, self.connect()).await {
            Ok(session) => Ok(Box::new(session?)),
            Err(_) => Err(NotDone::ConnectTimeout(limit).into()),
        }
    }
}

fn connect(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransferError {
    NotDone::Connect(error.into()).into()
}

/// Accepts the keys of the configuration and no others.
pub(super) struct Guard {
    accepted: Vec<HostKey>,
    /// The fingerprint that was turned away.
    refused: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let fingerprint = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } if self.accepted.iter().any(|known| known.is(key)) => {
                return Ok(true);
            }
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256).to_string(),
            PublicKeyOrCertificate::Certificate(_) => "of a certificate".to_owned(),
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        Ok(false)
    }
}

/// The connection itself. Dropped, nothing more leaves by it, whatever the tasks of the protocol still hold.
pub(super) struct Line(std::net::TcpStream);

impl Line {
    fn of(stream: TcpStream) -> std::io::Result<(TcpStream, Self)> {
        let stream = stream.into_std()?;
        let line = Self(stream.try_clone()?);
        Ok((TcpStream::from_std(stream)?, line))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It may be closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
