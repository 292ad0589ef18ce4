//! Probes for supervisors and load balancers, over plain HTTP: is the process up, and does it do its work.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use jisr_engine::Engine;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// How long the journal has to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Asked {
    engine: Engine,
    shutdown: CancellationToken,
}

/// `GET /healthz` and `GET /readyz`: 200, or 503 with the reason in a line of text.
pub(crate) fn routes(engine: Engine, shutdown: CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Asked { engine, shutdown })
}

/// Ready: the journal answers and nobody has told us to stop.
async fn ready(State(asked): State<Asked>) -> Response {
    let not_ready = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    if asked.shutdown.is_cancelled() {
        return not_ready("stopping\n");
    }
    match tokio::time::timeout(ANSWER_WITHIN, asked.engine.overview()).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(problem)) => {
            tracing::warn!(%problem, "not ready");
            not_ready("the journal does not answer\n")
        }
        Err(_) => not_ready("the journal does not answer in time\n"),
    }
}

/// What is nowhere: an unknown method for gRPC, 404 for everybody else.
pub(crate) async fn elsewhere(headers: HeaderMap) -> Response {
    let is_grpc = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    if is_grpc {
        return Status::unimplemented("").into_http::<axum::body::Body>();
    }
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}
