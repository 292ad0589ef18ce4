//! People and organisations: names, identifiers, contacts, and those who act for others.

use jisr_core::problem::{Rule, Thing};
use jisr_proto::v1;

use super::*;

const PERSON: &str = "transaction.applicant.person";

fn at(field: &str) -> String {
    format!("{PERSON}.{field}")
}

fn person_wrong(change: impl FnOnce(&mut v1::Person), field: &str, rule: Rule) {
    wrong(|given| change(person(given)), &[(&at(field), rule)]);
}

#[test]
fn names() {
    person_wrong(|person| person.names.clear(), "names", Rule::Required);
    person_wrong(|person| person.names[0].full_name.clear(), "names[0].full_name", Rule::Required);
    person_wrong(|person| person.names[0].full_name = " \u{200f}\t".to_owned(), "names[0].full_name", Rule::Required);
    person_wrong(
        |person| person.names[1].full_name = "م".repeat(201),
        "names[1].full_name",
        Rule::TooLong { max: 200 },
    );
    person_wrong(
        |person| person.names[0].given_name = "م".repeat(101),
        "names[0].given_name",
        Rule::TooLong { max: 100 },
    );
    let unreadable = || Rule::Pattern { expected: String::new() };
    person_wrong(|person| person.names[0].full_name = "مريم\nراشد".to_owned(), "names[0].full_name", unreadable());
    person_wrong(|person| person.names[0].family_name = "المنصوري\0".to_owned(), "names[0].family_name", unreadable());
    person_wrong(|person| person.names[0].language_code.clear(), "names[0].language_code", Rule::Required);
    let language = || Rule::Malformed { what: Thing::Language };
    person_wrong(|person| person.names[0].language_code = "عربي".to_owned(), "names[0].language_code", language());
    person_wrong(|person| person.names[0].language_code = "ar_AE".to_owned(), "names[0].language_code", language());
    person_wrong(|person| person.names[1].language_code = "AR".to_owned(), "names[1].language_code", Rule::Duplicate);
    person_wrong(|person| person.names = vec![person.names[0].clone(); 11], "names", Rule::TooMany { max: 10 });
    assert!(check_with(|given| person(given).names[0].full_name = "م".repeat(200)).is_ok());
}

#[test]
fn a_name_is_brought_into_order_and_kept_as_it_came() {
    let received = "\u{200f} مريم راشد سيف المنصورى ";
    let mut valid = fine(|given| {
        let person = person(given);
        person.names[0].full_name = received.to_owned();
        person.names[1].source_text = "MARIAM RASHID".to_owned();
        person.names[1].language_code = "EN-gb".to_owned();
    });
    let names = applicant(&mut valid).names;
    // In order means no more than that: letters are never changed.
    assert_eq!(names[0].full_name, "مريم راشد سيف المنصورى");
    assert_eq!(names[0].source_text, received);
    assert_eq!((names[1].source_text.as_str(), names[1].language_code.as_str()), ("MARIAM RASHID", "en-GB"));
}

#[test]
fn identifiers() {
    let first = |person: &mut v1::Person, change: fn(&mut v1::Identifier)| change(&mut person.identifiers[0]);
    let check = |change, field: &str, rule| person_wrong(|person| first(person, change), field, rule);
    check(|given| given.scheme = 0, "identifiers[0].scheme", Rule::Required);
    check(|given| given.value.clear(), "identifiers[0].value", Rule::Required);
    check(|given| (given.scheme, given.value) = (3, "N".repeat(65)), "identifiers[0].value", Rule::TooLong { max: 64 });
    check(
        |given| given.expiry_date = date(2027, 2, 29),
        "identifiers[0].expiry_date",
        Rule::Malformed { what: Thing::Date },
    );
    let schemes = [
        "IDENTIFIER_SCHEME_AE_EID",
        "IDENTIFIER_SCHEME_AE_UNIFIED",
        "IDENTIFIER_SCHEME_PASSPORT",
        "IDENTIFIER_SCHEME_GCC_ID",
        "IDENTIFIER_SCHEME_LICENCE",
        "IDENTIFIER_SCHEME_RESIDENCE_FILE",
        "IDENTIFIER_SCHEME_TAX",
    ];
    for unknown in [8, -1, i32::MAX] {
        let rule = Rule::NotOneOf { allowed: schemes.map(str::to_owned).to_vec() };
        person_wrong(|person| person.identifiers[0].scheme = unknown, "identifiers[0].scheme", rule);
    }
    person_wrong(|person| person.identifiers.push(person.identifiers[0].clone()), "identifiers[1]", Rule::Duplicate);
    let time = |text: &str| Some(jisr_proto::convert::timestamp(Timestamp::parse(text).unwrap()));
    person_wrong(
        |person| {
            let verification = v1::Verification { method: 3, assurance: 3, time: time("2027-01-01T00:00:00Z") };
            person.identifiers[0].verification = Some(verification);
        },
        "identifiers[0].verification.time",
        Rule::NotInPast,
    );
}

