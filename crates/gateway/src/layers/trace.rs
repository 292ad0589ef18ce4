//! One span and one line for each call: its method, how it ended and how long it took. No personal data: neither
//! messages nor metadata are looked at.

use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument as _;

use super::Answer;

/// Longest method logged, in bytes; a caller may ask for any.
const LONGEST: usize = 100;

/// Traces calls. A stream's line is written when it opens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TraceLayer;

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace { inner }
    }
}

/// The service of [`TraceLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Trace<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Trace<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answer<R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = request.uri().path().trim_start_matches('/');
        let method = path[..path.floor_char_boundary(LONGEST)].to_owned();
        let began = Instant::now();
        let span = tracing::info_span!("rpc", method);
        let call = span.in_scope(|| self.inner.call(request));
        let traced = async move {
            let answer = call.await?;
            // A status in the headers is an error; success has its own in the trailers.
            let code = Status::from_header_map(answer.headers()).map_or(Code::Ok, |status| status.code());
            let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            match code {
                Code::Ok => tracing::debug!(?code, duration_us, "call answered"),
                Code::Internal | Code::Unknown | Code::Unavailable | Code::DataLoss => {
                    tracing::warn!(?code, duration_us, "call failed");
                }
                _ => tracing::info!(?code, duration_us, "call refused"),
            }
            Ok(answer)
        };
        Box::pin(traced.instrument(span))
    }
}
