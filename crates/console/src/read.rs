//! Requests of operators, read or told as violations of their fields.

use jisr_core::id::{JobId, TransactionId};
use jisr_core::job::{Place, Selection};
use jisr_core::name::{DepartmentId, id_in};
use jisr_core::problem::{Problem, Reason, Rule, Thing, Violation};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Timestamp;
use jisr_proto::convert;
use jisr_proto::operations::v1::FailureSelection;
use prost_types::Timestamp as WireTime;
use tonic::metadata::MetadataMap;

/// Metadata in which an operator is named, until operators sign in.
const OPERATOR: &str = "jisr-operator";
/// Who is not named.
const UNNAMED: &str = "local";
/// Longest reason, in characters.
const LONGEST_REASON: usize = 1_000;
/// Items of a page: by default, and at most.
const PAGE: (u32, u32) = (50, 500);

/// Who acts. Authentication takes this function's place.
pub(crate) fn operator(metadata: &MetadataMap) -> Result<&str, Problem> {
    let Some(given) = metadata.get(OPERATOR) else { return Ok(UNNAMED) };
    let account = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'@');
    let named = given.to_str().ok().filter(|name| (1..=64).contains(&name.len()) && name.bytes().all(account));
    named.ok_or_else(|| Problem::field(OPERATOR, Rule::Pattern { expected: "m.rashid".to_owned() }))
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
        self.0.into_iter().fold(Problem::new(Reason::FieldInvalid), Problem::violation)
    }

    /// The selection; nothing once something wrong with it is noted.
    pub(crate) fn selection(&mut self, given: Option<FailureSelection>) -> Option<Selection> {
        let given = given.unwrap_or_default();
        let before = self.0.len();
        let mut selection = Selection {
            reason: some(&given.reason).map(Into::into),
            adapter_version: given.adapter_version.as_deref().map(Into::into),
            since: self.take(time("selection.since_time", given.since_time.as_ref())).flatten(),
            before: self.take(time("selection.before_time", given.before_time.as_ref())).flatten(),
            ..Selection::default()
        };
        let pattern = |field: &'static str, expected: &str| {
            let expected = expected.to_owned();
            move || Violation::new(field, Rule::Pattern { expected })
        };
        if let Some(name) = some(&given.transaction) {
            let (transaction, leg) = match name.split_once("/legs/") {
                Some((transaction, leg)) => (transaction, Some(leg)),
                None => (name, None),
            };
            let wrong = pattern("selection.transaction", "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff");
            let transaction = TransactionId::from_resource_name(transaction).ok();
            selection.transaction = self.take(transaction.ok_or_else(wrong));
            let wrong =
                pattern("selection.transaction", "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/site-noc");
            selection.leg = leg.and_then(|leg| self.take(leg.parse().map_err(|_| wrong())));
        }
        if let Some(name) = some(&given.department) {
            let wrong = pattern("selection.department", "departments/municipality");
            selection.department = self.take(DepartmentId::from_resource_name(name).map_err(|_| wrong()));
        }
        if let Some(id) = some(&given.operation) {
            let wrong = pattern("selection.operation", "building-noc");
            selection.operation = self.take(id.parse().map_err(|_| wrong()));
        }
        (self.0.len() == before).then_some(selection)
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn time(field: &'static str, given: Option<&WireTime>) -> Result<Option<Timestamp>, Violation> {
    let valid = given.is_none_or(|time| (0..1_000_000_000).contains(&time.nanos));
    if !valid {
        return Err(Violation::new(field, Rule::Pattern { expected: "2026-02-02T09:00:00Z".to_owned() }));
    }
    Ok(given.map(convert::time))
}

/// The `request_id` every write carries (AIP-155); here it becomes the id of the job.
pub(crate) fn request_id(id: &str) -> Result<JobId, Violation> {
    if id.is_empty() {
        return Err(Violation::new("request_id", Rule::Required));
    }
    id.parse().map_err(|_| Violation::new("request_id", Rule::Malformed { what: Thing::Uuid }))
}

/// `jobs/{job}`.
pub(crate) fn job(name: &str) -> Result<JobId, Problem> {
    let id = id_in("jobs", name).and_then(|id| id.parse().ok());
    let expected = || Rule::Pattern { expected: "jobs/0f8fad5b-d9cb-469f-a165-70867728950e".to_owned() };
    id.ok_or_else(|| Problem::field("name", expected()))
}

/// `departments/{department}`.
pub(crate) fn department(name: &str) -> Result<DepartmentId, Problem> {
    let expected = || Rule::Pattern { expected: "departments/municipality".to_owned() };
    DepartmentId::from_resource_name(name).map_err(|_| Problem::field("department", expected()))
}

/// An operator's reason, in the language it is written in.
pub(crate) fn reason(text: &str, required: bool) -> Result<LocalizedText, Violation> {
    let text = text.trim();
    if text.is_empty() {
        return if required { Err(Violation::new("reason", Rule::Required)) } else { Ok(LocalizedText::default()) };
    }
    if text.chars().count() > LONGEST_REASON {
        return Err(Violation::new("reason", Rule::TooLong { max: LONGEST_REASON as u64 }));
    }
    let arabic = text.chars().any(|letter| ('\u{0600}'..='\u{06FF}').contains(&letter));
    Ok(LocalizedText::single(if arabic { Language::Ar } else { Language::En }, text))
}

