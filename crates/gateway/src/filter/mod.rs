//! Filters of lists and watches: a subset of AIP-160, read into what the journal can find.
//!
//! ```text
//! filter     = [ conjunction ]
//! conjunction = factor { "AND" factor }
//! factor     = term { "OR" term }            OR binds tighter than AND, as AIP-160 has it
//! term       = "(" conjunction ")" | field operator value
//! operator   = "=" | ">=" | "<" | ">" | "<="
//! value      = text in double or single quotes, backslash escapes; or a bare word
//! ```
//! Fields: `state`, `service`, `channel.centre` (or `centre`), `reference_no`, `create_time`. Alternatives are between
//! states only.

mod lexer;
mod meaning;
mod parser;

use jisr_core::problem::{Problem, Reason, Rule, Violation};
use jisr_engine::journal::Filter;

/// Longest filter, in characters.
const LONGEST: usize = 1_000;

/// What is wrong with a filter, and where.
#[derive(Debug)]
struct Fault {
    /// Character of the filter, from 1.
    position: usize,
    /// The field concerned, empty where there is none yet.
    field: String,
    rule: Rule,
}

/// Reads the `filter` field. An empty one wants everything.
///
/// # Errors
/// `FILTER_INVALID` with the position and, where there is one, the field.
pub(crate) fn parse(text: &str) -> Result<Filter, Problem> {
    read(text).map_err(|Fault { position, field, rule }| {
        let mut problem = Problem::new(Reason::FilterInvalid).with("position", position);
        if !field.is_empty() {
            problem = problem.with("field", field);
        }
        problem.violation(Violation::new("filter", rule))
    })
}

fn read(text: &str) -> Result<Filter, Fault> {
    if text.chars().count() > LONGEST {
        let max = LONGEST as u64;
        return Err(Fault { position: LONGEST + 1, field: String::new(), rule: Rule::TooLong { max } });
    }
    let tokens = lexer::tokens(text)?;
    let tree = parser::parse(tokens, text.trim_end().chars().count() + 1)?;
    let mut filter = Filter::default();
    meaning::apply(tree, &mut filter)?;
    Ok(filter)
}

#[cfg(test)]
mod tests;
