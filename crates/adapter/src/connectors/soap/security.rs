//! WS-Security UsernameToken Profile 1.1 (OASIS, 2006). Pure: the instant and the nonce are given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jisr_runtime::Secret;
use sha1::{Digest, Sha1};

use super::ENVELOPE_NAMESPACE;
use super::tree::Element;

/// The namespace of `wsse:Security`.
pub(super) const WSSE_NAMESPACE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU_NAMESPACE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PROFILE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const BASE64_ENCODING: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// How the password is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordKind {
    /// As it is. Only under TLS, or where the system knows nothing else.
    Text,
    /// `Base64(SHA-1(nonce + created + password))`: SHA-1 because the profile fixes it.
    Digest,
}

/// Our credentials with one system.
#[derive(Clone, Debug)]
pub struct UsernameToken {
    /// The account.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// How to show it.
    pub kind: PasswordKind,
}

impl UsernameToken {
    /// The header block `wsse:Security`, to be understood by the receiver.
    ///
    /// `created` is the instant of this message and `nonce` 16 random bytes never used before; the system may refuse a
    /// nonce it has seen or a time too far from its own.
    #[must_use]
    pub fn header(&self, created: jiff::Timestamp, nonce: [u8; 16]) -> Element {
        let created = format!("{created:.3}");
        let (suffix, shown) = match self.kind {
            PasswordKind::Text => ("#PasswordText", self.password.reveal().to_owned()),
            PasswordKind::Digest => {
                let hash = Sha1::new().chain_update(nonce).chain_update(&created).chain_update(self.password.reveal());
                ("#PasswordDigest", BASE64.encode(hash.finalize()))
            }
        };
        let wsse = |name| Element::new(WSSE_NAMESPACE, name);
        let mut token = wsse("UsernameToken")
            .with_child(wsse("Username").with_text(&self.username))
            .with_child(wsse("Password").with_attribute(None, "Type", format!("{PROFILE}{suffix}")).with_text(shown));
        if self.kind == PasswordKind::Digest {
            let element = wsse("Nonce").with_attribute(None, "EncodingType", BASE64_ENCODING);
            token = token.with_child(element.with_text(BASE64.encode(nonce)));
        }
        token = token.with_child(Element::new(WSU_NAMESPACE, "Created").with_text(created));
        wsse("Security").with_attribute(Some(ENVELOPE_NAMESPACE), "mustUnderstand", "1").with_child(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(kind: PasswordKind) -> Element {
        let token = UsernameToken { username: "jisr".into(), password: Secret::new("sesame"), kind };
        let created = "2026-11-23T08:05:09.250Z".parse().unwrap();
        token.header(created, [7; 16]).child("UsernameToken").unwrap().clone()
    }

    #[test]
    fn a_text_token_shows_the_password() {
        let token = token(PasswordKind::Text);
        assert_eq!(token.child_text("Username").as_deref(), Some("jisr"));
        assert_eq!(token.child_text("Password").as_deref(), Some("sesame"));
        assert_eq!(token.child_text("Created").as_deref(), Some("2026-11-23T08:05:09.250Z"));
        assert!(token.child("Nonce").is_none());
    }

    #[test]
    fn a_digest_token_shows_a_hash_of_nonce_instant_and_password() {
        let token = token(PasswordKind::Digest);
        assert_eq!(token.child_text("Nonce").as_deref(), Some("BwcHBwcHBwcHBwcHBwcHBw=="));
        // printf '\7%.0s' {1..16} | cat - <(printf 2026-11-23T08:05:09.250Zsesame) | openssl sha1 -binary | base64
        assert_eq!(token.child_text("Password").as_deref(), Some("xJVqsMt+hzXfNIp5ONU+ev45H8U="));
        let kind = token.child("Password").and_then(|password| password.attribute(None, "Type"));
        assert!(kind.is_some_and(|kind| kind.ends_with("#PasswordDigest")));
    }

    #[test]
    fn nothing_prints_the_password() {
        let token =
            UsernameToken { username: "jisr".into(), password: Secret::new("sesame"), kind: PasswordKind::Text };
        let header = token.header(jiff::Timestamp::UNIX_EPOCH, [0; 16]);
        assert!(!format!("{token:?} {header:?}").contains("sesame"));
    }
}
