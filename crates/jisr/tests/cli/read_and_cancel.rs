//! Getting, listing and cancelling.

use crate::support::{ID, NAME, Server, State, code, err, jisr, out, reference_no, transaction};
use jisr_proto::v1;
use jisr_proto::v1::TransactionState::{Completed, Processing};

fn page(count: usize, next: &str) -> v1::ListTransactionsResponse {
    v1::ListTransactionsResponse { transactions: vec![transaction(Completed); count], next_page_token: next.to_owned() }
}

#[tokio::test]
async fn a_transaction_is_found_by_each_of_its_names() {
    let (server, address) = Server::start(State {
        transaction: Some(transaction(Completed)),
        pages: [page(1, ""), page(0, "")].into(),
        ..State::default()
    })
    .await;
    let get = async |name: &str| jisr(&["tx", "get", name, "--json", "--address", &address]).await;
    for name in [ID, NAME, reference_no().to_lowercase().as_str()] {
        let done = get(name).await;
        assert_eq!(code(&done), 0, "{}", err(&done));
        let found: serde_json::Value = serde_json::from_str(&out(&done)).unwrap();
        assert_eq!(found["name"], NAME);
    }
    assert_eq!(server.state().listed[0].filter, format!("reference_no = \"{}\"", reference_no()));
    let missing = get(&reference_no()).await;
    assert_eq!(code(&missing), 3);
    assert!(err(&missing).contains("TRANSACTION_NOT_FOUND"), "{}", err(&missing));
    server.state().transaction = None;
    assert_eq!(code(&get(ID).await), 3);
}

#[tokio::test]
async fn a_list_is_one_page_or_all_of_them() {
    let (server, address) = Server::start(State {
        pages: [page(2, "next"), page(2, "next"), page(1, ""), page(0, "")].into(),
        ..State::default()
    })
    .await;
    let list = async |more: &[&str]| jisr(&[&["tx", "list", "--address", &address][..], more].concat()).await;
    let first = list(&["--plain", "--filter", "state = COMPLETED", "--page-size", "2"]).await;
    assert_eq!((code(&first), out(&first).lines().count()), (0, 2));
    assert!(err(&first).contains("--page-token next"), "{}", err(&first));
    let all = list(&["--json", "--all"]).await;
    assert_eq!((code(&all), err(&all).as_str()), (0, ""));
    let names = out(&all);
    let names = names.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), [NAME, NAME, NAME]);
    let none = list(&[]).await;
    assert_eq!((code(&none), out(&none).as_str(), err(&none).as_str()), (0, "", "no transactions\n"));
    let state = server.state();
    assert_eq!((state.listed[0].page_size, state.listed[0].filter.as_str()), (2, "state = COMPLETED"));
    assert_eq!(state.listed[2].page_token, "next");
}

#[tokio::test]
async fn nothing_is_cancelled_unless_it_is_certain_which() {
    let (server, address) =
        Server::start(State { transaction: Some(transaction(Processing)), ..State::default() }).await;
    let cancel = async |more: &[&str]| jisr(&[&["tx", "cancel", ID, "--address", &address][..], more].concat()).await;
    let dry = cancel(&["--dry-run"]).await;
    assert_eq!(code(&dry), 0);
    assert!(err(&dry).contains("would be cancelled"), "{}", err(&dry));
    let unconfirmed = cancel(&[]).await;
    assert_eq!(code(&unconfirmed), 2);
    assert!(err(&unconfirmed).contains("--confirm="), "{}", err(&unconfirmed));
    let other = jisr_core::reference_no::ReferenceNo::new(jisr_core::time::Timestamp::from_millis(1), 1).to_string();
    assert_eq!(code(&cancel(&["--confirm", &other]).await), 2);
    assert!(server.state().cancelled.is_empty());

    let done = cancel(&["--confirm", &reference_no(), "--reason", "انسحب المتعامل"]).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert!(out(&done).starts_with("Cancelling"), "{}", out(&done));
    let state = server.state();
    let request = &state.cancelled[0];
    assert_eq!((request.name.as_str(), request.reason.as_str()), (NAME, "انسحب المتعامل"));
    assert!(!request.request_id.is_empty());
}
