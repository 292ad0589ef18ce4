//! Questions with answers: sent to one queue, answered at a queue of our own, told apart by correlation id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, oneshot, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::consume::{Attachment, Consumer, Settle};
use super::error::{CallError, Doubtful, NotSent};
use super::message::{Received, TextMessage};
use super::send::Sender;

/// Answers at hand; each is handed on at once.
const CREDIT: u32 = 100;

/// Asks by way of a [`Sender`], so that a question comes after what was sent before it.
///
/// The queue for answers must be nobody else's: answers to questions that are not waited for, late ones, second ones and
/// those of a process that is gone, are taken from it and dropped.
pub struct Asker {
    sender: Arc<Sender>,
    answers: String,
    waiting: Waiting,
    desk: OnceCell<Desk>,
}

type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Received>>>>;

/// Takes in answers for as long as it lives.
struct Desk {
    attachment: watch::Receiver<Attachment>,
    _stop: DropGuard,
}

/// Forgets a question that is not waited for any more.
struct Question<'a> {
    waiting: &'a Waiting,
    id: &'a str,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(self.id);
    }
}

impl Asker {
    /// One that is answered at this queue, as the broker addresses it. Opens no connection yet.
    #[must_use]
    pub fn new(sender: Arc<Sender>, answers: impl Into<String>) -> Self {
        Self { sender, answers: answers.into(), waiting: Waiting::default(), desk: OnceCell::new() }
    }

    /// Asks, and waits for the answer. The question's correlation id names it and must be used once only; its reply queue
    /// is set here, and it is worth nothing to anybody after the time for its answer: it dies with it.
    ///
    /// # Errors
    /// [`CallError`]; without an answer it is doubtful what the question did.
    pub async fn ask(&self, question: TextMessage, limit: Duration) -> Result<Received, CallError> {
        let deadline = Instant::now() + limit;
        let id = question.correlation_id.clone().unwrap_or_default();
        let question = TextMessage { reply_to: Some(self.answers.clone()), time_to_live: Some(limit), ..question };
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        let _question = Question { waiting: &self.waiting, id: &id };
        // The queue must be there before anybody answers to it.
        self.attached(deadline).await?;
        self.sender.send_within(&question, deadline.saturating_duration_since(Instant::now())).await?;
        match timeout_at(deadline, answer).await {
            Ok(Ok(received)) => Ok(received),
            Ok(Err(_)) | Err(_) => Err(CallError::Doubtful(Doubtful::NoAnswer(limit))),
        }
    }

    async fn attached(&self, deadline: Instant) -> Result<(), CallError> {
        let desk = self.desk.get_or_init(async || self.open_desk()).await;
        let mut attachment = desk.attachment.clone();
        let tried = timeout_at(deadline, attachment.wait_for(|attachment| *attachment != Attachment::Pending)).await;
        let why = match tried {
            Ok(Ok(attachment)) => match &*attachment {
                Attachment::Attached => return Ok(()),
                Attachment::Broken("CREDENTIALS_REFUSED", _) => NotSent::Credentials,
                // It is being tried again; who asks again may have more luck.
                Attachment::Broken(_, words) => NotSent::NotTaken(words.clone()),
                Attachment::Pending => NotSent::NotTaken("the queue for answers is not attached".to_owned()),
            },
            Ok(Err(_)) | Err(_) => NotSent::NotTaken("the queue for answers is not attached".to_owned()),
        };
        Err(CallError::NotSent(why))
    }

    fn open_desk(&self) -> Desk {
        let consumer = Consumer::new(self.sender.settings().clone(), self.answers.clone(), CREDIT);
        let (tell, attachment) = watch::channel(Attachment::Pending);
        let stop = CancellationToken::new();
        let (waiting, stopped) = (self.waiting.clone(), stop.clone());
        tokio::spawn(async move {
            consumer
                .run(&stopped, &tell, |received| {
                    let asked = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&received.correlation_id);
                    match asked {
                        // Whoever asked may just have given up.
                        Some(asked) => drop(asked.send(received)),
                        None => tracing::debug!("an answer that nobody waits for"),
                    }
                    std::future::ready(Settle::Accept)
                })
                .await;
        });
        Desk { attachment, _stop: stop.drop_guard() }
    }
}
