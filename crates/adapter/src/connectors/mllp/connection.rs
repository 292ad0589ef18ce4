//! One connection to a system: one message under way at a time, acknowledged by its control id and no other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustls::ProtocolVersion;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::ack::Acknowledgement;
use super::charset::CharacterSet;
use super::error::{CallError, Doubtful, NotSent};
use super::frame::Framer;
use super::message::{Limits, Message};
use crate::connectors::http::error::refused_by_tls;

/// Acknowledgements of other messages that are passed over before the connection is given up.
const STRANGERS: usize = 8;
/// A system that closes the connection behind each answer has done so by then.
const SETTLES: Duration = Duration::from_millis(200);
/// Longest wait for a sign that the server has accepted our certificate.
const GRACE: Duration = Duration::from_millis(300);

/// With TLS or without.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// In TLS 1.3 the server judges our certificate only after the handshake seems done to us, and a message sent meanwhile
    /// would be in doubt: the server's closing overtakes its reason. Servers that accept send session tickets at once, so
    /// the first thing that comes says which it is; from one that sends nothing, nothing is learnt.
    pub(super) async fn accepted(&mut self) -> io::Result<()> {
        let Self::Tls(stream) = self else { return Ok(()) };
        let (tcp, session) = stream.get_ref();
        let judges_late = session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        if !judges_late || timeout(GRACE, tcp.peek(&mut [0])).await.is_err() {
            return Ok(());
        }
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        match Pin::new(&mut **stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer) {
            Poll::Pending => Ok(()),
            Poll::Ready(Err(error)) => Err(error),
            // Closed, or said something before it was asked.
            Poll::Ready(Ok(())) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes).await,
            Self::Tls(stream) => stream.write(bytes).await,
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush().await,
            Self::Tls(stream) => stream.flush().await,
        }
    }
}

/// A connection. Dropped with a message under way, it is closed: a late acknowledgement finds nobody to mislead.
pub(super) struct Connection {
    stream: Stream,
    framer: Framer,
    limits: Limits,
    charset: CharacterSet,
    pub(super) idle_since: Instant,
    /// It was seen to outlive an answer.
    kept: bool,
}

impl Connection {
    pub(super) fn new(stream: Stream, limits: Limits, charset: CharacterSet) -> Self {
        Self { stream, framer: Framer::new(limits.message), limits, charset, idle_since: Instant::now(), kept: false }
    }

    /// Whether it may carry another message: nothing was left over, and the far side has neither closed it nor said
    /// anything that nobody asked for. The first time there is a wait to see whether it will: a message sent to a system
    /// that is just hanging up would be in doubt.
    pub(super) async fn is_usable(&mut self) -> bool {
        let tcp = self.stream.tcp();
        let settles = if self.kept { Duration::ZERO } else { SETTLES.saturating_sub(self.idle_since.elapsed()) };
        if !settles.is_zero() && timeout(settles, tcp.peek(&mut [0])).await.is_ok() {
            return false;
        }
        // Lets the runtime take note of what has come meanwhile.
        tokio::task::yield_now().await;
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let nothing = tcp.poll_peek(&mut Context::from_waker(Waker::noop()), &mut buffer).is_pending();
        self.kept = nothing && self.framer.is_empty();
        self.kept
    }

    /// Sends one frame and waits for the acknowledgement of this control id.
    pub(super) async fn exchange(&mut self, frame: &[u8], control_id: &str) -> Result<Acknowledgement, CallError> {
        self.send(frame).await?;
        let mut strangers = 0;
        let mut buffer = [0; 8 * 1024];
        loop {
            while let Some(block) = self.framer.take()? {
                let message = Message::parse(&block, self.charset, self.limits)
                    .map_err(|error| CallError::garbage(error.to_string()))?;
                let acknowledgement = Acknowledgement::read(&message).map_err(CallError::garbage)?;
                if acknowledgement.control_id == control_id {
                    self.idle_since = Instant::now();
                    return Ok(acknowledgement);
                }
                // Somebody else's, or a late one of ours that another connection gave up on. It says nothing here.
                strangers += 1;
                if strangers == STRANGERS {
                    return Err(CallError::garbage("acknowledgements of other messages only"));
                }
            }
            match self.stream.read(&mut buffer).await {
                Ok(0) => return Err(CallError::Doubtful(Doubtful::Broken(io::ErrorKind::UnexpectedEof.into()))),
                Ok(count) => self.framer.push(&buffer[..count]),
                Err(error) => return Err(broken(error)),
            }
        }
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), CallError> {
        let mut sent = 0;
        while sent < frame.len() {
            match self.stream.write(&frame[sent..]).await {
                Ok(count) if count > 0 => sent += count,
                failed => {
                    let error = failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    return Err(match sent {
                        0 => CallError::NotSent(NotSent::Unsent(error)),
                        // Half a frame is no message, but there are systems that take what came before the end for one.
                        _ => broken(error),
                    });
                }
            }
        }
        self.stream.flush().await.map_err(broken)
    }
}

/// A break after something was sent. In TLS 1.3 the server refuses our certificate only then, and behind an unfinished
/// handshake sits no application.
fn broken(error: io::Error) -> CallError {
    if refused_by_tls(&error) {
        return CallError::NotSent(NotSent::Connect(error));
    }
    CallError::Doubtful(Doubtful::Broken(error))
}
