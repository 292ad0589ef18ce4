//! Following: across lost connections, to each kind of end.

use crate::support::{ID, NAME, Server, State, code, err, event, heartbeat, jisr, out, transaction, update};
use jisr_proto::v1::TransactionState::{Completed, Processing, Rejected};
use tonic::Status;

#[tokio::test]
async fn a_lost_connection_is_taken_up_where_it_was_and_nothing_is_shown_twice() {
    let event = |sequence| event(sequence, "PROCESSING", "PROCESSING");
    let first = vec![update(None, Processing, "a"), update(Some(event(2)), Processing, "b"), heartbeat()];
    // The message that was in flight comes again, and one was missed before it.
    let second = vec![update(Some(event(2)), Processing, "b"), update(Some(event(4)), Processing, "d")];
    let third = vec![update(Some(event(5)), Completed, "e")];
    let (server, address) = Server::start(State {
        streams: [(first, Some(Err(Status::unavailable("stopping")))), (second, Some(Ok(()))), (third, Some(Ok(())))]
            .into(),
        events: vec![event(1), event(2), event(3), event(4)],
        transaction: Some(transaction(Completed)),
        ..State::default()
    })
    .await;
    let done = jisr(&["tx", "watch", ID, "--plain", "--address", &address]).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    let shown = out(&done);
    let sequences: Vec<&str> = shown.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(sequences, ["1", "2", "3", "4", "5", NAME]);
    let tokens: Vec<String> = server.state().watched.iter().map(|asked| asked.resume_token.clone()).collect();
    assert_eq!(tokens, ["", "b", "d"]);
}

#[tokio::test]
async fn the_departments_no_is_an_answer_with_an_exit_code_of_its_own() {
    let (_, address) = Server::start(State {
        streams: [(vec![update(None, Rejected, "a")], Some(Ok(())))].into(),
        events: vec![event(1, "PROCESSING", "REJECTED")],
        transaction: Some(transaction(Rejected)),
        ..State::default()
    })
    .await;
    let done = jisr(&["tx", "watch", NAME, "--json", "--address", &address]).await;
    assert_eq!((code(&done), err(&done).as_str()), (5, ""));
    let lines: Vec<serde_json::Value> = out(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["update"]["event"]["to"], "REJECTED");
    assert_eq!(lines[1]["update"]["transaction"]["state"], "TRANSACTION_STATE_REJECTED");
}

#[tokio::test]
async fn what_has_not_ended_in_time_is_pending_and_can_be_taken_up() {
    let (server, address) = Server::start(State {
        streams: [(vec![update(Some(event(7, "ACCEPTED", "PROCESSING")), Processing, "tok")], None)].into(),
        ..State::default()
    })
    .await;
    let done = jisr(&["tx", "watch", ID, "--resume", "old", "--wait", "300ms", "--address", &address]).await;
    assert_eq!(code(&done), 8, "{}", err(&done));
    assert!(err(&done).contains(&format!("jisr tx watch {NAME} --resume tok")), "{}", err(&done));
    assert!(out(&done).contains("application: Accepted → Processing"), "{}", out(&done));
    assert_eq!(server.state().watched[0].resume_token, "old");
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up() {
    let began = std::time::Instant::now();
    let (_, address) = Server::start(State {
        streams: [(vec![update(Some(event(1, "", "SUBMITTED")), Processing, "a")], Some(Ok(())))].into(),
        ..State::default()
    })
    .await;
    let done = jisr(&["tx", "watch", ID, "--timeout", "1s", "--address", &address]).await;
    assert_eq!(code(&done), 6, "{}", err(&done));
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}
