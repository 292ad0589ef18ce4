//! Answers of several stacks, and answers meant to hurt.

use super::super::envelope::write_envelope;
use super::*;

fn enveloped(inside: &str) -> String {
    format!("<s:Envelope xmlns:s='{ENVELOPE_NAMESPACE}'>{inside}</s:Envelope>")
}

fn read(text: &str) -> Result<Result<Element, Fault>, AnswerError> {
    read_answer(text, AnswerLimits::default())
}

#[test]
fn what_is_written_is_read_back() {
    let body = Element::new("urn:bc", "r")
        .with_child(Element::new("urn:bc", "remarks").with_text(" مُوافَقٌ عليه & <بشرط>\r\n "))
        .with_child(Element::unqualified("plain").with_attribute(None, "code", "\"ف\"\t\n1"));
    let text = String::from_utf8(write_envelope(&[], &body).unwrap().to_vec()).unwrap();
    let answer = read(&text).unwrap().unwrap();
    assert!(answer == body, "{text}");
}

#[test]
fn cdata_comments_and_references_become_text() {
    let text = enveloped("<s:Body><r><a>x<![CDATA[<ض>]]><!-- no -->&#x628;&amp;</a></r></s:Body>");
    assert_eq!(read(&text).unwrap().unwrap().child_text("a").as_deref(), Some("x<ض>ب&"));
}

#[test]
fn faults_of_two_stacks() {
    let spyne = enveloped(
        "<s:Body><s:Fault><faultcode>soap11env:Client.BC-404</faultcode><faultstring>المعاملة غير موجودة</faultstring>\
         <faultactor></faultactor><detail><code>BC-404</code></detail></s:Fault></s:Body>",
    );
    let fault = read(&spyne).unwrap().unwrap_err();
    assert_eq!((fault.code.as_str(), fault.specific_code()), ("Client.BC-404", Some("BC-404")));
    assert_eq!(fault.string, "المعاملة غير موجودة");
    assert_eq!((fault.actor.as_deref(), fault.detail_text().as_str()), (None, "BC-404"));
    assert!(fault.is_client());
    assert_eq!(format!("{fault} {fault:?}"), "fault Client.BC-404 Fault { code: \"Client.BC-404\", .. }");

    let php = enveloped(
        "<s:Body><s:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>Internal Error</faultstring></s:Fault></s:Body>",
    );
    let fault = read(&php).unwrap().unwrap_err();
    assert_eq!((fault.code.as_str(), fault.specific_code(), fault.is_client()), ("Server", None, false));
    assert!(fault.detail.is_none());
}

#[test]
fn hostile_texts_are_refused() {
    let deep = enveloped(&format!("<s:Body>{}{}</s:Body>", "<a>".repeat(100_000), "</a>".repeat(100_000)));
    let many = enveloped(&format!("<s:Body><r>{}</r></s:Body>", "<a/>".repeat(30_000)));
    let laughs = format!("<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>{}", enveloped("<s:Body>&b;</s:Body>"));
    let external = format!("<!DOCTYPE x SYSTEM 'file:///etc/hostname'>{}", enveloped("<s:Body/>"));
    let cases = [
        (deep.as_str(), AnswerError::Depth(64)),
        (&many, AnswerError::Nodes(20_000)),
        (&laughs, AnswerError::Dtd),
        (&external, AnswerError::Dtd),
        ("", AnswerError::Malformed),
        ("<html><body>خطأ<br></body></html>", AnswerError::Malformed),
        ("<html/>", AnswerError::NoEnvelope),
        (&enveloped(""), AnswerError::NoEnvelope),
        (&enveloped("<s:Body> </s:Body>"), AnswerError::EmptyBody),
        (&enveloped("<s:Body><a>&unknown;</a></s:Body>"), AnswerError::Malformed),
        (&enveloped("<s:Body><a></s:Body>"), AnswerError::Malformed),
        (
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope>",
            AnswerError::NoEnvelope,
        ),
    ];
    for (text, expected) in cases {
        let start: String = text.chars().take(60).collect();
        assert_eq!(read(text).map(|_| ()), Err(expected), "{start}");
    }
}

#[test]
fn only_known_mandatory_headers_pass() {
    let with =
        |header: &str| read(&enveloped(&format!("<s:Header>{header}</s:Header><s:Body><r/></s:Body>"))).map(|_| ());
    assert_eq!(with("<t:Tx xmlns:t='urn:t' s:mustUnderstand='1'/>"), Err(AnswerError::NotUnderstood("Tx".into())));
    assert_eq!(with("<t:Tx xmlns:t='urn:t' s:mustUnderstand='0'/>"), Ok(()));
    assert_eq!(with("<t:Tx xmlns:t='urn:t' s:mustUnderstand='1' s:actor='urn:else'/>"), Ok(()));
    assert_eq!(with(&format!("<w:Security xmlns:w='{WSSE_NAMESPACE}' s:mustUnderstand='1'/>")), Ok(()));
}
