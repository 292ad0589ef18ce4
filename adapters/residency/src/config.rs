//! What must be known about one installation of the permit system. Unknown keys are refused.

use std::path::PathBuf;
use std::time::Duration;

use jisr_adapter::connectors::http::{HttpSettings, TlsSettings, TlsSetupError, Uri};
use jisr_adapter::connectors::odata::{ClientAuthentication, ClientCredentials, ServiceRoot};
use jisr_adapter::connectors::{HumanDuration, Secret};
use serde::Deserialize;

/// How often decisions are collected, unless told otherwise.
const POLL_EVERY: Duration = Duration::from_secs(60);

/// Where the permit system is and how it wants to be spoken to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Absolute `http` or `https` address of the root of the OData service.
    pub endpoint: String,
    /// Absolute address of the token endpoint of its authorisation server.
    pub token_endpoint: String,
    /// The client that the authorisation server knows us by.
    pub client_id: String,
    /// Its secret: `{ file = "…" }` or `{ env = "…" }`.
    pub client_secret: Secret,
    /// How the secret is shown.
    #[serde(default)]
    pub client_authentication: Authentication,
    /// The scopes to ask for, separated by spaces.
    #[serde(default)]
    pub scope: Option<String>,
    /// The service the token is for (RFC 8707), where the authorisation server serves several.
    #[serde(default)]
    pub resource: Option<String>,
    /// PEM file of the authorities to trust instead of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// Longest time to a connection; 3 s unless given.
    #[serde(default)]
    pub connect_timeout: Option<HumanDuration>,
    /// How often decisions are collected; 60 s unless given.
    #[serde(default)]
    pub poll_every: Option<HumanDuration>,
    /// In place of the manifest's `call_timeout`.
    #[serde(default)]
    pub call_timeout: Option<HumanDuration>,
    /// In place of the manifest's `ends_within`.
    #[serde(default)]
    pub ends_within: Option<HumanDuration>,
    /// In place of the manifest's `begin_within`. Every instance must be given the same.
    #[serde(default)]
    pub begin_within: Option<HumanDuration>,
}

/// How the client's secret is shown to the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// `client_secret_basic`.
    #[default]
    Basic,
    /// `client_secret_post`.
    Post,
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An address is none.
    #[error("{key}: {value:?} is no absolute http or https address of its own")]
    Address {
        /// The key.
        key: &'static str,
        /// What was given.
        value: String,
    },
    /// A value that is missing where it stands.
    #[error("{0}: is empty")]
    Empty(&'static str),
    /// The authorities cannot be read.
    #[error("authorities_file: {path} cannot be read")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The TLS settings cannot be used.
    #[error("authorities_file: cannot be used")]
    Tls(#[from] TlsSetupError),
    /// The times do not fit the manifest, or the manifest in the source is wrong.
    #[error("{0}")]
    Manifest(String),
}

impl Config {
    /// The root of the service, checked.
    ///
    /// # Errors
    /// It is no absolute `http` or `https` address, or carries more.
    pub fn root(&self) -> Result<ServiceRoot, ConfigError> {
        let value = self.endpoint.clone();
        ServiceRoot::new(&self.endpoint).map_err(|_| ConfigError::Address { key: "endpoint", value })
    }

    /// Who we are to the authorisation server.
    ///
    /// # Errors
    /// The address is none, or the client's name is empty.
    pub fn credentials(&self) -> Result<ClientCredentials, ConfigError> {
        let refuse = || ConfigError::Address { key: "token_endpoint", value: self.token_endpoint.clone() };
        let endpoint: Uri = self.token_endpoint.parse().map_err(|_| refuse())?;
        let usable = matches!(endpoint.scheme_str(), Some("http" | "https"))
            && endpoint.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        if !usable {
            return Err(refuse());
        }
        if self.client_id.trim().is_empty() {
            return Err(ConfigError::Empty("client_id"));
        }
        let authentication = match self.client_authentication {
            Authentication::Basic => ClientAuthentication::Basic,
            Authentication::Post => ClientAuthentication::Post,
        };
        Ok(ClientCredentials {
            endpoint,
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            authentication,
            scope: self.scope.clone(),
            resource: self.resource.clone(),
        })
    }

    /// How often decisions are collected.
    ///
    /// # Errors
    /// Without a pause in between.
    pub fn poll_every(&self) -> Result<Duration, ConfigError> {
        let every = self.poll_every.map_or(POLL_EVERY, Into::into);
        if every.is_zero() { Err(ConfigError::Empty("poll_every")) } else { Ok(every) }
    }

    /// The limits of the HTTP client, with `call_timeout` as the longest call.
    ///
    /// # Errors
    /// The file of authorities cannot be read.
    pub fn http(&self, call_timeout: Duration) -> Result<HttpSettings, ConfigError> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|source| ConfigError::Authorities { path: path.clone(), source })
        };
        let defaults = HttpSettings::default();
        Ok(HttpSettings {
            connect_timeout: self.connect_timeout.map_or(defaults.connect_timeout, Into::into),
            call_timeout,
            tls: TlsSettings { authorities_pem: self.authorities_file.as_ref().map(read).transpose()?, identity: None },
            ..defaults
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str =
        "token_endpoint = \"https://login.example/token\"\nclient_id = \"jisr\"\nclient_secret = { env = \"PATH\" }";

    fn config(endpoint: &str, rest: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(&format!("endpoint = {endpoint:?}\n{rest}"))
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        let config = config("https://permits.example/odata/v4", REST).unwrap();
        assert_eq!(config.client_authentication, Authentication::Basic);
        assert_eq!(config.poll_every().unwrap(), POLL_EVERY);
        assert_eq!(config.root().unwrap().to_string(), "https://permits.example/odata/v4/");
        assert_eq!(config.credentials().unwrap().endpoint.path(), "/token");
        assert!(!format!("{config:?} {:?}", config.credentials()).contains(config.client_secret.reveal()));
    }

    #[test]
    fn mistakes_are_named() {
        for endpoint in ["permits", "ftp://x/", "http://me:secret@x/", "/path", "https://x/?a"] {
            let error = config(endpoint, REST).unwrap().root().unwrap_err().to_string();
            assert!(error.starts_with("endpoint:"), "{error}");
        }
        let token = config("http://x/", &REST.replace("https://login.example", "")).unwrap().credentials().unwrap_err();
        assert!(token.to_string().starts_with("token_endpoint:"), "{token}");
        let client = config("http://x/", &REST.replace("\"jisr\"", "\" \"")).unwrap().credentials().unwrap_err();
        assert_eq!(client.to_string(), "client_id: is empty");
        let never = config("http://x/", &format!("{REST}\npoll_every = \"0s\"")).unwrap().poll_every().unwrap_err();
        assert_eq!(never.to_string(), "poll_every: is empty");
        let typo = config("http://x/", &format!("{REST}\npol_every = \"1s\"")).unwrap_err();
        assert!(typo.to_string().contains("pol_every"));
        let literal = config("http://x/", &REST.replace("{ env = \"PATH\" }", "\"sesame\"")).unwrap_err();
        assert!(!literal.message().contains("sesame"));
    }
}
