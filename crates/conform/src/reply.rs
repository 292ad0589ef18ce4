//! What a reply says, in words, and whether it is written as the contract has it.

use jisr_bus::Message;
use jisr_core::name::DepartmentId;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{LegReply, LegRequest};
use jisr_proto::convert;

/// The name of what was said.
pub(crate) fn word(said: &Said) -> &'static str {
    match said {
        Said::Acknowledged(_) => "ACKNOWLEDGED",
        Said::InProgress(_) => "IN_PROGRESS",
        Said::Succeeded(_) => "SUCCEEDED",
        Said::Refused(_) => "REFUSED",
        Said::InformationRequired(_) => "INFORMATION_REQUIRED",
        Said::Failed(_) => "FAILED",
        Said::InDoubt(_) => "IN_DOUBT",
    }
}

/// The same with what tells one from another.
pub(crate) fn shown(said: &Said) -> String {
    match said {
        Said::Failed(failed) => {
            let class = failed.fault_class().as_str_name().trim_start_matches("FAULT_CLASS_");
            let field = if failed.field.is_empty() { String::new() } else { format!(" at {}", failed.field) };
            format!("FAILED {class} {}{field} ({:.120})", failed.code, failed.detail)
        }
        Said::Refused(refused) => format!("REFUSED {}", refused.code),
        Said::InDoubt(doubt) => format!("IN_DOUBT ({:.120})", doubt.detail),
        other => word(other).to_owned(),
    }
}

/// Whether the work was done, or goes on at the department.
pub(crate) fn is_done(said: &Said) -> bool {
    matches!(said, Said::Succeeded(_) | Said::InProgress(_))
}

/// What is wrong with a reply, whatever it answers; nothing if it is as the contract has it.
pub(crate) fn fault(
    reply: &LegReply,
    message: &Message,
    department: &DepartmentId,
    asked: Option<&LegRequest>,
) -> Option<String> {
    let Some(said) = &reply.result else { return Some("it has no result".to_owned()) };
    let is = |right: bool, what: &str| (!right).then(|| what.to_owned());
    let own_word = reply.attempt == 0;
    is(reply.department == department.as_str(), "department is not the adapter's")
        .or_else(|| is(reply.message_id == message.id.to_string(), "message_id is not the AMQP message-id"))
        .or_else(|| {
            let correlation = message.correlation.map(|id| id.to_string());
            is(correlation.as_deref() == Some(&reply.transaction), "correlation-id is not its transaction")
        })
        .or_else(|| is(reply.received_time.is_some(), "received_time is missing"))
        .or_else(|| {
            let (called, answered) = (reply.called_time.as_ref(), reply.answered_time.as_ref());
            let in_order = called.zip(answered).is_none_or(|(one, other)| convert::time(one) <= convert::time(other));
            is(in_order, "answered_time is before called_time")
        })
        .or_else(|| match said {
            Said::InDoubt(doubt) => is(doubt.certain_after.is_some(), "IN_DOUBT without certain_after"),
            Said::Failed(failed) => is(failed.fault_class != 0, "FAILED without fault_class")
                .or_else(|| is(!failed.code.is_empty(), "FAILED without code"))
                .or_else(|| is(failed.detail.chars().count() <= 1_000, "detail is longer than 1 000 characters")),
            _ => None,
        })
        .or_else(|| {
            if own_word {
                return is(reply.in_reply_to.is_empty(), "in_reply_to of a department's own word is not empty");
            }
            let asked = asked?;
            is(reply.sequence > 0, "sequence does not count from 1")
                .or_else(|| is(reply.transaction == asked.transaction, "transaction is not the request's"))
                .or_else(|| is(reply.leg == asked.leg, "leg is not the request's"))
                .or_else(|| is(reply.attempt == asked.attempt, "attempt is not the request's"))
                .or_else(|| is(reply.kind == asked.kind, "kind is not the request's"))
        })
        .map(|what| format!("{}: {what}", word(said)))
}

/// Every text in an answer, for what must not be in any.
pub(crate) fn has_replacement(said: &Said) -> bool {
    format!("{said:?}").contains('\u{fffd}')
}
