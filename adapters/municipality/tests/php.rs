//! The adapter against the second stack that speaks building control: PHP, with unqualified elements and results in `return`.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use jisr_adapter::connectors::Secret;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer, CallFault};
use jisr_municipality::Municipality;
use jisr_municipality::config::{Config, ElementForm};
use jisr_testkit::peer::BuildingControlPhp;
use serde_json::json;
use tempfile::TempDir;

struct World {
    peer: BuildingControlPhp,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { peer: BuildingControlPhp::start(folder.path()).await, _folder: folder }
    }

    fn adapter(&self, password: &str) -> Municipality {
        let config = Config {
            endpoint: self.peer.endpoint(),
            username: "jisr".into(),
            password: Secret::new(password),
            digest: true,
            element_form: ElementForm::Unqualified,
            authorities_file: None,
            connect_timeout: None,
            call_timeout: None,
            ends_within: None,
            begin_within: None,
            calendar: None,
        };
        Municipality::new(&config).unwrap()
    }
}

fn request(case: &str) -> LegRequest {
    let file = format!("{}/fixtures/{case}/request.json", env!("CARGO_MANIFEST_DIR"));
    from_json(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[tokio::test]
async fn every_service_is_submitted_found_and_withdrawn() {
    let world = World::new().await;
    let adapter = world.adapter("sesame");
    for (case, arabic) in [
        ("building-noc/approved-arabic", "إنشاء فيلا سكنية"),
        ("food-establishment-permit/approved-restaurant", "شارع الرقة، ديرة"),
        ("tenancy-registration/approved-person", "فاطمة حسن البلوشي"),
    ] {
        let request = request(case);
        assert_eq!(adapter.lookup(&request).await, Ok(None), "{case}");
        let submitted = adapter.execute(&request).await.unwrap();
        assert!(matches!(submitted, Answer::Succeeded(_)), "{case}: {submitted:?}");
        assert_eq!(adapter.lookup(&request).await, Ok(Some(submitted)), "{case}");
        let stored = world.peer.submissions().await.pop().unwrap();
        assert!(stored["request"].as_str().unwrap().contains(arabic), "{stored}");
        let withdrawn = adapter.compensate(&request).await.unwrap();
        assert_eq!(adapter.compensate(&request).await, Ok(withdrawn), "a repetition says the same");
        let found = adapter.lookup(&request).await.unwrap();
        assert!(matches!(found, Some(Answer::Refused(refused)) if refused.code == "WITHDRAWN"), "{case}");
    }
    assert_eq!(world.peer.submissions().await.len(), 3);
}

#[tokio::test]
async fn its_faults_are_told_apart() {
    let world = World::new().await;
    let adapter = world.adapter("sesame");
    for (case, code) in [
        ("building-noc/refused-plot-under-dispute", "BC-201"),
        ("food-establishment-permit/refused-licence-suspended", "BC-203"),
        ("tenancy-registration/refused-let-already", "BC-204"),
    ] {
        let answer = adapter.execute(&request(case)).await;
        assert!(matches!(&answer, Ok(Answer::Refused(refused)) if refused.code == code), "{case}: {answer:?}");
    }
    let expired = world.adapter("changed").execute(&request("building-noc/approved-arabic")).await;
    assert!(matches!(&expired, Err(CallFault::NotDone(fault)) if &*fault.code == "BC-401"), "{expired:?}");
    assert_eq!(world.peer.submissions().await.len(), 0);
}

/// The page of a script that died is no answer, and says nothing of what was done before it died.
#[tokio::test]
async fn what_a_dead_script_left_behind_is_doubt_and_then_looked_up() {
    let world = World::new().await;
    let adapter = world.adapter("sesame");
    let request = request("building-noc/approved-english");
    world.peer.control(json!({ "spoil": 1 })).await;
    let answer = adapter.execute(&request).await;
    assert!(matches!(answer, Err(CallFault::Doubtful { .. })), "{answer:?}");
    assert!(matches!(adapter.lookup(&request).await, Ok(Some(Answer::Succeeded(_)))));
    assert_eq!(world.peer.submissions().await.len(), 1);
}

#[tokio::test]
async fn dates_with_a_zone_mean_the_same() {
    let world = World::new().await;
    let adapter = world.adapter("sesame");
    let request = request("building-noc/approved-arabic");
    let plain = adapter.execute(&request).await.unwrap();
    world.peer.control(json!({ "zone": "+04:00" })).await;
    assert_eq!(adapter.lookup(&request).await, Ok(Some(plain)));
}
