//! The inspection system by way of its broker: the only I/O of this adapter. One message each, never again by itself.

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::connectors::amqp::{Asker, Charset, Consumer, Sender, TextMessage};
use jisr_adapter::{CallFault, Reference};

use crate::config::{Config, ConfigError};
use crate::error::{of_call, unreadable};
use crate::messages::{self, Application, Report};

/// What the inspection system keeps as the reason of a withdrawal.
const WITHDRAWAL_REASON: &str = "سحب الطلب لإلغاء المعاملة التي قدم ضمنها";
/// Decisions at hand at a time: each is durable with us before the next is looked at.
const CREDIT: u32 = 20;

/// A client of the inspection system.
pub struct Inspections {
    /// One link for everything: a question then comes after the message that it asks about.
    sender: Arc<Sender>,
    asker: Asker,
    decisions: Consumer,
    limit: Duration,
}

impl Inspections {
    /// A client with this limit for one call. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config, call_timeout: Duration) -> Result<Self, ConfigError> {
        let settings = config.amqp(call_timeout)?;
        let limit = settings.call_timeout;
        let decisions = Consumer::new(settings.clone(), config.decision_queue.clone(), CREDIT);
        let sender = Arc::new(Sender::new(settings, config.request_queue.clone()));
        // Nobody else's, not even that of an earlier life of this process.
        let answers = format!("{}.{}", config.status_queue, unique());
        Ok(Self { asker: Asker::new(sender.clone(), answers), sender, decisions, limit })
    }

    /// The charset of its texts.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.sender.settings().charset
    }

    /// The queue of its decisions.
    #[must_use]
    pub fn decisions(&self) -> &Consumer {
        &self.decisions
    }

    /// `INSPECT`: the broker's when this returns. Executed again if it is sent again.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn inspect(&self, application: &Application) -> Result<(), CallFault> {
        let message = TextMessage {
            text: messages::inspect(application),
            message_id: unique(),
            correlation_id: Some(application.reference.clone()),
            subject: Some("INSPECT".into()),
            ..TextMessage::default()
        };
        self.sender.send(&message).await.map_err(|error| of_call(&error))
    }

    /// `STATUS`: how the case under our reference stands. Changes nothing.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn status(&self, reference: &str) -> Result<Report, CallFault> {
        self.ask("STATUS", reference, messages::status(reference)).await
    }

    /// `WITHDRAW`. A repetition is answered as the first was.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn withdraw(&self, reference: &str) -> Result<Report, CallFault> {
        self.ask("WITHDRAW", reference, messages::withdraw(reference, WITHDRAWAL_REASON)).await
    }

    async fn ask(&self, verb: &str, reference: &str, text: String) -> Result<Report, CallFault> {
        let id = unique();
        let question = TextMessage {
            text,
            message_id: id.clone(),
            // Of the question, not of the case: several may ask about one case.
            correlation_id: Some(id),
            subject: Some(verb.into()),
            ..TextMessage::default()
        };
        let received = self.asker.ask(question, self.limit).await.map_err(|error| of_call(&error))?;
        let text = received.text.map_err(|error| unreadable(&error.to_string()))?;
        let report = messages::report(&text, "ANSWER").map_err(|why| unreadable(&why))?;
        // It may fold case.
        if report.reference.eq_ignore_ascii_case(reference) {
            Ok(report)
        } else {
            Err(unreadable("it is about another case"))
        }
    }
}

/// Reads a decision that came by itself.
///
/// # Errors
/// Why it can never be used; quotes nothing from it.
pub fn decision(text: &str) -> Result<(Reference, Report), String> {
    let report = messages::report(text, "DECISION")?;
    let reference = report.reference.parse().map_err(|error| format!("REF is {error}"))?;
    Ok((reference, report))
}

fn unique() -> String {
    format!("{:032x}", rand::random::<u128>())
}
