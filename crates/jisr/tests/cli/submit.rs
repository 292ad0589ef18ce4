//! Submitting: once, however often it has to be sent, and every refusal with what to correct.

use std::collections::HashMap;

use crate::support::{NAME, Server, State, code, err, event, jisr, jisr_reading, out, transaction, update};
use jisr_proto::v1::TransactionState::{Accepted, Completed};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

const APPLICATION: &str = r#"{ "service": "services/building-noc", "customerCategory": "CUSTOMER_CATEGORY_BUSINESS" }"#;

#[tokio::test]
async fn a_server_that_is_away_gets_the_same_request_again() {
    let away = || Err(Status::unavailable("starting"));
    let (server, address) =
        Server::start(State { submissions: [away(), away(), Ok(transaction(Accepted))].into(), ..State::default() })
            .await;
    let done = jisr_reading(&["tx", "submit", "-", "--address", &address], APPLICATION).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert!(out(&done).contains(NAME) && out(&done).starts_with("Accepted"), "{}", out(&done));
    let state = server.state();
    assert_eq!(state.submitted.len(), 3);
    assert!(state.submitted.iter().all(|request| *request == state.submitted[0]));
    let told = err(&done);
    assert!(told.contains(&format!("--request-id {}", state.submitted[0].request_id)), "{told}");
    assert!(told.contains("trying the same request again"), "{told}");
    assert_eq!(state.submitted[0].transaction.as_ref().unwrap().service, "services/building-noc");
}

#[tokio::test]
async fn a_refusal_names_each_field_in_the_language_asked_for() {
    let refused = || {
        let mut details = ErrorDetails::with_error_info("FIELD_INVALID", "jisr", HashMap::new());
        details.add_bad_request_violation("transaction.answers.plot_no", "رقم القطعة: مطلوب");
        details.set_localized_message("ar", "في الطلب حقول تحتاج إلى تصحيح.");
        Err(Status::with_error_details(Code::InvalidArgument, "FIELD_INVALID", details))
    };
    let (server, address) =
        Server::start(State { submissions: [refused(), refused()].into(), ..State::default() }).await;
    let arguments = ["tx", "submit", "-", "--lang", "ar", "--address", &address];
    let people = jisr_reading(&arguments, APPLICATION).await;
    assert_eq!((code(&people), out(&people).as_str()), (1, ""));
    for part in ["في الطلب حقول تحتاج إلى تصحيح.", "transaction.answers.plot_no", "رقم القطعة: مطلوب", "FIELD_INVALID"]
    {
        assert!(err(&people).contains(part), "{part}\n{}", err(&people));
    }
    let program = jisr_reading(&[&arguments[..], &["--json"]].concat(), APPLICATION).await;
    let error: serde_json::Value = serde_json::from_str(&err(&program)).unwrap();
    assert_eq!(error["error"]["reason"], "FIELD_INVALID");
    assert_eq!(error["error"]["points"][0]["at"], "transaction.answers.plot_no");
    assert_eq!(error["error"]["retry"], "NO");
    assert_eq!(error["error"]["metadata"]["request_id"], server.state().submitted[1].request_id.as_str());
    assert_eq!(server.state().languages, ["ar", "ar"]);
}

#[tokio::test]
async fn a_reused_request_id_is_a_conflict() {
    let details = ErrorDetails::with_error_info("REQUEST_ID_REUSED", "jisr", HashMap::new());
    let status = Status::with_error_details(Code::InvalidArgument, "REQUEST_ID_REUSED", details);
    let (server, address) = Server::start(State { submissions: [Err(status)].into(), ..State::default() }).await;
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let done = jisr_reading(&["tx", "submit", "-", "--request-id", id, "--address", &address], APPLICATION).await;
    assert_eq!(code(&done), 5, "{}", err(&done));
    assert_eq!(server.state().submitted[0].request_id, id);
}

#[tokio::test]
async fn submitting_and_watching_shows_every_event_and_the_end() {
    let events = [event(1, "", "SUBMITTED"), event(2, "SUBMITTED", "ACCEPTED"), event(3, "PROCESSING", "COMPLETED")];
    let stream = vec![update(None, Accepted, "a"), update(Some(events[2].clone()), Completed, "b")];
    let (_, address) = Server::start(State {
        submissions: [Ok(transaction(Accepted))].into(),
        events: events[..2].to_vec(),
        streams: [(stream, Some(Ok(())))].into(),
        transaction: Some(transaction(Completed)),
        ..State::default()
    })
    .await;
    let done = jisr_reading(&["tx", "submit", "-", "--watch", "--address", &address], APPLICATION).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    let shown: Vec<String> = out(&done).lines().map(str::to_owned).collect();
    let kept: Vec<&str> = shown.iter().map(|line| line.split(" · ").next().unwrap()).collect();
    assert_eq!(
        kept,
        [
            "Accepted",
            "       +0 ms  Jisr                    application: Submitted",
            "    +1.000 s  Jisr                    application: Submitted → Accepted",
            "    +2.000 s  Jisr                    application: Processing → Completed",
            "",
            "Completed",
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_no_application_is_named_with_line_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("application.json");
    let path = path.to_str().unwrap();
    for (content, part) in [
        ("{\n  \"servise\": \"x\"\n}", format!("{path}:2:")),
        ("{\n  \"servise\": \"x\"\n}", "servise".to_owned()),
        ("{\n \"channel\": { \"kind\": 5.5 } }", "channel.kind".to_owned()),
        ("{", format!("{path}:1:")),
    ] {
        std::fs::write(path, content).unwrap();
        // Nothing listens there: what cannot be read is never sent.
        let done = jisr(&["tx", "submit", path, "--address", "http://127.0.0.1:9"]).await;
        assert_eq!(code(&done), 1, "{}", err(&done));
        assert!(err(&done).contains(&part), "{part}\n{}", err(&done));
    }
    std::fs::write(path, b"{\n\"service\": \"\xE3\xD1\"}").unwrap();
    let done = jisr(&["tx", "submit", path]).await;
    assert!(err(&done).contains(&format!("{path}:2: not UTF-8")), "{}", err(&done));
    assert_eq!(code(&jisr(&["tx", "submit", "/no/such/file.json"]).await), 3);
}
