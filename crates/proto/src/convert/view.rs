//! The transaction as the API shows it: the submitted half overlaid with the mutable half.

use jisr_core::case::{Actor, ActorKind, Case, EventRecord, Leg, Moved};
use jisr_core::id::TransactionId;
use prost::Message as _;

use super::state::short;
use super::{leg_state, text, timestamp, transaction_state};
use crate::adapter::v1 as wire;
use crate::v1;

/// What a transaction's view is made of.
#[derive(Clone, Copy, Debug)]
pub struct TransactionView<'a> {
    /// Its id.
    pub id: TransactionId,
    /// Counts its changes; becomes the etag.
    pub version: i64,
    /// What is printed on the receipt.
    pub reference_no: &'a str,
    /// The mutable half.
    pub case: &'a Case,
}

impl TransactionView<'_> {
    /// Lays the mutable half over `content`, the submitted half (which brings the plan's constants of each leg).
    #[must_use]
    pub fn over(&self, content: v1::Transaction) -> v1::Transaction {
        let Self { id, version, reference_no, case } = *self;
        let mut view = content;
        view.name = id.resource_name();
        view.uid = id.to_string();
        view.etag = version.to_string();
        view.reference_no = reference_no.to_owned();
        view.state = transaction_state(case.state).into();
        view.state_reason = case.reason.as_deref().unwrap_or_default().to_owned();
        view.create_time = Some(timestamp(case.submit_time));
        view.submit_time = Some(timestamp(case.submit_time));
        view.update_time = Some(timestamp(case.update_time));
        view.complete_time = case.complete_time.map(timestamp);
        view.expire_time = case.expire_time.map(timestamp);
        view.legs.resize_with(case.legs.len(), v1::Leg::default);
        for (shown, leg) in view.legs.iter_mut().zip(&case.legs) {
            show_leg(shown, id, case, leg, &mut view.outputs);
        }
        view.department_status = case
            .legs
            .iter()
            .rev()
            .find(|leg| !leg.progress.status.is_empty())
            .map(|leg| text(&leg.progress.status))
            .unwrap_or_default();
        view
    }
}

fn show_leg(shown: &mut v1::Leg, id: TransactionId, case: &Case, leg: &Leg, outputs: &mut Vec<v1::Output>) {
    let progress = &leg.progress;
    shown.name = id.leg_name(&leg.id);
    shown.department = leg.department.resource_name();
    shown.operation = leg.operation.to_string();
    shown.state = leg_state(progress.state).into();
    shown.depends_on =
        leg.depends_on.iter().filter_map(|on| case.legs.get(usize::from(*on))).map(|on| on.id.to_string()).collect();
    shown.attempt = progress.attempt;
    shown.held = progress.held;
    shown.dispatch_time = progress.times.dispatched.map(timestamp);
    shown.called_time = progress.times.called.map(timestamp);
    shown.answered_time = progress.times.answered.map(timestamp);
    shown.returned_time = progress.times.returned.map(timestamp);
    shown.department_status = text(&progress.status);
    shown.last_error = progress.fault.as_ref().map(|(fault, time)| {
        let failed = super::fault_to_wire(fault);
        v1::LegError {
            reason: failed.code,
            fault_class: failed.fault_class,
            message: fault
                .detail
                .iter()
                .map(|detail| v1::LocalizedText { text: detail.to_string(), language_code: "en".to_owned() })
                .collect(),
            time: Some(timestamp(*time)),
        }
    });
    let answer = progress.outcome.as_ref().and_then(|outcome| wire::Succeeded::decode(outcome.clone()).ok());
    if let Some(answer) = answer {
        shown.outcome = answer.outcome;
        shown.legacy_refs = answer.legacy_refs;
        outputs.extend(answer.outputs.into_iter().map(|output| v1::Output { leg: leg.id.to_string(), ..output }));
    }
}

/// An event as the API shows it.
#[must_use]
pub fn event(record: &EventRecord, transaction: TransactionId) -> v1::Event {
    let (leg, from, to, attempt) = match &record.moved {
        Moved::Transaction { from, to } => (
            String::new(),
            from.map(transaction_state).map_or("", |from| from.as_str_name()),
            transaction_state(*to).as_str_name(),
            0,
        ),
        Moved::Leg { leg, from, to, attempt, .. } => {
            (leg.to_string(), leg_state(*from).as_str_name(), leg_state(*to).as_str_name(), *attempt)
        }
    };
    v1::Event {
        sequence: record.sequence.into(),
        transaction: transaction.resource_name(),
        leg,
        from: short(from).to_owned(),
        to: short(to).to_owned(),
        actor: Some(actor(&record.actor)),
        time: Some(timestamp(record.time)),
        reason: record.reason.as_deref().unwrap_or_default().to_owned(),
        note: text(&record.note),
        attempt,
    }
}

fn actor(actor: &Actor) -> v1::Actor {
    let kind = match actor.kind {
        ActorKind::FrontEnd => v1::ActorKind::Client,
        ActorKind::Engine => v1::ActorKind::System,
        ActorKind::Department => v1::ActorKind::Department,
        ActorKind::Operator => v1::ActorKind::Operator,
    };
    v1::Actor { kind: kind.into(), id: actor.id.to_string() }
}
