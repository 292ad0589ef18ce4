//! What must be known about one installation of the hospital information system. Unknown keys are refused.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jisr_adapter::connectors::HumanDuration;
use jisr_adapter::connectors::http::{ClientIdentity, TlsSettings, TlsSetupError};
use jisr_adapter::connectors::mllp::{CharacterSet, ListenerSettings, MllpSettings, ServerTls};
use serde::Deserialize;

use crate::messages::{Mode, Site};

/// Length of our reference in the catalogue as shipped, with room to spare.
const ORDER_NUMBER_LIMIT: usize = 50;

/// Where the hospital is, where it finds us, and how it wants to be spoken to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `host:port` of the hospital's MLLP port for orders.
    pub address: String,
    /// Where the hospital sends its results: an address of this machine. Beyond loopback it needs `listen_tls`.
    pub listen: SocketAddr,
    /// In which character set we write, and read what does not say: `UNICODE UTF-8` unless given.
    #[serde(default)]
    pub character_set: Option<CharacterSet>,
    /// Who acknowledges our orders: the application (`original`, unless given) or its queue (`enhanced`).
    #[serde(default)]
    pub acknowledgement: Mode,
    /// MSH-3 to MSH-6: sending application and facility, receiving application and facility.
    #[serde(default = "parties")]
    pub parties: [String; 4],
    /// MSH-11: `P` in production, `T` in training, `D` while debugging.
    #[serde(default = "production")]
    pub processing: String,
    /// Characters that the hospital keeps of a placer order number; 50 unless given. A shorter one than our reference
    /// would bring its result home to nobody.
    #[serde(default)]
    pub order_number_limit: Option<usize>,
    /// Connections for orders at a time, and so orders: `max_in_flight` of the manifest unless given.
    #[serde(default)]
    pub connections: Option<u16>,
    /// Idle longer than this, a connection is not used again; 30 s unless given, `0s` never.
    #[serde(default)]
    pub keep_idle: Option<HumanDuration>,
    /// TLS towards the hospital.
    #[serde(default)]
    pub tls: Option<ClientTls>,
    /// TLS of our listener.
    #[serde(default)]
    pub listen_tls: Option<ListenTls>,
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
}

/// TLS towards the hospital; PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// The authorities to trust instead of the operating system's.
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// Our certificate, with its key, where the hospital wants one.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// The certificate's key.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

/// TLS of our listener; PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenTls {
    /// Our certificate.
    pub certificate_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
    /// The authorities whose certificates may send results.
    pub clients_file: PathBuf,
}

fn parties() -> [String; 4] {
    ["JISR", "JISR", "HIS", "DHA"].map(str::to_owned)
}

fn production() -> String {
    "P".to_owned()
}

/// A configuration that cannot be used; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Where the hospital is.
    #[error("address: {0:?} is no host:port")]
    Address(String),
    /// Anybody could settle applications.
    #[error("listen: {0} is not on loopback; give listen_tls too, so that only the hospital is heard")]
    Open(SocketAddr),
    /// A header field.
    #[error("{0}: must be 1 to 20 printable ASCII characters")]
    Header(&'static str),
    /// A certificate without its key, or the other way round.
    #[error("tls: give certificate_file and key_file together")]
    Identity,
    /// A file cannot be read.
    #[error("{key}: {path} cannot be read")]
    File {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The TLS settings cannot be used.
    #[error("tls: cannot be used")]
    Tls(#[from] TlsSetupError),
    /// The times do not fit the manifest, or the manifest in the source is wrong.
    #[error("{0}")]
    Manifest(String),
}

impl Config {
    fn charset(&self) -> CharacterSet {
        self.character_set.unwrap_or(CharacterSet::UTF_8)
    }

    /// How this site's messages look.
    ///
    /// # Errors
    /// A part of the header that no header can hold.
    pub fn site(&self) -> Result<Site, ConfigError> {
        // HD: 20 characters of a namespace identifier.
        let fits = |text: &String| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.parties.iter().all(fits) {
            return Err(ConfigError::Header("parties"));
        }
        if !matches!(&*self.processing, "P" | "T" | "D") {
            return Err(ConfigError::Header("processing"));
        }
        Ok(Site {
            parties: self.parties.clone(),
            processing: self.processing.clone(),
            charset: self.charset(),
            mode: self.acknowledgement,
            order_number_limit: self.order_number_limit.unwrap_or(ORDER_NUMBER_LIMIT),
        })
    }

    /// How the hospital is called, with `call_timeout` as the longest call and so many calls at a time.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn client(&self, call_timeout: Duration, connections: u16) -> Result<MllpSettings, ConfigError> {
        let port = self.address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none() {
            return Err(ConfigError::Address(self.address.clone()));
        }
        let defaults = MllpSettings::new(&*self.address);
        Ok(MllpSettings {
            tls: self.tls.as_ref().map(ClientTls::settings).transpose()?,
            connect_timeout: self.connect_timeout.map_or(defaults.connect_timeout, Into::into),
            call_timeout,
            connections: connections.into(),
            keep_idle: self.keep_idle.map_or(defaults.keep_idle, Into::into),
            charset: self.charset(),
            ..defaults
        })
    }

    /// How our listener treats its callers.
    ///
    /// # Errors
    /// It would be open to everybody, or a file cannot be read.
    pub fn listener(&self) -> Result<ListenerSettings, ConfigError> {
        let tls = self.listen_tls.as_ref().map(ListenTls::settings).transpose()?;
        if tls.is_none() && !self.listen.ip().is_loopback() {
            return Err(ConfigError::Open(self.listen));
        }
        Ok(ListenerSettings { tls, charset: self.charset(), ..ListenerSettings::default() })
    }
}

impl ClientTls {
    fn settings(&self) -> Result<TlsSettings, ConfigError> {
        let identity = match (&self.certificate_file, &self.key_file) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(ClientIdentity {
                chain_pem: read("tls.certificate_file", certificate)?,
                key_pem: read("tls.key_file", key)?,
            }),
            _ => return Err(ConfigError::Identity),
        };
        let authorities = self.authorities_file.as_deref().map(|path| read("tls.authorities_file", path));
        Ok(TlsSettings { authorities_pem: authorities.transpose()?, identity })
    }
}

