//! Everything but the parties: service, channel, answers, documents, payments and what goes with them.

use jisr_core::problem::{Kind as Type, Rule, Thing};
use jisr_proto::google::r#type::Money;
use jisr_proto::v1;
use prost_types::value::Kind;

use super::*;

fn one(change: impl FnOnce(&mut v1::Transaction), field: &str, rule: Rule) {
    wrong(change, &[(&format!("transaction.{field}"), rule)]);
}

fn pattern(expected: &str) -> Rule {
    Rule::Pattern { expected: expected.to_owned() }
}

fn one_of(allowed: &[&str]) -> Rule {
    Rule::NotOneOf { allowed: allowed.iter().map(|value| (*value).to_owned()).collect() }
}

#[test]
fn service() {
    for (given, expected) in [
        ("building-noc", pattern("services/building-noc")),
        ("Building NOC", pattern("services/…")),
        ("services/شهادة", pattern("services/…")),
        ("centres/al-twar", pattern("services/…")),
        ("", Rule::Required),
    ] {
        one(|transaction| transaction.service = given.to_owned(), "service", expected);
    }
    one(|given| given.service_version = "2025-01".to_owned(), "service_version", one_of(&["2026-01"]));
    fine(|given| given.service_version = "2026-01".to_owned());
}

#[test]
fn channel_and_category() {
    let channel = |change: fn(&mut v1::Channel), field: &str, rule| {
        one(|given| change(given.channel.as_mut().unwrap()), &format!("channel.{field}"), rule);
    };
    one(|given| given.channel = None, "channel", Rule::Required);
    channel(|given| given.kind = 0, "kind", Rule::Required);
    channel(|given| given.centre.clear(), "centre", Rule::Required);
    channel(|given| given.counter.clear(), "counter", Rule::Required);
    channel(|given| (given.kind, given.centre) = (4, String::new()), "centre", Rule::Required);
    channel(|given| given.centre = "al-twar".to_owned(), "centre", pattern("centres/al-twar"));
    channel(|given| given.counter = "20".to_owned(), "counter", one_of(&["1", "2", "3"]));
    channel(|given| given.agent = "e".repeat(65), "agent", Rule::TooLong { max: 64 });
    let kinds =
        ["COUNTER", "WEB", "MOBILE", "KIOSK", "CALL_CENTRE", "PARTNER"].map(|kind| format!("CHANNEL_KIND_{kind}"));
    channel(|given| given.kind = 99, "kind", Rule::NotOneOf { allowed: kinds.to_vec() });
    let web = fine(|given| given.channel = Some(v1::Channel { kind: 2, ..Default::default() }));
    assert!(web.centre.is_none() && web.content.fees.iter().all(|fee| fee.code != "counter-service"));
    one(|given| given.customer_category = 0, "customer_category", Rule::Required);
    assert!(check_with(|given| given.customer_category = 77).unwrap_err().violations()[0].rule.code() == "NOT_ONE_OF");
}

#[test]
fn a_channel_the_service_is_not_offered_on() {
    let at_counter = |given: &mut v1::Transaction| {
        let channel = given.channel.clone();
        demolition(given);
        given.channel = channel;
    };
    one(at_counter, "channel.kind", one_of(&["CHANNEL_KIND_WEB"]));
}

#[test]
fn answers() {
    let required = |field: &str| (format!("transaction.answers.{field}"), Rule::Required);
    let expected = ["building_type", "plot_no", "work_description"].map(required);
    let expected = expected.each_ref().map(|(field, rule)| (field.as_str(), rule.clone()));
    wrong(|given| given.answers = None, &expected);
    let text = |text: &str| Kind::StringValue(text.to_owned());
    one(|given| answer(given, "plot_no", text("٣٤٥-٠٦٧٨")), "answers.plot_no", pattern("345-0678"));
    one(
        |given| answer(given, "plot_no", Kind::NumberValue(3_450_678.0)),
        "answers.plot_no",
        Rule::WrongType { expected: Type::Text },
    );
    one(
        |given| answer(given, "floors", Kind::NumberValue(f64::NAN)),
        "answers.floors",
        Rule::WrongType { expected: Type::Number },
    );
    one(|given| answer(given, "لون", text("أحمر")), "answers.لون", Rule::UnknownField);
    one(|given| answer(given, &"x".repeat(500), text("")), "answers", Rule::UnknownField);
    one(
        |given| answer(given, "work_description", text(&"ب".repeat(2_001))),
        "answers.work_description",
        Rule::TooLong { max: 2_000 },
    );
    one(
        |given| answer(given, "work_description", text(&"ب".repeat(10_001))),
        "answers.work_description",
        Rule::TooLong { max: 10_000 },
    );
}

