//! From an adapter's reply to the core's: hostile input, so everything is checked.

use std::sync::Arc;

use bytes::Bytes;
use jisr_core::case::{Answer, Reply, RequestKind, Verdict};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::id::TransactionId;
use prost::Message as _;

use super::{fault, text_from, time, time_or_min};
use crate::adapter::v1 as wire;
use crate::adapter::v1::leg_reply::Result as Said;

/// The reply cannot be what an adapter of this contract sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("leg reply: {0}")]
pub struct ReplyError(&'static str);

/// Which transaction and leg a reply is for, and what it says.
///
/// # Errors
/// [`ReplyError`] naming the field that makes no sense.
pub fn reply(given: &wire::LegReply) -> Result<(TransactionId, Reply), ReplyError> {
    let transaction = given.transaction.parse().map_err(|_| ReplyError("transaction is not a transaction's uid"))?;
    let kind = match given.kind() {
        wire::RequestKind::Execute => RequestKind::Execute,
        wire::RequestKind::Lookup => RequestKind::Lookup,
        wire::RequestKind::Compensate => RequestKind::Compensate,
        wire::RequestKind::Unspecified => return Err(ReplyError("kind is missing or unknown")),
    };
    let verdict = match given.result.as_ref().ok_or(ReplyError("result is missing or unknown"))? {
        Said::Acknowledged(_) => Verdict::Acknowledged,
        Said::InProgress(in_progress) => Verdict::InProgress { note: text_from(&in_progress.note) },
        Said::Succeeded(succeeded) => Verdict::Succeeded(Answer {
            outcome: Bytes::from(succeeded.encode_to_vec()),
            status: text_from(&succeeded.department_status),
        }),
        Said::Refused(refused) => Verdict::Refused { code: code(&refused.code), text: text_from(&refused.reason) },
        Said::InformationRequired(required) => Verdict::InformationRequired { text: text_from(&required.reason) },
        Said::Failed(failed) => Verdict::Failed(fault(failed)),
        Said::InDoubt(doubt) => Verdict::InDoubt {
            certain_after: time_or_min(doubt.certain_after.as_ref()),
            fault: Fault::new(FaultClass::Transient, "IN_DOUBT").detail(doubt.detail.as_str()),
        },
    };
    Ok((
        transaction,
        Reply {
            attempt: given.attempt,
            kind,
            sequence: given.sequence,
            called: given.called_time.as_ref().map(time),
            answered: given.answered_time.as_ref().map(time),
            verdict,
        },
    ))
}

fn code(given: &str) -> Arc<str> {
    if given.is_empty() { "REFUSED".into() } else { given.into() }
}
