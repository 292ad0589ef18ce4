//! The program with the Department of Economy's adapter, against business licensing on PostgreSQL and on MariaDB.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeMap;

use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_testkit::jisr::Server;
use jisr_testkit::licensing::{Dialect, Licensing};
use jisr_testkit::proxy::Proxy;
use jisr_testkit::wait;
use jisr_tests::{Client, PATIENCE, application, client, submission, terminal};
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use tempfile::TempDir;

/// Times short enough for a test, and a house that is open whenever it runs.
const QUICK: &str = "poll_every = \"100ms\"\ncall_timeout = \"5s\"\nends_within = \"6s\"\nbegin_within = \"4s\"\n\
                     calendar = { time_zone = \"UTC\" }";

/// Everything that runs; fields in the order in which it ends.
struct World {
    server: Server,
    network: Proxy,
    licensing: Licensing,
    _folder: TempDir,
}

impl World {
    async fn new(dialect: Dialect) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let licensing = Licensing::alone(dialect, folder.path());
        let network = Proxy::start(licensing.port()).await;
        let server = Server::start(folder.path(), &licensing.config(network.port, QUICK));
        Self { server, network, licensing, _folder: folder }
    }

    async fn client(&self) -> Client {
        client(&self.server.address).await
    }

    /// The department's reference of the only application there.
    fn only_reference(&self) -> String {
        let references = self.licensing.applications();
        assert_eq!(references.len(), 1, "{references:?}");
        references[0].clone()
    }
}

fn text(text: &str) -> Value {
    Value { kind: Some(Kind::StringValue(text.to_owned())) }
}

/// An application for a trade licence, as a counter in Al Twar writes it.
fn trade_licence(trade_name: &str, activity: &str) -> v1::Transaction {
    let mut transaction = application("345-0678");
    transaction.service = "services/trade-licence-issue".to_owned();
    transaction.channel.as_mut().unwrap().counter = "6".to_owned();
    let activities = Kind::ListValue(ListValue { values: vec![text(activity)] });
    let answers = BTreeMap::from([
        ("trade_name_ar".to_owned(), text(trade_name)),
        ("legal_form".to_owned(), text("sole-establishment")),
        ("activities".to_owned(), Value { kind: Some(activities) }),
    ]);
    transaction.answers = Some(Struct { fields: answers });
    transaction.evidence = vec![v1::Evidence {
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
    transaction
}

async fn submit(client: &mut Client, transaction: v1::Transaction) -> v1::Transaction {
    client.submit_transaction(submission(transaction)).await.unwrap().into_inner()
}

/// Waits until the only leg is in this state.
async fn until(client: &Client, name: &str, state: LegState) {
    wait::until(state.as_str_name(), PATIENCE, || async {
        let found = client.clone().get_transaction(v1::GetTransactionRequest { name: name.to_owned() }).await;
        found.ok().filter(|found| found.get_ref().legs[0].state() == state)
    })
    .await;
}

async fn from_submission_to_the_licence(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut client = world.client().await;

    let submitted = submit(&mut client, trade_licence("بقالة النخيل", "4711001")).await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    assert_eq!((done.outputs[0].r#type.as_str(), done.outputs[0].licence_no.as_str()), ("trade-licence", "800001"));
    let ours = world.only_reference();
    assert_eq!(world.licensing.application(&ours, "trade_name_ar"), "بقالة النخيل");
    assert_eq!(world.licensing.application(&ours, "owner_name_ar"), "محمد أحمد عبدالله الشامسي");

    let submitted = submit(&mut client, trade_licence("صالة الحظ", "9200001")).await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.state_reason.as_str()), (TransactionState::Rejected, "REFUSED_BY_DEPARTMENT"));
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert!(arabic.text.contains("غير مسموح"), "{}", arabic.text);
    assert_eq!(world.licensing.applications().len(), 1);
}

async fn a_lost_answer_leaves_one_licence(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut client = world.client().await;
    world.network.lose_answer_to(&["issue_licence", "COMMIT"]);
    let submitted = submit(&mut client, trade_licence("مخبز الواحة", "4711001")).await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    assert!(world.network.has_lost());
    world.only_reference();
    let licences = world.licensing.sql("SELECT count(*) FROM licence WHERE licence_no > 800000");
    assert_eq!(licences, "1");
}

async fn an_officers_decision_survives_the_end_of_everything(dialect: Dialect) {
    let mut world = World::new(dialect).await;
    let mut client = world.client().await;
    let submitted = submit(&mut client, trade_licence("مطعم الشاطئ", "5610001")).await;
    until(&client, &submitted.name, LegState::InProgress).await;
    let ours = world.only_reference();
    world.server.kill();
    world.licensing.kill();
    world.licensing.restart();
    // Decided while nobody of ours is there.
    world.licensing.decide(&ours, "30", "", "تم إصدار الرخصة", "The licence is issued");
    world.server.restart();
    let client = world.client().await;
    let done = terminal(&client, &submitted.name).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 1), "{done:?}");
    assert_eq!(done.outputs[0].licence_no, world.licensing.application(&ours, "licence_no"));
    wait::until("a receipt for every line", PATIENCE, || async { (world.licensing.waiting() == 0).then_some(()) })
        .await;
}

async fn cancelling_revokes_what_an_officer_still_decides(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut client = world.client().await;
    let submitted = submit(&mut client, trade_licence("مطعم الجسر", "5610001")).await;
    until(&client, &submitted.name, LegState::InProgress).await;
    let cancel = v1::CancelTransactionRequest {
        name: submitted.name.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        etag: String::new(),
        reason: "عدل المتعامل عن طلبه".to_owned(),
    };
    client.cancel_transaction(cancel).await.unwrap();
    // The work is in the officer's hands; what comes of it is undone.
    let ours = world.only_reference();
    world.licensing.decide(&ours, "30", "", "تم إصدار الرخصة", "The licence is issued");
    let done = terminal(&client, &submitted.name).await;
    assert_eq!(done.state(), TransactionState::Cancelled, "{done:?}");
    assert_eq!(world.licensing.application(&ours, "status"), "90");
    let live = "SELECT count(*) FROM licence WHERE licence_no > 800000 AND revoked_at IS NULL";
    assert_eq!(world.licensing.sql(live), "0");
}

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Dialect::Postgres).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Dialect::MariaDb).await;
            })+
        }
    };
}

on_both! {
    from_submission_to_the_licence,
    a_lost_answer_leaves_one_licence,
    an_officers_decision_survives_the_end_of_everything,
    cancelling_revokes_what_an_officer_still_decides,
}
