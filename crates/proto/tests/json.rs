//! The JSON mapping: Arabic survives, mistakes are named by line and field.

use jisr_proto::json::{from_json, to_json};
use jisr_proto::v1::{ChannelKind, Transaction, party::Kind};

const APPLICATION: &str = r#"{
  "service": "services/building-noc",
  "applicant": {
    "person": {
      "names": [{"languageCode": "ar", "fullName": "عبد الله بن راشد آل مكتوم", "given_name": "عبد الله"}]
    }
  },
  "channel": {"kind": "CHANNEL_KIND_COUNTER", "centre": "centres/al-twar"},
  "answers": {"purpose": "ترميم", "مساحة": 412.5, "storeys": 2},
  "labels": {"ticket": "B041"}
}"#;

#[test]
fn an_application_in_arabic_is_read_and_written() {
    let transaction: Transaction = from_json(APPLICATION).unwrap();
    let Some(Kind::Person(person)) = transaction.applicant.clone().unwrap().kind else { panic!("a person") };
    assert_eq!(person.names[0].full_name, "عبد الله بن راشد آل مكتوم");
    assert_eq!(person.names[0].given_name, "عبد الله", "names as in the schema are read too");
    assert_eq!(transaction.channel.clone().unwrap().kind(), ChannelKind::Counter);

    let written = to_json(&transaction, true);
    assert!(written.contains("\"fullName\": \"عبد الله بن راشد آل مكتوم\""), "letters, not escapes: {written}");
    assert!(written.contains("\"مساحة\": 412.5") && written.contains("\"storeys\": 2,"), "{written}");
    assert_eq!(from_json::<Transaction>(&written).unwrap(), transaction);
    assert_eq!(from_json::<Transaction>(&to_json(&transaction, false)).unwrap(), transaction);
    assert!(!to_json(&transaction, false).contains('\n'));
}

#[test]
fn a_mistake_is_named_by_line_and_field() {
    let cases = [
        (r#""fullName""#, r#""fulName""#, 5, "applicant.person.names[0].fulName", "fulName"),
        (r#""labels""#, r#""label""#, 10, "label", "label"),
        (r#""CHANNEL_KIND_COUNTER""#, r#""COUNTER""#, 8, "channel.kind", "COUNTER"),
        (r#""services/building-noc""#, "17", 2, "service", "17"),
        (r#""labels": {"ticket": "B041"}"#, r#""labels": {"ticket": 5}"#, 10, "labels.ticket", "5"),
        ("\"B041\"}\n}", "\"B041\"}\n} x", 11, "", "trailing"),
        ("\"B041\"}\n}", "\"B041\"}\n", 11, "", "EOF"),
    ];
    for (right, wrong, line, field, says) in cases {
        let text = APPLICATION.replace(right, wrong);
        assert_ne!(text, APPLICATION);
        let error = from_json::<Transaction>(&text).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (line, field), "{error}");
        assert!(error.reason.contains(says), "{error}");
        assert!(error.to_string().starts_with(&format!("line {line}, column ")), "{error}");
    }
}
