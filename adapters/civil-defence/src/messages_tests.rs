//! The grammar: what is written can be read, and what is not a message is said to be none.

use super::*;

fn decision(lines: &str) -> String {
    let count = lines.lines().count() + 1;
    format!("CDI/1 DECISION\n{lines}END={count}\n")
}

#[test]
fn a_decision_is_read_whatever_ends_its_lines() {
    let text = decision(
        "REF=01K9ZJ6T0QF5V8ZC2B7J6N4XKD-fire-certificate\nSTATE=PASSED\nCASE=CD-2026-000017\nDATE=2026-11-25 14:30\n\
         CERT=FS-17\nVALID_TO=2027-11-24\nTEXT_AR=المنشأة مستوفية لاشتراطات الوقاية من الحريق\n",
    );
    for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        let report = report(&text, "DECISION").unwrap();
        assert_eq!((report.state, report.case_no.as_str()), (State::Passed, "CD-2026-000017"));
        assert_eq!(report.date.unwrap().to_string(), "2026-11-25T14:30:00");
        assert_eq!(report.valid_to.unwrap().to_string(), "2027-11-24");
        assert_eq!(report.text_ar, "المنشأة مستوفية لاشتراطات الوقاية من الحريق");
        assert!(report.ask.is_empty());
    }
}

#[test]
fn every_prefix_of_a_message_is_recognised_as_cut() {
    let text = decision("REF=R-x\nSTATE=FAILED\nCODE=F-17\nTEXT_AR=مخرج الطوارئ مسدود\nASK=CONTACT, PHONE\n");
    let whole = text.trim_end().chars().count();
    for cut in 0..whole {
        let half: String = text.chars().take(cut).collect();
        assert!(report(&half, "DECISION").is_err(), "cut after {cut} characters:\n{half}");
    }
    assert_eq!(report(&text, "DECISION").unwrap().ask, ["CONTACT", "PHONE"]);
}

#[test]
fn what_is_no_message_is_said_to_be_none() {
    for (text, why) in [
        (String::new(), "does not begin"),
        ("<xml/>".to_owned(), "does not begin"),
        (decision("REF=R-x\nSTATE=PASSED\n").replace("CDI/1", "CDI/2"), "does not begin"),
        (decision("REF=R-x\nSTATE=PASSED\n").replace("DECISION", "ANSWER"), "does not begin"),
        (decision("REF=R-x\nSTATE=MAYBE\n"), "STATE is missing"),
        (decision("STATE=OPEN\n"), "REF is missing"),
        (decision("REF=R-x\nREF=R-y\nSTATE=OPEN\n"), "REF is there twice"),
        (decision("REF=R-x\nSTATE=OPEN\nDATE=yesterday\n"), "DATE is no time"),
        (decision("REF=R-x\nSTATE=OPEN\nVALID_TO=2026-13-01\n"), "VALID_TO is no date"),
        (decision("REF=R-x\nstate=OPEN\n"), "no key that can be one"),
        (decision("REF=R-x\nSTATE=OPEN\nTEXT_AR=a\u{7}b\n"), "TEXT_AR is too long, or holds a control character"),
        (decision(&format!("REF=R-x\nSTATE=OPEN\nTEXT_AR={}\n", "س".repeat(1_001))), "TEXT_AR is too long"),
        (decision("REF=R-x\nSTATE=OPEN\n") + "MORE=1\n", "something follows END"),
        (decision("REF=R-x\nSTATE\n"), "is no KEY=value"),
        (decision(&"X=1\n".repeat(2)), "X is there twice"),
        (format!("CDI/1 DECISION\n{}", "no key\n".repeat(9_999)), "is no KEY=value"),
    ] {
        let error = report(&text, "DECISION").unwrap_err();
        assert!(error.contains(why), "{error} (expected {why})");
    }
}

#[test]
fn what_is_empty_is_left_out() {
    assert_eq!(status("R-x"), "CDI/1 STATUS\r\nREF=R-x\r\nEND=2\r\n");
    assert_eq!(withdraw("R-x", ""), "CDI/1 WITHDRAW\r\nREF=R-x\r\nEND=2\r\n");
}
