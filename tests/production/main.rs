//! The production setting: RabbitMQ between the server and adapters in processes of their own.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use jisr_proto::v1;
use jisr_proto::v1::TransactionState;
use jisr_tests::production::Installation;
use jisr_tests::{application, submission, terminal};
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
