//! What the catalogue adds to an application: the version in force, its fees, its legs, and by when each is due.

use std::time::Duration;

use jisr_core::time::Timestamp;
use jisr_proto::google::r#type::Money;
use jisr_proto::v1::{ChannelKind, CustomerCategory};
use jisr_proto::{convert, v1};

use crate::catalogue::Service;

/// Writes the service's constants into the submitted half. Names of legs, states and times come with its view.
pub(super) fn promise(
    content: &mut v1::Transaction,
    service: &Service,
    channel: ChannelKind,
    category: CustomerCategory,
    now: Timestamp,
) {
    content.service_version.clone_from(&service.version);
    content.fees = service
        .fees_for(channel, category)
        .map(|fee| v1::FeeLine {
            code: fee.code.clone(),
            title: convert::text(&fee.titles),
            amount: Some(Money {
                currency_code: fee.amount.currency().as_str().to_owned(),
                units: fee.amount.units(),
                nanos: fee.amount.nanos(),
            }),
            department: fee.department.resource_name(),
            due_time: None,
        })
        .collect();
    // Told again by the view; here for the departments that need it.
    content.submit_time = Some(convert::timestamp(now));
    content.due_time = Some(convert::timestamp(now.plus(service.due_within())));
    content.legs = legs(service, now);
}

/// One leg for each step, in the plan's order.
fn legs(service: &Service, now: Timestamp) -> Vec<v1::Leg> {
    let mut ends: Vec<Duration> = Vec::with_capacity(service.plan.len());
    let mut legs = Vec::with_capacity(service.plan.len());
    for step in &service.plan {
        // Each step stands after those it depends on, and its time begins when the last of them has ended.
        let before = step.depends_on.iter().map(|on| usize::from(*on));
        let begin = before.clone().filter_map(|on| ends.get(on)).max().copied().unwrap_or_default();
        let end = begin + step.due_within;
        ends.push(end);
        legs.push(v1::Leg {
            department: step.department.resource_name(),
            operation: step.operation.to_string(),
            depends_on: before.filter_map(|on| service.plan.get(on)).map(|on| on.leg.to_string()).collect(),
            needs: step.needs.to_vec(),
            due_time: Some(convert::timestamp(now.plus(end))),
            ..v1::Leg::default()
        });
    }
    legs
}
