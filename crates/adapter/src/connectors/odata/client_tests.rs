//! The client against a service that answers what a test needs: requests as they should be, and each answer in its class.

use super::super::scripted::{Scripted, answer, token};
use super::super::token::{ClientAuthentication, ClientCredentials};
use super::*;
use crate::connectors::Secret;
use crate::connectors::http::HttpSettings;

const LIMIT: Duration = Duration::from_secs(20);

fn http() -> HttpClient {
    HttpClient::new(HttpSettings { max_answer_bytes: 5_000, ..HttpSettings::default() }).unwrap()
}

fn client(server: &Scripted) -> ODataClient {
    ODataClient::new(http(), ServiceRoot::new(&format!("{}/odata/v4", server.address)).unwrap(), None)
}

fn with_tokens(server: &Scripted, issuer: &Scripted) -> ODataClient {
    let credentials = ClientCredentials {
        endpoint: format!("{}/token", issuer.address).parse().unwrap(),
        client_id: "jisr".into(),
        client_secret: Secret::new("sesame"),
        authentication: ClientAuthentication::Basic,
        scope: None,
        resource: None,
    };
    let root = ServiceRoot::new(&format!("{}/odata/v4", server.address)).unwrap();
    ODataClient::new(http(), root, Some(Tokens::new(http(), credentials)))
}

async fn put(client: &ODataClient, condition: Condition<'_>) -> Result<Written, ODataError> {
    let body = serde_json::json!({"Name": "مريم", "Fee": "350.00"});
    client.put("Applications", &Literal::text("R-1"), condition, &body, LIMIT).await
}

