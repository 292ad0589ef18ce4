//! The stand-in for the demo behaves as the adapter expects of the hospital.

use std::net::Ipv4Addr;

use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::{Answer, CancellationToken, Reference};
use jisr_health::config::Config;
use jisr_health::{Health, simulator};
use tokio::net::TcpListener;

use crate::results::Running;
use crate::world::request;

#[tokio::test(flavor = "multi_thread")]
async fn takes_examines_and_cancels() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (port, listen) = (listener.local_addr().unwrap().port(), jisr_testkit::free_port());
    let config = format!("address = \"127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{listen}\"");
    let config: Config = toml::from_str(&config).unwrap();
    let (adapter, stop) = (Health::new(&config).unwrap(), CancellationToken::new());
    let ended = stop.clone();
    let hospital = tokio::spawn(async move { simulator::run(listener, &format!("127.0.0.1:{listen}"), ended).await });

    let mut running = Running::of(adapter.clone()).await;
    // Cancelled before it is examined: the next result is the next order's.
    let (first, second) = (request(), request());
    assert!(matches!(adapter.order(&first).await, Ok(Answer::InProgress(_))));
    assert!(matches!(adapter.cancel(&first).await, Ok(Answer::Succeeded(_))));
    assert!(matches!(adapter.order(&second).await, Ok(Answer::InProgress(_))));
    let reply = running.taken().await;
    assert_eq!(reply.transaction, Reference::of(&second).unwrap().transaction.to_string());
    assert!(matches!(reply.result, Some(Said::Succeeded(_))), "{reply:?}");
    running.end().await;
    stop.cancel();
    hospital.await.unwrap().unwrap();
}
