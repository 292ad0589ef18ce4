//! Whose conformance verdicts an engine believes, where it sends work only to adapters that have passed.

use std::collections::HashMap;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jisr_proto::adapter::v1::AdapterAnnouncement;
use jisr_proto::convert::{key_id, promise_hash, verdict_statement};

/// Length of an Ed25519 public key.
const KEY: usize = 32;

/// The public keys of those who examine adapters.
#[derive(Clone, Debug)]
pub struct Trust(HashMap<String, Vec<u8>>);

impl Trust {
    /// Trust in these keys: Ed25519, each in base 64.
    ///
    /// # Errors
    /// Which of them is no key.
    pub fn in_keys(keys: &[String]) -> Result<Self, String> {
        let read = |text: &String| match STANDARD.decode(text) {
            Ok(key) if key.len() == KEY => Ok((key_id(&key), key)),
            _ => Err(format!("{text:?} is no Ed25519 public key in base 64")),
        };
        keys.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Why an adapter is not to be sent work; nothing if it has passed, and somebody trusted says so of this very version
    /// and of what its manifest promises.
    pub(crate) fn doubt(&self, announced: &AdapterAnnouncement) -> Option<String> {
        let Some(verdict) = &announced.conformance else { return Some("it has no conformance verdict".to_owned()) };
        let Some(key) = self.0.get(&verdict.key_id) else {
            return Some(match verdict.key_id.as_str() {
                "" => "its conformance verdict is not signed".to_owned(),
                _ => "its conformance verdict is signed by nobody who is trusted here".to_owned(),
            });
        };
        let statement = verdict_statement(&announced.department, verdict);
        if UnparsedPublicKey::new(&ED25519, key).verify(statement.as_bytes(), &verdict.signature).is_err() {
            return Some("the signature of its conformance verdict is not right".to_owned());
        }
        if !verdict.passed {
            return Some("it has not passed the conformance suite".to_owned());
        }
        if verdict.adapter_version != announced.adapter_version {
            let (of, is) = (&verdict.adapter_version, &announced.adapter_version);
            return Some(format!("its conformance verdict is of version {of}, and it is {is}"));
        }
        let promised = announced.manifest.as_ref().map(promise_hash);
        if promised.as_ref() != Some(&verdict.manifest_hash) {
            return Some("it promises other effects than those it was examined for".to_owned());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use jisr_proto::adapter::v1::{ConformanceVerdict, Effect, Manifest, OperationManifest};

    use super::*;

    fn announced(pair: &Ed25519KeyPair) -> AdapterAnnouncement {
        let operation = OperationManifest {
            operation: "card".to_owned(),
            effect: Effect::Lookup.into(),
            ..OperationManifest::default()
        };
        let manifest =
            Manifest { department: "library".to_owned(), operations: vec![operation], ..Manifest::default() };
        let mut verdict = ConformanceVerdict {
            passed: true,
            kit_version: "1.0.0".to_owned(),
            checks: 40,
            adapter_version: "1.2.3".to_owned(),
            manifest_hash: promise_hash(&manifest),
            key_id: key_id(pair.public_key().as_ref()),
            ..ConformanceVerdict::default()
        };
        let statement = verdict_statement("library", &verdict);
        verdict.signature = pair.sign(statement.as_bytes()).as_ref().to_vec().into();
        AdapterAnnouncement {
            department: "library".to_owned(),
            adapter_version: "1.2.3".to_owned(),
            manifest: Some(manifest),
            conformance: Some(verdict),
            ..AdapterAnnouncement::default()
        }
    }

    #[test]
    fn only_what_was_examined_and_passed_is_believed() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let trust = Trust::in_keys(&[STANDARD.encode(pair.public_key().as_ref())]).unwrap();
        assert_eq!(trust.doubt(&announced(&pair)), None);
        type Change = fn(&mut AdapterAnnouncement);
        let changes: [(Change, &str); 8] = [
            (|it| it.conformance = None, "no conformance verdict"),
            (|it| it.conformance.as_mut().unwrap().key_id.clear(), "not signed"),
            (|it| it.conformance.as_mut().unwrap().key_id = "ab".repeat(32), "nobody who is trusted"),
            (|it| it.conformance.as_mut().unwrap().checks = 41, "signature"),
            (|it| it.conformance.as_mut().unwrap().signature = vec![0; 64].into(), "signature"),
            (|it| it.department = "museum".to_owned(), "signature"),
            (|it| it.adapter_version = "1.2.4".to_owned(), "of version 1.2.3, and it is 1.2.4"),
            (|it| it.manifest.as_mut().unwrap().operations[0].effect = Effect::Idempotent.into(), "other effects"),
        ];
        for (change, says) in changes {
            let mut changed = announced(&pair);
            change(&mut changed);
            let doubt = trust.doubt(&changed).unwrap_or_default();
            assert!(doubt.contains(says), "{doubt:?}, expected {says}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "AAAA", "no base 64"] {
            assert!(Trust::in_keys(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
