//! A verdict's signature and the file it is kept in.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jisr_proto::adapter::v1::ConformanceVerdict;
use jisr_proto::convert::{key_id, verdict_statement};
use jisr_proto::json::{from_json, to_json};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;

/// A key or a verdict cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SigningError(String);

/// The key of whoever examines adapters: Ed25519.
#[derive(Debug)]
pub struct Key(Ed25519KeyPair);

impl Key {
    /// Reads a private key: PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// The file cannot be read, or holds no such key.
    pub fn read(path: &Path) -> Result<Self, SigningError> {
        let wrong = |why: &dyn std::fmt::Display| SigningError(format!("{}: {why}", path.display()));
        let key = PrivatePkcs8KeyDer::from_pem_file(path).map_err(|error| wrong(&error))?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.secret_pkcs8_der());
        pair.map(Self).map_err(|_| wrong(&"is no Ed25519 key in PKCS #8"))
    }

    /// The public key in base 64, as an engine is told it (`engine.conformance_keys`).
    #[must_use]
    pub fn public(&self) -> String {
        STANDARD.encode(self.0.public_key().as_ref())
    }

    /// The verdict on a department's adapter, signed.
    #[must_use]
    pub fn sign(&self, department: &str, mut verdict: ConformanceVerdict) -> ConformanceVerdict {
        verdict.key_id = key_id(self.0.public_key().as_ref());
        let signature = self.0.sign(verdict_statement(department, &verdict).as_bytes());
        verdict.signature = signature.as_ref().to_vec().into();
        verdict
    }
}

/// Writes a verdict as the JSON that an adapter announces.
///
/// # Errors
/// The file cannot be written.
pub fn write_verdict(path: &Path, verdict: &ConformanceVerdict) -> Result<(), SigningError> {
    let text = to_json(verdict, true) + "\n";
    std::fs::write(path, text).map_err(|error| SigningError(format!("{}: cannot be written: {error}", path.display())))
}

/// Reads such a file.
///
/// # Errors
/// The file cannot be read, or is no verdict.
pub fn read_verdict(path: &Path) -> Result<ConformanceVerdict, SigningError> {
    let wrong = |why: &dyn std::fmt::Display| SigningError(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    from_json(&text).map_err(|error| wrong(&error))
}
