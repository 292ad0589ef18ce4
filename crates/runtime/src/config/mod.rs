//! Configuration: built-in defaults < files < environment < command line, every mistake found and named at once.
//!
//! Each layer is flattened to entries (`gateway.listen`, a value, where it was written), checked on
//! its own, then laid over the one below. So a typo is blamed on its own file and line even when a
//! later layer would have hidden it, and the dump can say where every value came from.

mod address;
mod check;
mod dump;
mod error;
mod load;
mod settings;
mod sources;

pub use address::LoopbackAddress;
pub use error::{ConfigError, ConfigErrors, Origin};
pub use load::Configuration;
pub use settings::{
    BusSettings, CatalogueSettings, EngineSettings, GatewaySettings, JournalSettings, LogFormat, LogLevel, LogSettings,
    OperationsSettings, PostgresSettings, RabbitmqSettings, Settings, ShutdownSettings,
};
pub use sources::Sources;

#[cfg(test)]
mod tests;
