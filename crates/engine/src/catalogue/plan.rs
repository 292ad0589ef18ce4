//! Reader of a service's plan: known departments, no cycles, and only fields that exist.

use super::common::{self, Departments};
use super::model::Step;
use super::node::Value;
use super::paths::Paths;
use super::reader::{Item, did_you_mean, nearest};
use super::report::Report;

/// A step whose dependencies are still names.
struct Draft<'n> {
    step: Step,
    after: Vec<Item<'n>>,
}

/// Reads the plan and puts each step after those it depends on; otherwise the order stays as written.
pub(super) fn read(
    item: &Item<'_>,
    known: &Departments,
    paths: &Paths,
    form: Option<&Item<'_>>,
    report: &mut Report,
) -> Option<Vec<Step>> {
    let items = item.list(report)?;
    if items.is_empty() {
        item.error(report, "a plan has at least one step");
    }
    if u16::try_from(items.len()).is_err() {
        item.error(report, "a plan has at most 65535 steps");
        return None;
    }
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for item in &items {
        let Some(draft) = step(item, known, paths, form, report) else { continue };
        if drafts.iter().any(|other| other.step.leg == draft.step.leg) {
            item.error(report, format!("leg `{}` is written twice", draft.step.leg));
        }
        drafts.push(draft);
    }
    if drafts.len() < items.len() {
        return None;
    }
    order(drafts, report)
}

fn step<'n>(
    item: &Item<'n>,
    known: &Departments,
    paths: &Paths,
    form: Option<&Item<'_>>,
    report: &mut Report,
) -> Option<Draft<'n>> {
    let mut fields = item.fields(report)?;
    let leg = fields.required("leg", report).and_then(|item| item.parse(report, str::parse));
    let department_item = fields.required("department", report);
    let department = department_item.as_ref().and_then(|item| common::department(item, known, report));
    let operation = fields.required("operation", report).and_then(|item| item.parse(report, str::parse));
    let after = fields.optional("depends_on").map_or(Some(Vec::new()), |item| item.list(report));
    let needs = fields.required("needs", report).and_then(|item| {
        item.set(report, |item, report| {
            let path = item.text(report)?;
            paths.check(path, |answer| answered(answer, form)).map_err(|message| item.error(report, message)).ok()?;
            Some(path.to_owned())
        })
    });
    let due_within = fields.required("due_within", report).and_then(|item| item.duration(report));
    fields.close(report);
    let department_item = department_item?;
    let step = Step {
        leg: leg?,
        department: department?,
        operation: operation?,
        depends_on: Vec::new(),
        needs: needs?.into(),
        due_within: due_within?,
        at: department_item.node.at,
        field: department_item.path,
    };
    Some(Draft { step, after: after? })
}

/// Whether the form asks for an answer of this name.
fn answered(answer: &str, form: Option<&Item<'_>>) -> Result<(), String> {
    // A form that could not be read has its own error.
    let Some(Value::Map(properties)) =
        form.and_then(|form| form.node.child("properties")).map(|properties| &properties.value)
    else {
        return Ok(());
    };
    if properties.iter().any(|(key, _)| key.name == answer) {
        return Ok(());
    }
    let hint = nearest(answer, properties.iter().map(|(key, _)| key.name.as_str()))
        .map_or_else(String::new, |name| format!("; {}", did_you_mean(name)));
    Err(format!("the form has no `{answer}`{hint}"))
}

fn order(mut drafts: Vec<Draft<'_>>, report: &mut Report) -> Option<Vec<Step>> {
    let names: Vec<String> = drafts.iter().map(|draft| draft.step.leg.to_string()).collect();
    let mut sound = true;
    // Positions as written; the steps' own field is filled when the order is known.
    let mut after: Vec<Vec<usize>> = Vec::new();
    for draft in &drafts {
        let mut positions = Vec::new();
        for item in &draft.after {
            let name = item.text(report);
            let position = name.and_then(|name| names.iter().position(|known| known == name));
            let own = draft.step.leg.as_str();
            match (name, position) {
                (Some(name), _) if name == own => item.error(report, format!("`{own}` cannot depend on itself")),
                (_, Some(position)) if positions.contains(&position) => item.error(report, "is in the list twice"),
                (_, Some(position)) => {
                    positions.push(position);
                    continue;
                }
                (Some(name), None) => {
                    let hint = nearest(name, names.iter().map(String::as_str))
                        .map_or_else(String::new, |name| format!("; {}", did_you_mean(name)));
                    item.error(report, format!("the plan has no leg `{name}`{hint}"));
                }
                (None, None) => {}
            }
            sound = false;
        }
        after.push(positions);
    }
    if !sound {
        return None;
    }
    let mut placed: Vec<usize> = Vec::with_capacity(drafts.len());
    while placed.len() < drafts.len() {
        let ready = |at: &usize| !placed.contains(at) && after[*at].iter().all(|before| placed.contains(before));
        let Some(next) = (0..drafts.len()).find(ready) else {
            let stuck = (0..drafts.len()).find(|at| !placed.contains(at)).unwrap_or_default();
            let circle = circle(stuck, &after, &placed);
            let way: Vec<&str> = circle.iter().map(|at| names[*at].as_str()).collect();
            let item = drafts[circle[0]].after.first()?;
            item.error(report, format!("the steps wait for one another in a circle: {}", way.join(" -> ")));
            return None;
        };
        placed.push(next);
    }
    let mut steps = Vec::with_capacity(drafts.len());
    for at in &placed {
        let position = |before: &usize| placed.iter().position(|other| other == before);
        let positions = after[*at].iter().filter_map(position).filter_map(|at| u16::try_from(at).ok());
        drafts[*at].step.depends_on = positions.collect();
        steps.push(drafts[*at].step.clone());
    }
    Some(steps)
}

/// Follows what each step waits for until one comes twice: a circle, ending where it begins.
fn circle(start: usize, after: &[Vec<usize>], placed: &[usize]) -> Vec<usize> {
    let mut way = vec![start];
    loop {
        let last = way[way.len() - 1];
        // A step that cannot be placed waits for at least one other that cannot.
        let Some(next) = after[last].iter().copied().find(|at| !placed.contains(at)) else { return way };
        if let Some(first) = way.iter().position(|at| *at == next) {
            way.drain(..first);
            way.push(next);
            return way;
        }
        way.push(next);
    }
}
