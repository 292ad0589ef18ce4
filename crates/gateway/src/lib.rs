//! The front ends' edge: gRPC over the engine.
//!
//! What comes in is read, checked for form and handed to the engine; what comes out is the engine's answer, or a problem
//! told in the caller's language. Nothing is decided here, and nothing here can publish or write.
//!
//! In the embedded setting the edge is open, and therefore bound to the loopback only.

mod caller;
mod catalogue;
mod failure;
mod filter;
mod fingerprint;
mod health;
mod layers;
mod names;
mod page;
mod server;
mod token;
mod trace_context;
mod transactions;

pub use server::{Gateway, GatewayError};
