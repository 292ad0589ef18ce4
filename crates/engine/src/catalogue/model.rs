//! What the catalogue says, as plain data. Departments, services and centres are open: nothing here names one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jisr_core::money::Money;
use jisr_core::name::{CentreId, DepartmentId, LegId, OperationId, ServiceId};
use jisr_core::text::LocalizedText;
use jisr_proto::v1::{ChannelKind, CustomerCategory};

use super::form::Form;
use super::hours::OpeningHours;
use super::report::Place;

/// A department (CPSV-AP: public organisation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its id, also the file's name.
    pub id: DepartmentId,
    /// What people call it, in Arabic and English.
    pub titles: LocalizedText,
    /// What the system behind it is, in a sentence.
    pub system: LocalizedText,
    /// When that system takes work.
    pub opening_hours: OpeningHours,
}

/// A customer-service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Centre {
    /// Its id, also the file's name.
    pub id: CentreId,
    /// What people call it, in Arabic and English.
    pub titles: LocalizedText,
    /// When its doors are open.
    pub opening_hours: OpeningHours,
    /// Its counters, in the order written.
    pub counters: Vec<Counter>,
}

/// One counter of a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// What is written above it, such as `12`; unique within the centre.
    pub number: String,
    /// Whose services it gives.
    pub department: DepartmentId,
}

/// A service (CPSV-AP: public service). A version never changes once it is in force.
#[derive(Debug)]
pub struct Service {
    /// Its id, also the file's name.
    pub id: ServiceId,
    /// Compared for equality only, such as `2026-01`.
    pub version: String,
    /// What people call it, in Arabic and English.
    pub titles: LocalizedText,
    /// What it gives and to whom, in Arabic and English.
    pub description: LocalizedText,
    /// The life or business event it belongs to, if any.
    pub life_event_code: Option<String>,
    /// Where it may be applied for.
    pub channels: Vec<ChannelKind>,
    /// Who may apply.
    pub customer_categories: Vec<CustomerCategory>,
    /// What it costs.
    pub fees: Vec<Fee>,
    /// Which documents it asks for.
    pub evidence: Vec<EvidenceRequirement>,
    /// What it asks the applicant.
    pub form: Form,
    /// One leg per step, in an order in which each step stands after those it depends on.
    pub plan: Vec<Step>,
    /// Its file, for messages.
    pub(super) file: PathBuf,
}

/// A fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Unique within the service.
    pub code: String,
    /// What people call it, in Arabic and English.
    pub titles: LocalizedText,
    /// Whose it is.
    pub department: DepartmentId,
    /// How much; never negative.
    pub amount: Money,
    /// Through which channels it is asked for; empty: all.
    pub channels: Vec<ChannelKind>,
    /// Who pays it; empty: everybody.
    pub customer_categories: Vec<CustomerCategory>,
}

/// A document a service asks for (CCCEV: information requirement).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRequirement {
    /// Unique within the service; `Evidence.requirement` repeats it.
    pub requirement: String,
    /// Kinds of document that satisfy it; any one of them.
    pub evidence_types: Vec<String>,
    /// What people call it, in Arabic and English.
    pub titles: LocalizedText,
    /// Without it the application is refused.
    pub mandatory: bool,
}

/// One step of a plan: a department's operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The leg made from it, unique within the service.
    pub leg: LegId,
    /// Who does it.
    pub department: DepartmentId,
    /// What is done there.
    pub operation: OperationId,
    /// Positions, within the plan, of the steps that must have succeeded before; always smaller than its own.
    pub depends_on: Vec<u16>,
    /// Paths of the `jisr.v1.Transaction` fields that the department may see, such as `applicant.person.names`
    /// or `answers.plot_no`. Everything else is withheld; our reference number goes along always.
    pub needs: Arc<[String]>,
    /// How long the department has, by the service's promise, once the step can begin.
    pub due_within: Duration,
    /// Where the step's department is written, for messages.
    pub(super) at: Place,
    /// The path of that field, for messages.
    pub(super) field: String,
}

impl Service {
    /// The departments it reaches, in the order of the steps, each once.
    #[must_use]
    pub fn addressees(&self) -> Vec<&DepartmentId> {
        let mut departments = Vec::new();
        for step in &self.plan {
            if !departments.contains(&&step.department) {
                departments.push(&step.department);
            }
        }
        departments
    }

    /// How long the whole takes at most, by the promises of its steps: the longest way through the plan.
    #[must_use]
    pub fn due_within(&self) -> Duration {
        let mut ends: Vec<Duration> = Vec::with_capacity(self.plan.len());
        for step in &self.plan {
            // Each step stands after those it depends on.
            let begin = step.depends_on.iter().filter_map(|at| ends.get(usize::from(*at))).max();
            ends.push(begin.copied().unwrap_or_default() + step.due_within);
        }
        ends.into_iter().max().unwrap_or_default()
    }

    /// The fees that a customer of this category pays through this channel.
    pub fn fees_for(&self, channel: ChannelKind, category: CustomerCategory) -> impl Iterator<Item = &Fee> {
        self.fees.iter().filter(move |fee| {
            (fee.channels.is_empty() || fee.channels.contains(&channel))
                && (fee.customer_categories.is_empty() || fee.customer_categories.contains(&category))
        })
    }
}
