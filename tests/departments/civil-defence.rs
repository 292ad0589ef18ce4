//! The program with civil defence's adapter, against an inspection desk behind a broker of its own.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeMap;
use std::time::Duration;

use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_testkit::inspections::{DEAD, DECISIONS, Inspections};
use jisr_testkit::jisr::Server;
use jisr_testkit::wait;
use jisr_tests::{Client, PATIENCE, application, client, submission, terminal};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::json;
use tempfile::TempDir;

/// Times short enough for a test; decisions that do not come by themselves are asked for at once.
const QUICK: &str = "call_timeout = \"3s\"\nends_within = \"4s\"\nbegin_within = \"4s\"\nanswer_within = \"2s\"";
/// The same, with decisions waited for as inspectors need it.
const PATIENT: &str = "call_timeout = \"3s\"\nends_within = \"4s\"\nbegin_within = \"4s\"";

/// Everything that runs; fields in the order in which it ends.
struct World {
    server: Server,
    peer: Inspections,
    _folder: TempDir,
}

impl World {
    fn new(adapter: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = Inspections::start(folder.path());
        let server = Server::start(folder.path(), &peer.config(adapter));
        Self { server, peer, _folder: folder }
    }

    async fn client(&self) -> Client {
        client(&self.server.address).await
    }

    /// Waits until so many messages are in a queue of the department's broker.
    async fn waiting(&self, queue: &str, count: usize) {
        let as_many = || async { (self.peer.waiting(queue) == count).then_some(()) };
        wait::until(queue, PATIENCE, as_many).await;
    }
}

