//! What is asked first: that the adapter is there, says what it can do, and that there are cases to ask it by.

use std::collections::HashSet;
use std::time::Duration;

use jisr_core::name::OperationId;
use jisr_proto::adapter::v1::{Effect, Manifest, OperationManifest};
use jisr_proto::convert;

use crate::stand::{Stand, Wrong, wrong};

/// A program may take its time to start.
const START: Duration = Duration::from_secs(60);

/// That it announces itself, with what an announcement needs.
pub(super) async fn announced(stand: &mut Stand) -> Result<(), Wrong> {
    let announced = stand.heard(START, |log| log.announcements.last().cloned()).await;
    let Some(announced) = announced else {
        let faults = stand.log().faults.join("; ");
        let mut why = faults;
        if let Some(adapter) = stand.adapter.as_mut()
            && !adapter.runs()
        {
            why = adapter.complaint("has ended").0;
        }
        return wrong(format!("not announced within {} s. {why}", START.as_secs()));
    };
    if announced.department != stand.department.as_str() {
        return wrong(format!("announced for department {:?}", announced.department));
    }
    if announced.instance.is_empty() {
        return wrong("instance is empty");
    }
    if !is_version(&announced.adapter_version) {
        return wrong(format!("adapter_version {:?} is not as SemVer has it", announced.adapter_version));
    }
    if announced.time.is_none() || announced.manifest.is_none() {
        return wrong("time or manifest is missing");
    }
    Ok(())
}

/// Whether a text is a version by SemVer 2.0.0, as far as its three numbers go.
fn is_version(text: &str) -> bool {
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    numbers.split('.').count() == 3 && numbers.split('.').all(number)
}

/// That the manifest is sound.
pub(super) fn manifest(stand: &Stand, manifest: &Manifest) -> Result<(), Wrong> {
    if manifest.department != stand.department.as_str() {
        return wrong(format!("department is {:?}", manifest.department));
    }
    for language in ["ar", "en"] {
        let title = manifest.titles.iter().find(|title| title.language_code == language);
        if title.is_none_or(|title| title.text.trim().is_empty()) {
            return wrong(format!("titles: there is none in {language}"));
        }
    }
    if manifest.operations.is_empty() {
        return wrong("operations: there is none");
    }
    let mut ids = HashSet::new();
    for operation in &manifest.operations {
        if OperationId::new(&operation.operation).is_err() {
            return wrong(format!("operations: {:?} is no id", operation.operation));
        }
        if !ids.insert(&operation.operation) {
            return wrong(format!("operations: {} is there twice", operation.operation));
        }
        if let Some(why) = unsound(operation) {
            return wrong(format!("operations.{}: {why}", operation.operation));
        }
    }
    Ok(())
}

fn unsound(operation: &OperationManifest) -> Option<&'static str> {
    let time = |given: &Option<prost_types::Duration>| convert::duration(given.as_ref()).unwrap_or_default();
    let (call, ends) = (time(&operation.call_timeout), time(&operation.ends_within));
    let retry = operation.retry.unwrap_or_default();
    let wrong = [
        (operation.effect() == Effect::Unspecified, "effect is not stated"),
        (call.is_zero(), "call_timeout is not stated"),
        (ends < call, "ends_within is shorter than call_timeout"),
        (time(&operation.answer_within).is_zero(), "answer_within is not stated"),
        (
            operation.compensable && operation.compensation_effect() == Effect::Unspecified,
            "compensation_effect is not stated",
        ),
        (operation.max_in_flight == 0, "max_in_flight is not stated"),
        (retry.attempts == 0 || time(&retry.first).is_zero() || time(&retry.max).is_zero(), "retry is not stated"),
    ];
    wrong.into_iter().find_map(|(is_so, why)| is_so.then_some(why))
}

/// That there are cases enough to ask by.
pub(super) fn cases(stand: &Stand, operation: &str) -> Result<(), Wrong> {
    let cases = stand.cases.of(operation);
    if !cases.iter().any(|case| case.is_done()) {
        return wrong(format!("{operation}/ has no case that expects SUCCEEDED or IN_PROGRESS"));
    }
    if !cases.iter().any(|case| case.is_unmappable() && case.expected.field.is_some()) {
        return wrong(format!("{operation}/ has no case that expects FAULT_CLASS_MAPPING and names the field"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_three_numbers() {
        for good in ["0.1.0", "2.10.3-rc.1", "1.0.0+build"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "1", "1.0", "1.0.0.0", "01.0.0", "v1.0.0", "1.0.x"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
