//! OData v4 (JSON) over HTTP/1.1, with OAuth 2 client credentials: entities, conditions, pages, and a truthful account of
//! what may have happened.
//!
//! A call is sent once. The one exception is an answer 401, which says that nothing was executed: then the access token is
//! fetched anew and the same request sent a second time, and never a third.

mod address;
mod answer;
mod client;
mod error;
mod json;
mod pages;
mod retry_after;
#[cfg(test)]
mod scripted;
mod token;

pub use address::{AddressError, Literal, ServiceRoot};
pub use answer::{ETag, Entity, Written};
pub use client::{Condition, ODataClient};
pub use error::{ODataError, ServiceError};
pub use json::{Json, JsonError, JsonLimits, read_json};
pub use pages::{PageLimits, Pages};
/// The body of a request, as the client wants it.
pub use serde_json::{Map, Value};
pub use token::{Bearer, ClientAuthentication, ClientCredentials, TokenError, Tokens};
