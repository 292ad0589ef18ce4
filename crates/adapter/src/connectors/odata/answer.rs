//! What an answer holds: of the right type and charset, bounded, and an entity or an error of OData. Everything else is
//! unreadable.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue};

use super::error::ServiceError;
use super::json::{Json, JsonLimits, read_json};

/// The state of an entity that a condition can be about (RFC 9110, 8.8.3), as the service wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(HeaderValue);

impl ETag {
    /// From a header or an annotation; nothing if it is none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let opaque = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?;
        let good = opaque.len() <= 256 && opaque.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e));
        good.then(|| HeaderValue::from_str(text).ok()).flatten().map(Self)
    }

    /// As it stands in `If-Match`.
    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// One entity with its state, where the service gives one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `@odata.etag`, else the header.
    pub etag: Option<ETag>,
    /// Its properties, with the annotations as they came.
    pub value: Json,
}

/// The answer to a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The new state, where the service tells.
    pub etag: Option<ETag>,
    /// The entity as it is now, where the service sends it back.
    pub entity: Option<Entity>,
}

/// The object in an answer's body; nothing if the body is empty.
pub(super) fn object(headers: &HeaderMap, body: &[u8], limits: JsonLimits) -> Result<Option<Json>, String> {
    if let Some(version) = text(headers, "odata-version")
        && !version.trim().starts_with("4.")
    {
        return Err("another version of OData was not asked for".into());
    }
    if body.is_empty() {
        return Ok(None);
    }
    json(headers, body, limits).and_then(|json| match json {
        object @ Json::Object(_) => Ok(Some(object)),
        _ => Err("the body is no JSON object".into()),
    })
}

/// The JSON in a body, if its headers say that it is some.
pub(super) fn json(headers: &HeaderMap, body: &[u8], limits: JsonLimits) -> Result<Json, String> {
    if text(headers, CONTENT_ENCODING.as_str()).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err("a content coding was not asked for".into());
    }
    let content_type = text(headers, CONTENT_TYPE.as_str()).ok_or("of no content type")?;
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Err("not of type application/json".into());
    }
    let charset = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    if charset
        .is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8") && !charset.eq_ignore_ascii_case("us-ascii"))
    {
        return Err("in another charset than UTF-8".into());
    }
    read_json(body, limits).map_err(|error| error.to_string())
}

/// The entity that an object is; its own state counts for more than the answer's.
pub(super) fn entity(value: Json, headers: &HeaderMap) -> Entity {
    let etag = value.text("@odata.etag").and_then(ETag::new).or_else(|| etag(headers));
    Entity { etag, value }
}

pub(super) fn etag(headers: &HeaderMap) -> Option<ETag> {
    text(headers, ETAG.as_str()).and_then(ETag::new)
}

/// The error in a body (OData JSON format, 21.1); nothing if there is none to be read.
pub(super) fn service_error(headers: &HeaderMap, body: &[u8], limits: JsonLimits) -> Option<ServiceError> {
    let json = object(headers, body, limits).ok()??;
    let error = json.get("error")?;
    let code = |value: &Json| match value.get("code")? {
        Json::Text(code) | Json::Number(code) => Some(code.clone()),
        _ => None,
    };
    let plain = |code: &String| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic());
    let details = match error.get("details") {
        Some(Json::List(details)) => {
            details.iter().filter_map(|detail| Some((code(detail)?, message(detail)))).collect()
        }
        _ => Vec::new(),
    };
    Some(ServiceError {
        code: code(error).filter(plain).unwrap_or_default(),
        message: message(error),
        target: error.text("target").unwrap_or_default().to_owned(),
        details,
        body: error.clone(),
    })
}

fn message(error: &Json) -> String {
    error.text("message").unwrap_or_default().to_owned()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("unreadable").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))])
    }

    #[test]
    fn an_etag_is_one_or_nothing() {
        for good in ["\"1\"", "W/\"08D1+/=\"", "\"\""] {
            assert_eq!(ETag::new(good).map(|tag| tag.header().to_str().unwrap().to_owned()).as_deref(), Some(good));
        }
        for bad in ["", "*", "1", "\"a\"b\"", "\"a b\"", "\"a\r\nx: y\"", "\"م\"", "w/\"1\""] {
            assert_eq!(ETag::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn type_and_charset_must_be_right() {
        let body = r#"{"الاسم": "مريم"}"#.as_bytes();
        for good in [
            "application/json",
            "application/json;odata.metadata=minimal;charset=UTF-8",
            "Application/JSON; charset=\"utf-8\"",
        ] {
            assert!(object(&headers(good), body, JsonLimits::default()).unwrap().is_some(), "{good}");
        }
        for bad in ["text/html", "application/json; charset=windows-1256", "application/atom+xml", "application/jsonp"]
        {
            assert!(object(&headers(bad), body, JsonLimits::default()).is_err(), "{bad}");
        }
        assert!(object(&HeaderMap::new(), body, JsonLimits::default()).is_err());
        assert_eq!(object(&HeaderMap::new(), b"", JsonLimits::default()), Ok(None));
        assert!(object(&headers("application/json"), b"[]", JsonLimits::default()).is_err());
        for (name, value) in [("content-encoding", "gzip"), ("odata-version", "3.0")] {
            let mut with = headers("application/json");
            with.insert(name, HeaderValue::from_static(value));
            assert!(object(&with, body, JsonLimits::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn an_entitys_own_state_counts_for_more() {
        let mut with = headers("application/json");
        with.insert(ETAG, HeaderValue::from_static("\"7\""));
        let read = |body: &[u8]| entity(object(&with, body, JsonLimits::default()).unwrap().unwrap(), &with).etag;
        assert_eq!(read(br#"{"@odata.etag": "W/\"8\""}"#), ETag::new("W/\"8\""));
        assert_eq!(read(b"{}"), ETag::new("\"7\""));
    }

    #[test]
    fn errors_are_read_with_their_details() {
        let body = r#"{"error": {"code": "RES-201", "message": "غير معروف", "target": "ResidenceFileNo",
            "details": [{"code": "en", "message": "Not known"}, {"message": "no code"}]}}"#;
        let error = service_error(&headers("application/json"), body.as_bytes(), JsonLimits::default()).unwrap();
        assert_eq!((&*error.code, &*error.message, &*error.target), ("RES-201", "غير معروف", "ResidenceFileNo"));
        assert_eq!(error.details, [("en".to_owned(), "Not known".to_owned())]);
        let number = service_error(&headers("application/json"), br#"{"error": {"code": 500}}"#, JsonLimits::default());
        assert_eq!(number.unwrap().code, "500");
        for none in ["{}", "{\"error\": \"no\"}x", "<html>"] {
            assert_eq!(service_error(&headers("application/json"), none.as_bytes(), JsonLimits::default()), None);
        }
    }
}
