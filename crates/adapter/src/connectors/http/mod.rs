//! HTTP/1.1 towards a department's system: one request, one connection, and a truthful account of what may have happened.
//!
//! Connections are deliberately **not** kept alive. A pooled connection that the far end has just closed turns a
//! request that was never read into a doubtful one, and every doubtful call costs a look-up; a pool that hides this by
//! sending again executes twice. Opening a connection is cheap beside the systems that answer behind it.
//! Redirects are not followed and compressed answers are not accepted.

mod client;
pub(in crate::connectors) mod error;
pub(in crate::connectors) mod tls;

pub use client::{HttpClient, HttpSettings};
pub use error::{CallError, Doubtful, NotSent, certainly_refused};
/// The address of a system, as the client wants it.
pub use http::Uri;
pub use tls::{ClientIdentity, TlsSettings, TlsSetupError};
