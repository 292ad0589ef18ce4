//! Watching: every step is seen once, in order, across a restart of the server.

use jisr_proto::v1;
use jisr_proto::v1::watch_response::Body;
use jisr_tests::{PATIENCE, World, application, submission};
use serde_json::json;
use tokio_stream::StreamExt;

/// Sequences and states told until the stream ends or breaks, and the last resume token.
async fn follow(
    client: &mut jisr_tests::Client,
    name: &str,
    resume_token: &mut String,
    enough: usize,
) -> Vec<(i64, String)> {
    let request = v1::WatchTransactionRequest { name: name.to_owned(), resume_token: resume_token.clone() };
    let mut updates = client.watch_transaction(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Ok(Some(Ok(update))) = tokio::time::timeout(PATIENCE, updates.next()).await {
        // The first message of a watch is the present state, without an event.
        if let Some(Body::Update(v1::TransactionUpdate { event: Some(event), .. })) = update.body {
            seen.push((event.sequence, event.to));
        }
        *resume_token = update.resume_token;
        if seen.len() >= enough {
            break;
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_sees_every_step_and_resumes_after_a_crash() {
    let mut world = World::new();
    world.peer.control(json!({"slow_before_ms": 500})).await;
    let mut client = world.client().await;
    let name = client.submit_transaction(submission(application("345-0300"))).await.unwrap().into_inner().name;
    let mut token = String::new();
    let mut seen = follow(&mut client, &name, &mut token, 3).await;
    world.server.kill();
    world.server.restart();
    let mut client = world.client().await;
    seen.extend(follow(&mut client, &name, &mut token, usize::MAX).await);
    let sequences: Vec<_> = seen.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(sequences, (1..=i64::try_from(seen.len()).unwrap()).collect::<Vec<_>>(), "no gap, no repeat: {seen:?}");
    assert_eq!(seen.last().unwrap().1, "COMPLETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_all_sees_all() {
    let world = World::new();
    let mut client = world.client().await;
    let mut updates = client.watch_transactions(v1::WatchTransactionsRequest::default()).await.unwrap().into_inner();
    let mut names = std::collections::BTreeSet::new();
    for number in 0..5 {
        let request = submission(application(&format!("345-04{number:02}")));
        names.insert(client.submit_transaction(request).await.unwrap().into_inner().name);
    }
    let mut completed = std::collections::BTreeSet::new();
    while completed.len() < names.len() {
        let update = tokio::time::timeout(PATIENCE, updates.next()).await.unwrap().unwrap().unwrap();
        if let Some(Body::Update(v1::TransactionUpdate { event: Some(event), .. })) = update.body
            && event.to == "COMPLETED"
        {
            completed.insert(event.transaction);
        }
    }
    assert_eq!(completed, names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_refused() {
    let world = World::new();
    let mut client = world.client().await;
    let name = client.submit_transaction(submission(application("345-0301"))).await.unwrap().into_inner().name;
    let request = v1::WatchTransactionRequest { name, resume_token: "رمز".to_owned() };
    let status = client.watch_transaction(request).await.unwrap_err();
    assert_eq!(jisr_tests::reason(&status).0, "RESUME_TOKEN_INVALID");
}
