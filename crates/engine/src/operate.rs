//! Commands on a transaction that is there: cancel. Each is decided by the state machine and written once.

use jisr_core::case::{Actor, ActorKind, Case, Command, Refusal, advance};
use jisr_core::id::{Caller, RequestId, TransactionId};
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::LocalizedText;
use jisr_journal::{RequestKey, Version, WriteError, Written};
use jisr_proto::{convert, v1};

use crate::change::Change;
use crate::engine::Engine;
use crate::read::{down, not_found, not_written};

/// How often a command is decided again because the transaction changed meanwhile.
const TRIES: usize = 16;

/// A wish to cancel.
#[derive(Clone, Debug)]
pub struct Cancellation {
    /// Whose.
    pub caller: Caller,
    /// The id the caller gave the request.
    pub request_id: RequestId,
    /// SHA-256 of the canonical request.
    pub fingerprint: [u8; 32],
    /// Which transaction.
    pub id: TransactionId,
    /// Only if it still has this version.
    pub etag: Option<i64>,
    /// Why, in words.
    pub note: LocalizedText,
}

impl Engine {
    /// Cancels a transaction: what is finished is undone, what is not begun is not begun.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `STATE_TRANSITION_NOT_ALLOWED`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`, `JOURNAL_DOWN`.
    pub async fn cancel(&self, wish: Cancellation) -> Result<v1::Transaction, Problem> {
        let Cancellation { caller, request_id, fingerprint, id, etag, note } = wish;
        let actor = Actor::new(ActorKind::FrontEnd, caller.as_str());
        let key = RequestKey { caller, method: "CancelTransaction", id: request_id, fingerprint };
        self.command(id, &Command::Cancel { note }, actor, key, etag).await
    }

    async fn command(
        &self,
        id: TransactionId,
        command: &Command,
        actor: Actor,
        key: RequestKey,
        etag: Option<i64>,
    ) -> Result<v1::Transaction, Problem> {
        // Answered before? Then the state it left does not refuse it now.
        match self.0.journal.request(&key).await.map_err(down)? {
            Some((answered, true)) => return self.get(answered).await,
            Some((_, false)) => return Err(Problem::new(Reason::RequestIdReused)),
            None => {}
        }
        for _ in 0..TRIES {
            let found = self.0.journal.cases(&[id]).await.map_err(down)?;
            let stored = found.into_iter().next().ok_or_else(|| not_found(id))?;
            if etag.is_some_and(|etag| Version(etag) != stored.version) {
                return Err(Problem::new(Reason::EtagMismatch).resource("jisr/Transaction", id.resource_name()));
            }
            let now = self.0.clock.now();
            let decision = advance(Case::clone(&stored.case), &self.0.directory, command, actor.clone(), now)
                .map_err(|refusal| refused(refusal, &stored.reference_no))?;
            let changes = [Change::of(&stored, decision)];
            let contents = self.contents(&changes).await.map_err(down)?;
            let [change] = changes;
            let write = change.into_write(contents.get(&id), now, Some(key.clone()));
            match self.commit(vec![write]).await.pop() {
                Some(Ok(Written::Committed { .. } | Written::Replayed(_))) => return self.get(id).await,
                Some(Err(WriteError::VersionConflict)) => {}
                Some(Err(error)) => return Err(not_written(error)),
                None => break,
            }
        }
        Err(Problem::new(Reason::RequestInProgress).resource("jisr/Transaction", id.resource_name()))
    }
}

fn refused(refusal: Refusal, reference_no: &str) -> Problem {
    let words = refusal.state.words();
    Problem::new(Reason::StateTransitionNotAllowed)
        .with("state", convert::transaction_state(refusal.state).as_str_name())
        .shown("state", LocalizedText::bilingual(words.ar, words.en))
        .with("reference_no", reference_no)
}
