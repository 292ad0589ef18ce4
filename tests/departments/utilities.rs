//! The program with the authority's adapter, against OpenSSH and a nightly batch in COBOL.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jisr_proto::v1;
use jisr_proto::v1::{LegState, TransactionState};
use jisr_testkit::jisr::Server;
use jisr_testkit::mainframe::Mainframe;
use jisr_testkit::tripwire::{Then, Tripwire, Way};
use jisr_testkit::wait;
use jisr_tests::{Client, PATIENCE, application, client, submission, terminal};
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use tempfile::TempDir;

/// Times short enough for a test, and a house that is open whenever it runs.
const QUICK: &str = "gather = \"200ms\"\npoll = \"200ms\"\nconnect_timeout = \"5s\"\nrequest_timeout = \"2s\"\n\
                     call_timeout = \"6s\"\nends_within = \"7s\"\nbegin_within = \"6s\"\ncalendar = { time_zone = \"UTC\" }";

/// Everything that runs; fields in the order in which it ends.
struct World {
    server: Server,
    mainframe: Mainframe,
    wire: Option<Tripwire>,
    _folder: TempDir,
}

impl World {
    /// Answers are waited for as long as `answer_within` says.
    fn new(answer_within: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mainframe = Mainframe::start(folder.path());
        let port = mainframe.sshd.port;
        Self::with(folder, mainframe, port, None, answer_within)
    }

    fn with(folder: TempDir, mainframe: Mainframe, port: u16, wire: Option<Tripwire>, answer_within: &str) -> Self {
        let more = format!("{QUICK}\nanswer_within = \"{answer_within}\"");
        let config = mainframe.config(port, &more).replace("[sftp]", "[adapters.utilities.sftp]");
        let server = Server::start(folder.path(), &format!("[adapters.utilities]\n{config}"));
        Self { server, mainframe, wire, _folder: folder }
    }

    async fn client(&self) -> Client {
        client(&self.server.address).await
    }
}

fn text(text: &str) -> Value {
    Value { kind: Some(Kind::StringValue(text.to_owned())) }
}

/// An application for a connection, as a counter in Al Twar writes it.
fn connection(premises: &str) -> v1::Transaction {
    let mut transaction = application("345-0678");
    transaction.service = "services/utilities-connection".to_owned();
    transaction.channel = Some(v1::Channel { kind: v1::ChannelKind::Web.into(), ..Default::default() });
    let answers =
        BTreeMap::from([("premises_no".to_owned(), text(premises)), ("supply_date".to_owned(), text("2030-03-01"))]);
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

async fn submit(client: &mut Client, premises: &str) -> String {
    client.submit_transaction(submission(connection(premises))).await.unwrap().into_inner().name
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
async fn a_night_decides_and_everything_may_end_before_the_morning() {
    let mut world = World::new("1h");
    let mut client = world.client().await;
    let accepted = submit(&mut client, "582104376").await;
    let refused = submit(&mut client, "900000001").await;
    for name in [&accepted, &refused] {
        until(&client, name, LegState::InProgress).await;
    }
    world.server.kill();
    world.mainframe.sshd.close();
    assert!(world.mainframe.night(&[]) >= 1);
    world.mainframe.sshd.open();
    world.server.restart();

    let client = world.client().await;
    let done = terminal(&client, &accepted).await;
    assert_eq!((done.state(), done.legs[0].attempt), (TransactionState::Completed, 1), "{done:?}");
    let outcome = done.legs[0].outcome.as_ref().unwrap();
    assert_eq!(outcome.fields["account_no"].kind, Some(Kind::StringValue("2582104376".into())));
    let done = terminal(&client, &refused).await;
    assert_eq!((done.state(), done.state_reason.as_str()), (TransactionState::Rejected, "REFUSED_BY_DEPARTMENT"));
    let arabic = done.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert!(arabic.text.contains("موصولة"), "{}", arabic.text);
    assert_eq!(world.mainframe.carried_out().len(), 1);
    wait::until("everything is archived", PATIENCE, || async { world.mainframe.files("out").is_empty().then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_rejected_for_a_technical_reason_is_sent_again() {
    let world = World::new("4s");
    let mut client = world.client().await;
    let premises: Vec<_> = (0..20).map(|number| (100_000_000 + number).to_string()).collect();
    let mut names = Vec::new();
    for premises in &premises {
        names.push(submit(&mut client, premises).await);
    }
    for name in &names {
        until(&client, name, LegState::InProgress).await;
    }
    let locked = &premises[..4];
    assert!(world.mainframe.night(locked) >= 1);
    for name in &names[4..] {
        assert_eq!(terminal(&client, name).await.state(), TransactionState::Completed);
    }
    assert_eq!(world.mainframe.carried_out().len(), 16);
    // Each of the four is asked for when its answer is due, and handed over again.
    wait::until("four records", PATIENCE, || async { (world.mainframe.waiting() == 4).then_some(()) }).await;
    assert!(world.mainframe.night(&[]) >= 1);
    for name in &names[..4] {
        assert_eq!(terminal(&client, name).await.state(), TransactionState::Completed);
    }
    let carried_out = world.mainframe.carried_out();
    assert_eq!(carried_out.len(), 20);
    assert_eq!(carried_out.iter().collect::<HashSet<_>>().len(), 20, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_announcement_was_lost_is_not_handed_over_again() {
    let folder = tempfile::tempdir().unwrap();
    let mainframe = Mainframe::start(folder.path());
    let (inbox, bad) = (mainframe.root().join("in"), Arc::new(AtomicBool::new(true)));
    let weather = bad.clone();
    // The trigger is there, and the answer to it is lost; once.
    let wire = Tripwire::start(mainframe.sshd.port, move |way| {
        let announced = || {
            std::fs::read_dir(&inbox)
                .unwrap()
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().ends_with(".ok"))
        };
        let cut = way == Way::Back && announced() && weather.swap(false, Ordering::SeqCst);
        if cut { Then::Cut } else { Then::Pass }
    })
    .await;
    let port = wire.port;
    let world = World::with(folder, mainframe, port, Some(wire), "1h");
    let mut client = world.client().await;
    let name = submit(&mut client, "582104376").await;
    until(&client, &name, LegState::InDoubt).await;
    until(&client, &name, LegState::InProgress).await;
    assert!(world.wire.is_some() && !bad.load(Ordering::SeqCst));
    assert_eq!(world.mainframe.night(&[]), 1);
    assert_eq!(terminal(&client, &name).await.state(), TransactionState::Completed);
    assert_eq!(world.mainframe.carried_out().len(), 1);
}
