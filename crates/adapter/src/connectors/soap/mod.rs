//! SOAP 1.1 over HTTP (W3C Note of 8 May 2000), document/literal, with WS-Security UsernameToken 1.1.
//!
//! No WSDL is read: an adapter states its messages as [`Element`]s and proves them with fixtures.
//! [`SoapClient`] is the only I/O; everything else is pure.

mod answer;
mod charset;
mod client;
mod envelope;
mod fault;
mod security;
mod tree;

pub use answer::{AnswerError, AnswerLimits, read_answer};
pub use charset::{CharsetError, decode};
pub use client::{SoapClient, SoapError, Stamp};
pub use envelope::{EnvelopeError, write_envelope};
pub use fault::Fault;
pub use security::{PasswordKind, UsernameToken};
pub use tree::{Attribute, Element, Node};

/// The namespace of a SOAP 1.1 envelope.
pub const ENVELOPE_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of `xsi:nil` and `xsi:type`.
pub const SCHEMA_INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";
