//! Errors that a library made by itself get what ours have: reason, domain, and a sentence for people.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::Locale;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::MAX_MESSAGE_BYTES;
use crate::codec::locale;
use crate::status::{cut, status};

/// Completes every error status that carries no details, whether in the headers or in the trailers: an unknown method,
/// a message over the library's own limit, a compression nobody knows. Stands inside the layer that sets the language.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnrichLayer;

impl<S> Layer<S> for EnrichLayer {
    type Service = Enrich<S>;

    fn layer(&self, inner: S) -> Enrich<S> {
        Enrich { inner }
    }
}

/// The service of [`EnrichLayer`].
#[derive(Clone, Debug)]
pub struct Enrich<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Enrich<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.uri().path().to_owned();
        let call = self.inner.call(request);
        Box::pin(async move {
            let mut response = call.await?;
            let locale = locale();
            if response.headers().contains_key(Status::GRPC_STATUS) {
                complete(response.headers_mut(), &method, locale);
                return Ok(response.map(Body::new));
            }
            Ok(response.map(|body| {
                Body::new(body.map_frame(move |frame| match frame.into_trailers() {
                    Ok(mut trailers) => {
                        complete(&mut trailers, &method, locale);
                        http_body::Frame::trailers(trailers)
                    }
                    Err(frame) => frame,
                }))
            }))
        })
    }
}

/// Adds the details to an error status without any.
fn complete(headers: &mut HeaderMap, method: &str, locale: Locale) {
    if headers.contains_key(Status::GRPC_STATUS_DETAILS) {
        return;
    }
    let Some(plain) = Status::from_header_map(headers).filter(|plain| plain.code() != Code::Ok) else { return };
    let (problem, keep) = classify(&plain, method);
    let mut rich = status(&problem, locale);
    if let Some(code) = keep {
        rich = Status::with_details(code, rich.message(), Bytes::copy_from_slice(rich.details()));
    }
    // Header values it writes are percent-encoded or base64: it cannot fail, and if it did the plain one stands.
    let _ = rich.add_header(headers);
}

/// What a library's status means in our catalogue, and the code to keep where a standard prescribes another one than the
/// catalogue. The texts are tonic's; what an upgrade words anew falls back to its code.
fn classify(plain: &Status, method: &str) -> (Problem, Option<Code>) {
    let says = |part: &str| plain.message().contains(part);
    let malformed = || Problem::new(Reason::MessageMalformed).with("detail", cut(plain.message(), 160));
    let unknown = || Problem::new(Reason::MethodNotFound).with("method", cut(method, 160));
    let code = plain.code();
    match code {
        Code::OutOfRange | Code::ResourceExhausted if says("length too large") || says("while decompressing") => {
            (Problem::new(Reason::MessageTooLarge).with("max_bytes", MAX_MESSAGE_BYTES), None)
        }
        Code::Internal
            if ["protocol error", "Error decompressing", "Missing request message", "Unexpected EOF"]
                .into_iter()
                .any(says) =>
        {
            (malformed(), None)
        }
        Code::InvalidArgument => (malformed(), None),
        Code::OutOfRange => (malformed(), Some(code)),
        // "Compression", section "Compression Method Asymmetry", of the gRPC documents wants this code.
        Code::Unimplemented if says("compressed with") => {
            (Problem::new(Reason::ContentTypeUnsupported).with("detail", cut(plain.message(), 160)), Some(code))
        }
        Code::Unimplemented => (unknown(), None),
        // Health checking of a service nobody registered, by its standard.
        Code::NotFound => (unknown(), Some(code)),
        Code::DeadlineExceeded => (Problem::new(Reason::DeadlineExceeded), None),
        Code::Cancelled => (Problem::new(Reason::DeadlineExceeded), Some(code)),
        Code::Unavailable => (Problem::new(Reason::ShuttingDown), None),
        Code::ResourceExhausted => (Problem::new(Reason::RateLimited), None),
        Code::Unauthenticated => (Problem::new(Reason::CredentialsMissing), None),
        Code::PermissionDenied => (Problem::new(Reason::AccessDenied), None),
        Code::AlreadyExists => (Problem::new(Reason::AlreadyExists), None),
        Code::Aborted => (Problem::new(Reason::RequestInProgress), None),
        Code::FailedPrecondition => (Problem::new(Reason::StateTransitionNotAllowed), None),
        Code::Ok | Code::Internal | Code::Unknown | Code::DataLoss => (Problem::new(Reason::Internal), None),
    }
}
