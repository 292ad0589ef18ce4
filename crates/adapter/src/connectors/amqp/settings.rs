//! Where a broker is, who we are there, and the limits.

use std::str::FromStr;
use std::time::Duration;

use jisr_runtime::Secret;

use super::message::Charset;
use crate::connectors::http::TlsSettings;

/// Everything that must be known about one broker.
#[derive(Clone, Debug)]
pub struct AmqpSettings {
    /// Where it is.
    pub address: BrokerAddress,
    /// Who we are: SASL PLAIN; nothing is SASL ANONYMOUS.
    pub login: Option<Login>,
    /// For `amqps`.
    pub tls: TlsSettings,
    /// Longest time to an open connection with a session: name, TCP, TLS, SASL and AMQP together.
    pub connect_timeout: Duration,
    /// Longest time from the wish to send to the broker's disposition, or of a question to its answer.
    pub call_timeout: Duration,
    /// How long the broker may be silent before the connection counts as dead; it is told so, and sends signs of life.
    pub idle_timeout: Duration,
    /// The largest text taken from a message, in bytes. A larger one is reported as unreadable.
    pub max_text_bytes: usize,
    /// The charset in which texts are sent, and of those received that name none.
    pub charset: Charset,
    /// How we are called in the broker's list of connections.
    pub container: String,
}

impl AmqpSettings {
    /// Settings with the usual limits: 3 s to connect, 10 s a call, 30 s of silence, 64 KiB of text in UTF-8.
    #[must_use]
    pub fn new(address: BrokerAddress) -> Self {
        Self {
            address,
            login: None,
            tls: TlsSettings::default(),
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            max_text_bytes: 64 << 10,
            charset: Charset::Utf8,
            container: "jisr".to_owned(),
        }
    }
}

/// A user of the broker.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// `amqp://host[:port]` or `amqps://host[:port]`, nothing else: credentials are no part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Name, IPv4 address, or IPv6 address without its brackets.
    pub host: String,
    /// 5672, or 5671 for `amqps`, unless given.
    pub port: u16,
    /// Whether TLS comes first.
    pub tls: bool,
}

/// A text is no address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be amqp://host:port or amqps://host:port, without credentials and without a path")]
pub struct NotAnAddress;

impl FromStr for BrokerAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let uri: http::Uri = text.parse().map_err(|_| NotAnAddress)?;
        let (tls, usual) = match uri.scheme_str() {
            Some("amqp") => (false, 5672),
            Some("amqps") => (true, 5671),
            _ => return Err(NotAnAddress),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(NotAnAddress)?;
        let bare = uri.path_and_query().is_none_or(|path| matches!(path.as_str(), "" | "/"));
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        // A port that is none would otherwise pass for one that is not given.
        let port = match authority.as_str().strip_prefix(authority.host()).unwrap_or_default() {
            "" => usual,
            port => port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(NotAnAddress)?,
        };
        if host.is_empty() || !bare {
            return Err(NotAnAddress);
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_nothing_else_is() {
        let address = |host: &str, port, tls| Ok(BrokerAddress { host: host.to_owned(), port, tls });
        for (text, expected) in [
            ("amqp://broker.example", address("broker.example", 5672, false)),
            ("amqps://broker.example/", address("broker.example", 5671, true)),
            ("amqp://127.0.0.1:7", address("127.0.0.1", 7, false)),
            ("amqps://[::1]:5671", address("::1", 5671, true)),
            ("broker.example:5672", Err(NotAnAddress)),
            ("http://broker.example", Err(NotAnAddress)),
            ("amqp://jisr:sesame@broker.example", Err(NotAnAddress)),
            ("amqp://broker.example/inspections", Err(NotAnAddress)),
            ("amqp://broker.example:70000", Err(NotAnAddress)),
            ("amqp://", Err(NotAnAddress)),
            ("", Err(NotAnAddress)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
