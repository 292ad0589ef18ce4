//! What must be known about one installation of building control. Unknown keys are refused.

use std::path::PathBuf;

use jisr_adapter::Calendar;
use jisr_adapter::connectors::http::{HttpSettings, TlsSettings, TlsSetupError, Uri};
use jisr_adapter::connectors::soap::{PasswordKind, UsernameToken};
use jisr_adapter::connectors::{HumanDuration, Secret};
use serde::Deserialize;

/// Where building control is and how it wants to be spoken to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Absolute `http` or `https` address of the SOAP endpoint.
    pub endpoint: String,
    /// The account that building control knows us by.
    pub username: String,
    /// Its password: `{ file = "…" }` or `{ env = "…" }`.
    pub password: Secret,
    /// Show the password as a digest. `false` shows it as it is: for stacks that know nothing else, over `https`.
    #[serde(default = "yes")]
    pub digest: bool,
    /// How the elements inside a message are qualified. Stacks differ; theirs is in the WSDL as `elementFormDefault`.
    #[serde(default)]
    pub element_form: ElementForm,
    /// PEM file of the authorities to trust instead of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// Longest time to a connection; 3 s unless given.
    #[serde(default)]
    pub connect_timeout: Option<HumanDuration>,
    /// In place of the manifest's `call_timeout`.
    #[serde(default)]
    pub call_timeout: Option<HumanDuration>,
    /// In place of the manifest's `ends_within`.
    #[serde(default)]
    pub ends_within: Option<HumanDuration>,
    /// In place of the manifest's `begin_within`. Every instance must be given the same.
    #[serde(default)]
    pub begin_within: Option<HumanDuration>,
    /// In place of the manifest's calendar: hours and planned outages of building control. Every instance must be given the
    /// same.
    #[serde(default)]
    pub calendar: Option<Calendar>,
}

/// `elementFormDefault` of the system's schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementForm {
    /// Every element is in the target namespace.
    #[default]
    Qualified,
    /// Only the outermost one is.
    Unqualified,
}

fn yes() -> bool {
    true
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The endpoint is no absolute http or https address.
    #[error("endpoint: {0:?} is no absolute http or https address")]
    Endpoint(String),
    /// An empty user name.
    #[error("username: is empty")]
    Username,
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
    /// The endpoint, checked.
    ///
    /// # Errors
    /// It is no absolute `http` or `https` address, or carries user information.
    pub fn endpoint(&self) -> Result<Uri, ConfigError> {
        let refuse = || ConfigError::Endpoint(self.endpoint.clone());
        let uri: Uri = self.endpoint.parse().map_err(|_| refuse())?;
        let usable = matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        if usable { Ok(uri) } else { Err(refuse()) }
    }

    /// The credentials.
    ///
    /// # Errors
    /// The user name is empty.
    pub fn token(&self) -> Result<UsernameToken, ConfigError> {
        if self.username.trim().is_empty() {
            return Err(ConfigError::Username);
        }
        let kind = if self.digest { PasswordKind::Digest } else { PasswordKind::Text };
        Ok(UsernameToken { username: self.username.clone(), password: self.password.clone(), kind })
    }

    /// The limits of the HTTP client, with `call_timeout` as the longest call.
    ///
    /// # Errors
    /// The file of authorities cannot be read.
    pub fn http(&self, call_timeout: std::time::Duration) -> Result<HttpSettings, ConfigError> {
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

    const PASSWORD: &str = "password = { env = \"PATH\" }";

    fn config(endpoint: &str) -> Config {
        toml::from_str(&format!("endpoint = {endpoint:?}\nusername = \"jisr\"\n{PASSWORD}")).unwrap()
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        let config = config("https://building-control.example:8443/BuildingControl");
        assert!(config.digest);
        assert_eq!(config.element_form, ElementForm::Qualified);
        assert_eq!(config.endpoint().unwrap().port_u16(), Some(8443));
        assert!(!format!("{config:?}").contains(config.password.reveal()));
    }

    #[test]
    fn mistakes_are_named() {
        for endpoint in ["building-control", "ftp://x/", "http://me:secret@x/", "/path"] {
            let error = config(endpoint).endpoint().unwrap_err().to_string();
            assert!(error.starts_with("endpoint:"), "{error}");
        }
        let typo = format!("endpoint = \"http://x/\"\nusername = \"j\"\n{PASSWORD}\nend_within = \"1s\"");
        assert!(toml::from_str::<Config>(&typo).unwrap_err().to_string().contains("end_within"));
        let literal = "endpoint = \"http://x/\"\nusername = \"j\"\npassword = \"sesame\"";
        assert!(!toml::from_str::<Config>(literal).unwrap_err().message().contains("sesame"));
    }
}
