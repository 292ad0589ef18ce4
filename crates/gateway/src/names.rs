//! Resource names and ids of requests, read or told as violations of their field.

use jisr_core::id::{RequestId, TransactionId};
use jisr_core::problem::{Problem, Rule, Thing, Violation};

/// `transactions/{uuid}` in this field.
pub(crate) fn transaction(field: &'static str, name: &str) -> Result<TransactionId, Violation> {
    if name.is_empty() {
        return Err(Violation::new(field, Rule::Required));
    }
    let expected = || format!("{}/019ca77b-46fb-7fff-bfff-ffffffffffff", TransactionId::COLLECTION);
    TransactionId::from_resource_name(name).map_err(|_| Violation::new(field, Rule::Pattern { expected: expected() }))
}

/// The `request_id` every write carries (AIP-155).
pub(crate) fn request_id(id: &str) -> Result<RequestId, Violation> {
    if id.is_empty() {
        return Err(Violation::new("request_id", Rule::Required));
    }
    id.parse().map_err(|_| Violation::new("request_id", Rule::Malformed { what: Thing::Uuid }))
}

/// The `etag` of a transaction; empty is whatever it is now.
pub(crate) fn etag(etag: &str) -> Result<Option<i64>, Violation> {
    if etag.is_empty() {
        return Ok(None);
    }
    // Only as we write it, so that one version has one etag.
    let version = etag.parse().ok().filter(|version: &i64| *version > 0 && version.to_string() == etag);
    version.map(Some).ok_or_else(|| Violation::new("etag", Rule::Pattern { expected: String::new() }))
}

/// Collects what is wrong with a request, so that all of it is told at once.
#[derive(Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    /// The value, or nothing once what is wrong is noted.
    pub(crate) fn take<T>(&mut self, read: Result<T, Violation>) -> Option<T> {
        read.map_err(|violation| self.0.push(violation)).ok()
    }

    /// All that was found, as one problem.
    pub(crate) fn into_problem(self) -> Problem {
        self.0.into_iter().fold(Problem::new(jisr_core::problem::Reason::FieldInvalid), Problem::violation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_read_or_named() {
        let known = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff";
        assert_eq!(transaction("name", known).unwrap().resource_name(), known);
        for bad in ["transactions/1", "019ca77b-46fb-7fff-bfff-ffffffffffff", "معاملة", "transactions/"] {
            let violation = transaction("parent", bad).unwrap_err();
            assert_eq!((violation.field.as_str(), violation.rule.code()), ("parent", "PATTERN"), "{bad}");
        }
        assert_eq!(transaction("name", "").unwrap_err().rule, Rule::Required);
        assert!(request_id("0f8fad5b-d9cb-469f-a165-70867728950e").is_ok());
        assert_eq!(request_id("").unwrap_err().rule, Rule::Required);
        for bad in ["1", "00000000-0000-0000-0000-000000000000", "رقم"] {
            assert_eq!(request_id(bad).unwrap_err().rule, Rule::Malformed { what: Thing::Uuid }, "{bad}");
        }
    }

    #[test]
    fn an_etag_has_one_spelling() {
        assert_eq!(etag("").unwrap(), None);
        assert_eq!(etag("12").unwrap(), Some(12));
        for bad in ["012", "+1", "-1", "0", "1.0", "W/\"1\"", "١٢", "99999999999999999999"] {
            assert_eq!(etag(bad).unwrap_err().field, "etag", "{bad}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut violations = Violations::default();
        assert_eq!(violations.take(transaction("name", "x")), None);
        assert_eq!(violations.take(etag("7")), Some(Some(7)));
        assert_eq!(violations.take(request_id("x")), None);
        let fields: Vec<_> = violations.into_problem().violations().iter().map(|v| v.field.clone()).collect();
        assert_eq!(fields, ["name", "request_id"]);
    }
}
