//! HL7 v2 over MLLP: messages, frames, a client that asks one question at a time, a listener for what comes by itself.
//!
//! Pure are [`Message`], [`Writer`], [`Framer`] and [`Acknowledgement`]; the client and the listener do the only I/O.
//! No message type and no code of any system is known here, beyond what every acknowledgement has (HL7 v2.5.1, chapter 2).

mod ack;
mod charset;
mod client;
#[cfg(test)]
mod client_tests;
mod connection;
mod error;
mod escape;
mod frame;
mod listener;
#[cfg(test)]
mod listener_tests;
mod message;
#[cfg(test)]
mod message_tests;
mod time;
mod tls;
mod write;

pub use ack::{AckCode, Acknowledgement, ErrorNote, Problem, acknowledge};
pub use charset::{CharacterSet, CharsetError};
pub use client::{MllpClient, MllpSettings};
pub use error::{CallError, Doubtful, NotSent};
pub use frame::{FrameError, Framer, wrap};
pub use listener::{ListenerSettings, Receiver, Verdict, serve};
pub use message::{Limits, Message, ParseError, Segment, Separators, Value};
pub use time::{read_time, write_time};
pub use tls::ServerTls;
pub use write::{Content, Unrepresentable, Writer};
