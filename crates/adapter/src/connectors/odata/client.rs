//! The client: one request, one answer; a token is the only thing that is ever fetched in between.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::Value;
use tokio::time::Instant;

use super::super::http::{CallError, HttpClient, NotSent};
use super::address::{Literal, ServiceRoot};
use super::answer::{ETag, Entity, Written, entity, etag, object, service_error};
use super::error::ODataError;
use super::json::{Json, JsonLimits};
use super::pages::{PageLimits, Pages};
use super::retry_after::retry_after;
use super::token::{Bearer, TokenError, Tokens};

/// Decimals and long integers as strings, in both directions: no digit depends on a float.
const JSON: &str = "application/json;odata.metadata=minimal;IEEE754Compatible=true";

/// What must be so for a change to happen (RFC 9110, 13.1). Anything else is answered 412 and changes nothing.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    /// Whatever is there.
    Always,
    /// `If-None-Match: *`: nothing is there yet.
    Absent,
    /// `If-Match`: it is as it was when this was read.
    Unchanged(&'a ETag),
}

/// A client for one service. Cheap to clone; clones share their access token.
#[derive(Clone, Debug)]
pub struct ODataClient {
    http: HttpClient,
    root: ServiceRoot,
    tokens: Option<Tokens>,
    limits: JsonLimits,
}

impl ODataClient {
    /// A client for the service at `root`, which wants tokens or does not.
    #[must_use]
    pub fn new(http: HttpClient, root: ServiceRoot, tokens: Option<Tokens>) -> Self {
        Self { http, root, tokens, limits: JsonLimits::default() }
    }

    /// With other bounds on an answer's shape.
    #[must_use]
    pub fn with_limits(mut self, limits: JsonLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The root of the service.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }

    /// Reads one entity within `limit`; nothing if the service says that there is none. A 404 that is not the service's own is
    /// an error: whoever answers it knows nothing of its entities.
    ///
    /// # Errors
    /// [`ODataError`]; as nothing is changed, it can always be asked again.
    pub async fn read(&self, set: &str, key: &Literal, limit: Duration) -> Result<Option<Entity>, ODataError> {
        let address = self.root.entity(set, key)?;
        let answer = match self.send(Method::GET, &address, Condition::Always, None, limit).await {
            Err(ODataError::Answered { status: StatusCode::NOT_FOUND, error: Some(_), .. }) => return Ok(None),
            answer => answer?,
        };
        let value = self.object(&answer)?.ok_or_else(|| CallError::garbage("the body is empty"))?;
        Ok(Some(entity(value, answer.headers())))
    }

    /// `PUT` of a whole entity.
    ///
    /// # Errors
    /// [`ODataError`], which says first whether it may have been executed.
    pub async fn put(
        &self,
        set: &str,
        key: &Literal,
        condition: Condition<'_>,
        body: &Value,
        limit: Duration,
    ) -> Result<Written, ODataError> {
        self.write(Method::PUT, set, key, condition, Some(body), limit).await
    }

    /// `PATCH` of the properties in `body`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub async fn patch(
        &self,
        set: &str,
        key: &Literal,
        condition: Condition<'_>,
        body: &Value,
        limit: Duration,
    ) -> Result<Written, ODataError> {
        self.write(Method::PATCH, set, key, condition, Some(body), limit).await
    }

    /// `DELETE` of an entity.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub async fn delete(
        &self,
        set: &str,
        key: &Literal,
        condition: Condition<'_>,
        limit: Duration,
    ) -> Result<Written, ODataError> {
        self.write(Method::DELETE, set, key, condition, None, limit).await
    }

    /// The entities of a set that a query finds, page by page. Nothing is sent yet.
    ///
    /// # Errors
    /// A name in the query is none.
    pub fn pages(&self, set: &str, options: &[(&str, String)], limits: PageLimits) -> Result<Pages<'_>, ODataError> {
        Ok(Pages::new(self, self.root.query(set, options)?, limits))
    }

    async fn write(
        &self,
        method: Method,
        set: &str,
        key: &Literal,
        condition: Condition<'_>,
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Written, ODataError> {
        let address = self.root.entity(set, key)?;
        let answer = self.send(method, &address, condition, body.map(|body| body.to_string().into()), limit).await?;
        let entity = self.object(&answer)?.map(|value| entity(value, answer.headers()));
        let etag = entity.as_ref().and_then(|entity| entity.etag.clone()).or_else(|| etag(answer.headers()));
        Ok(Written { etag, entity })
    }

    /// One page's object and nothing else.
    pub(super) async fn page(&self, address: &Uri, limit: Duration) -> Result<Json, ODataError> {
        let answer = self.send(Method::GET, address, Condition::Always, None, limit).await?;
        Ok(self.object(&answer)?.ok_or_else(|| CallError::garbage("the body is empty"))?)
    }

    fn object(&self, answer: &Response<Bytes>) -> Result<Option<Json>, CallError> {
        object(answer.headers(), answer.body(), self.limits).map_err(CallError::garbage)
    }

    /// Sends, and gives back only what was a success.
    async fn send(
        &self,
        method: Method,
        address: &Uri,
        condition: Condition<'_>,
        body: Option<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, ODataError> {
        let deadline = Instant::now() + limit;
        let (mut answer, bearer) = self.once(&method, address, condition, body.clone(), deadline).await?;
        if let (StatusCode::UNAUTHORIZED, Some(tokens), Some(bearer)) = (answer.status(), &self.tokens, bearer) {
            tokens.forget(&bearer).await;
            answer = self.once(&method, address, condition, body, deadline).await?.0;
        }
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(ODataError::Answered {
            status: answer.status(),
            retry_after: retry_after(answer.headers(), jiff::Timestamp::now()),
            error: service_error(answer.headers(), answer.body(), self.limits).map(Box::new),
        })
    }

    async fn once(
        &self,
        method: &Method,
        address: &Uri,
        condition: Condition<'_>,
        body: Option<Bytes>,
        deadline: Instant,
    ) -> Result<(Response<Bytes>, Option<Bearer>), ODataError> {
        let mut request = request(method, address, condition, body)
            .map_err(|error| CallError::NotSent(NotSent::Request(error.to_string())))?;
        let bearer = match &self.tokens {
            Some(tokens) => Some(tokens.bearer(deadline).await.map_err(ODataError::Token)?),
            None => None,
        };
        if let Some(bearer) = &bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.header());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ODataError::Token(TokenError::Late));
        }
        Ok((self.http.call_within(request, left).await?, bearer))
    }
}

fn request(
    method: &Method,
    address: &Uri,
    condition: Condition<'_>,
    body: Option<Bytes>,
) -> Result<Request<Bytes>, http::Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(address.clone())
        .header(ACCEPT, JSON)
        .header(ACCEPT_ENCODING, "identity")
        .header("OData-MaxVersion", "4.01");
    match condition {
        Condition::Always => {}
        Condition::Absent => request = request.header(IF_NONE_MATCH, HeaderValue::from_static("*")),
        Condition::Unchanged(etag) => request = request.header(IF_MATCH, etag.header()),
    }
    if body.is_some() {
        request =
            request.header(CONTENT_TYPE, JSON).header("OData-Version", "4.0").header("Prefer", "return=representation");
    }
    request.body(body.unwrap_or_default())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
