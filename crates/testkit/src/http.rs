//! The little HTTP a test needs of its peers.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// GET, as JSON.
pub async fn get(url: &str) -> Value {
    call("GET", url, Value::Null).await
}

/// POST of a JSON document, answered by one.
pub async fn post(url: &str, body: Value) -> Value {
    call("POST", url, body).await
}

async fn call(method: &str, url: &str, body: Value) -> Value {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = hyper::Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/json")
        .body(Full::new(bytes))
        .unwrap();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(status.is_success(), "{method} {url}: {status} {}", String::from_utf8_lossy(&body));
    if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() }
}
