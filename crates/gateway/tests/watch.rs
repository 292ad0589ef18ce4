//! Watching through the gateway: the present state, every step, an end; resumed without gap or repeat.

mod world;

use std::time::Duration;

use jisr_proto::v1::watch_response::Body;
use jisr_proto::v1::{TransactionState, WatchResponse, WatchTransactionRequest, WatchTransactionsRequest};
use tonic::{Code, Streaming};
use tonic_types::StatusExt;
use world::{LIMIT, World, check};

fn watch(name: &str, resume_token: &str) -> WatchTransactionRequest {
    WatchTransactionRequest { name: name.to_owned(), resume_token: resume_token.to_owned() }
}

async fn message(stream: &mut Streaming<WatchResponse>) -> Option<WatchResponse> {
    tokio::time::timeout(LIMIT, stream.message()).await.expect("a message in time").expect("no error")
}

/// The sequences of the events still to come, and the token of each message.
async fn rest(mut stream: Streaming<WatchResponse>) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    while let Some(WatchResponse { body, resume_token }) = message(&mut stream).await {
        if let Some(Body::Update(update)) = body
            && let Some(event) = update.event
        {
            found.push((event.sequence, resume_token));
        }
    }
    found
}

#[tokio::test]
async fn a_watch_tells_every_step_and_ends() {
    let world = World::start().await;
    let mut client = world.transactions();
    let name = world.submit(1).await.name;
    let mut stream = client.watch_transaction(watch(&name, "")).await.unwrap().into_inner();
    let first = message(&mut stream).await.unwrap();
    let Some(Body::Update(update)) = first.body else { panic!("the present state first") };
    assert!(update.event.is_none() && update.transaction.unwrap().name == name);
    world.let_answer(1);
    let told = rest(stream).await;
    let sequences: Vec<i64> = told.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(sequences, (1..=i64::try_from(told.len()).unwrap()).collect::<Vec<_>>());
    assert!(told.len() > 4);
    let done = client.get_transaction(jisr_proto::v1::GetTransactionRequest { name: name.clone() }).await.unwrap();
    assert_eq!(done.into_inner().state(), TransactionState::Completed);

    // Left after any message, it goes on with the next one and ends at the same place.
    let from_the_start = client.watch_transaction(watch(&name, &first.resume_token)).await.unwrap().into_inner();
    assert_eq!(rest(from_the_start).await.len(), told.len());
    for (at, (_, token)) in told.iter().enumerate() {
        let resumed = client.watch_transaction(watch(&name, token)).await.unwrap().into_inner();
        assert_eq!(rest(resumed).await, told[at + 1..], "resumed after {}", at + 1);
    }
}

#[tokio::test]
async fn all_transactions_of_a_caller_are_watched_from_now_on() {
    let world = World::start().await;
    let mut client = world.transactions();
    world.submit(1).await;
    let all = |filter: &str, resume_token: &str| WatchTransactionsRequest {
        filter: filter.to_owned(),
        resume_token: resume_token.to_owned(),
    };
    let mut stream = client.watch_transactions(all("", "")).await.unwrap().into_inner();
    let second = world.submit(2).await;
    let first = message(&mut stream).await.unwrap();
    let Some(Body::Update(update)) = first.body else { panic!("an event") };
    let event = update.event.unwrap();
    assert_eq!((event.transaction.as_str(), event.sequence), (second.name.as_str(), 1));
    drop(stream);
    let mut resumed = client.watch_transactions(all("", &first.resume_token)).await.unwrap().into_inner();
    let Some(Body::Update(update)) = message(&mut resumed).await.unwrap().body else { panic!("an event") };
    let event = update.event.unwrap();
    assert_eq!((event.transaction.as_str(), event.sequence), (second.name.as_str(), 2), "left within one commit");

    let status = client.watch_transactions(all("state = COMPLETED", &first.resume_token)).await.unwrap_err();
    check(&status, Code::InvalidArgument, "RESUME_TOKEN_INVALID");
    let status = client.watch_transactions(all("colour = red", "")).await.unwrap_err();
    check(&status, Code::InvalidArgument, "FILTER_INVALID");
    let status = client.watch_transaction(watch(&second.name, &first.resume_token)).await.unwrap_err();
    check(&status, Code::InvalidArgument, "RESUME_TOKEN_INVALID");
}

#[tokio::test]
async fn a_stopping_server_sends_watches_elsewhere() {
    let mut world = World::start().await;
    let mut client = world.transactions();
    let name = world.submit(1).await.name;
    let mut stream = client.watch_transaction(watch(&name, "")).await.unwrap().into_inner();
    message(&mut stream).await.unwrap();
    world.stop_gateway().await;
    let status = loop {
        match tokio::time::timeout(LIMIT, stream.message()).await.expect("an end in time") {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended as if all were told"),
            Err(status) => break status,
        }
    };
    check(&status, Code::Unavailable, "SHUTTING_DOWN");
    assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_silent_watch_shows_that_it_lives() {
    let world = World::start().await;
    let mut client = world.transactions();
    let all = |resume_token: String| WatchTransactionsRequest { filter: String::new(), resume_token };
    let mut stream = client.watch_transactions(all(String::new())).await.unwrap().into_inner();
    let sign = message(&mut stream).await.unwrap();
    assert!(matches!(sign.body, Some(Body::Heartbeat(_))), "{sign:?}");
    drop(stream);
    // What happens while nobody watches is told by the token of a heartbeat too.
    let submitted = world.submit(1).await;
    let mut resumed = client.watch_transactions(all(sign.resume_token)).await.unwrap().into_inner();
    let Some(Body::Update(update)) = message(&mut resumed).await.unwrap().body else { panic!("an event") };
    assert_eq!(update.event.unwrap().transaction, submitted.name);
}
