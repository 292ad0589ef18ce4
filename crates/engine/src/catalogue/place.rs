//! Readers of the two kinds of place: departments and centres.

use super::common::{self, Departments};
use super::hours::OpeningHours;
use super::model::{Centre, Counter, Department};
use super::node::Node;
use super::reader::Item;
use super::report::Report;

/// Reads `departments/<id>.yaml`.
pub(super) fn department(node: &Node, report: &mut Report) -> Option<Department> {
    let mut fields = Item::root(node).fields(report)?;
    let id = common::id(&mut fields, report);
    let titles = fields.required("titles", report).and_then(|item| item.localized(report));
    let system = fields.required("system", report).and_then(|item| item.localized(report));
    let hours = fields.required("opening_hours", report).and_then(|item| OpeningHours::read(&item, report));
    fields.close(report);
    Some(Department { id: id?, titles: titles?, system: system?, opening_hours: hours? })
}

/// Reads `centres/<id>.yaml`.
pub(super) fn centre(node: &Node, known: &Departments, report: &mut Report) -> Option<Centre> {
    let mut fields = Item::root(node).fields(report)?;
    let id = common::id(&mut fields, report);
    let titles = fields.required("titles", report).and_then(|item| item.localized(report));
    let hours = fields.required("opening_hours", report).and_then(|item| OpeningHours::read(&item, report));
    let counters = fields.required("counters", report).and_then(|item| counters(&item, known, report));
    fields.close(report);
    Some(Centre { id: id?, titles: titles?, opening_hours: hours?, counters: counters? })
}

/// `counters: [{department: municipality, numbers: ["1", "2"]}]`
fn counters(item: &Item<'_>, known: &Departments, report: &mut Report) -> Option<Vec<Counter>> {
    let groups = item.list(report)?;
    if groups.is_empty() {
        item.error(report, "a centre has at least one counter");
    }
    let mut counters: Vec<Counter> = Vec::new();
    for group in &groups {
        let Some(mut fields) = group.fields(report) else { continue };
        let department = fields.required("department", report);
        let department = department.and_then(|item| common::department(&item, known, report));
        let numbers = fields.required("numbers", report).and_then(|item| item.list(report)).unwrap_or_default();
        fields.close(report);
        for item in numbers {
            let Some(number) = item.text(report) else { continue };
            if counters.iter().any(|counter| counter.number == number) {
                item.error(report, format!("counter `{number}` is written twice"));
            } else if let Some(department) = department.clone() {
                counters.push(Counter { number: number.to_owned(), department });
            }
        }
    }
    Some(counters)
}
