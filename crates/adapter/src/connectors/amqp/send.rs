//! Sending: one link, kept open, and the broker's disposition of every message awaited.

use std::time::Duration;

use fe2o3_amqp::link::SenderAttachError;
use fe2o3_amqp::types::definitions::SenderSettleMode;
use fe2o3_amqp::types::messaging::{Target, TerminusDurability};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout_at};

use super::error::{CallError, Doubtful, NotSent, Said, judged};
use super::line::Line;
use super::message::TextMessage;
use super::settings::AmqpSettings;

/// How often is looked whether a connection with messages under way has ended.
const GLANCE: Duration = Duration::from_millis(50);

/// Sends to one queue. What is sent one after the other arrives in this order, as long as the link lasts.
pub struct Sender {
    settings: AmqpSettings,
    queue: String,
    link: Mutex<Option<Link>>,
}

struct Link {
    /// Tells it from those before and after.
    number: u64,
    // Before the line: a link is left before its session.
    sender: fe2o3_amqp::Sender,
    line: Line,
}

impl Sender {
    /// A sender to this queue, as the broker addresses it. Opens no connection yet.
    #[must_use]
    pub fn new(settings: AmqpSettings, queue: impl Into<String>) -> Self {
        Self { settings, queue: queue.into(), link: Mutex::new(None) }
    }

    /// The limits this sender was made with.
    #[must_use]
    pub fn settings(&self) -> &AmqpSettings {
        &self.settings
    }

    /// Sends one message; it is the broker's when this returns.
    ///
    /// # Errors
    /// [`CallError`], which says first whether the message may have been sent.
    pub async fn send(&self, message: &TextMessage) -> Result<(), CallError> {
        self.send_within(message, self.settings.call_timeout).await
    }

    /// Like [`send`](Self::send), with its own limit in place of `call_timeout`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_within(&self, message: &TextMessage, limit: Duration) -> Result<(), CallError> {
        let deadline = Instant::now() + limit;
        let encoded = message
            .encoded(self.settings.charset)
            .map_err(|lost| CallError::NotSent(NotSent::Message(lost.to_string())))?;
        // Until the whole message is with the link it is not sent: the last frame is the last thing that is awaited.
        let handed = timeout_at(deadline, async {
            let mut held = self.link.lock().await;
            // A link that is known to be over is made anew before it costs a message its certainty.
            if let Some(old) = held.take_if(|link| link.line.is_over()) {
                old.line.close().await;
            }
            let link = match &mut *held {
                Some(link) => link,
                empty => empty.insert(self.attach().await?),
            };
            match link.sender.send_batchable(encoded).await {
                Ok(disposition) => Ok((disposition, link.number)),
                Err(error) => {
                    *held = None;
                    Err(unsent(&error))
                }
            }
        });
        let (disposition, number) = match handed.await {
            Ok(handed) => handed.map_err(CallError::NotSent)?,
            Err(_) => {
                let why = format!("it gave no leave to send within {limit:?}");
                return Err(CallError::NotSent(NotSent::NotTaken(why)));
            }
        };
        // The link is kept when no disposition comes in time: what is sent next then still comes after this message.
        tokio::select! {
            biased;
            disposition = timeout_at(deadline, disposition) => match disposition {
                Ok(Ok(outcome)) => judged(&outcome),
                Ok(Err(error)) => Err(CallError::Doubtful(Doubtful::Broken(error.to_string()))),
                Err(_) => Err(CallError::Doubtful(Doubtful::NoDisposition(limit))),
            },
            () = self.lost(number) => Err(CallError::Doubtful(Doubtful::Broken("the connection has ended".into()))),
        }
    }

    /// Returns when the link of this number is known to be over: the library leaves who waits for a disposition waiting.
    async fn lost(&self, number: u64) {
        loop {
            sleep(GLANCE).await;
            // Who holds the link is at work with it, and will leave it or replace it.
            let Ok(held) = self.link.try_lock() else { continue };
            if held.as_ref().is_none_or(|link| link.number != number || link.line.is_over()) {
                return;
            }
        }
    }

    async fn attach(&self) -> Result<Link, NotSent> {
        let mut line = Line::open(&self.settings).await?;
        let number: u64 = rand::random();
        let attached = fe2o3_amqp::Sender::builder()
            .name(format!("{}-{number:016x}", self.settings.container))
            .target(Target::builder().address(self.queue.as_str()).durable(TerminusDurability::UnsettledState).build())
            .sender_settle_mode(SenderSettleMode::Unsettled)
            .attach(&mut line.session)
            .await;
        match attached {
            Ok(sender) => Ok(Link { number, sender, line }),
            Err(error) => {
                let refused = match error {
                    SenderAttachError::RemoteClosedWithError(error) => NotSent::Refused(Said::from(&error)),
                    error => NotSent::Connect(error.into()),
                };
                line.close().await;
                Err(refused)
            }
        }
    }
}

fn unsent(error: &fe2o3_amqp::link::SendError) -> NotSent {
    use fe2o3_amqp::link::{DetachError, LinkStateError, SendError};
    match error {
        SendError::MessageSizeExceeded(_) | SendError::MessageEncodeError => NotSent::Message(error.to_string()),
        // Brokers that refuse a link often grant it first.
        SendError::LinkStateError(
            LinkStateError::RemoteClosedWithError(why) | LinkStateError::RemoteDetachedWithError(why),
        )
        | SendError::Detached(DetachError::RemoteClosedWithError(why) | DetachError::RemoteDetachedWithError(why)) => {
            NotSent::Refused(Said::from(why))
        }
        error => NotSent::NotTaken(error.to_string()),
    }
}
