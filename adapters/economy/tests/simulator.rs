//! The stand-in for the demo behaves as the adapter expects of business licensing.
#![cfg(feature = "simulator")]

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer};
use jisr_economy::connect_stand_in;

fn request(case: &str) -> LegRequest {
    let path = format!("{}/fixtures/{case}/request.json", env!("CARGO_MANIFEST_DIR"));
    from_json(&std::fs::read_to_string(path).expect("the fixture is there")).expect("the fixture is a LegRequest")
}

#[tokio::test]
async fn issues_renews_and_revokes() {
    let (manifest, adapter): (_, std::sync::Arc<dyn Adapter>) = connect_stand_in().unwrap();
    assert_eq!(manifest.calendar, None, "the demo is open at any hour");
    let issue = request("licence-issue/approved-english");
    let issued = adapter.execute(&issue).await.unwrap();
    assert!(matches!(issued, Answer::Succeeded(_)), "{issued:?}");
    assert_eq!(adapter.execute(&issue).await, Ok(issued));
    let revoked = adapter.compensate(&issue).await.unwrap();
    assert_eq!(adapter.compensate(&issue).await, Ok(revoked));
    let again = adapter.execute(&issue).await;
    assert!(matches!(&again, Ok(Answer::Refused(refused)) if refused.code == "REVOKED"), "{again:?}");

    let renew = LegRequest { leg: "renewal".into(), ..request("licence-renew/approved") };
    let renewed = adapter.execute(&renew).await;
    assert!(matches!(renewed, Ok(Answer::Succeeded(_))), "{renewed:?}");
    let officer = LegRequest { leg: "another".into(), ..request("licence-issue/approved-organisation-with-partners") };
    let pending = adapter.execute(&officer).await;
    assert!(matches!(pending, Ok(Answer::InProgress(_))), "{pending:?}");
}
