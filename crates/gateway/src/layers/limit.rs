//! So many calls at a time and no more: what is over is refused at once, with a time to try again, and harms nobody.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use jisr_core::problem::{Problem, Reason};
use tokio::sync::Semaphore;
use tower::{Layer, Service};

use super::Answer;
use crate::failure::told;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The refusal of what is over a limit.
pub(crate) fn over(limit: usize) -> Problem {
    Problem::new(Reason::RateLimited).with("limit", limit).retry_after(AGAIN_AFTER)
}

/// Bounds the calls that wait for their answer, over all connections. An open stream has been answered and counts no
/// more.
#[derive(Clone, Debug)]
pub(crate) struct LimitLayer {
    limit: usize,
    free: Arc<Semaphore>,
}

impl LimitLayer {
    /// At most so many.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, free: Arc::new(Semaphore::new(limit)) }
    }
}

impl<S> Layer<S> for LimitLayer {
    type Service = Limit<S>;

    fn layer(&self, inner: S) -> Limit<S> {
        Limit { inner, limit: self.limit, free: self.free.clone() }
    }
}

/// The service of [`LimitLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Limit<S> {
    inner: S,
    limit: usize,
    free: Arc<Semaphore>,
}

impl<S, B, R> Service<Request<B>> for Limit<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answer<R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let limit = self.limit;
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return Box::pin(async move { Ok(told(over(limit)).into_http()) });
        };
        let call = self.inner.call(request);
        Box::pin(async move {
            let answer = call.await;
            drop(place);
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::Status;
    use tonic_types::StatusExt;
    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn what_is_over_the_limit_is_refused_with_a_delay() {
        let never = service_fn(|_: Request<()>| std::future::pending::<Result<Response<()>, Infallible>>());
        let service = LimitLayer::new(1).layer(never);
        let first = tokio::spawn(service.clone().oneshot(Request::new(())));
        while service.free.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = service.clone().oneshot(Request::new(())).await.unwrap();
        let details = Status::from_header_map(refused.headers()).unwrap().get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "RATE_LIMITED");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(AGAIN_AFTER));
        first.abort();
        assert!(first.await.is_err());
        assert_eq!(service.free.available_permits(), 1, "who goes away makes room");
    }
}
