//! Files as an interface: over SFTP or in a mounted folder, handed over by rename and trigger file, with records of fixed
//! width or delimited.
//!
//! A file counts once its trigger is there, not before: everything up to the trigger was certainly not handed over, and
//! only the one request that makes the trigger can leave a doubt. A [`Session`] sends one request at a time and never the
//! same again.

pub mod delimited;
mod error;
pub mod fixed;
mod handover;
mod local;
mod record;
mod sftp;
mod transport;

pub use error::{Doubtful, NotDone, TransferError};
pub use handover::{Names, complete, stage, trigger, withdraw};
pub use local::LocalFolder;
pub use sftp::{HostKey, HostKeyError, Login, Sftp, SftpSettings};
pub use transport::{Entry, Limits, Session, Transport};
