//! The stand-in for the demo behaves as the adapter expects of the permit system.
#![cfg(feature = "simulator")]

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer};
use jisr_residency::{Residency, simulator};

fn request(case: &str) -> LegRequest {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    from_json(&std::fs::read_to_string(format!("{folder}/{case}/request.json")).expect("the fixture is there"))
        .expect("the fixture is a LegRequest")
}

#[tokio::test]
async fn puts_finds_and_withdraws() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let settings = format!(
        "endpoint = \"{address}/odata/v4\"\ntoken_endpoint = \"{address}/token\"\nclient_id = \"jisr\"\n\
         client_secret = {{ env = \"PATH\" }}"
    );
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(simulator::serve(listener, async {
        let _ = stopped.await;
    }));
    let adapter = Residency::new(&toml::from_str(&settings).unwrap()).unwrap();

    let request = request("permit-renew/special-characters");
    for _ in 0..2 {
        let submitted = adapter.execute(&request).await.unwrap();
        assert!(matches!(submitted, Answer::InProgress(_)), "{submitted:?}");
    }
    let withdrawn = adapter.compensate(&request).await.unwrap();
    assert_eq!(adapter.compensate(&request).await, Ok(withdrawn));
    let moved = adapter.execute(&self::request("address-change/approved-arabic")).await;
    assert!(matches!(moved, Ok(Answer::Succeeded(_))), "{moved:?}");
    // Another transaction: under the same reference it would find the one that is there.
    let transaction = "0198c5a0-7c1e-7d3a-9b52-3f6f0e1d2c4c".to_owned();
    let unknown = LegRequest { transaction, ..self::request("address-change/refused-unknown-makani") };
    let refused = adapter.execute(&unknown).await;
    assert!(matches!(refused, Ok(Answer::Refused(_))), "{refused:?}");

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
