//! The same request, however often and however much at once, is one transaction.

use std::collections::HashSet;

use jisr_proto::v1;
use jisr_tests::{World, application, reason, submission, terminal};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_make_one_transaction() {
    let world = World::new();
    let request = submission(application("345-0100"));
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (mut client, request) = (world.client().await, request.clone());
        tasks.spawn(async move { client.submit_transaction(request).await.unwrap().into_inner().name });
    }
    let names: HashSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(names.len(), 1);
    let mut client = world.client().await;
    let all = client.list_transactions(v1::ListTransactionsRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.transactions.len(), 1);
    terminal(&client, names.iter().next().unwrap()).await;
    assert_eq!(world.peer.submissions().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_content_is_a_mistake() {
    let world = World::new();
    let mut client = world.client().await;
    let request = submission(application("345-0101"));
    client.submit_transaction(request.clone()).await.unwrap();
    let other = v1::SubmitTransactionRequest { request_id: request.request_id, ..submission(application("345-0102")) };
    let refused = client.submit_transaction(jisr_tests::in_language("ar", other)).await.unwrap_err();
    let (code, arabic) = reason(&refused);
    assert_eq!(code, "REQUEST_ID_REUSED");
    assert!(arabic.contains("الطلب") || arabic.contains("طلب"), "{arabic}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_recognised_after_a_restart() {
    let mut world = World::new();
    let request = submission(application("345-0103"));
    let first = world.client().await.submit_transaction(request.clone()).await.unwrap().into_inner();
    world.server.kill();
    world.server.restart();
    let again = world.client().await.submit_transaction(request).await.unwrap().into_inner();
    assert_eq!((first.name, first.reference_no), (again.name, again.reference_no));
}

#[tokio::test(flavor = "multi_thread")]
async fn validating_makes_nothing() {
    let world = World::new();
    let mut client = world.client().await;
    let request = v1::SubmitTransactionRequest { validate_only: true, ..submission(application("345-0104")) };
    let shown = client.submit_transaction(request).await.unwrap().into_inner();
    assert_eq!((shown.name.as_str(), shown.legs.len()), ("", 1));
    assert!(!shown.fees.is_empty(), "the fees are known before anything is submitted");
    let all = client.list_transactions(v1::ListTransactionsRequest::default()).await.unwrap().into_inner();
    assert!(all.transactions.is_empty());
}
