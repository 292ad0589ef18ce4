//! One connection to the broker, that can be told to end and does.

use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{Stream, StreamExt as _};
use lapin::tcp::{AMQPUriTcpExt as _, AsyncTcpStream, TLSConfig};
use lapin::uri::AMQPScheme;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::time::{Interval, MissedTickBehavior};

use super::options::RabbitOptions;
use super::tls;
use super::trouble::Trouble;

/// A lost connection is noticed by its event; should that not come, by a look so often.
const LOOK: Duration = Duration::from_secs(1);

/// The socket below a connection.
#[derive(Default)]
enum Socket {
    /// Not connected yet.
    #[default]
    Awaited,
    /// A second handle on it.
    Open(TcpStream),
    /// Nobody wants it any more.
    Unwanted,
}

/// Shuts the socket when dropped: lapin's thread then ends, whatever state it is in, and does not wait for an answer
/// of a broker that stands still.
#[derive(Default)]
struct Guard(Arc<Mutex<Socket>>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Socket::Open(open) = std::mem::replace(&mut *socket, Socket::Unwanted) {
            // It may be closed already.
            let _ = open.shutdown(Shutdown::Both);
        }
    }
}

/// Keeps a second handle on a new socket, unless nobody waits for it any more.
fn keep(socket: &Mutex<Socket>, twin: OwnedFd) -> std::io::Result<()> {
    let mut socket = socket.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*socket, Socket::Unwanted) {
        return Err(std::io::ErrorKind::ConnectionAborted.into());
    }
    *socket = Socket::Open(TcpStream::from(twin));
    Ok(())
}

/// See the module.
pub(super) struct Line {
    connection: Connection,
    events: std::pin::Pin<Box<dyn Stream<Item = Event> + Send + Sync>>,
    look: Interval,
    patience: Duration,
    _guard: Guard,
}

impl Line {
    /// Connects and logs in. `purpose` is what operators see at the broker.
    pub(super) async fn open(options: &RabbitOptions, purpose: &str) -> Result<Self, Trouble> {
        let refused = |error: super::options::RabbitOptionsError| Trouble::Refused(error.to_string());
        let uri = options.uri().map_err(refused)?;
        let tls = (uri.scheme == AMQPScheme::AMQPS).then(|| tls::connector(options)).transpose().map_err(refused)?;
        let properties = ConnectionProperties::default().with_connection_name(format!("jisr {purpose}").into());
        let guard = Guard::default();
        let socket = guard.0.clone();
        let runtime = lapin::runtime::default_runtime()?;
        let connecting = Connection::connector(
            uri,
            runtime,
            async move |uri, runtime| {
                let mut plain = uri.clone();
                plain.scheme = AMQPScheme::AMQP;
                let stream = plain.connect_with_config_async(TLSConfig::default(), &runtime).await?;
                if let AsyncTcpStream::Plain(stream) = &stream {
                    keep(&socket, stream.get_ref().as_fd().try_clone_to_owned()?)?;
                }
                match &tls {
                    Some(connector) => Ok(stream.into_rustls(connector, &uri.authority.host).await?),
                    None => Ok(stream),
                }
            },
            properties,
        );
        let connection = within(options.patience, connecting).await?;
        let events = Box::pin(connection.events_listener());
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { connection, events, look, patience: options.patience, _guard: guard })
    }

    /// A channel of its own.
    pub(super) async fn channel(&self) -> Result<Channel, Trouble> {
        within(self.patience, self.connection.create_channel()).await
    }

    /// Waits until the connection is no more, and says why. May be asked again after being dropped half-way.
    pub(super) async fn lost(&mut self) -> String {
        loop {
            if !self.connection.status().connected() {
                return "the connection to the broker was lost".into();
            }
            let event = tokio::select! {
                event = self.events.next() => event,
                _ = self.look.tick() => continue,
            };
            match event {
                Some(Event::Error(error)) => return error.to_string(),
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(reason, "the broker takes no messages for now");
                }
                Some(Event::ConnectionUnblocked) => tracing::info!("the broker takes messages again"),
                Some(_) => {}
                None => return "the connection to the broker was closed".into(),
            }
        }
    }

    /// Ends it in good order, if the broker goes along.
    pub(super) async fn close(self) {
        let closing: BoxFuture<'_, _> = Box::pin(self.connection.close(200, "OK".into()));
        if let Err(trouble) = within(self.patience, closing).await {
            tracing::debug!(%trouble, "connection not closed in good order");
        }
    }
}

/// What the broker does within the time it has.
pub(super) async fn within<T>(
    patience: Duration,
    doing: impl Future<Output = Result<T, lapin::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(patience, doing).await {
        Ok(done) => done.map_err(Trouble::from),
        Err(_) => Err(Trouble::Down(format!("no answer from the broker within {patience:?}"))),
    }
}
