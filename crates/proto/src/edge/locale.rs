//! The caller's language, read once and known to everything that answers the call.

use std::task::{Context, Poll};

use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, Request};
use jisr_core::text::Locale;
use tokio::task::futures::TaskLocalFuture;
use tower::{Layer, Service};

use crate::codec::LOCALE;

/// Sets [`LOCALE`] around each call, by `accept-language`. A stream's messages are made after the call has returned:
/// who makes them keeps the language themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocaleLayer;

impl<S> Layer<S> for LocaleLayer {
    type Service = Localize<S>;

    fn layer(&self, inner: S) -> Localize<S> {
        Localize { inner }
    }
}

/// The service of [`LocaleLayer`].
#[derive(Clone, Debug)]
pub struct Localize<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for Localize<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskLocalFuture<Locale, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let locale = asked(request.headers());
        let call = LOCALE.sync_scope(locale, || self.inner.call(request));
        LOCALE.scope(locale, call)
    }
}

/// The language asked for. Several headers count as one list (RFC 9110 section 5.3); none gives the default.
fn asked(headers: &HeaderMap) -> Locale {
    let lines: Vec<&str> = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok()).collect();
    Locale::negotiate(&lines.join(","))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn the_call_knows_its_language() {
        for (lines, expected) in [
            (&[][..], Locale::Ar),
            (&["en"], Locale::En),
            (&["fr", "en;q=0.2"], Locale::En),
            (&["en;q=0.2", "ar-AE"], Locale::Ar),
            (&["\u{e9}"], Locale::Ar),
        ] {
            let mut request = Request::new(());
            for line in lines {
                let line = http::HeaderValue::from_bytes(line.as_bytes()).unwrap();
                request.headers_mut().append(ACCEPT_LANGUAGE, line);
            }
            let known = |_: Request<()>| async { Ok::<_, Infallible>(crate::codec::locale()) };
            let found = LocaleLayer.layer(service_fn(known)).oneshot(request).await.unwrap();
            assert_eq!(found, expected, "{lines:?}");
        }
    }
}
