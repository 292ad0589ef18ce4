//! A stand-in for building control, for the demo only: the same dialect and rules, records in memory, no credentials.
//!
//! Tests run against a foreign peer instead: what both sides of a conversation got from one head proves nothing.

mod ledger;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jisr_adapter::connectors::soap::{AnswerLimits, ENVELOPE_NAMESPACE, Element, decode, read_answer, write_envelope};

use crate::messages::NAMESPACE;
use ledger::{Ledger, Refusal};

/// Milliseconds that a call takes.
const DELAY: std::ops::RangeInclusive<u64> = 20..=150;
const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Serves `/BuildingControl` on `listener` until `shutdown` completes. Records live as long as the call.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/BuildingControl", post(call))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(Arc::new(Ledger::default()));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn call(State(ledger): State<Arc<Ledger>>, headers: HeaderMap, body: Bytes) -> Response {
    tokio::time::sleep(Duration::from_millis(rand::random_range(DELAY))).await;
    let charset = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split_once("charset=").map(|(_, charset)| charset.trim_matches('"')));
    let request = decode(&body, charset).ok().and_then(|text| read_answer(&text, AnswerLimits::default()).ok()?.ok());
    let answered = match request {
        Some(request) if request.namespace.as_deref() == Some(NAMESPACE) => execute(&ledger, &request),
        _ => Err(Refusal {
            code: "BC-500", arabic: "الرسالة غير مقروءة", english: "The message cannot be read"
        }),
    };
    let (status, body) = match answered {
        Ok(answer) => (StatusCode::OK, answer),
        Err(refusal) => (StatusCode::INTERNAL_SERVER_ERROR, fault(&refusal)),
    };
    match write_envelope(&[], &body) {
        Ok(envelope) => (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], envelope).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn execute(ledger: &Ledger, request: &Element) -> Result<Element, Refusal> {
    let field = |name| request.child_text(name).unwrap_or_default();
    let reference = field("ourReference");
    let fields = match request.name.as_str() {
        "SubmitNoc" => ledger.submit(&reference, &[("plotNo", field("plotNo")), ("floors", field("floors"))])?,
        "SubmitFoodPermit" => ledger.submit(&reference, &[("tradeLicenceNo", field("tradeLicenceNo"))])?,
        "SubmitTenancy" => ledger.submit(&reference, &[("premisesNo", field("premisesNo"))])?,
        "FindNoc" => ledger.find(&reference)?,
        "WithdrawNoc" => ledger.withdraw(&reference)?,
        _ => {
            return Err(Refusal {
                code: "BC-500", arabic: "عملية غير معروفة", english: "Unknown operation"
            });
        }
    };
    let result =
        fields.into_iter().fold(Element::new(NAMESPACE, format!("{}Result", request.name)), |result, (name, value)| {
            result.with_child(Element::new(NAMESPACE, name).with_text(value))
        });
    Ok(Element::new(NAMESPACE, format!("{}Response", request.name)).with_child(result))
}

fn fault(refusal: &Refusal) -> Element {
    let part = |name: &str, value: &str| Element::unqualified(name).with_text(value);
    Element::new(ENVELOPE_NAMESPACE, "Fault")
        .with_child(part("faultcode", &format!("soap:Client.{}", refusal.code)))
        .with_child(part("faultstring", &format!("{} / {}", refusal.arabic, refusal.english)))
        .with_child(
            Element::unqualified("detail")
                .with_child(part("code", refusal.code))
                .with_child(part("textAr", refusal.arabic))
                .with_child(part("textEn", refusal.english)),
        )
}
