//! TLS towards the broker: rustls, the given authorities and no others, a client certificate where there is one.

use lapin::tcp::{RustlsConnector, RustlsConnectorConfig};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::options::{RabbitOptions, RabbitOptionsError};

/// The connector for these options.
pub(super) fn connector(options: &RabbitOptions) -> Result<RustlsConnector, RabbitOptionsError> {
    let config = match &options.authorities {
        Some(pem) => {
            let mut config = RustlsConnectorConfig::default();
            config.add_parsable_certificates(certificates("the authorities", pem)?);
            config
        }
        None => RustlsConnectorConfig::new_with_native_certs()
            .map_err(|error| RabbitOptionsError::Pem("the operating system's authorities", error.to_string()))?,
    };
    let connector = match &options.certificate {
        Some(own) => {
            let chain = certificates("the certificate", &own.chain)?;
            let key = PrivateKeyDer::from_pem_slice(own.key.reveal().as_bytes())
                .map_err(|error| RabbitOptionsError::Pem("the certificate's key", error.to_string()))?;
            config.connector_with_single_cert(chain, key)
        }
        None => config.connector_with_no_client_auth(),
    };
    connector.map_err(|error| RabbitOptionsError::Pem("the certificate with its key", error.to_string()))
}

fn certificates(what: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, RabbitOptionsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(RabbitOptionsError::Pem(what, "no certificate in it".into())),
        Err(error) => Err(RabbitOptionsError::Pem(what, error.to_string())),
    }
}
