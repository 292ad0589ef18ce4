//! Applications as front ends write them: one form per department of the ledger, with the number in it.

use std::collections::BTreeMap;

use jisr_proto::v1;
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use super::cast::Department;

/// The application of this number. The same number, the same application.
#[must_use]
pub fn application(department: &Department, number: u32) -> v1::Transaction {
    let mut application = match department.id {
        "municipality" => crate::application(&format!("{:03}-{:04}", 300 + number / 10_000, number % 10_000)),
        "civil-defence" => fire_safety(number),
        "economy" => renewal(number),
        "health" => fitness(number),
        other => panic!("the ledger has no application for {other}"),
    };
    application.service = format!("services/{}", department.service);
    application.labels.insert("ledger-number".to_owned(), number.to_string());
    application
}

fn fire_safety(number: u32) -> v1::Transaction {
    v1::Transaction {
        answers: answers([
            ("premises_use", text("restaurant")),
            ("floor_area_sqm", text(&format!("{}.50", 100 + number % 1_000))),
            ("storeys", whole(1)),
            ("contact_for_visit", text("سالم عبيد المهيري")),
        ]),
        evidence: vec![shown("fire-plan", "evacuation-plan")],
        ..business()
    }
}

fn renewal(number: u32) -> v1::Transaction {
    v1::Transaction {
        answers: answers([("trade_licence_no", text(&(700_000 + number).to_string())), ("years", whole(1))]),
        evidence: vec![shown("tenancy-contract", "ejari-contract")],
        ..business()
    }
}

fn fitness(number: u32) -> v1::Transaction {
    v1::Transaction {
        customer_category: v1::CustomerCategory::IndividualResident.into(),
        answers: answers([
            ("examination", text("renewal")),
            ("occupation_category", text("food-handler")),
            ("preferred_date", text(&format!("2031-01-{:02}", 1 + number % 28))),
        ]),
        evidence: vec![shown("passport", "passport")],
        ..crate::application("345-0678")
    }
}

/// Applied for by a company, on the web.
fn business() -> v1::Transaction {
    let named =
        |language: &str, text: &str| v1::LocalizedText { text: text.to_owned(), language_code: language.to_owned() };
    let company = v1::Organization {
        legal_names: vec![named("ar", "مطعم ليالي الشام ذ.م.م"), named("en", "Layali Al Sham Restaurant LLC")],
        licence_no: "780123".to_owned(),
        ..Default::default()
    };
    v1::Transaction {
        applicant: Some(v1::Party { name: String::new(), kind: Some(v1::party::Kind::Organization(company)) }),
        customer_category: v1::CustomerCategory::Business.into(),
        channel: Some(v1::Channel { kind: v1::ChannelKind::Web.into(), ..Default::default() }),
        preferred_language_code: "ar".to_owned(),
        ..Default::default()
    }
}

fn shown(requirement: &str, evidence_type: &str) -> v1::Evidence {
    v1::Evidence {
        requirement: requirement.to_owned(),
        evidence_type: evidence_type.to_owned(),
        document: Some(v1::Document {
            uri: "urn:uuid:4c0e5f0a-4b7c-4d8e-9a3e-0f5d5a1d2c3b".to_owned(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            mime_type: "application/pdf".to_owned(),
            size_bytes: 48_213,
        }),
        source: v1::EvidenceSource::Uploaded.into(),
        ..Default::default()
    }
}

fn answers<const N: usize>(fields: [(&str, Value); N]) -> Option<Struct> {
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Some(Struct { fields })
}

fn text(text: &str) -> Value {
    Value { kind: Some(Kind::StringValue(text.to_owned())) }
}

fn whole(number: u32) -> Value {
    Value { kind: Some(Kind::NumberValue(number.into())) }
}
