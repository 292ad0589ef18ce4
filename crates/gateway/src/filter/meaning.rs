//! From comparisons to the journal's filter: which fields there are, and what their values may be.

use std::str::FromStr;
use std::time::Duration;

use jisr_core::name::{CentreId, NameError, ServiceId};
use jisr_core::problem::{Rule, Thing};
use jisr_core::reference_no::ReferenceNo;
use jisr_core::state::TransactionState;
use jisr_core::time::Timestamp;
use jisr_engine::journal::Filter;
use jisr_proto::convert::{transaction_state, transaction_state_from_name};

use super::Fault;
use super::lexer::Operator;
use super::parser::{Comparison, Tree};

/// The fields a filter may name.
pub(super) const FIELDS: &[&str] = &["state", "service", "channel.centre", "reference_no", "create_time"];

const STATE_PREFIX: &str = "TRANSACTION_STATE_";
/// The finest step of our clock.
const TICK: Duration = Duration::from_micros(1);

/// Writes what the tree says into the filter.
pub(super) fn apply(tree: Tree, filter: &mut Filter) -> Result<(), Fault> {
    match tree {
        Tree::All(all) => all.into_iter().try_for_each(|tree| apply(tree, filter)),
        Tree::Any(mut any) if any.len() == 1 => any.pop().map_or(Ok(()), |only| apply(only, filter)),
        Tree::Any(any) => {
            let mut alternatives = Vec::new();
            any.into_iter().try_for_each(|tree| states(tree, &mut alternatives))?;
            let [(position, _), ..] = &alternatives[..] else { return Ok(()) };
            let position = *position;
            set_states(filter, position, alternatives.into_iter().map(|(_, state)| state).collect())
        }
        Tree::Comparison(comparison) => compare(comparison, filter),
    }
}

/// The states of one alternative; anything else has no alternatives.
fn states(tree: Tree, found: &mut Vec<(usize, TransactionState)>) -> Result<(), Fault> {
    match tree {
        Tree::Any(any) => any.into_iter().try_for_each(|tree| states(tree, found)),
        Tree::All(mut all) if all.len() == 1 => all.pop().map_or(Ok(()), |only| states(only, found)),
        Tree::All(all) => {
            let position = all.iter().find_map(first_position).unwrap_or(1);
            Err(Fault { position, field: String::new(), rule: one_of(&["OR"]) })
        }
        Tree::Comparison(comparison) if comparison.field == "state" => {
            found.push((comparison.position, state(&comparison)?));
            Ok(())
        }
        Tree::Comparison(comparison) => Err(comparison.fault(one_of(&["state"]))),
    }
}

fn first_position(tree: &Tree) -> Option<usize> {
    match tree {
        Tree::All(inside) | Tree::Any(inside) => inside.iter().find_map(first_position),
        Tree::Comparison(comparison) => Some(comparison.position),
    }
}

fn compare(comparison: Comparison, filter: &mut Filter) -> Result<(), Fault> {
    match comparison.field.as_str() {
        "state" => {
            let state = state(&comparison)?;
            set_states(filter, comparison.position, vec![state])
        }
        "service" => {
            let id = named(&comparison, ServiceId::from_resource_name, Thing::Service)?;
            set(&mut filter.service, id, &comparison)
        }
        "channel.centre" | "centre" => {
            let id = named(&comparison, CentreId::from_resource_name, Thing::Centre)?;
            set(&mut filter.centre, id, &comparison)
        }
        "reference_no" => {
            let number: Result<ReferenceNo, _> = equal(&comparison)?.parse();
            let number = number.map_err(|_| comparison.wrong(Rule::Malformed { what: Thing::ReferenceNo }))?;
            set(&mut filter.reference_no, number.to_string().into(), &comparison)
        }
        "create_time" => {
            let time = Timestamp::parse(&comparison.value)
                .map_err(|_| comparison.wrong(Rule::Malformed { what: Thing::Timestamp }))?;
            match comparison.operator {
                Operator::AtLeast => set(&mut filter.from, time, &comparison),
                Operator::Above => set(&mut filter.from, time.plus(TICK), &comparison),
                Operator::Below => set(&mut filter.to, time, &comparison),
                Operator::AtMost => set(&mut filter.to, time.plus(TICK), &comparison),
                Operator::Equal => Err(comparison.fault(one_of(&[">=", "<"]))),
            }
        }
        _ => Err(comparison.fault(one_of(FIELDS))),
    }
}

/// The value, where only `=` makes sense.
fn equal(comparison: &Comparison) -> Result<&str, Fault> {
    match comparison.operator {
        Operator::Equal => Ok(&comparison.value),
        _ => Err(comparison.fault(one_of(&["="]))),
    }
}

/// `PROCESSING`, or by its whole name of the schema.
fn state(comparison: &Comparison) -> Result<TransactionState, Fault> {
    let value = equal(comparison)?;
    let short = value.strip_prefix(STATE_PREFIX).unwrap_or(value);
    transaction_state_from_name(short).ok_or_else(|| {
        let name = |state| transaction_state(state).as_str_name().trim_start_matches(STATE_PREFIX);
        let names: Vec<&str> = TransactionState::ALL.into_iter().map(name).collect();
        comparison.wrong(one_of(&names))
    })
}

/// A resource name, or the bare id.
fn named<T: FromStr>(
    comparison: &Comparison,
    from_resource_name: impl Fn(&str) -> Result<T, NameError>,
    what: Thing,
) -> Result<T, Fault> {
    let value = equal(comparison)?;
    let read = from_resource_name(value).ok().or_else(|| value.parse().ok());
    read.ok_or_else(|| comparison.wrong(Rule::Malformed { what }))
}

/// Each field once: two different values would want nothing, which nobody means to ask.
fn set<T>(place: &mut Option<T>, value: T, comparison: &Comparison) -> Result<(), Fault> {
    if place.is_some() {
        return Err(comparison.fault(Rule::Duplicate));
    }
    *place = Some(value);
    Ok(())
}

fn set_states(filter: &mut Filter, position: usize, mut states: Vec<TransactionState>) -> Result<(), Fault> {
    if !filter.states.is_empty() {
        return Err(Fault { position, field: "state".to_owned(), rule: Rule::Duplicate });
    }
    states.sort();
    states.dedup();
    filter.states = states;
    Ok(())
}

impl Comparison {
    /// The comparison itself is wrong.
    fn fault(&self, rule: Rule) -> Fault {
        Fault { position: self.position, field: self.field.clone(), rule }
    }

    /// The value is wrong.
    fn wrong(&self, rule: Rule) -> Fault {
        Fault { position: self.value_position, field: self.field.clone(), rule }
    }
}

fn one_of(allowed: &[&str]) -> Rule {
    Rule::NotOneOf { allowed: allowed.iter().map(|word| (*word).to_owned()).collect() }
}
