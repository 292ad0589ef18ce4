//! Applications as front ends send them: good ones, doubtful ones, and each way one can be wrong.

mod fields;
mod parties;
mod problems;

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use jisr_core::problem::{Problem, Rule};
use jisr_core::time::Timestamp;
use jisr_proto::json::from_json;
use jisr_proto::v1;
use prost_types::Value;
use prost_types::value::Kind;
use serde_json::json;

use super::super::struct_json;
use super::{Valid, validate};
use crate::catalogue::Catalogue;

/// Not the shipped one, whose services change.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/submit/validate/tests/catalogue");
    let (catalogue, warnings) = Catalogue::load(&folder)
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    assert_eq!(warnings, []);
    catalogue
});

fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T07:30:00Z").expect("a moment")
}

/// An application at a counter of Al Twar, nothing wrong with it.
fn good() -> v1::Transaction {
    from_json(
        r#"{
          "service": "services/building-noc",
          "applicant": {"person": {
            "names": [
              {"languageCode": "ar", "fullName": "مريم راشد سيف المنصوري", "givenName": "مريم", "familyName": "المنصوري"},
              {"languageCode": "en", "fullName": "Mariam Rashid Saif Al Mansoori"}
            ],
            "identifiers": [{"scheme": "IDENTIFIER_SCHEME_AE_EID", "value": "784-1990-1234567-6"}],
            "birthDate": {"year": 1990, "month": 6, "day": 14},
            "nationalityCode": "ARE",
            "contact": {"phoneNumber": "+971501234567", "email": "mariam@example.ae"}
          }},
          "customerCategory": "CUSTOMER_CATEGORY_INDIVIDUAL_CITIZEN",
          "channel": {"kind": "CHANNEL_KIND_COUNTER", "centre": "centres/al-twar", "counter": "2", "agent": "e-1041"},
          "answers": {
            "plot_no": "345-0678", "building_type": "villa", "floors": 2,
            "work_description": "إضافة ملحق خارجي من طابق واحد\nمع سور"
          },
          "evidence": [{
            "requirement": "concept-drawings", "evidenceType": "site-plan",
            "title": [{"text": "المخطط العام", "languageCode": "ar"}],
            "document": {
              "uri": "https://documents.example/td/88121", "mimeType": "application/pdf", "sizeBytes": "184320",
              "sha256": "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
            },
            "source": "EVIDENCE_SOURCE_UPLOADED"
          }],
          "subjectRefs": [{"kind": "SUBJECT_KIND_PARCEL", "scheme": "dubai-parcel", "value": "3450678"}],
          "location": {"point": {"latitude": 25.2627, "longitude": 55.3778}, "address": "الطوار الأولى", "makaniNo": "35128 95231"},
          "preferredLanguageCode": "ar",
          "labels": {"queue.ticket_no": "ط-112"}
        }"#,
    )
    .expect("the example is a transaction")
}

fn check_with(change: impl FnOnce(&mut v1::Transaction)) -> Result<Valid<'static>, Problem> {
    let mut given = good();
    change(&mut given);
    validate(&CATALOGUE, given, now())
}

/// One change, and the fields then found wrong.
fn wrong(change: impl FnOnce(&mut v1::Transaction), expected: &[(&str, Rule)]) {
    let problem = check_with(change).expect_err(expected[0].0);
    let found: Vec<_> = problem.violations().iter().map(|wrong| (wrong.field.as_str(), wrong.rule.clone())).collect();
    assert_eq!(found, expected);
}

/// One change, after which all is still well.
fn fine(change: impl FnOnce(&mut v1::Transaction)) -> Valid<'static> {
    check_with(change).expect("nothing is wrong")
}

fn person(given: &mut v1::Transaction) -> &mut v1::Person {
    match given.applicant.as_mut().and_then(|party| party.kind.as_mut()) {
        Some(v1::party::Kind::Person(person)) => person,
        other => panic!("no person: {other:?}"),
    }
}

fn applicant(valid: &mut Valid<'_>) -> v1::Person {
    person(&mut valid.content).clone()
}

fn organization() -> v1::Organization {
    let name =
        |text: &str, language: &str| v1::LocalizedText { text: text.to_owned(), language_code: language.to_owned() };
    v1::Organization {
        legal_names: vec![name("الطوار للمقاولات ذ.م.م", "ar"), name("Al Twar Contracting LLC", "en")],
        licence_no: "CN-104432".to_owned(),
        ..Default::default()
    }
}

