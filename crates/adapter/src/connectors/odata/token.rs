//! Access tokens by the client credentials grant (RFC 6749, 4.4): fetched when needed, by one call for all who wait, kept until
//! shortly before they expire, and never shown.
//!
//! Whatever goes wrong here, the call that wanted the token never began.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use jisr_runtime::Secret;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::super::http::{CallError, HttpClient, NotSent};
use super::address::escaped;
use super::answer::json;
use super::json::{Json, JsonLimits};
use super::retry_after::retry_after;

/// Longer tokens than this are no header.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// A token that does not say how long it is good for is believed for so long.
const UNSAID: Duration = Duration::from_secs(60);
/// No token is kept for longer, whatever it says.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How we show the token endpoint who we are (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in the `Authorization` header.
    #[default]
    Basic,
    /// `client_secret_post`: in the form, for servers that know nothing else.
    Post,
}

/// Who we are to an authorisation server, and what for.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Absolute address of the token endpoint.
    pub endpoint: Uri,
    /// The client's name.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// How it is shown.
    pub authentication: ClientAuthentication,
    /// The scopes to ask for, separated by spaces.
    pub scope: Option<String>,
    /// The service the token is for (RFC 8707).
    pub resource: Option<String>,
}

/// No access token was to be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The authorisation server could not be asked, or its answer was cut off.
    #[error("the token endpoint cannot be asked")]
    Call(#[source] CallError),
    /// It refuses us: credentials wrong or expired, a scope not granted.
    #[error("the token endpoint refuses: {0}")]
    Refused(String),
    /// It cannot serve now.
    #[error("the token endpoint answers with HTTP status {status}")]
    Unavailable {
        /// The status.
        status: StatusCode,
        /// When it says that another call makes sense.
        retry_after: Option<Duration>,
    },
    /// It answered something that is no token. Quotes nothing of it.
    #[error("the token endpoint answers no token: {0}")]
    Unusable(String),
    /// The time for the call was over before there was one.
    #[error("no access token in time")]
    Late,
}

impl TokenError {
    /// When the authorisation server says that another call makes sense.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A stable code for journals and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "TOKEN_REFUSED",
            _ => "TOKEN_UNAVAILABLE",
        }
    }
}

/// A token in the `Authorization` header. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(HeaderValue);

impl Bearer {
    /// The header's value.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(***)")
    }
}

/// The source of one client's tokens. Cloning shares what it has.
#[derive(Clone, Debug)]
pub struct Tokens {
    http: HttpClient,
    credentials: Arc<ClientCredentials>,
    // Held while a token is fetched: whoever comes meanwhile waits for the same one.
    kept: Arc<Mutex<Option<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    bearer: Bearer,
    until: Instant,
}

impl Tokens {
    /// A source that has nothing yet and asks for nothing yet.
    #[must_use]
    pub fn new(http: HttpClient, credentials: ClientCredentials) -> Self {
        Self { http, credentials: Arc::new(credentials), kept: Arc::default() }
    }

    /// A token that is good for a while, at the latest at `deadline`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn bearer(&self, deadline: Instant) -> Result<Bearer, TokenError> {
        let mut kept = timeout_at(deadline, self.kept.lock()).await.map_err(|_| TokenError::Late)?;
        if let Some(kept) = kept.as_ref().filter(|kept| Instant::now() < kept.until) {
            return Ok(kept.bearer.clone());
        }
        // Forgotten first: a fetch that fails or is given up leaves no token that is no longer good.
        *kept = None;
        let asked = Instant::now();
        let (bearer, good_for) = self.fetch(deadline.saturating_duration_since(asked)).await?;
        *kept = Some(Kept { bearer: bearer.clone(), until: asked + good_for });
        Ok(bearer)
    }

    /// Forgets a token that the service does not take, unless another one has come meanwhile.
    pub async fn forget(&self, refused: &Bearer) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.bearer == *refused) {
            *kept = None;
        }
    }

    async fn fetch(&self, limit: Duration) -> Result<(Bearer, Duration), TokenError> {
        let request = request(&self.credentials)
            .map_err(|error| TokenError::Call(CallError::NotSent(NotSent::Request(error.to_string()))))?;
        read(&self.http.call_within(request, limit).await.map_err(TokenError::Call)?)
    }
}

fn request(credentials: &ClientCredentials) -> Result<Request<Bytes>, http::Error> {
    let ClientCredentials { endpoint, client_id, client_secret, authentication, scope, resource } = credentials;
    let (id, secret) = (form_encoded(client_id), form_encoded(client_secret.reveal()));
    let mut form = "grant_type=client_credentials".to_owned();
    let given = [("scope", scope), ("resource", resource)];
    for (name, value) in given.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
        form.push_str(&format!("&{name}={}", escaped(value)));
    }
    let mut request = Request::post(endpoint.clone())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json");
    match authentication {
        ClientAuthentication::Basic => {
            let mut shown = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))?;
            shown.set_sensitive(true);
            request = request.header(AUTHORIZATION, shown);
        }
        ClientAuthentication::Post => form.push_str(&format!("&client_id={id}&client_secret={secret}")),
    }
    request.body(form.into())
}

/// Form-encoded, as RFC 6749 wants the pair also before it is joined. Encoders differ in what they leave as it is, so nothing is
/// left but letters and digits: every decoder reads that the same.
fn form_encoded(text: &str) -> String {
    escaped(text).replace('-', "%2D").replace('.', "%2E").replace('_', "%5F").replace('~', "%7E")
}

fn read(answer: &Response<Bytes>) -> Result<(Bearer, Duration), TokenError> {
    let status = answer.status();
    let said = json(answer.headers(), answer.body(), JsonLimits::default());
    if matches!(status.as_u16(), 400 | 401 | 403) {
        let error = said.ok().and_then(|said| said.text("error").map(ToOwned::to_owned));
        let plain = |error: &String| error.len() <= 40 && error.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        return Err(TokenError::Refused(error.filter(plain).unwrap_or_else(|| format!("HTTP status {status}"))));
    }
    if status != StatusCode::OK {
        let retry_after = retry_after(answer.headers(), jiff::Timestamp::now());
        return Err(TokenError::Unavailable { status, retry_after });
    }
    let said = said.map_err(TokenError::Unusable)?;
    if !said.text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenError::Unusable("not a bearer token".into()));
    }
    let token = said.text("access_token").unwrap_or_default();
    // The characters that RFC 6750, 2.1, leaves a token.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || token.len() > MAX_TOKEN_BYTES || !token.bytes().all(plain) {
        return Err(TokenError::Unusable("characters that no bearer token holds, or none".into()));
    }
    let mut header =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| TokenError::Unusable("no header".into()))?;
    header.set_sensitive(true);
    Ok((Bearer(header), good_for(&said)))
}

/// So long a token is used: a little shorter than it is good for, as clocks and calls take their time.
fn good_for(said: &Json) -> Duration {
    let seconds = said.decimal("expires_in").and_then(|seconds| seconds.split('.').next()?.parse().ok());
    let life = seconds.map_or(UNSAID, Duration::from_secs).min(LONGEST);
    life - (life / 10).min(Duration::from_secs(30)).max(Duration::from_secs(1)).min(life)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
