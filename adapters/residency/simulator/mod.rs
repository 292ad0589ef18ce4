//! A stand-in for the permit system and its authorisation server, for the demo only: the same addresses, conditions and
//! rules, records in memory, any client let in.
//!
//! Tests run against a foreign peer instead: what both sides of a conversation got from one head proves nothing.

mod ledger;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use jisr_adapter::connectors::odata::{Map, Value};

use ledger::{Application, Ledger, Refusal};

/// Milliseconds that a call takes.
const DELAY: std::ops::RangeInclusive<u64> = 20..=150;
const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Serves `/odata/v4` and `/token` on `listener` until `shutdown` completes. Records live as long as the call.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/token", post(token))
        .route("/odata/v4/{entity}", any(call))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(Arc::new(Ledger::default()));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn token() -> Response {
    let properties = [
        ("access_token", Value::from(format!("demo-{:016x}", rand::random::<u64>()))),
        ("token_type", "Bearer".into()),
        ("expires_in", 600.into()),
    ];
    Json(object(properties)).into_response()
}

async fn call(
    State(ledger): State<Arc<Ledger>>,
    method: Method,
    Path(entity): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    tokio::time::sleep(Duration::from_millis(rand::random_range(DELAY))).await;
    if !headers.get(header::AUTHORIZATION).is_some_and(|shown| shown.as_bytes().starts_with(b"Bearer demo-")) {
        return refused(&Refusal::new(401, "RES-401", "رمز الدخول غير صالح", "The access token is not valid"));
    }
    let condition = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let given = || match serde_body(&body) {
        Some(given) => Ok(given),
        None => Err(Refusal::new(400, "RES-500", "الطلب غير مقروء", "The application cannot be read")),
    };
    let reference = entity.strip_prefix("Applications('").and_then(|rest| rest.strip_suffix("')"));
    let answered = match (&method, reference) {
        (&Method::GET, Some(reference)) => ledger.find(reference).map(|found| (StatusCode::OK, found)),
        (&Method::PUT, Some(reference)) => given().and_then(|given| {
            let absent = condition(header::IF_NONE_MATCH).is_some();
            ledger.put(reference, given, absent, condition(header::IF_MATCH)).map(|found| (StatusCode::CREATED, found))
        }),
        (&Method::PATCH, Some(reference)) => given().and_then(|given| {
            ledger.patch(reference, &given, condition(header::IF_MATCH)).map(|found| (StatusCode::OK, found))
        }),
        // The only list that is asked for: what is decided and not collected.
        (&Method::GET, None) if entity == "Applications" && query.is_some() => {
            let value = ledger.uncollected().iter().map(Application::entity).collect();
            return Json(object([("value", Value::Array(value))])).into_response();
        }
        _ => Err(Refusal::new(405, "RES-501", "عملية غير معروفة", "Unknown operation")),
    };
    match answered {
        Ok((status, application)) => {
            (status, [(header::ETAG, application.etag())], Json(application.entity())).into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}

fn serde_body(body: &[u8]) -> Option<Map<String, Value>> {
    match Json::<Value>::from_bytes(body).ok()?.0 {
        Value::Object(given) => Some(given),
        _ => None,
    }
}

fn refused(refusal: &Refusal) -> Response {
    let english = object([("code", "en".into()), ("message", refusal.english.into())]);
    let error = object([
        ("code", refusal.code.into()),
        ("message", refusal.arabic.into()),
        ("details", Value::Array(vec![english])),
    ]);
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(object([("error", error)]))).into_response()
}

fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    Value::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