/// An application for a fire safety certificate, for premises on this plot.
fn fire_safety(plot: &str) -> v1::Transaction {
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let named =
        |text: &str, language: &str| v1::LocalizedText { text: text.to_owned(), language_code: language.to_owned() };
    let mut transaction = application("345-0678");
    transaction.service = "services/fire-safety-certificate".to_owned();
    transaction.channel = Some(v1::Channel { kind: v1::ChannelKind::Web.into(), ..Default::default() });
    transaction.customer_category = v1::CustomerCategory::Government.into();
    transaction.applicant = Some(v1::Party {
        name: String::new(),
        kind: Some(v1::party::Kind::Organization(v1::Organization {
            legal_names: vec![named("مكتبة الصفاء العامة", "ar"), named("Al Safa Public Library", "en")],
            contact: Some(v1::Contact { phone_number: "+97141234567".to_owned(), ..Default::default() }),
            ..Default::default()
        })),
    });
    transaction.location = Some(v1::Location {
        address: "دبي، شارع الوصل، بجانب حديقة الصفاء".to_owned(),
        parcel_no: plot.to_owned(),
        ..Default::default()
    });
    transaction.answers = Some(Struct {
        fields: BTreeMap::from([
            ("premises_use".to_owned(), text("office")),
            ("floor_area_sqm".to_owned(), text("1250.50")),
            ("storeys".to_owned(), Value { kind: Some(Kind::NumberValue(3.0)) }),
            ("contact_for_visit".to_owned(), text("سالم المنصوري")),
        ]),
    });
    transaction.evidence = vec![v1::Evidence {
        requirement: "fire-plan".to_owned(),
        evidence_type: "evacuation-plan".to_owned(),
        source: v1::EvidenceSource::Scanned.into(),
        document: Some(v1::Document {
            uri: "file:fire-plan.pdf".to_owned(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            mime_type: "application/pdf".to_owned(),
            size_bytes: 120_000,
        }),
        ..Default::default()
    }];
    transaction
}

async fn submit(client: &mut Client, plot: &str) -> v1::Transaction {
    client.submit_transaction(submission(fire_safety(plot))).await.unwrap().into_inner()
}

/// Waits until the only leg is in this state.
async fn until(client: &Client, name: &str, state: LegState) {
    wait::until(state.as_str_name(), PATIENCE, || async {
        let found = client.clone().get_transaction(v1::GetTransactionRequest { name: name.to_owned() }).await;
        found.ok().filter(|found| found.get_ref().legs[0].state() == state)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_submission_to_the_inspectors_decision() {
    let world = World::new(PATIENT);
    let mut client = world.client().await;

    let submitted = submit(&mut client, "345-0678").await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    assert_eq!((&*done.outputs[0].r#type, &*done.outputs[0].licence_no), ("fire-safety-certificate", "FS-000001"));
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert_eq!(arabic.text, "المنشأة مستوفية لاشتراطات الوقاية من الحريق");
    let records = world.peer.records().await;
    assert_eq!(records["inspections"][0]["request"]["NAME_AR"], "مكتبة الصفاء العامة");
    assert_eq!(records["inspections"][0]["request"]["AREA"], "1250.50");

    let submitted = submit(&mut client, "999-0001").await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), &*done.state_reason), (TransactionState::Rejected, "REFUSED_BY_DEPARTMENT"));
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert_eq!(arabic.text, "مخرج الطوارئ مسدود");

    // Twice, and in another order than they were asked for.
    world.peer.reset(json!({"hold": true, "reverse": true, "decision": "duplicate", "limit": 3})).await;
    let mut names = Vec::new();
    for plot in ["345-0001", "999-0002", "345-0003"] {
        names.push(submit(&mut client, plot).await.name);
    }
    for name in &names {
        until(&client, name, LegState::InProgress).await;
    }
    world.peer.control(json!({"hold": false})).await;
    let mut states = Vec::new();
    for name in &names {
        states.push(terminal(&client, name).await.state());
    }
    let (completed, rejected) = (TransactionState::Completed, TransactionState::Rejected);
    assert_eq!(states, [completed, rejected, completed]);
    world.waiting(DECISIONS, 0).await;
    assert_eq!((world.peer.inspections().await.len(), world.peer.waiting(DEAD)), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_lost_or_unreadable_is_asked_for() {
    let world = World::new(QUICK);
    let mut client = world.client().await;
    let faults = ["lose", "garbage", "half", "huge", "wrong_charset", "foreign"];
    for fault in faults {
        world.peer.reset(json!({"decision": fault})).await;
        let submitted = submit(&mut client, "345-0002").await;
        let done = terminal(&client, &submitted.name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{fault}: {done:?}");
    }
    let mut references = world.peer.inspections().await;
    references.dedup();
    assert_eq!((references.len(), world.peer.inspections().await.len()), (faults.len(), faults.len()));
    // What was no decision is put aside where somebody can look at it; nothing of it is left in the way.
    world.waiting(DEAD, faults.len() - 1).await;
    world.waiting(DECISIONS, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_survives_the_end_of_everything() {
    let mut world = World::new(PATIENT);
    let mut client = world.client().await;
    world.peer.control(json!({"hold": true})).await;
    let submitted = submit(&mut client, "345-0678").await;
    until(&client, &submitted.name, LegState::InProgress).await;
    world.server.kill();
    // The desk comes back with its cases, and decides while nobody of ours is there.
    world.peer.restart();
    world.waiting(DECISIONS, 1).await;
    world.server.restart();
    let client = world.client().await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 1), "{done:?}");
    world.waiting(DECISIONS, 0).await;
    assert_eq!(world.peer.inspections().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_withdraws_what_waits_for_the_inspectors() {
    let world = World::new(PATIENT);
    let mut client = world.client().await;
    world.peer.control(json!({"hold": true})).await;
    let submitted = submit(&mut client, "345-0678").await;
    until(&client, &submitted.name, LegState::InProgress).await;
    let cancel = v1::CancelTransactionRequest {
        name: submitted.name.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        reason: "عدل المتعامل عن طلبه".to_owned(),
        ..Default::default()
    };
    client.cancel_transaction(cancel).await.unwrap();
    // What is under way is awaited, and then undone.
    world.peer.control(json!({"hold": false})).await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Cancelled, LegState::Compensated));
    let records = world.peer.records().await;
    assert_eq!(
        (records["inspections"].as_array().unwrap().len(), records["withdrawals"].as_array().unwrap().len()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_down_work_is_taken_and_follows_once() {
    let mut world = World::new(PATIENT);
    let mut client = world.client().await;
    world.peer.broker.kill();
    let submitted = submit(&mut client, "345-0678").await;
    let tried = || async {
        let request = v1::GetTransactionRequest { name: submitted.name.clone() };
        let found = client.clone().get_transaction(request).await.ok()?.into_inner();
        found.legs[0].last_error.is_some().then_some(())
    };
    wait::until("a failed try", Duration::from_secs(30), tried).await;
    world.peer.restart();
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    assert_eq!(world.peer.inspections().await.len(), 1);
}