impl ListenTls {
    fn settings(&self) -> Result<ServerTls, ConfigError> {
        Ok(ServerTls {
            identity: ClientIdentity {
                chain_pem: read("listen_tls.certificate_file", &self.certificate_file)?,
                key_pem: read("listen_tls.key_file", &self.key_file)?,
            },
            clients_pem: read("listen_tls.clients_file", &self.clients_file)?,
        })
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|source| ConfigError::File { key, path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> Config {
        toml::from_str(&format!("address = \"his.example:2575\"\nlisten = \"127.0.0.1:2576\"\n{more}")).unwrap()
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        let config = config("");
        let site = config.site().unwrap();
        assert_eq!((site.charset, site.mode, site.order_number_limit), (CharacterSet::UTF_8, Mode::Original, 50));
        assert_eq!(config.client(Duration::from_secs(10), 2).unwrap().connections, 2);
        assert!(config.listener().unwrap().tls.is_none());
    }

    #[test]
    fn mistakes_are_named() {
        let error = |more: &str| {
            let config = config(more);
            let all = [
                config.site().map(drop),
                config.client(Duration::from_secs(1), 2).map(drop),
                config.listener().map(drop),
            ];
            all.into_iter().find_map(Result::err).expect("a mistake").to_string()
        };
        for (more, key) in [
            ("parties = [\"JISR\", \"\", \"HIS\", \"DHA\"]", "parties:"),
            ("processing = \"X\"", "processing:"),
            ("tls = { certificate_file = \"x.pem\" }", "tls:"),
            ("tls = { authorities_file = \"missing.pem\" }", "tls.authorities_file:"),
            (
                "listen_tls = { certificate_file = \"a\", key_file = \"b\", clients_file = \"c\" }",
                "listen_tls.certificate",
            ),
        ] {
            assert!(error(more).starts_with(key), "{}", error(more));
        }
        let of = |text: &str| toml::from_str::<Config>(text);
        let open = of("address = \"his:2575\"\nlisten = \"0.0.0.0:2576\"").unwrap().listener().unwrap_err();
        assert!(open.to_string().contains("listen_tls"));
        let nowhere = of("address = \"his\"\nlisten = \"127.0.0.1:1\"").unwrap().client(Duration::from_secs(1), 2);
        assert!(nowhere.unwrap_err().to_string().starts_with("address:"));
        for (typo, says) in [
            ("end_within = \"1s\"", "end_within"),
            ("character_set = \"KLINGON\"", "KLINGON"),
            ("acknowledgement = \"none\"", "none"),
        ] {
            let text = format!("address = \"his:1\"\nlisten = \"127.0.0.1:1\"\n{typo}");
            assert!(of(&text).unwrap_err().to_string().contains(says), "{typo}");
        }
    }
}