/// Makes it a good application for the service that asks for documents.
fn demolition(given: &mut v1::Transaction) {
    given.service = "services/demolition".to_owned();
    given.channel = Some(v1::Channel { kind: v1::ChannelKind::Web.into(), ..Default::default() });
    given.answers = None;
    let drawing = given.evidence.remove(0);
    for asked in ["title-deed", "safety-plan"] {
        let evidence_type = if asked == "title-deed" { "land-title-deed" } else { asked };
        let (requirement, evidence_type) = (asked.to_owned(), evidence_type.to_owned());
        given.evidence.push(v1::Evidence { requirement, evidence_type, ..drawing.clone() });
    }
}

fn party(organization: v1::Organization) -> v1::Party {
    v1::Party { kind: Some(v1::party::Kind::Organization(organization)), ..Default::default() }
}

fn date(year: i32, month: i32, day: i32) -> Option<jisr_proto::google::r#type::Date> {
    Some(jisr_proto::google::r#type::Date { year, month, day })
}

fn answer(given: &mut v1::Transaction, name: &str, kind: Kind) {
    let answers = given.answers.get_or_insert_default();
    answers.fields.insert(name.to_owned(), Value { kind: Some(kind) });
}

#[test]
fn a_good_application_passes_and_gets_what_the_catalogue_promises() {
    let valid = fine(|_| {});
    assert_eq!(valid.service.id.as_str(), "building-noc");
    assert_eq!(valid.centre.unwrap(), "al-twar");
    assert_eq!(valid.expire_time, None);
    let content = valid.content;
    assert_eq!(content.service_version, "2026-01");
    assert_eq!(content.warnings, []);
    let fees: Vec<_> = content.fees.iter().map(|fee| (fee.code.as_str(), fee.amount.clone().unwrap().units)).collect();
    assert_eq!(fees, [("noc-review", 500), ("knowledge", 10), ("counter-service", 30)]);
    assert_eq!(content.fees[2].amount.as_ref().unwrap().nanos, 500_000_000);
    assert_eq!(content.fees[1].title[0].text, "درهم المعرفة");
    assert_eq!(content.fees[0].department, "departments/municipality");
    let due = jisr_proto::convert::timestamp(now().plus(Duration::from_secs(5 * 86_400)));
    let [leg] = &content.legs[..] else { panic!("{:?}", content.legs) };
    assert_eq!((leg.name.as_str(), leg.department.as_str()), ("", "departments/municipality"));
    assert_eq!((leg.operation.as_str(), leg.due_time, content.due_time), ("building-noc", Some(due), Some(due)));
    assert_eq!(content.submit_time, Some(jisr_proto::convert::timestamp(now())));
    assert!(leg.needs.contains(&"answers.plot_no".to_owned()) && leg.depends_on.is_empty());
    // What the front end wrote is kept, in order.
    assert_eq!(struct_json::to_json(content.answers.as_ref().unwrap()).unwrap()["floors"], json!(2));
    assert!(content.evidence[0].document.as_ref().unwrap().sha256.starts_with("9f86d081"));
    assert_eq!(content.labels["queue.ticket_no"], "ط-112");
}

#[test]
fn a_leg_has_its_time_once_those_it_waits_for_have_ended() {
    let valid = fine(demolition);
    let days = |days: u64| Some(jisr_proto::convert::timestamp(now().plus(Duration::from_secs(days * 86_400))));
    let legs = &valid.content.legs;
    assert_eq!(legs[0].due_time, days(2));
    assert_eq!(
        (legs[2].due_time, &legs[2].depends_on[..]),
        (days(3), &["survey", "disconnection"].map(str::to_owned)[..])
    );
    assert_eq!(valid.content.due_time, days(3));
    assert_eq!((valid.centre, valid.content.fees.len()), (None, 0));
}

#[test]
fn what_is_not_the_clients_to_set_is_ignored() {
    let valid = fine(|given| {
        given.name = "transactions/x".to_owned();
        given.state = 6;
        given.legs = vec![v1::Leg { held: true, ..Default::default() }; 3];
        given.fees = vec![v1::FeeLine::default()];
        given.warnings = vec![v1::Warning::default()];
        given.channel.as_mut().unwrap().client = "somebody-else".to_owned();
    });
    assert_eq!(valid.content, fine(|_| {}).content);
}

/// The budget of the fast path is 30 µs in a release build; here only that nothing is far off.
#[test]
fn checking_takes_no_time_to_speak_of() {
    let rounds = 200_u32;
    let given: Vec<_> = (0..rounds).map(|_| good()).collect();
    fine(|_| {});
    let begin = std::time::Instant::now();
    for given in given {
        validate(&CATALOGUE, given, now()).unwrap();
    }
    let each = begin.elapsed() / rounds;
    println!("each application takes {each:?}");
    assert!(each < Duration::from_millis(20), "{each:?}");
}