/// A count that is not negative and kept within a limit; 0 is the default.
pub(crate) fn count(field: &'static str, given: i32, default: u32, most: u32) -> Result<u32, Violation> {
    let range = Rule::OutOfRange { min: Some("0".to_owned()), max: Some(most.to_string()) };
    let given = u32::try_from(given).map_err(|_| Violation::new(field, range))?;
    Ok(if given == 0 { default } else { given.min(most) })
}

/// `page_size`.
pub(crate) fn page_size(given: i32) -> Result<u32, Violation> {
    count("page_size", given, PAGE.0, PAGE.1)
}

/// Where a page of parked legs ended, with a check of the selection it belongs to.
pub(crate) fn seal_place(place: Place, selection: &FailureSelection) -> String {
    let Place { since, transaction, leg } = place;
    format!("{:x}.{transaction}.{leg}.{:x}", since.as_micros(), check(selection))
}

/// The place of a token of [`seal_place`]; the empty one is before all.
pub(crate) fn open_place(token: &str, selection: &FailureSelection) -> Result<Option<Place>, Problem> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let mut parts = token.split('.');
        let since = Timestamp::from_micros(i64::from_str_radix(parts.next()?, 16).ok()?);
        let (transaction, leg) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let fits = u64::from_str_radix(parts.next()?, 16).ok()? == check(selection) && parts.next().is_none();
        fits.then_some(Place { since, transaction, leg })
    };
    read().map(Some).ok_or_else(|| Problem::new(Reason::PageTokenMismatch))
}

/// Where a page of jobs ended.
pub(crate) fn seal_job(created: Timestamp, id: JobId) -> String {
    format!("{:x}.{id}", created.as_micros())
}

/// The place of a token of [`seal_job`]; the empty one is before all.
pub(crate) fn open_job(token: &str) -> Result<Option<(Timestamp, JobId)>, Problem> {
    if token.is_empty() {
        return Ok(None);
    }
    let (created, id) = token.split_once('.').ok_or(Reason::PageTokenMismatch)?;
    let created = i64::from_str_radix(created, 16).map_err(|_| Reason::PageTokenMismatch)?;
    Ok(Some((Timestamp::from_micros(created), id.parse().map_err(|_| Reason::PageTokenMismatch)?)))
}

/// FNV-1a over the selection as it is written out: a slip is noticed, an attack has nothing to gain.
fn check(selection: &FailureSelection) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{selection:?}").bytes().fold(0xcbf2_9ce4_8422_2325, fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_read_or_every_mistake_named() {
        let name = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff";
        let given = FailureSelection {
            transaction: format!("{name}/legs/site-noc"),
            department: "departments/municipality".to_owned(),
            adapter_version: Some(String::new()),
            ..FailureSelection::default()
        };
        let read = Violations::default().selection(Some(given)).unwrap();
        assert_eq!(read.transaction.unwrap().resource_name(), name);
        assert_eq!((read.leg.unwrap().as_str(), read.department.unwrap().as_str()), ("site-noc", "municipality"));
        assert_eq!((read.adapter_version.as_deref(), read.reason), (Some(""), None));

        let given = FailureSelection {
            transaction: "05T8".to_owned(),
            department: "municipality".to_owned(),
            operation: "Building NOC".to_owned(),
            ..FailureSelection::default()
        };
        let mut wrong = Violations::default();
        assert_eq!(wrong.selection(Some(given)), None);
        let problem = wrong.into_problem();
        let fields: Vec<_> = problem.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["selection.transaction", "selection.department", "selection.operation"]);
    }

    #[test]
    fn a_token_belongs_to_its_selection() {
        let place = Place {
            since: Timestamp::from_micros(1_770_000_000_000_001),
            transaction: "019ca77b-46fb-7fff-bfff-ffffffffffff".parse().unwrap(),
            leg: 3,
        };
        let selection = FailureSelection { reason: "BUSY".to_owned(), ..FailureSelection::default() };
        let token = seal_place(place, &selection);
        assert_eq!(open_place(&token, &selection).unwrap(), Some(place));
        assert_eq!(open_place("", &selection).unwrap(), None);
        for (token, selection) in [(token.as_str(), FailureSelection::default()), ("1.2.3", selection)] {
            let problem = open_place(token, &selection).unwrap_err();
            assert_eq!(problem.reason(), Reason::PageTokenMismatch);
        }
        let id: JobId = "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
        assert_eq!(open_job(&seal_job(place.since, id)).unwrap(), Some((place.since, id)));
        assert!(open_job("x").is_err());
    }

    #[test]
    fn an_operator_is_named_or_local() {
        let named = |name: &[u8]| {
            let mut metadata = MetadataMap::new();
            metadata.insert(OPERATOR, tonic::metadata::MetadataValue::try_from(name).unwrap());
            operator(&metadata).map(str::to_owned)
        };
        assert_eq!(operator(&MetadataMap::new()).unwrap(), "local");
        assert_eq!(named(b"m.rashid").unwrap(), "m.rashid");
        for bad in ["", "M Rashid", "راشد"] {
            assert_eq!(named(bad.as_bytes()).unwrap_err().violations()[0].field, "jisr-operator", "{bad}");
        }
    }

    #[test]
    fn a_reason_keeps_its_language() {
        assert_eq!(reason(" عاد النظام ", true).unwrap().get(&Language::Ar), Some("عاد النظام"));
        assert_eq!(reason("back again", true).unwrap().get(&Language::En), Some("back again"));
        assert!(reason("", false).unwrap().is_empty() && reason(" ", true).is_err());
        assert!(reason(&"x".repeat(1_001), false).is_err());
    }
}
