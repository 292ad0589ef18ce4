//! One connection with one session: how it is opened, and how a failure to open it reads.

use std::time::Duration;

use fe2o3_amqp::connection::{ConnectionHandle, OpenError};
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp::{Connection, Session};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::{NotSent, Said};
use super::settings::AmqpSettings;
use crate::connectors::http::tls::client_config;

/// The largest frame we take. A broker cuts larger messages into several.
const MAX_FRAME_BYTES: u32 = 64 << 10;
/// How long a broker may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// An open connection with its session.
pub(super) struct Line {
    connection: ConnectionHandle<()>,
    pub(super) session: SessionHandle<()>,
}

impl Line {
    /// Opens one, within the connect timeout. Whatever goes wrong, nothing has been sent.
    pub(super) async fn open(settings: &AmqpSettings) -> Result<Self, NotSent> {
        let limit = settings.connect_timeout;
        timeout(limit, open(settings)).await.unwrap_or(Err(NotSent::ConnectTimeout(limit)))
    }

    /// Whether it is known to have ended.
    pub(super) fn is_over(&self) -> bool {
        self.connection.is_closed() || self.session.is_ended()
    }

    /// Takes leave of the broker, if it is there to listen.
    pub(super) async fn close(mut self) {
        let goodbye = async {
            let _ = self.session.end().await;
            let _ = self.connection.close().await;
        };
        // A broker that does not answer is left without a word: dropped handles close the connection too.
        let _ = timeout(FAREWELL, goodbye).await;
    }
}

async fn open(settings: &AmqpSettings) -> Result<Line, NotSent> {
    let address = &settings.address;
    let connect = |error: std::io::Error| NotSent::Connect(error.into());
    let tcp = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(connect)?;
    tcp.set_nodelay(true).map_err(connect)?;
    let connection = if address.tls {
        let config = client_config(&settings.tls).map_err(|error| NotSent::Connect(error.into()))?;
        let name = ServerName::try_from(address.host.clone()).map_err(|error| NotSent::Connect(error.into()))?;
        let connector = TlsConnector::from(std::sync::Arc::new(config));
        greet(settings, connector.connect(name, tcp).await.map_err(connect)?).await
    } else {
        greet(settings, tcp).await
    };
    let mut connection = connection.map_err(refused)?;
    let session = Session::begin(&mut connection).await.map_err(|error| NotSent::Connect(error.into()))?;
    Ok(Line { connection, session })
}

async fn greet<Io>(settings: &AmqpSettings, stream: Io) -> Result<ConnectionHandle<()>, OpenError>
where
    Io: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
{
    let profile = match &settings.login {
        Some(login) => {
            SaslProfile::Plain { username: login.username.clone(), password: login.password.reveal().to_owned() }
        }
        None => SaslProfile::Anonymous,
    };
    let idle = u32::try_from(settings.idle_timeout.as_millis()).unwrap_or(u32::MAX);
    Connection::builder()
        .container_id(settings.container.clone())
        .hostname(settings.address.host.as_str())
        .max_frame_size(MAX_FRAME_BYTES)
        .idle_time_out(idle)
        .sasl_profile(profile)
        .open_with_stream(stream)
        .await
}

fn refused(error: OpenError) -> NotSent {
    match error {
        OpenError::SaslError { .. } => NotSent::Credentials,
        OpenError::RemoteClosed => NotSent::Refused(Said::nothing()),
        OpenError::RemoteClosedWithError(error) => NotSent::Refused(Said::from(&error)),
        error => NotSent::Connect(error.into()),
    }
}
