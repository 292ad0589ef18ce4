//! The whole program with the residency adapter against the permit system of `tests/peers/residency`: what a front end submits
//! reaches the directorate once, and its decision comes home, whatever dies in between.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeMap;

use jisr_core::id::TransactionId;
use jisr_core::name::LegId;
use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_testkit::jisr::Server;
use jisr_testkit::permits::PermitSystem;
use jisr_tests::{Client, PATIENCE, QUICK, application, client, submission, terminal};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::json;
use tempfile::TempDir;

struct World {
    server: Server,
    peer: PermitSystem,
    // Last: the folder goes when nothing runs in it any more.
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = PermitSystem::start(folder.path()).await;
        let server = Server::start(folder.path(), &peer.config(&format!("{QUICK}\npoll_every = \"100ms\"")));
        Self { server, peer, _folder: folder }
    }

    async fn client(&self) -> Client {
        client(&self.server.address).await
    }

    async fn submit(&self, transaction: v1::Transaction) -> v1::Transaction {
        self.client().await.submit_transaction(submission(transaction)).await.unwrap().into_inner()
    }
}

fn text(text: &str) -> Value {
    Value { kind: Some(Kind::StringValue(text.to_owned())) }
}

fn evidence(requirement: &str, evidence_type: &str) -> v1::Evidence {
    v1::Evidence {
        requirement: requirement.to_owned(),
        evidence_type: evidence_type.to_owned(),
        source: v1::EvidenceSource::Scanned.into(),
        document: Some(v1::Document {
            uri: format!("file:{evidence_type}.pdf"),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            mime_type: "application/pdf".to_owned(),
            size_bytes: 120_000,
        }),
        ..Default::default()
    }
}

fn residency(service: &str, answers: &[(&str, Value)], evidence: Vec<v1::Evidence>) -> v1::Transaction {
    let mut transaction = application("");
    transaction.service = format!("services/{service}");
    transaction.customer_category = v1::CustomerCategory::IndividualResident.into();
    transaction.channel.as_mut().unwrap().counter = "13".to_owned();
    let fields: BTreeMap<_, _> = answers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    transaction.answers = Some(Struct { fields });
    transaction.evidence = evidence;
    transaction
}

fn address_change(makani_no: &str) -> v1::Transaction {
    let answers = [("makani_no", text(makani_no)), ("unit", text("فيلا 7")), ("move_date", text("2026-12-01"))];
    residency("residence-address-change", &answers, vec![evidence("tenancy-contract", "ejari-contract")])
}

/// The serial says what becomes of it.
fn renewal(serial: &str) -> v1::Transaction {
    let years = Value { kind: Some(Kind::NumberValue(2.0)) };
    let answers = [("residence_file_no", text(&format!("201/2023/7/{serial}"))), ("years", years)];
    let evidence = vec![evidence("passport", "passport"), evidence("medical-fitness", "medical-fitness-certificate")];
    residency("residence-permit-renew", &answers, evidence)
}

/// What the permit system knows a leg by.
fn reference(transaction: &v1::Transaction) -> String {
    let transaction_id: TransactionId = transaction.uid.parse().unwrap();
    let leg = LegId::new(transaction.legs[0].name.rsplit('/').next().unwrap()).unwrap();
    jisr_adapter::Reference { transaction: transaction_id, leg }.to_string()
}

