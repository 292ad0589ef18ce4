//! What operators are shown, from what the engine knows.

use jisr_core::fault::FaultClass;
use jisr_core::job::{Job, JobKind, JobState, Selection};
use jisr_core::name::{DepartmentId, OperationId};
use jisr_engine::BreakerStatus;
use jisr_engine::journal::{Failure, FailureGroup, Pause};
use jisr_proto::convert;
use jisr_proto::operations::v1 as wire;
use jisr_proto::v1;

pub(crate) fn failure(found: &Failure) -> wire::Failure {
    let Failure { transaction, reference_no, since, held } = found;
    wire::Failure {
        name: format!("{}/legs/{}", transaction.resource_name(), held.leg_id),
        reference_no: reference_no.to_string(),
        department: held.department.resource_name(),
        operation: held.operation.to_string(),
        adapter_version: held.adapter_version.to_string(),
        reason: held.reason.to_string(),
        fault_class: held.class.map_or(v1::FaultClass::Unspecified, fault_class).into(),
        detail: held.detail.as_deref().unwrap_or_default().to_owned(),
        leg_state: convert::leg_state(held.state).into(),
        attempt: i32::try_from(held.attempt).unwrap_or(i32::MAX),
        hold_time: Some(convert::timestamp(*since)),
    }
}

pub(crate) fn group(group: &FailureGroup) -> wire::FailureGroup {
    wire::FailureGroup {
        reason: group.reason.to_string(),
        department: group.department.resource_name(),
        operation: group.operation.to_string(),
        adapter_version: group.adapter_version.to_string(),
        count: signed(group.count),
        first_time: Some(convert::timestamp(group.first.since)),
        last_time: Some(convert::timestamp(group.last)),
        sample: format!("{}/legs/{}", group.first.transaction.resource_name(), group.first_leg),
    }
}

pub(crate) fn job(job: &Job) -> wire::Job {
    wire::Job {
        name: format!("jobs/{}", job.id),
        kind: match job.kind {
            JobKind::Redrive => wire::JobKind::Redrive,
            JobKind::Discard => wire::JobKind::Discard,
        }
        .into(),
        selection: Some(selection(&job.selection)),
        reason: job.note.iter().next().map(|(_, text)| text.to_owned()).unwrap_or_default(),
        operator: job.created_by.to_string(),
        create_time: Some(convert::timestamp(job.create_time)),
        update_time: Some(convert::timestamp(job.update_time)),
        end_time: job.end_time.map(convert::timestamp),
        state: match job.state {
            JobState::Running => wire::JobState::Running,
            JobState::Cancelled => wire::JobState::Cancelled,
            JobState::Done => wire::JobState::Done,
        }
        .into(),
        concurrency: i32::try_from(job.concurrency).unwrap_or(i32::MAX),
        per_second: i32::try_from(job.per_second).unwrap_or(i32::MAX),
        total_count: signed(job.total),
        done_count: signed(job.done),
        failed_count: signed(job.failed),
        passed_over_count: signed(job.passed_over),
        in_hand_count: i64::try_from(job.in_hand.len()).unwrap_or(i64::MAX),
        arrived_count: signed(job.arrived),
    }
}

fn selection(selection: &Selection) -> wire::FailureSelection {
    let transaction = selection.transaction.map(|id| match &selection.leg {
        Some(leg) => format!("{}/legs/{leg}", id.resource_name()),
        None => id.resource_name(),
    });
    wire::FailureSelection {
        transaction: transaction.unwrap_or_default(),
        department: selection.department.as_ref().map(DepartmentId::resource_name).unwrap_or_default(),
        operation: selection.operation.as_ref().map(ToString::to_string).unwrap_or_default(),
        reason: selection.reason.as_deref().unwrap_or_default().to_owned(),
        adapter_version: selection.adapter_version.as_ref().map(ToString::to_string),
        since_time: selection.since.map(convert::timestamp),
        before_time: selection.before.map(convert::timestamp),
    }
}

pub(crate) fn pause(pause: &Pause) -> wire::DepartmentPause {
    wire::DepartmentPause {
        operator: pause.paused_by.to_string(),
        time: Some(convert::timestamp(pause.since)),
        reason: convert::text(&pause.reason),
    }
}

pub(crate) fn breaker((operation, status): (OperationId, BreakerStatus)) -> wire::Breaker {
    let state = if status.half_open { wire::BreakerState::HalfOpen } else { wire::BreakerState::Open };
    wire::Breaker {
        operation: operation.to_string(),
        state: state.into(),
        time: Some(convert::timestamp(status.since)),
        fault_code: status.fault.to_string(),
        failures: i32::try_from(status.failures).unwrap_or(i32::MAX),
        next_probe_time: Some(convert::timestamp(status.next_probe)),
    }
}

/// Counts of the API are signed.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

const fn fault_class(class: FaultClass) -> v1::FaultClass {
    match class {
        FaultClass::Transient => v1::FaultClass::Transient,
        FaultClass::Permanent => v1::FaultClass::Permanent,
        FaultClass::Mapping => v1::FaultClass::Mapping,
        FaultClass::Expired => v1::FaultClass::Expired,
        FaultClass::NotFound => v1::FaultClass::NotFound,
        FaultClass::Unsupported => v1::FaultClass::Unsupported,
    }
}
