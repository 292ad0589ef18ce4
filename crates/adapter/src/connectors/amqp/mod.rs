//! AMQP 1.0 towards a department's broker: text messages from queue to queue, and a truthful account of what may have
//! happened to each.
//!
//! A message counts as sent when the broker has settled it as accepted, and as certainly not sent when it never left us
//! or the broker turned it away; anything between is doubtful. A message received is acknowledged only when the caller
//! says so. Sending is never repeated here; only the links by which messages are received are made anew, after pauses.

mod ask;
mod consume;
mod error;
mod line;
mod message;
mod send;
mod settings;

pub use ask::Asker;
pub use consume::{Attachment, Consumer, Settle};
pub use error::{CallError, Doubtful, NotSent, Said};
pub use message::{Charset, Received, TextMessage, UnknownCharset, Unreadable};
pub use send::Sender;
pub use settings::{AmqpSettings, BrokerAddress, Login, NotAnAddress};
