//! Tokens against an authorisation server that answers what a test needs.

use super::super::scripted::{Scripted, answer, token};
use super::*;
use crate::connectors::http::HttpSettings;

fn credentials(address: &str, authentication: ClientAuthentication) -> ClientCredentials {
    ClientCredentials {
        endpoint: format!("{address}/token").parse().unwrap(),
        client_id: "jisr:مركز".into(),
        client_secret: Secret::new("s3s4me open~"),
        authentication,
        scope: Some("permits.write permits.read".into()),
        resource: Some("urn:residency:permits".into()),
    }
}

fn tokens(address: &str, authentication: ClientAuthentication) -> Tokens {
    Tokens::new(HttpClient::new(HttpSettings::default()).unwrap(), credentials(address, authentication))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn both_ways_of_showing_the_secret() {
    let form = "grant_type=client_credentials&scope=permits.write%20permits.read&resource=urn%3Aresidency%3Apermits";
    let id = "jisr%3A%D9%85%D8%B1%D9%83%D8%B2";
    let server = Scripted::new([token("one", 600)]).await;
    tokens(&server.address, ClientAuthentication::Basic).bearer(soon()).await.unwrap();
    let request = server.requests().remove(0);
    let shown = format!("authorization: Basic {}", STANDARD.encode(format!("{id}:s3s4me%20open%7E")));
    assert!(request.starts_with("POST /token HTTP/1.1\r\n") && request.contains(&shown), "{request}");
    assert!(request.ends_with(&format!("\r\n\r\n{form}")), "{request}");

    let server = Scripted::new([token("one", 600)]).await;
    tokens(&server.address, ClientAuthentication::Post).bearer(soon()).await.unwrap();
    let request = server.requests().remove(0);
    assert!(!request.contains("authorization"), "{request}");
    assert!(request.ends_with(&format!("{form}&client_id={id}&client_secret=s3s4me%20open%7E")), "{request}");
}

#[tokio::test]
async fn many_who_wait_are_served_by_one_call() {
    let server = Scripted::new([token("one", 600), token("two", 600)]).await;
    let tokens = tokens(&server.address, ClientAuthentication::Basic);
    let calls = (0..20).map(|_| {
        let tokens = tokens.clone();
        tokio::spawn(async move { tokens.bearer(soon()).await.unwrap() })
    });
    let calls: Vec<_> = calls.collect();
    for call in calls {
        assert_eq!(call.await.unwrap().header(), "Bearer one");
    }
    assert_eq!(server.requests().len(), 1);
    // Refused once, by however many: one new token.
    let refused = tokens.bearer(soon()).await.unwrap();
    tokens.forget(&refused).await;
    assert_eq!(tokens.bearer(soon()).await.unwrap().header(), "Bearer two");
    tokens.forget(&refused).await;
    assert_eq!(tokens.bearer(soon()).await.unwrap().header(), "Bearer two");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_token_that_expires_at_once_is_not_kept() {
    let server = Scripted::new([token("one", 0), token("two", 600)]).await;
    let tokens = tokens(&server.address, ClientAuthentication::Basic);
    assert_eq!(tokens.bearer(soon()).await.unwrap().header(), "Bearer one");
    assert_eq!(tokens.bearer(soon()).await.unwrap().header(), "Bearer two");
}

#[tokio::test]
async fn every_failure_is_named_and_nothing_secret_is_shown() {
    let cases = [
        (
            answer("401 Unauthorized", "", r#"{"error": "invalid_client"}"#),
            "the token endpoint refuses: invalid_client",
        ),
        (answer("400 Bad Request", "", r#"{"error": "invalid_scope"}"#), "the token endpoint refuses: invalid_scope"),
        (
            answer("400 Bad Request", "", r#"{"error": "s3s4me open~"}"#),
            "the token endpoint refuses: HTTP status 400 Bad Request",
        ),
        (
            answer("503 Service Unavailable", "Retry-After: 30\r\n", ""),
            "the token endpoint answers with HTTP status 503 Service Unavailable",
        ),
        (answer("200 OK", "", "{}"), "the token endpoint answers no token: not a bearer token"),
        (
            answer("200 OK", "", r#"{"access_token": "a b", "token_type": "bearer"}"#),
            "the token endpoint answers no token: characters that no bearer token holds, or none",
        ),
        (answer("200 OK", "", "<html>"), "the token endpoint answers no token: no valid JSON at line 1, column 1"),
        (String::new(), "the token endpoint cannot be asked"),
    ];
    for (said, expected) in cases {
        let server = Scripted::new([said]).await;
        let tokens = tokens(&server.address, ClientAuthentication::Basic);
        let error = tokens.bearer(soon()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        let shown = format!("{error:?} {tokens:?}");
        assert!(!shown.contains("s3s4me"), "{shown}");
        let refused = expected.contains("refuses");
        assert_eq!(error.code(), if refused { "TOKEN_REFUSED" } else { "TOKEN_UNAVAILABLE" });
        assert_eq!(error.retry_after().map(|delay| delay.as_secs()), expected.contains("503").then_some(30));
    }
}

#[tokio::test]
async fn who_waits_too_long_for_anothers_token_goes_without() {
    let server = Scripted::new([]).await;
    let tokens = tokens(&server.address, ClientAuthentication::Basic);
    let holder = tokens.clone();
    let _fetching = holder.kept.lock().await;
    let late = tokens.bearer(Instant::now() + Duration::from_millis(30)).await;
    assert!(matches!(late, Err(TokenError::Late)), "{late:?}");
}

#[test]
fn a_token_is_used_for_a_little_less_than_it_is_good_for() {
    let cases = [("600", 570), ("100", 90), ("5", 4), ("1", 0), ("0", 0), ("999999999", 86_370), ("\"3600\"", 3570)];
    for (expires_in, expected) in cases {
        let text = format!("{{\"expires_in\": {expires_in}}}");
        let said = super::super::json::read_json(text.as_bytes(), JsonLimits::default()).unwrap();
        assert_eq!(good_for(&said), Duration::from_secs(expected), "{expires_in}");
    }
    assert_eq!(good_for(&Json::Object(vec![])), Duration::from_secs(54));
    let bearer = Bearer(HeaderValue::from_static("Bearer abc"));
    assert_eq!(format!("{bearer:?}"), "Bearer(***)");
}
