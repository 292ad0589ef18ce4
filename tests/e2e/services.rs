//! The municipality's other services, from the front end to building control and back.

use jisr_proto::json::from_json;
use jisr_proto::v1;
use jisr_proto::v1::TransactionState;
use jisr_tests::{World, submission, terminal};
use prost_types::value::Kind;

const RESTAURANT: &str = r#"{
    "service": "services/food-establishment-permit",
    "applicant": { "organization": {
        "legalNames": [
            { "text": "مطعم بيت الشام ذ.م.م", "languageCode": "ar" },
            { "text": "Bait Al Sham Restaurant L.L.C.", "languageCode": "en" }
        ],
        "licenceNo": "780123"
    } },
    "customerCategory": "CUSTOMER_CATEGORY_BUSINESS",
    "channel": { "kind": "CHANNEL_KIND_COUNTER", "centre": "centres/al-twar", "counter": "3" },
    "location": { "address": "شارع الرقة، ديرة", "makaniNo": "30032 95320" },
    "evidence": [
        { "requirement": "tenancy-contract", "evidenceType": "ejari-contract", "structured": { "no": "0120260301" }, "source": "EVIDENCE_SOURCE_UPLOADED" },
        { "requirement": "kitchen-layout", "evidenceType": "layout-drawing", "structured": { "no": "K-17" }, "source": "EVIDENCE_SOURCE_UPLOADED" }
    ],
    "answers": {
        "trade_licence_no": "780123", "activity": "restaurant", "seating_capacity": 64, "cooking_fuel": "gas"
    },
    "preferredLanguageCode": "ar"
}"#;

const TENANCY: &str = r#"{
    "service": "services/tenancy-registration",
    "applicant": { "person": {
        "names": [
            { "languageCode": "ar", "fullName": "فاطمة حسن البلوشي" },
            { "languageCode": "en", "fullName": "Fatima Hassan Al Balushi" }
        ],
        "identifiers": [{ "scheme": "IDENTIFIER_SCHEME_AE_EID", "value": "784-1980-1234567-8" }]
    } },
    "customerCategory": "CUSTOMER_CATEGORY_INDIVIDUAL_RESIDENT",
    "channel": { "kind": "CHANNEL_KIND_COUNTER", "centre": "centres/al-twar", "counter": "3" },
    "evidence": [
        { "requirement": "signed-contract", "evidenceType": "tenancy-contract", "structured": { "no": "2026/411" }, "source": "EVIDENCE_SOURCE_UPLOADED" },
        { "requirement": "title-deed", "evidenceType": "title-deed", "structured": { "no": "DLD-88812" }, "source": "EVIDENCE_SOURCE_UPLOADED" }
    ],
    "answers": {
        "premises_no": "582104376", "start_date": "2026-03-01", "end_date": "2027-02-28", "annual_rent": "85000.00",
        "usage": "residential"
    },
    "preferredLanguageCode": "ar"
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn each_reaches_building_control_in_its_own_message() {
    let world = World::new();
    let mut client = world.client().await;
    for (application, number, output, expected) in [
        (
            RESTAURANT,
            "permit_no",
            "food-establishment-permit",
            ["مطعم بيت الشام ذ.م.م", "شارع الرقة، ديرة", "3003295320"],
        ),
        (TENANCY, "registration_no", "tenancy-certificate", ["فاطمة حسن البلوشي", "582104376", "85000.00"]),
    ] {
        let application: v1::Transaction = from_json(application).unwrap();
        let submitted = client.submit_transaction(submission(application)).await.unwrap().into_inner();
        let done = terminal(&client, &submitted.name).await;
        assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
        let outcome = done.legs[0].outcome.as_ref().unwrap();
        assert!(matches!(&outcome.fields[number].kind, Some(Kind::StringValue(number)) if number.starts_with("BC-")));
        assert_eq!(done.outputs[0].r#type, output);
        let records = world.peer.records().await;
        let stored = records["submissions"].as_array().unwrap().last().unwrap()["request"].to_string();
        for text in expected {
            assert!(stored.contains(text), "{text} is not in {stored}");
        }
    }
    assert_eq!(world.peer.submissions().await.len(), 2);
}
