//! The catalogue as the API shows it.

use jisr_core::time::Timestamp;
use jisr_engine::catalogue::{self, Fee, Step};
use jisr_engine::{Availability, Directory};
use jisr_proto::convert::{text, timestamp};
use jisr_proto::google::r#type::Money;
use jisr_proto::v1::{Centre, Department, DepartmentState, EvidenceRequirement, FeeSchedule, Service, ServiceStep};

use super::structs;

/// A service.
pub(super) fn service(service: &catalogue::Service) -> Service {
    let evidence = service.evidence.iter().map(|evidence| EvidenceRequirement {
        requirement: evidence.requirement.clone(),
        evidence_types: evidence.evidence_types.clone(),
        title: text(&evidence.titles),
        mandatory: evidence.mandatory,
    });
    Service {
        name: service.id.resource_name(),
        version: service.version.clone(),
        titles: text(&service.titles),
        description: text(&service.description),
        form_schema: structs::object(service.form.schema()),
        fees: service.fees.iter().map(fee).collect(),
        evidence: evidence.collect(),
        addressees: service.addressees().into_iter().map(|department| department.resource_name()).collect(),
        steps: service.plan.iter().map(|one| step(one, &service.plan)).collect(),
        customer_categories: service.customer_categories.iter().map(|category| (*category).into()).collect(),
        life_event_code: service.life_event_code.clone().unwrap_or_default(),
    }
}

fn fee(fee: &Fee) -> FeeSchedule {
    let amount = &fee.amount;
    FeeSchedule {
        code: fee.code.clone(),
        title: text(&fee.titles),
        amount: Some(Money {
            currency_code: amount.currency().to_string(),
            units: amount.units(),
            nanos: amount.nanos(),
        }),
        department: fee.department.resource_name(),
        customer_categories: fee.customer_categories.iter().map(|category| (*category).into()).collect(),
        channels: fee.channels.iter().map(|channel| (*channel).into()).collect(),
    }
}

fn step(step: &Step, plan: &[Step]) -> ServiceStep {
    let before = step.depends_on.iter().filter_map(|at| plan.get(usize::from(*at)));
    ServiceStep {
        name: step.leg.to_string(),
        department: step.department.resource_name(),
        operation: step.operation.to_string(),
        depends_on: before.map(|step| step.leg.to_string()).collect(),
        needs: step.needs.to_vec(),
    }
}

/// A department, and whether it can be reached now. Since when is known only of one that has fallen silent.
pub(super) fn department(department: &catalogue::Department, directory: &Directory, now: Timestamp) -> Department {
    let last_heard = || {
        let adapter = directory.adapters(now).into_iter().find(|adapter| adapter.department == department.id);
        adapter.map(|adapter| adapter.last_heard).filter(|heard| *heard > Timestamp::MIN).map(timestamp)
    };
    let (state, state_time) = match directory.availability(&department.id, now) {
        Availability::Up => (DepartmentState::Up, None),
        Availability::Down => (DepartmentState::Down, last_heard()),
        Availability::Unknown => (DepartmentState::Unknown, None),
    };
    Department {
        name: department.id.resource_name(),
        titles: text(&department.titles),
        system: text(&department.system),
        state: state.into(),
        opening_hours: text(&department.opening_hours.words()),
        state_time,
    }
}

/// A centre.
pub(super) fn centre(centre: &catalogue::Centre) -> Centre {
    Centre {
        name: centre.id.resource_name(),
        titles: text(&centre.titles),
        counters: centre.counters.iter().map(|counter| counter.number.clone()).collect(),
        opening_hours: text(&centre.opening_hours.words()),
    }
}
