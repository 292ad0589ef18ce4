//! Which problem the whole becomes, and what people are told.

use jisr_core::problem::{Problem, Reason, Rule, Thing};
use jisr_core::text::Locale;
use jisr_proto::v1;

use super::*;

fn problem(change: impl FnOnce(&mut v1::Transaction)) -> Problem {
    check_with(change).expect_err("something is wrong")
}

fn identifier(given: &mut v1::Transaction, value: &str) {
    person(given).identifiers[0].value = value.to_owned();
}

#[test]
fn an_unknown_service_is_told_before_anything_else() {
    let found = problem(|given| {
        given.service = "services/camping".to_owned();
        given.applicant = None;
    });
    assert_eq!(found.reason(), Reason::ServiceNotFound);
    let about = found.about().unwrap();
    assert_eq!((about.kind, about.name.as_str()), ("jisr/Service", "services/camping"));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let found = problem(|given| {
        given.service_version = "2024-09".to_owned();
        identifier(given, "784-1990-12345");
        person(given).names[0].full_name = " ".to_owned();
        given.channel.as_mut().unwrap().centre = "centres/al-khawaneej".to_owned();
        given.answers.as_mut().unwrap().fields.remove("plot_no");
        given.customer_category = v1::CustomerCategory::Visitor.into();
    });
    assert_eq!(found.reason(), Reason::FieldInvalid);
    let fields: Vec<_> = found.violations().iter().map(|wrong| (wrong.field.as_str(), wrong.rule.code())).collect();
    assert_eq!(
        fields,
        [
            ("transaction.service_version", "NOT_ONE_OF"),
            ("transaction.applicant.person.names[0].full_name", "REQUIRED"),
            ("transaction.applicant.person.identifiers[0].value", "MALFORMED"),
            ("transaction.channel.centre", "NOT_FOUND"),
            ("transaction.answers.plot_no", "REQUIRED"),
        ]
    );
    assert_eq!(found.violations()[4].text(Locale::Ar), "رقم قطعة الأرض: هذا الحقل مطلوب. يُرجى تعبئته.");
    assert_eq!(found.preconditions().len(), 1);
}

#[test]
fn nothing_sent_is_answered_with_all_that_is_needed() {
    let found = validate(&CATALOGUE, v1::Transaction::default(), now()).unwrap_err();
    let fields: Vec<_> = found.violations().iter().map(|wrong| (wrong.field.as_str(), wrong.rule.clone())).collect();
    let expected = ["service", "applicant", "customer_category", "channel"].map(|field| format!("transaction.{field}"));
    assert_eq!(fields, expected.each_ref().map(|field| (field.as_str(), Rule::Required)));
}

#[test]
fn a_malformed_identifier_alone_has_its_own_reason() {
    for value in ["784-1985-76543", "٧٨٤-١٩٩٠", "مفقودة", "785-1990-1234567-6"] {
        let found = problem(|given| identifier(given, value));
        assert_eq!(found.reason(), Reason::IdentifierMalformed, "{value}");
        assert_eq!(found.metadata(), [("scheme", "AE_EID".to_owned())]);
        assert_eq!(found.violations().len(), 1);
        assert_eq!(found.violations()[0].rule, Rule::Malformed { what: Thing::EmiratesId });
        assert!(!found.to_string().contains(value), "the number is personal data");
    }
}

#[test]
fn a_wrong_check_digit_is_a_warning() {
    let mut valid = fine(|given| identifier(given, "٧٨٤-١٩٩٠-١٢٣٤٥٦٧-١"));
    assert_eq!(applicant(&mut valid).identifiers[0].value, "784-1990-1234567-1");
    let [warning] = &valid.content.warnings[..] else { panic!("{:?}", valid.content.warnings) };
    assert_eq!(warning.field, "applicant.person.identifiers[0].value");
    assert_eq!(warning.reason, "CHECK_DIGIT");
    assert!(warning.message[0].language_code == "ar" && warning.message[0].text.contains("رقم الهوية الإماراتية"));
    assert!(warning.message[1].language_code == "en" && warning.message[1].text.contains("mistyped"));
}

#[test]
fn a_placeholder_is_a_gap() {
    let mut valid = fine(|given| {
        let passport = v1::Identifier { scheme: 3, value: "N1234567".to_owned(), ..Default::default() };
        person(given).identifiers.push(passport);
        identifier(given, "000-0000-0000000-0");
    });
    assert_eq!(valid.content.warnings[0].reason, "PLACEHOLDER");
    assert_eq!(valid.content.warnings[0].field, "applicant.person.identifiers[0].value");
    let left = applicant(&mut valid).identifiers;
    assert_eq!(left.iter().map(|identifier| identifier.value.as_str()).collect::<Vec<_>>(), ["N1234567"]);
}

#[test]
fn a_centre_nobody_knows() {
    let found = problem(|given| given.channel.as_mut().unwrap().centre = "centres/al-khawaneej".to_owned());
    assert_eq!(found.reason(), Reason::CentreNotFound);
    assert_eq!(found.about().unwrap().name, "centres/al-khawaneej");
    assert_eq!(found.violations()[0].field, "transaction.channel.centre");
}

#[test]
fn a_customer_the_service_does_not_serve() {
    let found = problem(|given| given.customer_category = v1::CustomerCategory::Visitor.into());
    assert_eq!(found.reason(), Reason::NotEligible);
    assert!(found.violations().is_empty());
    let [precondition] = found.preconditions() else { panic!("{:?}", found.preconditions()) };
    assert_eq!(
        (precondition.kind, precondition.subject.as_str()),
        ("CUSTOMER_CATEGORY", "transaction.customer_category")
    );
    let said = found.message(Locale::Ar);
    assert!(
        said.contains("تُقدَّم الخدمة إلى المواطنين والمقيمين ومواطني دول مجلس التعاون والمنشآت والجهات الحكومية"),
        "{said}"
    );
    assert!(found.message(Locale::En).contains("the service is for citizens, residents,"));
}

#[test]
fn missing_documents_are_named_by_their_titles() {
    let found = problem(|given| {
        demolition(given);
        given.evidence.clear();
    });
    assert_eq!(found.reason(), Reason::EvidenceMissing);
    assert!(found.violations().is_empty());
    let told: Vec<_> = found.preconditions().iter().map(|told| (told.kind, told.subject.as_str())).collect();
    assert_eq!(told, [("EVIDENCE", "evidence/title-deed"), ("EVIDENCE", "evidence/safety-plan")]);
    assert_eq!(found.preconditions()[0].description.in_locale(Locale::Ar), "سند الملكية");
    assert_eq!(found.metadata(), [("evidence", "title-deed,safety-plan".to_owned())]);
    assert!(found.message(Locale::Ar).contains("سند الملكية، خطة السلامة"), "{}", found.message(Locale::Ar));
    assert!(found.message(Locale::En).contains("Title deed, Safety plan"), "{}", found.message(Locale::En));
}

#[test]
fn an_answer_never_tells_more_than_a_hundred_things() {
    let found = problem(|given| {
        given.subject_refs = vec![v1::SubjectRef::default(); 50];
        given.links = vec![v1::Link::default(); 50];
    });
    assert_eq!((found.reason(), found.violations().len()), (Reason::FieldInvalid, 100));
}
