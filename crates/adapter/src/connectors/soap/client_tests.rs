//! HTTP answers to outcomes, without a network.

use http::HeaderValue;

use super::*;

const ANSWER: &str =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><r>موافق</r></s:Body></s:Envelope>";

fn read(content_type: &'static str, body: &[u8]) -> Result<String, String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let answer = read_body(&headers, &Bytes::copy_from_slice(body), AnswerLimits::default())?;
    answer.map(|element| element.text()).map_err(|fault| fault.to_string())
}

#[test]
fn the_charset_parameter_is_honoured() {
    let cp1256 = encoding_rs::WINDOWS_1256.encode(ANSWER).0;
    for (content_type, body) in [
        ("text/xml", ANSWER.as_bytes()),
        ("Text/XML ; Charset=\"UTF-8\"", ANSWER.as_bytes()),
        ("application/xml; action=x; charset='windows-1256'", &cp1256),
    ] {
        assert_eq!(read(content_type, body).as_deref(), Ok("موافق"), "{content_type}");
    }
}

#[test]
fn wrong_types_and_charsets_are_named() {
    let cp1256 = encoding_rs::WINDOWS_1256.encode(ANSWER).0;
    assert_eq!(read("text/xml; charset=utf-8", &cp1256), Err("malformed UTF-8 at byte 75".into()));
    assert_eq!(read("text/html", ANSWER.as_bytes()), Err("not of type text/xml".into()));
    assert_eq!(read("text/xml; charset=utf-9", b"<a/>"), Err("unknown charset \"utf-9\"".into()));
}

#[test]
fn unasked_compression_is_refused() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let read = read_body(&headers, &Bytes::from_static(ANSWER.as_bytes()), AnswerLimits::default());
    assert!(read.is_err_and(|why| why.contains("gzip")));
}
