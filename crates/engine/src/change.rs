//! From a decision to what is written: the new state, its history, and the requests it sends.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use jisr_core::case::{Case, Decision, Event};
use jisr_core::id::{MessageId, TransactionId};
use jisr_core::time::Timestamp;
use jisr_journal::{OutboxMessage, Read, RequestKey, StoredCase, Target, Version, Write};

use crate::dispatch::request;
use crate::engine::Engine;

/// A decision about a transaction that is in the journal, not yet written.
pub(crate) struct Change {
    pub(crate) id: TransactionId,
    pub(crate) expected: Version,
    pub(crate) reference_no: Arc<str>,
    pub(crate) decision: Decision,
}

impl Change {
    pub(crate) fn of(stored: &StoredCase, decision: Decision) -> Self {
        Self { id: stored.id, expected: stored.version, reference_no: stored.reference_no.clone(), decision }
    }

    /// Whether the submitted half is needed to write it.
    pub(crate) fn sends(&self) -> bool {
        self.decision.events.iter().any(|event| event.request().is_some())
    }

    /// As it is written. `content` is the submitted half, wanted when it [`sends`](Self::sends).
    pub(crate) fn into_write(self, content: Option<&Bytes>, now: Timestamp, key: Option<RequestKey>) -> Write {
        let Decision { case, events } = self.decision;
        let outbox = content
            .map(|content| messages(self.id, &self.reference_no, content, &case, &events, None))
            .unwrap_or_default();
        Write {
            now,
            request: key,
            events: events.iter().map(|event| event.record(&case)).collect(),
            target: Target::Update { id: self.id, expected: self.expected, case: case.into() },
            outbox,
        }
    }
}

/// The requests that these events send.
pub(crate) fn messages(
    id: TransactionId,
    reference_no: &str,
    content: &Bytes,
    case: &Case,
    events: &[Event],
    traceparent: Option<&str>,
) -> Vec<OutboxMessage> {
    let sent = events.iter().filter_map(|event| event.request().map(|(leg, kind)| (leg, kind, event.time)));
    sent.map(|(leg, kind, now)| {
        let message = MessageId::new(now, rand::random());
        let planned = &case.legs[usize::from(leg)];
        OutboxMessage {
            id: message,
            department: planned.department.clone(),
            transaction: id,
            leg,
            attempt: planned.progress.attempt,
            time: now,
            traceparent: traceparent.map(Into::into),
            in_hand: false,
            body: request::encode(&request::Sent { id, message, reference_no, content, case, leg, kind, now }),
        }
    })
    .collect()
}

impl Engine {
    /// The submitted halves of those of these changes that send something.
    pub(crate) async fn contents(&self, changes: &[Change]) -> Read<HashMap<TransactionId, Bytes>> {
        let mut contents = HashMap::new();
        let mut wanted = Vec::new();
        for id in changes.iter().filter(|change| change.sends()).map(|change| change.id) {
            match self.0.recent.content(id) {
                Some(content) => drop(contents.insert(id, content)),
                None => wanted.push(id),
            }
        }
        if !wanted.is_empty() {
            let found = self.0.journal.transactions(&wanted).await?;
            contents.extend(found.into_iter().map(|found| (found.stored.id, found.content)));
        }
        Ok(contents)
    }
}
