//! What a system sends by itself, on its own connections. Nothing is acknowledged before its receiver says that it is safe.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::ack::{AckCode, Problem, acknowledge};
use super::charset::CharacterSet;
use super::frame::{Framer, wrap};
use super::message::{Limits, Message, ParseError};
use super::tls::{ServerTls, server_config};
use crate::connectors::http::TlsSetupError;

/// Wait after a connection could not be accepted: none is free, usually.
const PAUSE: Duration = Duration::from_millis(100);

/// What is to be said about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is safe with us: AA, or CA where the sender asks for that.
    Taken,
    /// It can never be taken as it is: AE, or CE.
    Wrong(Problem),
    /// It is nothing for us, whatever is in it: AR, or CR.
    Unwanted(Problem),
    /// Not now. The connection is closed without a word, so that the sender keeps it and sends it again: many take a
    /// negative acknowledgement for the last word.
    NotNow,
}

/// Takes in messages.
#[async_trait]
pub trait Receiver: Send + Sync + 'static {
    /// Takes in one message. [`Verdict::Taken`] only once it is safe from every crash; it may come again.
    async fn receive(&self, message: &Message) -> Verdict;
}

/// How a listener treats its callers.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// TLS with the callers' certificates; without it, listen where only this machine is.
    pub tls: Option<ServerTls>,
    /// Connections at a time; more wait.
    pub connections: usize,
    /// Longest time from a frame's first byte to its last, and for a TLS handshake.
    pub frame_timeout: Duration,
    /// A connection on which nothing comes for so long is closed.
    pub idle_timeout: Duration,
    /// Of messages.
    pub limits: Limits,
    /// In which messages come that do not say.
    pub charset: CharacterSet,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            tls: None,
            connections: 16,
            frame_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30 * 60),
            limits: Limits::default(),
            charset: CharacterSet::UTF_8,
        }
    }
}

/// Serves until told to stop; messages whose last byte has come by then are finished.
///
/// # Errors
/// The TLS settings cannot be used.
pub async fn serve(
    listener: TcpListener,
    settings: ListenerSettings,
    receiver: Arc<dyn Receiver>,
    stop: CancellationToken,
) -> Result<(), TlsSetupError> {
    let tls = settings.tls.as_ref().map(server_config).transpose()?.map(|config| TlsAcceptor::from(Arc::new(config)));
    let free = Arc::new(Semaphore::new(settings.connections));
    let settings = Arc::new(settings);
    let mut callers = JoinSet::new();
    loop {
        let accepted = async {
            let permit = free.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = callers.join_next(), if !callers.is_empty() => {}
            (permit, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let caller = Caller { settings: settings.clone(), receiver: receiver.clone(), stop: stop.clone() };
                    let tls = tls.clone();
                    callers.spawn(async move {
                        let _permit = permit;
                        if let Err(error) = caller.serve(stream, tls).await {
                            tracing::warn!(%error, "a connection that brings messages is closed");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    while callers.join_next().await.is_some() {}
    Ok(())
}

/// One connection.
struct Caller {
    settings: Arc<ListenerSettings>,
    receiver: Arc<dyn Receiver>,
    stop: CancellationToken,
}

impl Caller {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match tls {
            None => self.converse(stream).await,
            Some(tls) => {
                let stream = timeout(self.settings.frame_timeout, tls.accept(stream)).await??;
                self.converse(stream).await
            }
        }
    }

    async fn converse(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut framer = Framer::new(self.settings.limits.message);
        while let Some(block) = self.next(&mut framer, &mut stream).await? {
            let Some(answer) = self.answer(&block).await? else { continue };
            timeout(self.settings.frame_timeout, async {
                stream.write_all(&wrap(&answer)).await?;
                stream.flush().await
            })
            .await??;
        }
        Ok(())
    }

    /// The next frame; nothing at the end, or when told to stop.
    async fn next(&self, framer: &mut Framer, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = [0; 8 * 1024];
        let mut begun = None;
        loop {
            if let Some(block) = framer.take().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
                return Ok(Some(block));
            }
            let left = if framer.is_inside() {
                let begun = begun.get_or_insert_with(std::time::Instant::now);
                self.settings.frame_timeout.saturating_sub(begun.elapsed())
            } else {
                self.settings.idle_timeout
            };
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                read = timeout(left, stream.read(&mut buffer)) => match read {
                    Ok(Ok(0)) if framer.is_inside() => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(Ok(0)) => return Ok(None),
                    Ok(Ok(count)) => framer.push(&buffer[..count]),
                    Ok(Err(error)) => return Err(error),
                    Err(_) if framer.is_inside() => return Err(io::ErrorKind::TimedOut.into()),
                    Err(_) => return Ok(None),
                },
            }
        }
    }

    /// What is sent back, if anything is.
    async fn answer(&self, block: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let (message, verdict) = match Message::parse(block, self.settings.charset, self.settings.limits) {
            Ok(message) => {
                let verdict = self.receiver.receive(&message).await;
                (message, verdict)
            }
            Err(error) => match Message::header(block) {
                Ok(header) => (header, Verdict::Wrong(unreadable(&error))),
                // To what nobody could tell, nothing can be said.
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            },
        };
        let (taken, problem) = match &verdict {
            Verdict::Taken => (true, None),
            Verdict::Wrong(problem) | Verdict::Unwanted(problem) => (false, Some(problem)),
            Verdict::NotNow => return Err(io::Error::other("a message could not be taken now")),
        };
        let Some(enhanced) = wanted(&message, taken) else { return Ok(None) };
        let code = match (&verdict, enhanced) {
            (Verdict::Wrong(_), false) => AckCode::ApplicationError,
            (Verdict::Wrong(_), true) => AckCode::CommitError,
            (Verdict::Unwanted(_), false) => AckCode::ApplicationReject,
            (Verdict::Unwanted(_), true) => AckCode::CommitReject,
            (_, false) => AckCode::ApplicationAccept,
            (_, true) => AckCode::CommitAccept,
        };
        if let Some(problem) = problem {
            tracing::warn!(code = problem.code.0, detail = %problem.detail, "a message is not taken");
        }
        Ok(Some(acknowledge(&message, code, problem, &control_id())))
    }
}

/// Whether an acknowledgement is wanted, and if so, whether in enhanced mode (MSH-15 and MSH-16, v2.5.1, 2.9.3). Once we have
/// a message it is safe; a second, application's acknowledgement would say nothing more, and is not sent.
fn wanted(message: &Message, taken: bool) -> Option<bool> {
    let [accept, application] = [15, 16].map(|number| message.field("MSH", number).text());
    let fits = |when: &str| match when {
        "NE" | "" => false,
        "ER" => !taken,
        "SU" => taken,
        _ => true,
    };
    match (accept.as_str(), application.as_str()) {
        ("", "") => Some(false),
        (accept, _) if fits(accept) => Some(true),
        ("" | "NE", application) if fits(application) => Some(false),
        _ => None,
    }
}

fn unreadable(error: &ParseError) -> Problem {
    let (code, location) = match error {
        ParseError::Header | ParseError::SegmentName(_) => (Problem::SEGMENT_SEQUENCE, None),
        ParseError::Charset(_) => (Problem::DATA_TYPE, Some(("MSH", 18))),
        ParseError::Limit(_) => (Problem::DATA_TYPE, None),
    };
    Problem { code, location, detail: error.to_string() }
}

/// Twenty characters, as long as MSH-10 may be in 2.5.1.
fn control_id() -> String {
    format!("A{:019}", rand::random::<u64>() >> 1)
}
