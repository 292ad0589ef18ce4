//! Who may speak to our listener, and who we are to them: rustls on aws-lc-rs, with the callers' certificates demanded.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::connectors::http::tls::certificates;
use crate::connectors::http::{ClientIdentity, TlsSetupError};

/// TLS of a listener. Only callers with a certificate are heard: what they send changes something.
#[derive(Clone)]
pub struct ServerTls {
    /// Our certificate chain and its key.
    pub identity: ClientIdentity,
    /// PEM certificates of the authorities whose clients may call.
    pub clients_pem: Vec<u8>,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerTls(***)")
    }
}

/// The rustls configuration, with an explicit provider, so that no process-wide default is needed.
pub(super) fn server_config(tls: &ServerTls) -> Result<ServerConfig, TlsSetupError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&tls.clients_pem, "the list of clients' authorities")? {
        roots.add(certificate)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| TlsSetupError::Pem("the list of clients' authorities"))?;
    let chain = certificates(&tls.identity.chain_pem, "the server certificate")?;
    let key = PrivateKeyDer::from_pem_slice(&tls.identity.key_pem).map_err(|_| TlsSetupError::Pem("the server key"))?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?)
}
