//! The production setting: RabbitMQ between the server and adapters in processes of their own.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::process::Command;

use jisr_proto::v1;
use jisr_proto::v1::TransactionState;
use jisr_testkit::jisr::Process;
use jisr_tests::production::Installation;
use jisr_tests::{application, submission, terminal};
use serde_json::json;
use tokio::task::JoinSet;

/// Submits these applications, each until it is acknowledged.
async fn submit(installation: &Installation, range: std::ops::Range<usize>) -> Vec<String> {
    let mut clerks = JoinSet::new();
    for number in range {
        let address = installation.server.address.clone();
        clerks.spawn(async move {
            let request = submission(application(&format!("345-{number:04}")));
            jisr_testkit::wait::until("an acknowledgement", jisr_tests::PATIENCE, || async {
                let channel = tonic::transport::Channel::from_shared(address.clone()).unwrap();
                let channel = channel.timeout(std::time::Duration::from_secs(10)).connect().await.ok()?;
                let mut client = v1::transaction_service_client::TransactionServiceClient::new(channel);
                client.submit_transaction(request.clone()).await.ok().map(|answer| answer.into_inner().name)
            })
            .await
        });
    }
    clerks.join_all().await
}

async fn all_completed(installation: &Installation, names: &[String]) {
    let client = installation.client().await;
    let mut ours = HashSet::new();
    for name in names {
        let done = terminal(&client, name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
        ours.insert(format!("{}/building-noc", done.reference_no));
    }
    let effects = installation.peer.submissions().await;
    assert_eq!(effects.len(), names.len(), "each once");
    assert_eq!(effects.into_iter().collect::<HashSet<_>>(), ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_flow_through_the_broker() {
    let installation = Installation::new();
    let names = submit(&installation, 0..60).await;
    all_completed(&installation, &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_process_may_die_and_the_broker_too() {
    let mut installation = Installation::new();
    let mut names = submit(&installation, 0..20).await;
    installation.server.kill();
    installation.server.restart();
    names.extend(submit(&installation, 20..40).await);
    installation.adapter.kill();
    // A department whose adapter is down is no error of the front end.
    names.extend(submit(&installation, 40..60).await);
    installation.adapter.restart();
    installation.rabbitmq.kill();
    // Nor is a broker that is down.
    names.extend(submit(&installation, 60..80).await);
    installation.rabbitmq.restart();
    names.extend(submit(&installation, 80..100).await);
    all_completed(&installation, &names).await;
}

/// Stops a process where it stands, or lets it go on.
fn signal(process: &Process, signal: &str) {
    let status = Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// What it had in hand has been looked up, found undone and done by another when it goes on where it stood.
#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_stood_still_begins_nothing_that_another_has_done() {
    let installation = Installation::new();
    // Slow enough that most requests are at hand and not begun.
    installation.peer.control(json!({"slow_before_ms": 1000, "operations": ["SubmitNoc"]})).await;
    let names = submit(&installation, 0..48).await;
    let some = || async { (!installation.peer.submissions().await.is_empty()).then_some(()) };
    jisr_testkit::wait::until("the first effects", jisr_tests::PATIENCE, some).await;
    signal(&installation.adapter, "-STOP");
    // As when it has said nothing for long.
    let rabbitmq = &installation.rabbitmq;
    tokio::task::block_in_place(|| rabbitmq.ctl(&["close_all_connections", "silent for too long"]));
    let config = installation.folder.path().join("municipality.toml").display().to_string();
    let run = ["adapter", "run", "municipality", "--config", &config];
    let other = tokio::task::block_in_place(|| Process::start(installation.folder.path(), "another", &run));
    all_completed(&installation, &names).await;
    signal(&installation.adapter, "-CONT");
    let log = installation.folder.path().join("municipality.log");
    let awake = || async { std::fs::read_to_string(&log).unwrap().contains("consuming interrupted").then_some(()) };
    jisr_testkit::wait::until("that it has noticed", jisr_tests::PATIENCE, awake).await;
    // What it would begin then is done by the time these are.
    let mut all = names;
    all.extend(submit(&installation, 48..80).await);
    all_completed(&installation, &all).await;
    drop(other);
}