#[tokio::test]
async fn a_condition_and_a_body_go_out_and_the_state_comes_back() {
    let said =
        answer("201 Created", "ETag: \"1\"\r\nOData-Version: 4.0\r\n", r#"{"Fee": 350.00, "@odata.etag": "W/\"2\""}"#);
    let server = Scripted::new([said, answer("204 No Content", "ETag: \"3\"\r\n", "")]).await;
    let written = put(&client(&server), Condition::Absent).await.unwrap();
    assert_eq!(written.etag, ETag::new("W/\"2\""));
    assert_eq!(written.entity.unwrap().value.decimal("Fee"), Some("350.00"));
    let unchanged = ETag::new("W/\"2\"").unwrap();
    let written = put(&client(&server), Condition::Unchanged(&unchanged)).await.unwrap();
    assert_eq!((written.etag, written.entity), (ETag::new("\"3\""), None));
    let requests = server.requests();
    assert!(requests[0].starts_with("PUT /odata/v4/Applications(%27R-1%27) HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("if-none-match: *\r\n") && requests[0].contains("IEEE754Compatible=true"));
    assert!(requests[0].ends_with(r#"{"Fee":"350.00","Name":"مريم"}"#), "{}", requests[0]);
    assert!(requests[1].contains("if-match: W/\"2\"\r\n"));
    assert!(!requests[0].contains("authorization"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refusal = || answer("401 Unauthorized", "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n", "");
    let issuer = Scripted::new([token("one", 600), token("two", 600)]).await;
    let server = Scripted::new([refusal(), answer("201 Created", "", "{}"), answer("201 Created", "", "{}")]).await;
    let client = with_tokens(&server, &issuer);
    put(&client, Condition::Absent).await.unwrap();
    put(&client, Condition::Absent).await.unwrap();
    let shown: Vec<_> =
        server.requests().iter().map(|request| request.contains("authorization: Bearer two\r\n")).collect();
    assert_eq!((shown, issuer.requests().len()), (vec![false, true, true], 2));

    let issuer = Scripted::new([token("one", 600), token("two", 600)]).await;
    let server = Scripted::new([refusal(), refusal(), answer("201 Created", "", "{}")]).await;
    let error = put(&with_tokens(&server, &issuer), Condition::Absent).await.unwrap_err();
    assert_eq!((error.is_doubtful(), error.status()), (false, Some(StatusCode::UNAUTHORIZED)), "{error:?}");
    assert_eq!(server.requests().len(), 2, "never a third time");
}

#[tokio::test]
async fn without_a_token_the_service_is_not_called() {
    let issuer = Scripted::new([answer("401 Unauthorized", "", r#"{"error": "invalid_client"}"#)]).await;
    let server = Scripted::new([]).await;
    let client = with_tokens(&server, &issuer);
    let error = put(&client, Condition::Absent).await.unwrap_err();
    assert_eq!((error.is_doubtful(), error.code()), (false, "TOKEN_REFUSED"));
    assert!(server.requests().is_empty());
    assert!(!format!("{client:?} {error:?}").contains("sesame"));
}

#[tokio::test]
async fn each_answer_to_a_change_has_its_class() {
    let error = r#"{"error": {"code": "RES-900", "message": "مغلق"}}"#;
    let plain = |status: &str, body: &str| format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let cases = [
        (answer("412 Precondition Failed", "", error), "CONDITION_FAILED", false, None),
        (answer("422 Unprocessable Content", "", error), "TURNED_AWAY", false, None),
        (answer("429 Too Many Requests", "Retry-After: 7\r\n", ""), "RATE_LIMITED", false, Some(7)),
        (answer("503 Service Unavailable", "Retry-After: 3600\r\n", error), "TURNED_AWAY", false, Some(3600)),
        (answer("503 Service Unavailable", "", error), "ANSWER_STATUS", true, None),
        (answer("500 Internal Server Error", "", error), "ANSWER_STATUS", true, None),
        (plain("302 Found", ""), "ANSWER_STATUS", true, None),
        (plain("200 OK", "{}"), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "", "{\"half\": "), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "", "[1]"), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "OData-Version: 3.0\r\n", "{}"), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "Content-Encoding: gzip\r\n", "{}"), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "", &"[".repeat(100)), "ANSWER_GARBAGE", true, None),
        (answer("200 OK", "", &format!("\"{}\"", "x".repeat(6_000))), "ANSWER_OVERSIZED", true, None),
        ("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"half".to_owned(), "ANSWER_BROKEN", true, None),
        (String::new(), "ANSWER_BROKEN", true, None),
    ];
    for (said, code, doubtful, retry_after) in cases {
        let server = Scripted::new([said]).await;
        let error = put(&client(&server), Condition::Absent).await.unwrap_err();
        assert_eq!((error.code(), error.is_doubtful()), (code, doubtful), "{error:?}");
        assert_eq!(error.retry_after().map(|delay| delay.as_secs()), retry_after, "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn only_the_service_itself_says_that_there_is_no_such_entity() {
    let none = r#"{"error": {"code": "RES-404", "message": "لا يوجد"}}"#;
    let server = Scripted::new([
        answer("404 Not Found", "", none),
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".to_owned(),
        answer("200 OK", "ETag: \"5\"\r\n", r#"{"Status": "PENDING"}"#),
    ])
    .await;
    let (client, key) = (client(&server), Literal::text("R-1"));
    assert_eq!(client.read("Applications", &key, LIMIT).await.unwrap(), None);
    let error = client.read("Applications", &key, LIMIT).await.unwrap_err();
    assert_eq!((error.status(), error.service()), (Some(StatusCode::NOT_FOUND), None));
    let found = client.read("Applications", &key, LIMIT).await.unwrap().unwrap();
    assert_eq!((found.etag, found.value.text("Status")), (ETag::new("\"5\""), Some("PENDING")));
}

async fn read_pages(server: &Scripted, pages: usize) -> Result<(Vec<String>, bool), ODataError> {
    let client = client(server);
    let mut pages = client.pages("Applications", &[], PageLimits { pages, page_within: LIMIT })?;
    let mut found = Vec::new();
    while let Some(entities) = pages.next().await? {
        found.extend(entities.iter().map(|entity| entity.value.text("Id").unwrap().to_owned()));
    }
    Ok((found, pages.is_cut_short()))
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_not_without_end() {
    let page = |id: &str, link: &str| answer("200 OK", "", &format!(r#"{{"value": [{{"Id": "{id}"}}]{link}}}"#));
    let link = |to: &str| format!(r#", "@odata.nextLink": "{to}""#);
    let three = || [page("a", &link("Applications?$skip=1")), page("b", &link("?$skip=2")), page("c", "")];
    let found = read_pages(&Scripted::new(three()).await, 9).await.unwrap();
    assert_eq!(found, (vec!["a".into(), "b".into(), "c".into()], false));
    let cut = read_pages(&Scripted::new(three()).await, 2).await.unwrap();
    assert_eq!(cut, (vec!["a".into(), "b".into()], true));
    for (to, code) in [
        ("http://127.0.0.1:1/odata/v4/Applications", "REQUEST_UNSENDABLE"),
        ("/administration", "REQUEST_UNSENDABLE"),
        ("Applications", "ANSWER_GARBAGE"),
    ] {
        let error = read_pages(&Scripted::new([page("a", &link(to))]).await, 9).await.unwrap_err();
        assert_eq!(error.code(), code, "{to}");
    }
    for body in ["{}", r#"{"value": {}}"#, r#"{"value": [1]}"#, r#"{"value": [], "@odata.nextLink": 1}"#] {
        let error = read_pages(&Scripted::new([answer("200 OK", "", body)]).await, 9).await.unwrap_err();
        assert_eq!(error.code(), "ANSWER_GARBAGE", "{body}");
    }
}
