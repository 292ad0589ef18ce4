//! What every Jisr process needs whatever it does: configuration, logging, shutdown and the clock. No business words.

mod clock;
pub mod config;
mod duration;
mod logging;
mod secret;
mod shutdown;

pub use clock::SystemClock;
pub use duration::{HumanDuration, ParseDurationError};
pub use logging::{LoggingError, init_logging};
pub use secret::Secret;
pub use shutdown::{DrainError, Shutdown};
