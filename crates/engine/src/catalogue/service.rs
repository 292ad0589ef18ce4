//! Reader of `services/<id>.yaml`.

use super::common::{self, Departments};
use super::form::Form;
use super::model::{EvidenceRequirement, Fee, Service};
use super::node::Node;
use super::paths::Paths;
use super::plan;
use super::reader::Item;
use super::report::Report;

/// Reads a service and checks all that one file can show.
pub(super) fn service(node: &Node, known: &Departments, paths: &Paths, report: &mut Report) -> Option<Service> {
    let mut fields = Item::root(node).fields(report)?;
    let id = common::id(&mut fields, report);
    let version = fields.required("version", report).and_then(|item| common::code(&item, report));
    let titles = fields.required("titles", report).and_then(|item| item.localized(report));
    let description = fields.required("description", report).and_then(|item| item.localized(report));
    let life_event = fields.optional("life_event_code").map(|item| common::code(&item, report));
    let channels = fields.required("channels", report).and_then(|item| {
        not_empty(&item, report);
        common::channels(&item, report)
    });
    let categories = fields.required("customer_categories", report).and_then(|item| {
        not_empty(&item, report);
        common::categories(&item, report)
    });
    let fees = fields.required("fees", report).and_then(|item| fees(&item, known, report));
    let evidence = fields.required("evidence", report).and_then(|item| evidence(&item, report));
    let form_item = fields.required("form", report);
    let form = form_item.as_ref().and_then(|item| Form::read(item, report));
    let plan = fields.required("plan", report);
    let plan = plan.and_then(|item| plan::read(&item, known, paths, form_item.as_ref(), report));
    fields.close(report);
    Some(Service {
        id: id?,
        version: version?,
        titles: titles?,
        description: description?,
        // Absent is fine; present and wrong is not.
        life_event_code: life_event.map_or(Some(None), |code| code.map(Some))?,
        channels: channels?,
        customer_categories: categories?,
        fees: fees?,
        evidence: evidence?,
        form: form?,
        plan: plan?,
        file: report.file.clone(),
    })
}

fn not_empty(item: &Item<'_>, report: &mut Report) {
    if item.list(report).is_some_and(|list| list.is_empty()) {
        item.error(report, "must name at least one");
    }
}

fn fees(item: &Item<'_>, known: &Departments, report: &mut Report) -> Option<Vec<Fee>> {
    let mut fees: Vec<Fee> = Vec::new();
    let items = item.list(report)?;
    for item in &items {
        let Some(mut fields) = item.fields(report) else { continue };
        let code = fields.required("code", report);
        let duplicate = code.clone();
        let code = code.and_then(|item| common::code(&item, report));
        let titles = fields.required("titles", report).and_then(|item| item.localized(report));
        let department = fields.required("department", report);
        let department = department.and_then(|item| common::department(&item, known, report));
        let amount = common::amount(&mut fields, report);
        let channels = fields.optional("channels").map(|item| common::channels(&item, report));
        let categories = fields.optional("customer_categories").map(|item| common::categories(&item, report));
        fields.close(report);
        if let (Some(item), Some(code)) = (duplicate, &code)
            && fees.iter().any(|fee| fee.code == *code)
        {
            item.error(report, format!("fee `{code}` is written twice"));
        }
        if let (Some(code), Some(titles), Some(department), Some(amount)) = (code, titles, department, amount) {
            let channels = channels.flatten().unwrap_or_default();
            let customer_categories = categories.flatten().unwrap_or_default();
            fees.push(Fee { code, titles, department, amount, channels, customer_categories });
        }
    }
    Some(fees)
}

fn evidence(item: &Item<'_>, report: &mut Report) -> Option<Vec<EvidenceRequirement>> {
    let mut requirements: Vec<EvidenceRequirement> = Vec::new();
    for item in &item.list(report)? {
        let Some(mut fields) = item.fields(report) else { continue };
        let name = fields.required("requirement", report);
        let requirement = name.as_ref().and_then(|item| common::code(item, report));
        let types = fields.required("evidence_types", report).and_then(|item| {
            not_empty(&item, report);
            item.set(report, common::code)
        });
        let titles = fields.required("titles", report).and_then(|item| item.localized(report));
        let mandatory = fields.required("mandatory", report).and_then(|item| item.boolean(report));
        fields.close(report);
        if let (Some(item), Some(requirement)) = (name, &requirement)
            && requirements.iter().any(|known| known.requirement == *requirement)
        {
            item.error(report, format!("requirement `{requirement}` is written twice"));
        }
        if let (Some(requirement), Some(evidence_types), Some(titles), Some(mandatory)) =
            (requirement, types, titles, mandatory)
        {
            requirements.push(EvidenceRequirement { requirement, evidence_types, titles, mandatory });
        }
    }
    Some(requirements)
}
