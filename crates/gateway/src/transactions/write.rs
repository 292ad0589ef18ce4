//! Submit and cancel: the form of the request, then the engine.

use jisr_core::problem::{Problem, Reason, Rule, Violation};
use jisr_core::text::{Language, LocalizedText};
use jisr_engine::{Cancellation, Submission};
use jisr_proto::v1::{CancelTransactionRequest, SubmitTransactionRequest, Transaction};
use tonic::Request;

use super::Transactions;
use crate::caller::caller;
use crate::fingerprint::fingerprint;
use crate::names::{self, Violations};
use crate::trace_context::traceparent;

/// Longest reason of a cancellation, in characters.
const LONGEST_REASON: usize = 1_000;

impl Transactions {
    pub(super) async fn submit(&self, request: Request<SubmitTransactionRequest>) -> Result<Transaction, Problem> {
        let caller = caller(request.metadata())?;
        let traceparent = traceparent(request.metadata());
        let mut request = request.into_inner();
        let fingerprint = fingerprint(&mut request);
        let mut wrong = Violations::default();
        let request_id = wrong.take(names::request_id(&request.request_id));
        let transaction = wrong.take(request.transaction.ok_or_else(|| Violation::new("transaction", Rule::Required)));
        let (Some(request_id), Some(transaction)) = (request_id, transaction) else {
            return Err(wrong.into_problem());
        };
        let validate_only = request.validate_only;
        let submission = Submission { caller, request_id, fingerprint, transaction, validate_only, traceparent };
        let engine = self.engine.clone();
        to_the_end(async move { engine.submit(submission).await }).await
    }

    pub(super) async fn cancel(&self, request: Request<CancelTransactionRequest>) -> Result<Transaction, Problem> {
        let caller = caller(request.metadata())?;
        let mut request = request.into_inner();
        let fingerprint = fingerprint(&mut request);
        let mut wrong = Violations::default();
        let id = wrong.take(names::transaction("name", &request.name));
        let request_id = wrong.take(names::request_id(&request.request_id));
        let etag = wrong.take(names::etag(&request.etag));
        let reason = wrong.take(reason(&request.reason));
        let (Some(id), Some(request_id), Some(etag), Some(reason)) = (id, request_id, etag, reason) else {
            return Err(wrong.into_problem());
        };
        let transaction = self.owned(id, &caller).await?;
        let note = note(reason, &transaction.preferred_language_code);
        let wish = Cancellation { caller, request_id, fingerprint, id, etag, note };
        let engine = self.engine.clone();
        to_the_end(async move { engine.cancel(wish).await }).await
    }
}

fn reason(reason: &str) -> Result<&str, Violation> {
    let too_long = reason.chars().count() > LONGEST_REASON;
    let wrong = || Violation::new("reason", Rule::TooLong { max: LONGEST_REASON as u64 });
    if too_long { Err(wrong()) } else { Ok(reason) }
}

/// The reason in the transaction's preferred language.
fn note(reason: &str, language: &str) -> LocalizedText {
    match reason {
        "" => LocalizedText::empty(),
        reason => LocalizedText::single(language.parse().unwrap_or(Language::Ar), reason),
    }
}

/// Carries a write out to its end, whatever becomes of the call that asked for it.
async fn to_the_end(
    write: impl Future<Output = Result<Transaction, Problem>> + Send + 'static,
) -> Result<Transaction, Problem> {
    let reason = |error: &tokio::task::JoinError| {
        if error.is_cancelled() { Reason::ShuttingDown } else { Reason::Internal }
    };
    tokio::spawn(write).await.unwrap_or_else(|error| Err(Problem::new(reason(&error)).caused_by(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_noted_in_the_customers_language() {
        assert!(note("", "en").is_empty());
        assert_eq!(note("اشترى قطعة أخرى", "ar").get(&Language::Ar), Some("اشترى قطعة أخرى"));
        assert_eq!(note("changed plans", "en").get(&Language::En), Some("changed plans"));
        assert!(note("؟", "").get(&Language::Ar).is_some());
        assert!(reason(&"ح".repeat(1_000)).is_ok());
        assert_eq!(reason(&"ح".repeat(1_001)).unwrap_err().field, "reason");
    }

    #[tokio::test]
    async fn a_write_outlives_its_call() {
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let (done, ended) = tokio::sync::oneshot::channel();
        let mut call = Box::pin(to_the_end(async move {
            let _ = wait.await;
            let _ = done.send(());
            Ok(Transaction::default())
        }));
        assert!(futures::poll!(call.as_mut()).is_pending());
        drop(call);
        go.send(()).unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(10), ended).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_write_that_panics_is_our_error() {
        let problem = to_the_end(async { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(problem.reason(), Reason::Internal);
    }
}
