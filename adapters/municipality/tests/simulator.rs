//! The stand-in for the demo behaves as the adapter expects of building control.
#![cfg(feature = "simulator")]

use jisr_adapter::connectors::Secret;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer};
use jisr_municipality::config::{Config, ElementForm};
use jisr_municipality::{Municipality, simulator};

fn request(case: &str) -> LegRequest {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    from_json(&std::fs::read_to_string(format!("{folder}/{case}/request.json")).expect("the fixture is there"))
        .expect("the fixture is a LegRequest")
}

#[tokio::test]
async fn submits_finds_and_withdraws() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config {
        endpoint: format!("http://{}/BuildingControl", listener.local_addr().unwrap()),
        username: "jisr".into(),
        password: Secret::new("sesame"),
        digest: true,
        element_form: ElementForm::Qualified,
        authorities_file: None,
        connect_timeout: None,
        call_timeout: None,
        ends_within: None,
        begin_within: None,
        calendar: None,
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(simulator::serve(listener, async {
        let _ = stopped.await;
    }));
    let adapter = Municipality::new(&config).unwrap();

    for case in [
        "building-noc/special-characters",
        "food-establishment-permit/approved-restaurant",
        "tenancy-registration/approved-person",
    ] {
        let request = request(case);
        assert_eq!(adapter.lookup(&request).await, Ok(None));
        let submitted = adapter.execute(&request).await.unwrap();
        assert!(matches!(submitted, Answer::Succeeded(_)), "{submitted:?}");
        assert_eq!(adapter.lookup(&request).await, Ok(Some(submitted)));
        let withdrawn = adapter.compensate(&request).await.unwrap();
        assert_eq!(adapter.compensate(&request).await, Ok(withdrawn));
    }
    for case in [
        "building-noc/refused-floors",
        "building-noc/refused-plot-under-dispute",
        "building-noc/refused-unknown-plot",
        "food-establishment-permit/refused-licence-suspended",
        "tenancy-registration/refused-let-already",
    ] {
        let refused = adapter.execute(&request(case)).await;
        assert!(matches!(refused, Ok(Answer::Refused(_))), "{case}: {refused:?}");
    }

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