#[test]
fn documents() {
    let check = |change: fn(&mut v1::Evidence), field: &str, rule| {
        one(|given| change(&mut given.evidence[0]), &format!("evidence[0].{field}"), rule);
    };
    check(|given| given.requirement.clear(), "requirement", Rule::Required);
    check(|given| given.requirement = "passport-copy".to_owned(), "requirement", one_of(&["concept-drawings"]));
    check(
        |given| given.evidence_type = "photo".to_owned(),
        "evidence_type",
        one_of(&["architectural-drawing", "site-plan"]),
    );
    check(|given| given.source = 0, "source", Rule::Required);
    check(|given| given.document = None, "document", Rule::Required);
    check(|given| given.title[0].language_code.clear(), "title[0].language_code", Rule::Required);
    check(|given| given.issue_date = date(2026, 4, 1), "issue_date", Rule::NotInPast);
    let document = |change: fn(&mut v1::Document), field: &str, rule| {
        let field = format!("evidence[0].document.{field}");
        one(|given| change(given.evidence[0].document.as_mut().unwrap()), &field, rule);
    };
    document(|given| given.uri.clear(), "uri", Rule::Required);
    document(|given| given.uri = "drawing 1".to_owned(), "uri", Rule::Malformed { what: Thing::Uri });
    document(|given| given.sha256.clear(), "sha256", Rule::Required);
    document(|given| given.sha256.truncate(63), "sha256", Rule::Malformed { what: Thing::Sha256 });
    document(|given| given.sha256 = "٠".repeat(32), "sha256", Rule::Malformed { what: Thing::Sha256 });
    document(|given| given.mime_type = "pdf".to_owned(), "mime_type", pattern("application/pdf"));
    let size = Rule::OutOfRange { min: Some("0".to_owned()), max: None };
    document(|given| given.size_bytes = -1, "size_bytes", size);
    one(|given| given.evidence.push(given.evidence[0].clone()), "evidence[1].requirement", Rule::Duplicate);
    one(|given| given.evidence = vec![given.evidence[0].clone(); 101], "evidence", Rule::TooMany { max: 100 });
    fine(|given| given.evidence.clear());
}

#[test]
fn payments() {
    let money = |currency: &str, units, nanos| Some(Money { currency_code: currency.to_owned(), units, nanos });
    let paid = || v1::Payment {
        reference: "ED-2026-118".to_owned(),
        amount: money("AED", 550, 0),
        status: "ACSC".to_owned(),
        fees: vec!["noc-review".to_owned()],
        ..Default::default()
    };
    let check = |payment: v1::Payment, field: &str, rule| {
        one(|given| given.payments = vec![payment], &format!("payments[0].{field}"), rule);
    };
    fine(|given| given.payments = vec![paid(), v1::Payment { amount: money("AED", -1, -500_000_000), ..paid() }]);
    check(v1::Payment { reference: String::new(), ..paid() }, "reference", Rule::Required);
    check(v1::Payment { amount: None, ..paid() }, "amount", Rule::Required);
    check(v1::Payment { amount: money("AED", 0, 0), ..paid() }, "amount", Rule::Required);
    check(v1::Payment { amount: money("AED", 1, -1), ..paid() }, "amount", Rule::Malformed { what: Thing::Amount });
    for currency in ["", "aed", "درهم"] {
        let payment = v1::Payment { amount: money(currency, 1, 0), ..paid() };
        check(payment, "amount.currency_code", Rule::Malformed { what: Thing::Currency });
    }
    check(v1::Payment { status: String::new(), ..paid() }, "status", Rule::Required);
    check(v1::Payment { status: "settled".to_owned(), ..paid() }, "status", pattern("ACSC"));
    let codes = one_of(&["noc-review", "knowledge", "counter-service"]);
    check(v1::Payment { fees: vec!["fine".to_owned()], ..paid() }, "fees[0]", codes);
}

