//! What a conformance verdict is about, and what of it is signed: texts that the kit writes and the engine reads alike.

use sha2::{Digest as _, Sha256};

use super::time_or_min;
use crate::adapter::v1 as wire;

/// `ConformanceVerdict.manifest_hash` of a manifest: what it promises about effects, and nothing of times and limits.
#[must_use]
pub fn promise_hash(manifest: &wire::Manifest) -> String {
    let mut operations: Vec<_> = manifest.operations.iter().collect();
    operations.sort_by(|one, other| one.operation.cmp(&other.operation));
    let mut text = format!("{}\n", manifest.department);
    for operation in operations {
        let end = if operation.compensable { "compensable" } else { "final" };
        let (effect, undoing) = (operation.effect(), operation.compensation_effect());
        let words = [&operation.operation, effect.as_str_name(), end, undoing.as_str_name()];
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    hexadecimal(&Sha256::digest(text))
}

/// `ConformanceVerdict.key_id` of a public key.
#[must_use]
pub fn key_id(public_key: &[u8]) -> String {
    hexadecimal(&Sha256::digest(public_key))
}

/// What is signed of a verdict on a department's adapter.
#[must_use]
pub fn verdict_statement(department: &str, verdict: &wire::ConformanceVerdict) -> String {
    let wire::ConformanceVerdict { passed, kit_version, checks, adapter_version, manifest_hash, .. } = verdict;
    let passed = if *passed { "passed" } else { "failed" };
    let time = time_or_min(verdict.time.as_ref());
    format!(
        "jisr-conformance-1\n{department}\n{adapter_version}\n{manifest_hash}\n{kit_version}\n{passed}\n{checks}\n{time}\n"
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(id: &str, effect: wire::Effect) -> wire::OperationManifest {
        wire::OperationManifest {
            operation: id.to_owned(),
            effect: effect.into(),
            compensable: id == "a",
            compensation_effect: wire::Effect::Idempotent.into(),
            max_in_flight: 3,
            ..wire::OperationManifest::default()
        }
    }

    #[test]
    fn the_promise_is_about_effects_only() {
        let manifest = wire::Manifest {
            department: "test".to_owned(),
            operations: vec![operation("b", wire::Effect::Once), operation("a", wire::Effect::Lookup)],
            ..wire::Manifest::default()
        };
        let hash = promise_hash(&manifest);
        // printf 'test\na EFFECT_LOOKUP compensable EFFECT_IDEMPOTENT\nb EFFECT_ONCE final EFFECT_IDEMPOTENT\n' | sha256sum
        assert_eq!(hash, "b00295a0cbc8449c04427539ce8caa4ac1c48cfa7d8fdf56bf907377e49af901");
        let mut other = manifest.clone();
        other.operations.reverse();
        other.operations[0].max_in_flight = 9;
        other.system = "another".to_owned();
        assert_eq!(promise_hash(&other), hash);
        other.operations[0].effect = wire::Effect::Idempotent.into();
        assert_ne!(promise_hash(&other), hash);
    }

    #[test]
    fn a_statement_is_lines_of_text() {
        let verdict = wire::ConformanceVerdict {
            passed: true,
            kit_version: "1.0.0".to_owned(),
            checks: 40,
            time: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 123_456_000 }),
            adapter_version: "2.1.0".to_owned(),
            manifest_hash: "ab".to_owned(),
            ..wire::ConformanceVerdict::default()
        };
        let expected = "jisr-conformance-1\nlibrary\n2.1.0\nab\n1.0.0\npassed\n40\n2026-09-21T14:13:20.123456Z\n";
        assert_eq!(verdict_statement("library", &verdict), expected);
    }
}
