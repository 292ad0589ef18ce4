//! What becomes of an application: done, refused, undone, late; and what the department then has.

use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_tests::{World, application, submission, terminal};
use prost_types::value::Kind;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_application_reaches_the_department_and_its_answer_comes_back_translated() {
    let world = World::new();
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(application("345-0678"))).await.unwrap().into_inner();
    assert_eq!(submitted.state(), TransactionState::Processing);
    assert!(submitted.reference_no.parse::<jisr_core::reference_no::ReferenceNo>().is_ok());
    assert!(submitted.warnings.is_empty(), "{:?}", submitted.warnings);

    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed);
    let leg = &done.legs[0];
    assert_eq!((leg.state(), leg.attempt, leg.held), (LegState::Succeeded, 1, false));
    let outcome = leg.outcome.as_ref().unwrap();
    assert!(matches!(&outcome.fields["noc_no"].kind, Some(Kind::StringValue(number)) if !number.is_empty()));
    assert!(!leg.legacy_refs.is_empty());
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert!(arabic.text.chars().any(|letter| ('\u{0620}'..'\u{064A}').contains(&letter)), "{}", arabic.text);
    for (earlier, later) in [
        (&leg.dispatch_time, &leg.called_time),
        (&leg.called_time, &leg.answered_time),
        (&leg.answered_time, &leg.returned_time),
    ] {
        let parts =
            |time: &Option<prost_types::Timestamp>| time.as_ref().map(|time| (time.seconds, time.nanos)).unwrap();
        assert!(parts(earlier) <= parts(later), "the four times of a leg are in order");
    }

    // The department has what the citizen wrote, in Arabic, under our reference, and once.
    let records = world.peer.records().await;
    let stored = records["submissions"].as_array().unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0]["our_reference"], format!("{}/building-noc", done.reference_no));
    let request = stored[0]["request"].to_string();
    for text in ["محمد أحمد عبدالله الشامسي", "بناء فيلا سكنية من طابقين", "450.50", "345-0678"]
    {
        assert!(request.contains(text), "{text} is not in {request}");
    }

    let request = v1::ListTransactionEventsRequest { parent: done.name, ..Default::default() };
    let events = client.list_transaction_events(request).await.unwrap().into_inner().events;
    let moves: Vec<_> = events.iter().map(|event| event.to.as_str()).collect();
    let expected = ["SUBMITTED", "ACCEPTED", "PROCESSING", "DISPATCHED", "ACKNOWLEDGED", "SUCCEEDED", "COMPLETED"];
    assert_eq!(moves, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_the_departments_answer_in_its_own_words() {
    let world = World::new();
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(application("999-0001"))).await.unwrap().into_inner();
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.state_reason.as_str()), (TransactionState::Rejected, "REFUSED_BY_DEPARTMENT"));
    let leg = &done.legs[0];
    assert_eq!(leg.state(), LegState::Refused);
    assert!(leg.last_error.is_none(), "a refusal is no fault");
    for language in ["ar", "en"] {
        let said = done.department_status.iter().find(|text| text.language_code == language);
        assert!(said.is_some_and(|said| !said.text.is_empty()), "{language}: {:?}", done.department_status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_department_is_tried_again_and_nothing_is_done_twice() {
    let world = World::new();
    world.peer.control(json!({"busy": 1.0, "limit": 1})).await;
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(application("345-0001"))).await.unwrap().into_inner();
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 2));
    assert_eq!(world.peer.submissions().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executed_call_whose_answer_was_lost_is_looked_up_and_not_repeated() {
    let world = World::new();
    for fault in ["cut_after_execute", "cut_mid_answer", "garbage", "huge", "wrong_charset"] {
        world.peer.control(json!({"reset": true, fault: 1.0, "limit": 1, "operations": ["SubmitNoc"]})).await;
        let mut client = world.client().await;
        let submitted = client.submit_transaction(submission(application("345-0002"))).await.unwrap().into_inner();
        let done = terminal(&client, &submitted.name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{fault}");
        let ours = format!("{}/building-noc", done.reference_no);
        let effects = world.peer.submissions().await.into_iter().filter(|reference| *reference == ours).count();
        assert_eq!(effects, 1, "{fault}");
        let request = v1::ListTransactionEventsRequest { parent: done.name, ..Default::default() };
        let events = client.list_transaction_events(request).await.unwrap().into_inner().events;
        assert!(events.iter().any(|event| event.to == "IN_DOUBT"), "{fault}: {events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_outlives_its_caller_is_not_made_again() {
    // The department goes on for two seconds after the adapter has given up, and executes then.
    let world = World::with("call_timeout = \"1s\"\nends_within = \"4s\"");
    world.peer.control(json!({"slow_before_ms": 3000, "operations": ["SubmitNoc"]})).await;
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(application("345-0006"))).await.unwrap().into_inner();
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed);
    assert_eq!(world.peer.submissions().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_undoes_what_the_department_did() {
    let world = World::new();
    // The answer takes long enough for the cancellation to overtake it.
    world.peer.control(json!({"slow_after_ms": 1000, "operations": ["SubmitNoc"]})).await;
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(application("345-0003"))).await.unwrap().into_inner();
    let cancel = v1::CancelTransactionRequest {
        name: submitted.name.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        etag: String::new(),
        reason: "عدل المتعامل عن طلبه".to_owned(),
    };
    let cancelling = client.cancel_transaction(cancel.clone()).await.unwrap().into_inner();
    assert_eq!(cancelling.state(), TransactionState::Cancelling);
    let again = client.cancel_transaction(cancel).await.unwrap().into_inner();
    assert_eq!(again.name, cancelling.name, "the same request is answered the same way");
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Cancelled, LegState::Compensated));
    let records = world.peer.records().await;
    assert_eq!(records["submissions"].as_array().unwrap().len(), 1);
    assert_eq!(records["withdrawals"].as_array().unwrap().len(), 1);

    let late = v1::CancelTransactionRequest {
        name: submitted.name,
        request_id: uuid::Uuid::new_v4().to_string(),
        ..Default::default()
    };
    let refused = client.cancel_transaction(late).await.unwrap_err();
    assert_eq!(jisr_tests::reason(&refused).0, "STATE_TRANSITION_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_for_a_department_without_an_adapter_is_taken_and_waits() {
    let world = World::new();
    let mut client = world.client().await;
    let submitted = client.submit_transaction(submission(address_change())).await.unwrap().into_inner();
    assert_eq!(submitted.state(), TransactionState::Processing);
    assert_eq!(submitted.legs[0].department, "departments/residency");
    // The department's queue holds up nobody else.
    let other = client.submit_transaction(submission(application("345-0005"))).await.unwrap().into_inner();
    assert_eq!(terminal(&client, &other.name).await.state(), TransactionState::Completed);
    let waiting =
        client.get_transaction(v1::GetTransactionRequest { name: submitted.name }).await.unwrap().into_inner();
    assert_eq!((waiting.state(), waiting.legs[0].state()), (TransactionState::Processing, LegState::Dispatched));
}

fn address_change() -> v1::Transaction {
    let mut change = application("345-0004");
    let text = |text: &str| prost_types::Value { kind: Some(Kind::StringValue(text.to_owned())) };
    change.service = "services/residence-address-change".to_owned();
    change.channel.as_mut().unwrap().counter = "13".to_owned();
    let answers = [("makani_no", "26523 91457"), ("move_date", "2026-12-01")];
    change.answers.as_mut().unwrap().fields =
        answers.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
    change.evidence = vec![v1::Evidence {
        requirement: "tenancy-contract".to_owned(),
        evidence_type: "ejari-contract".to_owned(),
        source: v1::EvidenceSource::Scanned.into(),
        document: Some(v1::Document {
            uri: "file:tenancy-contract.pdf".to_owned(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            mime_type: "application/pdf".to_owned(),
            size_bytes: 120_000,
        }),
        ..Default::default()
    }];
    change
}
