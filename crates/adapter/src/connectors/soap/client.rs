//! One SOAP call over HTTP: the only I/O of this connector.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request, Uri};

use super::super::http::{CallError, Doubtful, HttpClient, NotSent, certainly_refused};
use super::answer::{AnswerLimits, read_answer};
use super::charset::decode;
use super::envelope::{EnvelopeError, write_envelope};
use super::fault::Fault;
use super::security::UsernameToken;
use super::tree::Element;

/// The instant and the nonce of one message.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// When the message is made.
    pub created: jiff::Timestamp,
    /// Random, never used before.
    pub nonce: [u8; 16],
}

impl Stamp {
    /// From the system's clock and random source.
    #[must_use]
    pub fn now() -> Self {
        Self { created: jiff::Timestamp::now(), nonce: rand::random() }
    }
}

/// A call that brought no answer of the expected kind.
#[derive(Debug, thiserror::Error)]
pub enum SoapError {
    /// The message cannot be written; certainly not executed, and repeating does not help.
    #[error("the message cannot be written")]
    Envelope(#[from] EnvelopeError),
    /// The transport failed, or its answer was unreadable. Says itself whether the call may have been executed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The system answered with a fault. Only the adapter knows what its codes mean for the effect.
    #[error("the system answered with a fault")]
    Fault(#[source] Box<Fault>),
}

/// A client for one SOAP endpoint. Cheap to clone.
#[derive(Clone)]
pub struct SoapClient {
    http: HttpClient,
    endpoint: Uri,
    token: Option<UsernameToken>,
    limits: AnswerLimits,
    stamps: Arc<dyn Fn() -> Stamp + Send + Sync>,
}

impl fmt::Debug for SoapClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SoapClient").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl SoapClient {
    /// A client for `endpoint`, with a `wsse:Security` header in every message if a token is given.
    #[must_use]
    pub fn new(http: HttpClient, endpoint: Uri, token: Option<UsernameToken>) -> Self {
        Self { http, endpoint, token, limits: AnswerLimits::default(), stamps: Arc::new(Stamp::now) }
    }

    /// With other bounds on an answer's shape.
    #[must_use]
    pub fn with_limits(mut self, limits: AnswerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// With another source of instants and nonces, for tests.
    #[must_use]
    pub fn with_stamps(mut self, stamps: impl Fn() -> Stamp + Send + Sync + 'static) -> Self {
        self.stamps = Arc::new(stamps);
        self
    }

    /// Sends `body` once and returns the first element of the answer's body. `action` is the value of `SOAPAction`.
    ///
    /// # Errors
    /// [`SoapError`]; the transport's says first whether the call may have been executed.
    pub async fn call(&self, action: &str, body: &Element) -> Result<Element, SoapError> {
        self.call_within(action, body, self.http.settings().call_timeout).await
    }

    /// Like [`call`](Self::call), with its own limit from the start of the call to the last byte of the answer.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_within(&self, action: &str, body: &Element, limit: Duration) -> Result<Element, SoapError> {
        let headers: Vec<Element> = self
            .token
            .iter()
            .map(|token| {
                let Stamp { created, nonce } = (self.stamps)();
                token.header(created, nonce)
            })
            .collect();
        let request = Request::post(self.endpoint.clone())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(ACCEPT, "text/xml")
            .header(ACCEPT_ENCODING, "identity")
            .header("SOAPAction", format!("\"{action}\""))
            .body(write_envelope(&headers, body)?)
            .map_err(|error| CallError::NotSent(NotSent::Request(error.to_string())))?;
        let answer = self.http.call_within(request, limit).await?;
        let (head, body) = answer.into_parts();
        let read = read_body(&head.headers, &body, self.limits);
        match read {
            // SOAP 1.1 wants status 500 with a fault (section 6.2); stacks differ, the fault itself is what counts.
            Ok(Err(fault)) => Err(SoapError::Fault(Box::new(fault))),
            Ok(Ok(element)) if head.status.is_success() => Ok(element),
            Err(why) if head.status.is_success() => Err(CallError::garbage(why).into()),
            _ if certainly_refused(head.status) => Err(CallError::NotSent(NotSent::TurnedAway(head.status)).into()),
            _ => Err(CallError::Doubtful(Doubtful::Status(head.status)).into()),
        }
    }
}

fn read_body(headers: &HeaderMap, body: &Bytes, limits: AnswerLimits) -> Result<Result<Element, Fault>, String> {
    let header = |name| headers.get(name).map(|value| value.to_str().map(str::trim).unwrap_or("unreadable"));
    if let Some(coding) = header(CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(format!("content coding {coding:?} was not asked for"));
    }
    let content_type = header(CONTENT_TYPE).unwrap_or("text/xml");
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !matches!(media_type.trim().to_ascii_lowercase().as_str(), "text/xml" | "application/xml") {
        return Err("not of type text/xml".into());
    }
    let charset = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
    });
    let text = decode(body, charset).map_err(|error| error.to_string())?;
    read_answer(&text, limits).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
