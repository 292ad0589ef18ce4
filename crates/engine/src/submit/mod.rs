//! Submit: checks an application, makes its case, and answers once both are durable.

mod struct_json;
mod validate;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, Command, Leg, advance};
use jisr_core::id::{Caller, RequestId, TransactionId};
use jisr_core::problem::{Problem, Reason};
use jisr_core::reference_no::ReferenceNo;
use jisr_journal::{NewTransaction, RequestKey, Target, Version, Write, WriteError, Written};
use jisr_proto::convert::{TransactionView, timestamp};
use jisr_proto::v1;
use prost::Message as _;

use self::validate::{Valid, validate};
use crate::change::messages;
use crate::engine::Engine;
use crate::read::not_written;

/// How often another reference number is drawn because one was taken.
const TRIES: usize = 8;

/// An application as a front end submits it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Whose.
    pub caller: Caller,
    /// The id the caller gave the request.
    pub request_id: RequestId,
    /// SHA-256 of the canonical request.
    pub fingerprint: [u8; 32],
    /// The application.
    pub transaction: v1::Transaction,
    /// Only say whether it would be taken.
    pub validate_only: bool,
    /// W3C `traceparent` of the request.
    pub traceparent: Option<Arc<str>>,
}

impl Engine {
    /// Takes in an application. The answer is the transaction, durable; for a request answered before, the same
    /// transaction as it stands now.
    ///
    /// # Errors
    /// What is wrong with the application, every field of it; `REQUEST_ID_REUSED`; `JOURNAL_DOWN`. A department that
    /// is down is no error: its work is taken and waits.
    pub async fn submit(&self, submission: Submission) -> Result<v1::Transaction, Problem> {
        let Submission { caller, request_id, fingerprint, transaction, validate_only, traceparent } = submission;
        let now = self.0.clock.now();
        let Valid { service, mut content, centre, expire_time } = validate(&self.0.catalogue, transaction, now)?;
        content.channel.get_or_insert_default().client = caller.as_str().to_owned();
        content.submit_time = Some(timestamp(now));
        let legs = service
            .plan
            .iter()
            .map(|step| {
                let on = step.depends_on.clone();
                Leg::planned(step.leg.clone(), step.department.clone(), step.operation.clone(), on)
            })
            .collect();
        let actor = Actor::new(ActorKind::FrontEnd, caller.as_str());
        let decision = advance(Case::new(legs, now, expire_time), &self.0.directory, &Command::Begin, actor, now)
            .map_err(|refusal| Problem::new(Reason::Internal).caused_by(refusal))?;
        let encoded = Bytes::from(content.encode_to_vec());
        let key = RequestKey { caller: caller.clone(), method: "SubmitTransaction", id: request_id, fingerprint };
        for _ in 0..TRIES {
            let id = TransactionId::new(now, rand::random());
            let sequence = self.0.reference.fetch_add(1, Ordering::Relaxed);
            let reference_no: Arc<str> = ReferenceNo::new(now, sequence).to_string().into();
            let case = &decision.case;
            let seen = |version: Version| TransactionView { id, version: version.0, reference_no: &reference_no, case };
            if validate_only {
                let mut shown = seen(Version(0)).over(content);
                // Nothing was made, so nothing is named.
                (shown.name, shown.uid, shown.etag, shown.reference_no) = Default::default();
                return Ok(shown);
            }
            let write = Write {
                now,
                request: Some(key.clone()),
                events: decision.events.iter().map(|event| event.record(case)).collect(),
                outbox: messages(id, &reference_no, &encoded, case, &decision.events, traceparent.as_deref()),
                target: Target::Create(Box::new(NewTransaction {
                    id,
                    reference_no: reference_no.clone(),
                    caller: caller.clone(),
                    service: service.id.clone(),
                    centre: centre.clone(),
                    content: encoded.clone(),
                    case: case.clone().into(),
                })),
            };
            match self.commit(vec![write]).await.pop() {
                Some(Ok(Written::Committed { version, .. })) => return Ok(seen(version).over(content)),
                Some(Ok(Written::Replayed(answered))) => return self.get(answered).await,
                Some(Err(WriteError::ReferenceTaken)) => {}
                Some(Err(error)) => return Err(not_written(error)),
                None => break,
            }
        }
        Err(Problem::new(Reason::Internal))
    }
}
