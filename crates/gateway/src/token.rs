//! Opaque tokens: a place to go on from, bound to what it belongs to.
//!
//! A token is no secret and grants nothing: what it leads to is filtered by the caller's rights as everything is. Its
//! digest tells a token of another list, another caller or another hand apart before it misleads anybody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const DIGEST: usize = 12;
/// Longer than any of ours.
const LONGEST: usize = 256;

/// What a token belongs to: the method, the caller, the filter and the like, in an order of its own.
#[derive(Clone)]
pub(crate) struct Scope(Sha256);

impl Scope {
    /// The scope of these parts.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // With its length, so that no two lists of parts run together into the same bytes.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest)
    }

    /// A token for this place.
    pub(crate) fn seal(&self, place: &[u8]) -> String {
        let mut token = vec![VERSION];
        token.extend_from_slice(&self.digest(place));
        token.extend_from_slice(place);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The place of a token of this scope; nothing for any other text.
    pub(crate) fn open(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > LONGEST {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (&VERSION, token) = token.split_first()? else { return None };
        let (digest, place) = token.split_at_checked(DIGEST)?;
        (digest == self.digest(place)).then(|| place.to_vec())
    }

    fn digest(&self, place: &[u8]) -> [u8; DIGEST] {
        let mut digest = self.0.clone();
        digest.update(place);
        let mut short = [0; DIGEST];
        short.copy_from_slice(&digest.finalize()[..DIGEST]);
        short
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_opens_in_its_own_scope_only() {
        let scope = Scope::new(&["ListTransactions", "local", "state = \"PROCESSING\""]);
        let token = scope.seal(b"place");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
        assert_eq!(scope.open(&token).as_deref(), Some(&b"place"[..]));
        for other in [
            &["ListTransactions", "kiosk", "state = \"PROCESSING\""][..],
            &["ListTransactions", "local", ""],
            &["ListTransactions", "localstate = \"PROCESSING\"", ""],
        ] {
            assert_eq!(Scope::new(other).open(&token), None);
        }
        for bad in ["", "A", &token[1..], &format!("{token}A"), "رمز", &"A".repeat(300)] {
            assert_eq!(scope.open(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_place_comes_back(place in proptest::collection::vec(any::<u8>(), 0..64)) {
            let scope = Scope::new(&["a"]);
            prop_assert_eq!(scope.open(&scope.seal(&place)), Some(place));
        }

        #[test]
        fn no_text_confuses_it(text in "\\PC*") {
            prop_assert_eq!(Scope::new(&["a"]).open(&text), None);
        }
    }
}
