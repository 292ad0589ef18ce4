//! The operators' edge: the operations API over gRPC, and the probes a supervisor asks over plain HTTP, on one port.
//!
//! It reads, and changes nothing but through the engine. In the embedded setting it is open, and therefore bound to the loopback only.

mod backlog;
mod failures;
mod operations;
mod probes;
mod read;
mod server;
mod view;

pub use server::{Console, ConsoleError};
