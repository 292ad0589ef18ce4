//! A client of one system's MLLP port: few connections, used again while they live, one message at a time on each.
//!
//! Nothing is sent twice here. A message that has left and is not acknowledged is in doubt.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ack::Acknowledgement;
use super::charset::CharacterSet;
use super::connection::{Connection, Stream};
use super::error::{CallError, Doubtful, NotSent};
use super::frame::wrap;
use super::message::Limits;
use crate::connectors::http::tls::client_config;
use crate::connectors::http::{TlsSettings, TlsSetupError};

/// How one system is called.
#[derive(Clone, Debug)]
pub struct MllpSettings {
    /// `host:port`.
    pub address: String,
    /// TLS, where the system speaks it.
    pub tls: Option<TlsSettings>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for an acknowledgement.
    pub call_timeout: Duration,
    /// Connections at a time: interface engines often allow one.
    pub connections: usize,
    /// A connection idle for longer is not used again: firewalls forget it without a word.
    pub keep_idle: Duration,
    /// Of messages either way.
    pub limits: Limits,
    /// In which acknowledgements come that do not say.
    pub charset: CharacterSet,
}

impl MllpSettings {
    /// The defaults for a system at `host:port`.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            tls: None,
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            connections: 2,
            keep_idle: Duration::from_secs(30),
            limits: Limits::default(),
            charset: CharacterSet::UTF_8,
        }
    }
}

/// A client. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct MllpClient(Arc<Inner>);

struct Inner {
    settings: MllpSettings,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    calls: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl fmt::Debug for MllpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("MllpClient").field(&self.0.settings).finish()
    }
}

impl MllpClient {
    /// A client with these settings. Opens no connection yet.
    ///
    /// # Errors
    /// The TLS settings cannot be used, or the address is no name to check a certificate against.
    pub fn new(settings: MllpSettings) -> Result<Self, TlsSetupError> {
        let tls = match &settings.tls {
            None => None,
            Some(tls) => {
                let host = settings.address.rsplit_once(':').map_or(&*settings.address, |(host, _)| host);
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
                    .map_err(|_| TlsSetupError::Tls(rustls::Error::General("the address is no host name".into())))?;
                Some((TlsConnector::from(Arc::new(client_config(tls)?)), name))
            }
        };
        let calls = Semaphore::new(settings.connections.max(1));
        Ok(Self(Arc::new(Inner { settings, tls, calls, idle: Mutex::default() })))
    }

    /// Sends one message and waits for the acknowledgement of its control id (MSH-10).
    ///
    /// # Errors
    /// [`CallError`]: certainly not sent, or perhaps processed.
    pub async fn call(&self, control_id: &str, message: &[u8]) -> Result<Acknowledgement, CallError> {
        let MllpSettings { connect_timeout, call_timeout, limits, .. } = self.0.settings;
        if message.len() > limits.message {
            return Err(CallError::NotSent(NotSent::TooLarge(limits.message)));
        }
        let Ok(_permit) = timeout(connect_timeout, self.0.calls.acquire()).await else {
            return Err(CallError::NotSent(NotSent::Busy(connect_timeout)));
        };
        let mut connection = match self.0.reuse().await {
            Some(connection) => connection,
            None => self.0.connect().await?,
        };
        match timeout(call_timeout, connection.exchange(&wrap(message), control_id)).await {
            Ok(answered) => {
                let acknowledgement = answered?;
                self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                Ok(acknowledgement)
            }
            Err(_) => Err(CallError::Doubtful(Doubtful::Timeout(call_timeout))),
        }
    }
}

impl Inner {
    /// A connection from an earlier call that still lives.
    async fn reuse(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if connection.idle_since.elapsed() < self.settings.keep_idle && connection.is_usable().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, CallError> {
        let limit = self.settings.connect_timeout;
        let connected = async {
            let stream = TcpStream::connect(&self.settings.address).await?;
            stream.set_nodelay(true)?;
            let mut stream = match &self.tls {
                None => Stream::Plain(stream),
                Some((connector, name)) => Stream::Tls(Box::new(connector.connect(name.clone(), stream).await?)),
            };
            stream.accepted().await?;
            io::Result::Ok(stream)
        };
        match timeout(limit, connected).await {
            Ok(Ok(stream)) => Ok(Connection::new(stream, self.settings.limits, self.settings.charset)),
            Ok(Err(error)) => Err(CallError::NotSent(NotSent::Connect(error))),
            Err(_) => Err(CallError::NotSent(NotSent::ConnectTimeout(limit))),
        }
    }
}

#[cfg(test)]
impl MllpClient {
    /// Connections that are not in use.
    pub(super) fn free(&self) -> usize {
        self.0.calls.available_permits()
    }

    /// Waits a moment for what the far side does to the idle connections behind its answer; none may come.
    pub(super) async fn settle(&self) {
        for _ in 0..20 {
            let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut connection) = idle else { return };
            let lives = connection.is_usable().await;
            self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            if !lives {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}
