//! Whom we trust and who we are: rustls on aws-lc-rs, the operating system's roots or a given authority, mTLS if wanted.

use std::fmt;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

/// TLS towards one system. The default trusts the operating system's roots and shows no certificate.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// PEM certificates of the authorities to trust **instead of** the operating system's.
    pub authorities_pem: Option<Vec<u8>>,
    /// The certificate we show, where the system demands mTLS.
    pub identity: Option<ClientIdentity>,
}

/// Our certificate chain and its key, both PEM.
#[derive(Clone)]
pub struct ClientIdentity {
    /// Leaf first.
    pub chain_pem: Vec<u8>,
    /// PKCS #8, PKCS #1 or SEC 1.
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientIdentity(***)")
    }
}

/// TLS settings that cannot be used. Found at start, before any call.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// A PEM text holds nothing usable; the name says which.
    #[error("{0} holds no usable PEM section")]
    Pem(&'static str),
    /// The operating system's trusted roots cannot be read.
    #[error("the operating system's trusted roots cannot be read")]
    Roots(#[source] std::io::Error),
    /// rustls refuses the combination, for example a key that does not fit its certificate.
    #[error("the certificates cannot be used")]
    Tls(#[from] rustls::Error),
}

/// Builds the rustls configuration with an explicit provider, so that no process-wide default is needed.
pub(in crate::connectors) fn client_config(settings: &TlsSettings) -> Result<ClientConfig, TlsSetupError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match &settings.authorities_pem {
        None => builder.with_native_roots().map_err(TlsSetupError::Roots)?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(pem, "the list of trusted authorities")? {
                roots.add(certificate)?;
            }
            builder.with_root_certificates(roots)
        }
    };
    match &settings.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let chain = certificates(&identity.chain_pem, "the client certificate")?;
            let key =
                PrivateKeyDer::from_pem_slice(&identity.key_pem).map_err(|_| TlsSetupError::Pem("the client key"))?;
            Ok(builder.with_client_auth_cert(chain, key)?)
        }
    }
}

/// The certificates of a PEM text; at least one.
pub(in crate::connectors) fn certificates(
    pem: &[u8],
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TlsSetupError::Pem(what))?;
    if certificates.is_empty() { Err(TlsSetupError::Pem(what)) } else { Ok(certificates) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_authority_file_is_refused() {
        let settings = TlsSettings { authorities_pem: Some(b"not pem".to_vec()), identity: None };
        assert!(matches!(client_config(&settings), Err(TlsSetupError::Pem("the list of trusted authorities"))));
    }

    #[test]
    fn an_identity_prints_no_key() {
        let identity = ClientIdentity { chain_pem: b"chain".to_vec(), key_pem: b"key".to_vec() };
        assert_eq!(format!("{identity:?}"), "ClientIdentity(***)");
    }
}