async fn in_state(world: &World, name: &str, state: LegState) {
    let client = world.client().await;
    jisr_testkit::wait::until(state.as_str_name(), PATIENCE, || async {
        let found = client.clone().get_transaction(v1::GetTransactionRequest { name: name.to_owned() }).await;
        found.ok().filter(|found| found.get_ref().legs[0].state() == state)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_is_done_at_once() {
    let world = World::new().await;
    let submitted = world.submit(address_change("30032 95320")).await;
    let done = terminal(&world.client().await, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Completed, LegState::Succeeded));
    let stored = world.peer.application(&reference(&done)).await.unwrap();
    assert_eq!(stored["HolderNameAr"], "محمد أحمد عبدالله الشامسي");
    assert_eq!((&stored["MakaniNo"], &stored["Unit"]), (&json!("3003295320"), &json!("فيلا 7")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_one_effect() {
    let world = World::new().await;
    for fault in ["cut_after_execute", "half_answer", "garbage", "wrong_charset", "huge"] {
        world.peer.control(json!({"reset": true, "fault": fault, "operations": ["PUT"], "limit": 1})).await;
        let submitted = world.submit(address_change("30032 95320")).await;
        let done = terminal(&world.client().await, &submitted.name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{fault}");
        let effects = world.peer.effects(&reference(&done)).await;
        assert_eq!(effects.iter().filter(|effect| *effect == "created").count(), 1, "{fault}: {effects:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directorates_no_ends_the_transaction() {
    let world = World::new().await;
    let at_once = world.submit(address_change("99999 95320")).await;
    let later = world.submit(renewal("9991234")).await;
    for (submitted, arabic) in [(at_once, "رقم مكاني غير معروف"), (later, "انقضت المهلة المسموح بها لتجديد التصريح")]
    {
        let done = terminal(&world.client().await, &submitted.name).await;
        assert_eq!((done.state(), done.state_reason.as_str()), (TransactionState::Rejected, "REFUSED_BY_DEPARTMENT"));
        assert!(done.department_status.iter().any(|said| said.text == arabic), "{:?}", done.department_status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_takes_its_time_survives_the_death_of_everybody() {
    let mut world = World::new().await;
    world.peer.control(json!({"decide_after_ms": null})).await;
    let submitted = world.submit(renewal("1234567")).await;
    in_state(&world, &submitted.name, LegState::InProgress).await;
    world.server.kill();
    world.peer.decide(&reference(&submitted), json!({})).await;
    world.peer.kill();
    world.peer.restart();
    world.server.restart();
    let done = terminal(&world.client().await, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 1));
    assert_eq!(done.outputs[0].licence_no, "RP-1234567");
    let fee = done.legs[0].outcome.as_ref().unwrap().fields["fee_paid"].clone();
    assert_eq!(fee, text("600.00"));
    jisr_testkit::wait::until("the mark", PATIENCE, || async {
        let stored = world.peer.application(&reference(&done)).await?;
        (stored["Collected"] == true).then_some(())
    })
    .await;
    assert_eq!(world.peer.effects(&reference(&done)).await, ["created", "collected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_directorate_asks_for_reaches_the_customer() {
    let world = World::new().await;
    let without = world.submit(renewal("5551234")).await;
    in_state(&world, &without.name, LegState::InformationRequired).await;
    let mut with = renewal("5551234");
    let answers = with.answers.as_mut().unwrap();
    answers.fields.insert("sponsor_file_no".to_owned(), text("201/2019/1/0000042"));
    let with = world.submit(with).await;
    let client = world.client().await;
    assert_eq!(terminal(&client, &with.name).await.state(), TransactionState::Completed);
    let asked = client.clone().get_transaction(v1::GetTransactionRequest { name: without.name }).await.unwrap();
    let said = &asked.get_ref().department_status;
    assert!(said.iter().any(|said| said.text == "يرجى تزويدنا برقم ملف الكفيل"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_withdraws_what_was_put() {
    let world = World::new().await;
    world.peer.control(json!({"decide_after_ms": null})).await;
    let submitted = world.submit(renewal("1234567")).await;
    in_state(&world, &submitted.name, LegState::InProgress).await;
    let mut client = world.client().await;
    let cancel = v1::CancelTransactionRequest {
        name: submitted.name.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        reason: "عدل المتعامل عن طلبه".to_owned(),
        ..Default::default()
    };
    client.cancel_transaction(cancel).await.unwrap();
    // What is under way at the directorate is waited for, and undone then.
    world.peer.decide(&reference(&submitted), json!({})).await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Cancelled, LegState::Compensated));
    let stored = world.peer.application(&reference(&done)).await.unwrap();
    assert_eq!(stored["Status"], "WITHDRAWN");
    let effects = world.peer.effects(&reference(&done)).await;
    assert_eq!(effects.iter().filter(|effect| *effect == "withdrawn").count(), 1, "{effects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_is_closed_or_refuses_our_token_is_waited_for() {
    let world = World::new().await;
    for fault in [
        json!({"fault": "closed", "operations": ["PUT"], "limit": 2, "retry_after": "1"}),
        json!({"fault": "rate_limited", "operations": ["PUT"], "limit": 2, "retry_after": "1"}),
        json!({"fault": "invalid_client", "operations": ["TOKEN"], "limit": 2}),
    ] {
        world.peer.control(json!({"reset": true, "revoke_tokens": true})).await;
        world.peer.control(fault.clone()).await;
        let submitted = world.submit(address_change("30032 95320")).await;
        let done = terminal(&world.client().await, &submitted.name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{fault}");
        let effects = world.peer.effects(&reference(&done)).await;
        assert_eq!(effects.iter().filter(|effect| *effect == "created").count(), 1, "{fault}: {effects:?}");
    }
}
