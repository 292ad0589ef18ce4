//! The program with the health authority's adapter, and a hospital not written here behind it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeMap;

use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_testkit::hospital::Hospital;
use jisr_testkit::jisr::Server;
use jisr_testkit::wait::until;
use jisr_tests::{Client, PATIENCE, QUICK, application, client, submission, terminal};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::json;
use tempfile::TempDir;

/// Fields in the order in which they end.
struct World {
    server: Server,
    hospital: Hospital,
    listen: u16,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let (folder, listen) = (tempfile::tempdir().unwrap(), jisr_testkit::free_port());
        let hospital = Hospital::start(folder.path(), listen);
        let config = format!("[adapters.health]\n{}", hospital.config(listen, QUICK));
        let server = Server::start(folder.path(), &config);
        Self { server, hospital, listen, folder }
    }

    async fn client(&self) -> Client {
        client(&self.server.address).await
    }

    /// The hospital, as it was.
    fn restart_hospital(&mut self) {
        self.hospital.kill();
        self.hospital = Hospital::start_as(self.folder.path(), "hl7", self.hospital.port, self.listen);
    }

    async fn submit(&self) -> String {
        self.client().await.submit_transaction(submission(fitness())).await.unwrap().into_inner().name
    }

    /// Waits until the transaction's leg is as wanted.
    async fn leg(&self, name: &str, what: &str, wanted: impl Fn(&v1::Leg) -> bool) -> v1::Leg {
        let client = self.client().await;
        until(what, PATIENCE, || async {
            let request = v1::GetTransactionRequest { name: name.to_owned() };
            let found = client.clone().get_transaction(request).await.ok()?.into_inner();
            found.legs.into_iter().next().filter(|leg| wanted(leg))
        })
        .await
    }

    /// Waits until the transaction has ended, and says in which state.
    async fn end(&self, name: &str) -> v1::Transaction {
        terminal(&self.client().await, name).await
    }
}

/// An application for a medical fitness examination, with the passport that it needs.
fn fitness() -> v1::Transaction {
    let mut application = application("345-0001");
    application.service = "services/medical-fitness".to_owned();
    application.customer_category = v1::CustomerCategory::IndividualResident.into();
    application.channel.as_mut().unwrap().counter = "17".to_owned();
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let answers =
        [("examination", "renewal"), ("occupation_category", "food-handler"), ("preferred_date", "2026-03-02")];
    let fields: BTreeMap<_, _> = answers.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
    application.answers = Some(Struct { fields });
    application.evidence = vec![v1::Evidence {
        requirement: "passport".to_owned(),
        evidence_type: "passport".to_owned(),
        source: v1::EvidenceSource::Scanned.into(),
        document: Some(v1::Document {
            uri: "file:passport.pdf".to_owned(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            mime_type: "application/pdf".to_owned(),
            size_bytes: 120_000,
        }),
        ..Default::default()
    }];
    application
}

#[tokio::test(flavor = "multi_thread")]
async fn an_examination_is_ordered_and_its_certificate_comes_home() {
    let world = World::new();
    let done = world.end(&world.submit().await).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    let leg = &done.legs[0];
    assert_eq!((leg.state(), leg.attempt), (LegState::Succeeded, 1));
    let outcome = leg.outcome.as_ref().unwrap();
    assert!(
        matches!(&outcome.fields["certificate_no"].kind, Some(Kind::StringValue(number)) if number == "MF-2026-000001")
    );
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert_eq!(arabic.text, "لائق طبياً");
    // What was found is nowhere in what we keep.
    assert!(!format!("{done:?}").contains("HIV"));
    let records = world.hospital.records().await;
    let order = records["orders"][0]["message"].as_str().unwrap();
    for part in ["محمد أحمد عبدالله الشامسي", "متداولو الأغذية", &done.reference_no]
    {
        assert!(order.contains(part), "{part} is not in {order}");
    }
    assert_eq!(world.hospital.orders().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_acknowledgement_was_lost_is_held_until_its_result_comes() {
    let world = World::new();
    for fault in ["cut_after", "half_frame", "garbage", "wrong_charset", "other_ack"] {
        world.hospital.control(json!({"reset": true, "when": "held", "fault": fault})).await;
        let before = world.hospital.orders().await.len();
        let name = world.submit().await;
        let leg = world.leg(&name, "a held leg", |leg| leg.held).await;
        assert_eq!((leg.state(), leg.attempt), (LegState::InDoubt, 1), "{fault}");
        world.hospital.release().await;
        assert_eq!(world.end(&name).await.state(), TransactionState::Completed, "{fault}");
        assert_eq!(world.hospital.orders().await.len(), before + 1, "{fault}: one effect");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hospitals_no_is_an_answer() {
    let world = World::new();
    // At once, hours later, and when it drops the order itself.
    for (faults, code) in [
        (json!({"reset": true, "fault": "refuse"}), "يوجد طلب فحص لياقة طبية مفتوح"),
        (json!({"reset": true, "results": ["U"]}), "لم تُعتمد اللياقة الطبية"),
        (json!({"reset": true, "results": ["X"]}), "أُلغي طلب الفحص"),
    ] {
        world.hospital.control(faults).await;
        let done = world.end(&world.submit().await).await;
        assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Rejected, LegState::Refused));
        let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
        assert!(arabic.text.contains(code), "{}", arabic.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_survives_a_restart_of_everything() {
    let mut world = World::new();
    world.hospital.control(json!({"when": "held"})).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        let name = world.submit().await;
        world.leg(&name, "an order in progress", |leg| leg.state() == LegState::InProgress).await;
        names.push(name);
    }
    world.server.kill();
    world.restart_hospital();
    // The results leave while nobody is there to take them.
    world.hospital.release().await;
    world.server.restart();
    for name in names {
        assert_eq!(world.end(&name).await.state(), TransactionState::Completed);
    }
    assert_eq!(world.hospital.orders().await.len(), 3, "each once");
    assert!(world.hospital.acknowledged().await.iter().all(|code| code.as_deref() == Some("AA")));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_for_a_closed_hospital_waits_for_it() {
    let mut world = World::new();
    world.hospital.kill();
    let name = world.submit().await;
    world.leg(&name, "a failed attempt", |leg| leg.last_error.is_some()).await;
    world.restart_hospital();
    assert_eq!(world.end(&name).await.state(), TransactionState::Completed);
    assert_eq!(world.hospital.orders().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_cancels_the_order() {
    let world = World::new();
    world.hospital.control(json!({"when": "held"})).await;
    let name = world.submit().await;
    world.leg(&name, "an order in progress", |leg| leg.state() == LegState::InProgress).await;
    let cancel = v1::CancelTransactionRequest {
        name: name.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        etag: String::new(),
        reason: "عدل المتعامل عن طلبه".to_owned(),
    };
    let cancelling = world.client().await.cancel_transaction(cancel).await.unwrap().into_inner();
    assert_eq!(cancelling.state(), TransactionState::Cancelling);
    // What is under way comes to its end first, and is then undone.
    world.hospital.release().await;
    let done = world.end(&name).await;
    assert_eq!((done.state(), done.legs[0].state()), (TransactionState::Cancelled, LegState::Compensated));
    let records = world.hospital.records().await;
    assert_eq!(records["cancellations"].as_array().unwrap().len(), 1);
}
