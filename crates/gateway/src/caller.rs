//! Who calls. In the open, embedded setting a front end merely says so; authentication takes this file's place.

use jisr_core::id::Caller;
use jisr_core::problem::{Problem, Rule};
use tonic::metadata::MetadataMap;

/// Metadata in which a front end names itself: kebab-case, `[a-z][a-z0-9-]{0,62}`.
const CLIENT: &str = "jisr-client";
/// Who names itself not.
const UNNAMED: &str = "local";

/// The caller of a call with this metadata.
pub(crate) fn caller(metadata: &MetadataMap) -> Result<Caller, Problem> {
    let Some(given) = metadata.get(CLIENT) else { return Ok(Caller::new(UNNAMED)) };
    match given.to_str() {
        Ok(name) if is_client(name) => Ok(Caller::new(name)),
        _ => Err(Problem::field(CLIENT, Rule::Pattern { expected: "al-twar-kiosk-7".to_owned() })),
    }
}

fn is_client(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use tonic::metadata::MetadataValue;

    use super::*;

    fn named(name: &[u8]) -> Result<Caller, Problem> {
        let mut metadata = MetadataMap::new();
        metadata.insert(CLIENT, MetadataValue::try_from(name).unwrap());
        caller(&metadata)
    }

    #[test]
    fn a_front_end_names_itself_or_is_local() {
        assert_eq!(caller(&MetadataMap::new()).unwrap().as_str(), "local");
        assert_eq!(named(b"al-twar-kiosk-7").unwrap().as_str(), "al-twar-kiosk-7");
        for bad in ["", "Kiosk", "7-kiosk", "a b", "784-1990-1234567-1", "كشك", "a".repeat(64).as_str()] {
            let problem = named(bad.as_bytes()).unwrap_err();
            assert_eq!(problem.violations()[0].field, "jisr-client", "{bad}");
        }
    }
}
