//! The hospital's MLLP port: the only I/O of this adapter towards it. One message each, never again by itself.

use std::time::Duration;

use jisr_adapter::connectors::mllp::{MllpClient, Writer};

use crate::config::{Config, ConfigError};
use crate::error::Verdict;

/// A client of the hospital's MLLP port. Cheap to clone; clones share its connections.
#[derive(Clone, Debug)]
pub struct Hospital(MllpClient);

impl Hospital {
    /// A client with this limit for one message, and for messages at a time. Opens no connection yet.
    ///
    /// # Errors
    /// [`ConfigError`], naming the key.
    pub fn new(config: &Config, call_timeout: Duration, connections: u16) -> Result<Self, ConfigError> {
        Ok(Self(MllpClient::new(config.client(call_timeout, connections)?)?))
    }

    /// Sends a message; returns once the hospital has taken it.
    ///
    /// # Errors
    /// [`Verdict`].
    pub async fn send(&self, control_id: &str, message: &Writer) -> Result<(), Verdict> {
        let bytes = message.to_bytes()?;
        Verdict::of(&self.0.call(control_id, &bytes).await?)
    }
}
