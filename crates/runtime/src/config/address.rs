//! A listening address that is only reachable from this machine.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An IP address and port on the loopback interface; port 0 asks the system for a free one.
///
/// Jisr has no authentication or TLS of its own yet, so it refuses to be reachable from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// The address to bind.
    #[must_use]
    pub const fn get(self) -> SocketAddr {
        self.0
    }

    /// The IPv4 loopback address with `port`.
    #[must_use]
    pub const fn v4(port: u16) -> Self {
        Self(SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port))
    }
}

impl fmt::Display for LoopbackAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LoopbackAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address: SocketAddr = text
            .parse()
            .map_err(|_| format!("`{text}` is not an IP address with a port: write one such as 127.0.0.1:50051"))?;
        if !address.ip().is_loopback() {
            return Err(format!(
                "{address} can be reached from other machines, and authentication and TLS are not configured: \
                 listen on 127.0.0.1 or [::1]"
            ));
        }
        Ok(Self(address))
    }
}

impl Serialize for LoopbackAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LoopbackAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
