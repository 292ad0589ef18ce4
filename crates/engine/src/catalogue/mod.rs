//! The catalogue: departments, services and centres as files that people edit, checked before anything relies on them.
//!
//! YAML is read into a tree that knows its lines ([`node`]), walked by readers that report every mistake and go on
//! ([`reader`]), and becomes plain data ([`model`]). No department, service or centre is named in code.

mod common;
mod form;
mod form_lint;
mod form_rules;
mod hours;
mod load;
mod model;
mod node;
mod paths;
mod place;
mod plan;
mod reader;
mod report;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use jisr_core::name::{CentreId, DepartmentId, ServiceId};
use jisr_core::problem::Violation;

pub use form::Form;
pub use hours::{Interval, OpeningHours};
pub use model::{Centre, Counter, Department, EvidenceRequirement, Fee, Service, Step};
pub use report::{LintError, Place, Warning};

/// Everything that can be applied for, and where. Immutable once loaded.
#[derive(Debug, Default)]
pub struct Catalogue {
    departments: BTreeMap<DepartmentId, Department>,
    services: BTreeMap<ServiceId, Service>,
    centres: BTreeMap<CentreId, Centre>,
}

impl Catalogue {
    /// The service with this id.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.get(id)
    }

    /// The department with this id.
    #[must_use]
    pub fn department(&self, id: &str) -> Option<&Department> {
        self.departments.get(id)
    }

    /// The centre with this id.
    #[must_use]
    pub fn centre(&self, id: &str) -> Option<&Centre> {
        self.centres.get(id)
    }

    /// All services, by id.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &Service> {
        self.services.values()
    }

    /// All departments, by id.
    pub fn departments(&self) -> impl ExactSizeIterator<Item = &Department> {
        self.departments.values()
    }

    /// All centres, by id.
    pub fn centres(&self) -> impl ExactSizeIterator<Item = &Centre> {
        self.centres.values()
    }

    /// One warning for each step whose department is not among `known`, the departments with an adapter.
    #[must_use]
    pub fn without_adapter<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Vec<Warning> {
        let known: BTreeSet<&str> = known.into_iter().collect();
        let steps = self.services.values().flat_map(|service| service.plan.iter().map(move |step| (service, step)));
        steps
            .filter(|(_, step)| !known.contains(step.department.as_str()))
            .map(|(service, step)| {
                let message =
                    format!("no adapter is known for department {}: work is accepted and waits", step.department);
                Warning::new(&service.file, step.at, &step.field, message)
            })
            .collect()
    }
}

impl Service {
    /// What is wrong with the answers to the form, fields as `transaction.answers.plot_no`.
    #[must_use]
    pub fn check_answers(&self, answers: &serde_json::Value) -> Vec<Violation> {
        self.form.check(answers)
    }
}

#[cfg(test)]
mod tests;