#[test]
fn a_typed_identifier_is_not_a_verified_one() {
    let typed = Some(v1::Verification { method: 1, assurance: 1, time: None });
    let verified = Some(v1::Verification { method: 3, assurance: 3, time: None });
    for (given, expected) in [
        (None, typed),
        (Some(v1::Verification::default()), typed),
        (Some(v1::Verification { method: 1, assurance: 3, time: None }), typed),
        (Some(v1::Verification { method: 0, assurance: 3, time: None }), typed),
        (verified, verified),
    ] {
        let mut valid = fine(|transaction| person(transaction).identifiers[0].verification = given);
        assert_eq!(applicant(&mut valid).identifiers[0].verification, expected, "{given:?}");
    }
}

#[test]
fn what_else_is_known_of_a_person() {
    for code in ["are", "AR", "ARES", "إمارات"] {
        person_wrong(
            |person| person.nationality_code = code.to_owned(),
            "nationality_code",
            Rule::Malformed { what: Thing::Country },
        );
    }
    person_wrong(|person| person.birth_date = date(2026, 3, 5), "birth_date", Rule::NotInPast);
    for (year, month, day) in [(1990, 13, 1), (1990, 2, 30), (1990, 0, 4), (0, 6, 14), (1990, -1, 0), (i32::MAX, 1, 1)]
    {
        person_wrong(
            |person| person.birth_date = date(year, month, day),
            "birth_date",
            Rule::Malformed { what: Thing::Date },
        );
    }
    for (year, month, day) in [(1990, 0, 0), (1990, 6, 0), (2026, 3, 1)] {
        fine(|given| person(given).birth_date = date(year, month, day));
    }
    let contact = |person: &mut v1::Person| person.contact.clone().unwrap_or_default();
    for phone in ["0501234567", "+0501234567", "+97150123456x", "+1234567890123456", "٠٥٠١٢٣٤٥٦٧"] {
        person_wrong(
            |person| person.contact = Some(v1::Contact { phone_number: phone.to_owned(), ..contact(person) }),
            "contact.phone_number",
            Rule::Malformed { what: Thing::Phone },
        );
    }
    for email in ["mariam", "@example.ae", "a@b@example.ae", "mariam@example", "mariam @example.ae"] {
        person_wrong(
            |person| person.contact = Some(v1::Contact { email: email.to_owned(), ..contact(person) }),
            "contact.email",
            Rule::Malformed { what: Thing::Email },
        );
    }
}

#[test]
fn organizations() {
    let check = |change: fn(&mut v1::Organization), field: &str, rule| {
        let mut given = organization();
        change(&mut given);
        let field = format!("transaction.applicant.organization.{field}");
        wrong(|transaction| transaction.applicant = Some(party(given)), &[(&field, rule)]);
    };
    fine(|given| given.applicant = Some(party(organization())));
    check(|given| given.legal_names.clear(), "legal_names", Rule::Required);
    check(
        |given| given.legal_names[1].language_code = "ar".to_owned(),
        "legal_names[1].language_code",
        Rule::Duplicate,
    );
    check(|given| given.legal_names[0].text.clear(), "legal_names[0].text", Rule::Required);
    check(|given| given.legal_names.clear(), "legal_names", Rule::Required);
    fine(|given| given.beneficiaries = vec![party(v1::Organization { licence_no: String::new(), ..organization() })]);
    let tax = || Rule::Pattern { expected: "100123456700003".to_owned() };
    check(|given| given.tax_no = "10012345670000".to_owned(), "tax_no", tax());
}

#[test]
fn those_who_act_for_others_and_those_who_benefit() {
    wrong(|given| given.applicant = Some(v1::Party::default()), &[("transaction.applicant", Rule::Required)]);
    let name = Rule::Pattern { expected: "parties/…".to_owned() };
    wrong(|given| given.applicant.as_mut().unwrap().name = "مريم".to_owned(), &[("transaction.applicant.name", name)]);
    let agent = || v1::Representation { party: Some(party(organization())), kind: 4, ..Default::default() };
    fine(|given| given.representative = Some(agent()));
    fine(|given| {
        given.representative = Some(v1::Representation { evidence: "concept-drawings".to_owned(), ..agent() })
    });
    let check = |given: v1::Representation, field: &str, rule| {
        let field = format!("transaction.representative.{field}");
        wrong(|transaction| transaction.representative = Some(given), &[(&field, rule)]);
    };
    check(v1::Representation { party: None, ..agent() }, "party", Rule::Required);
    check(v1::Representation { kind: 0, ..agent() }, "kind", Rule::Required);
    let mandate = || v1::Representation { evidence: "mandate".to_owned(), ..agent() };
    check(mandate(), "evidence", Rule::NotFound { what: Thing::Evidence });
    check(v1::Representation { valid_to_date: date(2026, 2, 27), ..agent() }, "valid_to_date", Rule::NotInFuture);
    fine(|given| given.representative = Some(v1::Representation { valid_to_date: date(2026, 3, 1), ..agent() }));

    let mut second = organization();
    second.legal_names.clear();
    wrong(
        |given| given.beneficiaries = vec![party(organization()), party(second)],
        &[("transaction.beneficiaries[1].organization.legal_names", Rule::Required)],
    );
    let many = vec![party(organization()); 51];
    wrong(|given| given.beneficiaries = many, &[("transaction.beneficiaries", Rule::TooMany { max: 50 })]);
}
