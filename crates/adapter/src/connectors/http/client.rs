//! The client: each step knows whether a byte of the request can already have left.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::error::{CallError, Doubtful, NotSent, refused_by_tls};
use super::tls::{TlsSettings, TlsSetupError, client_config};

/// Answers with longer header sections than this are refused.
const MAX_HEADER_SECTION_BYTES: usize = 64 * 1024;

/// Limits for one system.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Longest time for name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Longest time from the start of a call to the last byte of its answer; includes connecting.
    pub call_timeout: Duration,
    /// Longest answer body, in bytes.
    pub max_answer_bytes: usize,
    /// Trust and identity for `https` addresses.
    pub tls: TlsSettings,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            max_answer_bytes: 1024 * 1024,
            tls: TlsSettings::default(),
        }
    }
}

/// A client for one system. Cheap to clone; holds no connections between calls.
#[derive(Clone, Debug)]
pub struct HttpClient {
    connector: HttpsConnector<HttpConnector>,
    settings: HttpSettings,
}

/// Ends the connection's task, and with it the connection, when the call ends or is dropped.
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl HttpClient {
    /// A client with these limits.
    ///
    /// # Errors
    /// The TLS settings cannot be used.
    pub fn new(settings: HttpSettings) -> Result<Self, TlsSetupError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(client_config(&settings.tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self { connector, settings })
    }

    /// The limits this client was made with.
    #[must_use]
    pub fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// Sends one request with an absolute `http` or `https` address and reads the whole answer, whatever its status.
    ///
    /// Dropping the future closes the connection; the request may have been executed then.
    ///
    /// # Errors
    /// [`CallError`], which says first whether the request may have been executed.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CallError> {
        self.call_within(request, self.settings.call_timeout).await
    }

    /// Like [`call`](Self::call), with its own limit in place of `call_timeout`.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_within(&self, request: Request<Bytes>, limit: Duration) -> Result<Response<Bytes>, CallError> {
        let started = Instant::now();
        let (address, request) = origin_form(request).map_err(CallError::NotSent)?;
        let connect_limit = self.settings.connect_timeout.min(limit);
        let mut sender;
        let _driver;
        match timeout_at(started + connect_limit, self.connect(address)).await {
            Err(_) => return Err(CallError::NotSent(NotSent::ConnectTimeout(connect_limit))),
            Ok(Err(error)) => return Err(CallError::NotSent(error)),
            Ok(Ok((ready, driver))) => (sender, _driver) = (ready, driver),
        }
        match timeout_at(started + limit, exchange(&mut sender, request, self.settings.max_answer_bytes)).await {
            Err(_) => Err(CallError::Doubtful(Doubtful::Timeout(limit))),
            Ok(answer) => answer,
        }
    }

    async fn connect(&self, address: Uri) -> Result<(http1::SendRequest<Full<Bytes>>, Driver), NotSent> {
        // The connector is a tower service that is always ready; cloning it shares the TLS configuration.
        let io = self.connector.clone().call(address).await.map_err(NotSent::Connect)?;
        let (sender, connection) = http1::Builder::new()
            .max_header_size(MAX_HEADER_SECTION_BYTES)
            .handshake(io)
            .await
            .map_err(|error| NotSent::Connect(error.into()))?;
        // Errors of the connection reach the call through its sender.
        let driver = Driver(tokio::spawn(async move {
            let _ = connection.await;
        }));
        Ok((sender, driver))
    }
}

async fn exchange(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    max_answer_bytes: usize,
) -> Result<Response<Bytes>, CallError> {
    let answer = match sender.try_send_request(request).await {
        Ok(answer) => answer,
        Err(mut failure) => {
            // hyper hands the request back only if it never began to write it.
            let unsent = failure.take_message().is_some();
            let error = failure.into_error();
            return Err(if unsent {
                CallError::NotSent(NotSent::ClosedBeforeSending(error))
            } else if refused_by_tls(&error) {
                CallError::NotSent(NotSent::Connect(error.into()))
            } else if error.is_parse() {
                CallError::garbage("no valid HTTP/1.1 answer")
            } else {
                CallError::Doubtful(Doubtful::Broken(error.into()))
            });
        }
    };
    let (head, body) = answer.into_parts();
    match Limited::new(body, max_answer_bytes).collect().await {
        Ok(collected) => Ok(Response::from_parts(head, collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(CallError::Doubtful(Doubtful::Oversized(max_answer_bytes))),
        Err(error) => Err(CallError::Doubtful(Doubtful::Broken(error))),
    }
}

/// Splits an absolute request into the address to connect to and the request as HTTP/1.1 wants it (RFC 9112, 3.2.1).
fn origin_form(request: Request<Bytes>) -> Result<(Uri, Request<Full<Bytes>>), NotSent> {
    let (mut head, body) = request.into_parts();
    let address = head.uri.clone();
    let authority = address
        .authority()
        .filter(|_| matches!(address.scheme_str(), Some("http" | "https")))
        .ok_or_else(|| NotSent::Request("the address is no absolute http or https URL".into()))?;
    if authority.as_str().contains('@') {
        return Err(NotSent::Request("the address carries user information".into()));
    }
    let host = HeaderValue::from_str(authority.as_str())
        .map_err(|_| NotSent::Request("the address holds characters a header cannot carry".into()))?;
    head.uri = address.path_and_query().map_or_else(|| Uri::from_static("/"), |path| Uri::from(path.clone()));
    head.headers.insert(HOST, host);
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok((address, Request::from_parts(head, Full::new(body))))
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
