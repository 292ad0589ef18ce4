//! What every call passes on its way in and out, besides the layers all our servers share (`jisr_proto::edge`).

mod deadline;
mod limit;
mod trace;

use std::pin::Pin;

pub(crate) use deadline::DeadlineLayer;
pub(crate) use limit::{LimitLayer, over};
pub(crate) use trace::TraceLayer;

/// The future of a layer's service.
type Answer<R, E> = Pin<Box<dyn Future<Output = Result<http::Response<R>, E>> + Send>>;
