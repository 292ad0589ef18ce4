//! Receiving: a link with credit that is made anew, after ever longer pauses, whenever it breaks; and nothing
//! acknowledged before whoever takes the messages has said so.

use std::time::Duration;

use fe2o3_amqp::link::delivery::DeliveryInfo;
use fe2o3_amqp::link::{CreditMode, ReceiverAttachError, RecvError};
use fe2o3_amqp::types::definitions;
use fe2o3_amqp::types::messaging::{Body, Source, TerminusDurability};
use fe2o3_amqp::types::primitives::Value;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::error::{CallError, NotSent, Said};
use super::line::Line;
use super::message::Received;
use super::settings::AmqpSettings;

/// Pause before the second try, and after a message was released; doubled each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A link that held so long was a good one: pauses begin anew.
const HELD_WELL: Duration = Duration::from_secs(30);
/// A message beyond this many texts of the largest size is not even read to its end: the link is closed on it.
const LARGEST_IN_TEXTS: usize = 64;
/// Longest reason given with a rejection, in characters.
const REASON_LIMIT: usize = 200;

/// What is to become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It is done with: the broker forgets it.
    Accept,
    /// It can never be used, for the reason given: the broker puts it aside, or drops it, as it is set up.
    Reject(String),
    /// It could not be used now: the broker gives it out again, to whoever is there.
    Release,
}

/// How a link stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Attachment {
    /// Not tried yet.
    #[default]
    Pending,
    /// Messages come.
    Attached,
    /// It broke or could not be made, with the code and the words; it is being tried again.
    Broken(&'static str, String),
}

/// Takes messages from one queue.
#[derive(Clone, Debug)]
pub struct Consumer {
    settings: AmqpSettings,
    queue: String,
    credit: u32,
}

/// What ended a link.
enum End {
    Told,
    Broken(CallError),
}

impl Consumer {
    /// A consumer of this queue, as the broker addresses it, that has at most `credit` messages at hand. Opens no
    /// connection yet.
    #[must_use]
    pub fn new(settings: AmqpSettings, queue: impl Into<String>, credit: u32) -> Self {
        Self { settings, queue: queue.into(), credit }
    }

    /// Hands every message to `take`, one after the other, and settles it as `take` says, until told to stop. A message
    /// that is in hand then is settled first.
    pub async fn run<F, W>(&self, stop: &CancellationToken, attachment: &watch::Sender<Attachment>, mut take: F)
    where
        F: FnMut(Received) -> W + Send,
        W: Future<Output = Settle> + Send,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = std::time::Instant::now();
            match self.hold(stop, attachment, &mut take).await {
                End::Told => break,
                End::Broken(error) => {
                    tracing::warn!(queue = %self.queue, code = error.code(), error = %error.chain(), "not receiving, trying again");
                    attachment.send_replace(Attachment::Broken(error.code(), error.chain()));
                }
            }
            if began.elapsed() > HELD_WELL {
                pause = FIRST_PAUSE;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        attachment.send_replace(Attachment::Pending);
    }

    /// One link, from its making to its end.
    async fn hold<F, W>(&self, stop: &CancellationToken, attachment: &watch::Sender<Attachment>, take: &mut F) -> End
    where
        F: FnMut(Received) -> W + Send,
        W: Future<Output = Settle> + Send,
    {
        let attached = tokio::select! {
            () = stop.cancelled() => return End::Told,
            attached = self.attach() => attached,
        };
        let (mut receiver, line) = match attached {
            Ok(attached) => attached,
            Err(error) => return End::Broken(CallError::NotSent(error)),
        };
        attachment.send_replace(Attachment::Attached);
        let mut pause = FIRST_PAUSE;
        let end = loop {
            let next = tokio::select! {
                () = stop.cancelled() => break End::Told,
                next = self.next(&mut receiver) => next,
            };
            let (delivery, received) = match next {
                Ok(next) => next,
                Err(error) => break broken(&error),
            };
            let settle = take(received).await;
            let settled = match &settle {
                Settle::Accept => receiver.accept(delivery).await,
                Settle::Reject(reason) => receiver.reject(delivery, rejection(reason)).await,
                Settle::Release => receiver.release(delivery).await,
            };
            if let Err(error) = settled {
                break broken(&error);
            }
            if settle != Settle::Release {
                pause = FIRST_PAUSE;
                continue;
            }
            // It comes back at once, and will not be of more use in the same moment.
            tokio::select! {
                () = stop.cancelled() => break End::Told,
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        };
        // Without a link the broker takes back at once what is not settled.
        line.close().await;
        end
    }

    async fn attach(&self) -> Result<(fe2o3_amqp::Receiver, Line), NotSent> {
        let mut line = Line::open(&self.settings).await?;
        let most = u64::try_from(self.settings.max_text_bytes.saturating_mul(LARGEST_IN_TEXTS)).unwrap_or(u64::MAX);
        // For brokers that make a queue when it is first named: it must outlive them.
        let source = Source::builder().address(self.queue.as_str()).durable(TerminusDurability::UnsettledState).build();
        let attach = fe2o3_amqp::Receiver::builder()
            .name(format!("{}-{:016x}", self.settings.container, rand::random::<u64>()))
            .source(source)
            .max_message_size(most)
            .credit_mode(CreditMode::Auto(self.credit))
            .auto_accept(false)
            .attach(&mut line.session);
        let limit = self.settings.connect_timeout;
        let refused = match tokio::time::timeout(limit, attach).await {
            Ok(Ok(receiver)) => return Ok((receiver, line)),
            Ok(Err(ReceiverAttachError::RemoteClosedWithError(error))) => NotSent::Refused(Said::from(&error)),
            Ok(Err(error)) => NotSent::Connect(error.into()),
            Err(_) => NotSent::ConnectTimeout(limit),
        };
        line.close().await;
        Err(refused)
    }

    async fn next(&self, receiver: &mut fe2o3_amqp::Receiver) -> Result<(DeliveryInfo, Received), RecvError> {
        match receiver.recv::<Body<Value>>().await {
            Ok(delivery) => {
                let (info, message) = delivery.into_parts();
                Ok((info, Received::of(&message, self.settings.charset, self.settings.max_text_bytes)))
            }
            Err(RecvError::MessageDecode(error)) => Ok((error.info, Received::undecodable())),
            Err(error) => Err(error),
        }
    }
}

fn broken(error: &dyn std::error::Error) -> End {
    End::Broken(CallError::NotSent(NotSent::NotTaken(error.to_string())))
}

fn rejection(reason: &str) -> definitions::Error {
    let reason = reason.chars().take(REASON_LIMIT).collect::<String>();
    definitions::Error::new(definitions::AmqpError::InvalidField, Some(reason), None)
}