#[test]
fn what_it_is_about() {
    one(|given| given.subject_refs[0].kind = 0, "subject_refs[0].kind", Rule::Required);
    one(|given| given.subject_refs[0].value = " ".to_owned(), "subject_refs[0].value", Rule::Required);
    let subjects = |given: &mut v1::Transaction| given.subject_refs = vec![given.subject_refs[0].clone(); 51];
    one(subjects, "subject_refs", Rule::TooMany { max: 50 });
    let point = |latitude, longitude| Some(jisr_proto::google::r#type::LatLng { latitude, longitude });
    let range = |most: &str| Rule::OutOfRange { min: Some(format!("-{most}")), max: Some(most.to_owned()) };
    for (latitude, longitude, field, most) in
        [(90.5, 0.0, "latitude", "90"), (f64::NAN, 0.0, "latitude", "90"), (0.0, -181.0, "longitude", "180")]
    {
        let place = v1::Location { point: point(latitude, longitude), ..Default::default() };
        one(|given| given.location = Some(place), &format!("location.point.{field}"), range(most));
    }
    for makani in ["123456789", "1234 567890", "١٢٣٤٥ ٦٧٨٩٠"] {
        let place = v1::Location { makani_no: makani.to_owned(), ..Default::default() };
        one(|given| given.location = Some(place), "location.makani_no", pattern("12345 67890"));
    }
}

#[test]
fn links_labels_and_language() {
    let transaction = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff";
    let link = |rel, transaction: &str| vec![v1::Link { rel, transaction: transaction.to_owned() }];
    fine(|given| given.links = link(3, transaction));
    one(|given| given.links = link(0, transaction), "links[0].rel", Rule::Required);
    one(|given| given.links = link(1, ""), "links[0].transaction", Rule::Required);
    one(|given| given.links = link(1, "JS-26-4K7Q-9"), "links[0].transaction", pattern(transaction));
    for key in ["", "Ticket", "رقم", &"k".repeat(64)] {
        let labels = [(key.to_owned(), "1".to_owned())].into();
        one(|given| given.labels = labels, "labels", pattern("queue-ticket_2.no"));
    }
    let label = |value: String| [("ticket".to_owned(), value)].into();
    one(|given| given.labels = label("ط".repeat(256)), "labels.ticket", Rule::TooLong { max: 255 });
    fine(|given| given.labels = label("ط".repeat(255)));
    let many = (0..65).map(|number: u8| (format!("k{number}"), String::new())).collect();
    one(|given| given.labels = many, "labels", Rule::TooMany { max: 64 });
    let language = || Rule::Malformed { what: Thing::Language };
    one(|given| given.preferred_language_code = "العربية".to_owned(), "preferred_language_code", language());
    assert_eq!(fine(|given| given.preferred_language_code.clear()).content.preferred_language_code, "");
    one(|given| given.priority_grounds = vec![2, 0], "priority_grounds[1]", Rule::Required);
    one(|given| given.priority_grounds = vec![2, 2], "priority_grounds[1]", Rule::Duplicate);
    let urgency = one_of(&["PRIORITY_NORMAL", "PRIORITY_HIGH", "PRIORITY_URGENT"]);
    one(|given| given.priority = 9, "priority", urgency);
}

#[test]
fn expiry() {
    let at = |text: &str| Some(jisr_proto::convert::timestamp(Timestamp::parse(text).unwrap()));
    let valid = fine(|given| given.expire_time = at("2026-06-01T00:00:00Z"));
    assert_eq!(valid.expire_time, Some(Timestamp::parse("2026-06-01T00:00:00Z").unwrap()));
    one(|given| given.expire_time = at("2026-03-01T07:30:00Z"), "expire_time", Rule::NotInFuture);
    let latest = Rule::OutOfRange { min: None, max: Some("2027-03-02T07:30:00.000000Z".to_owned()) };
    one(|given| given.expire_time = at("2027-03-03T00:00:00Z"), "expire_time", latest);
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (1_800_000_000, -1), (1_800_000_000, 1_000_000_000)] {
        let time = prost_types::Timestamp { seconds, nanos };
        one(|given| given.expire_time = Some(time), "expire_time", Rule::Malformed { what: Thing::Timestamp });
    }
}
