//! No error leaves a server plain: what tonic and its services refuse by themselves is told as ours is, in either language.

use std::convert::Infallible;
use std::io::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use jisr_proto::edge::{EnrichLayer, LocaleLayer};
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::{Layer, ServiceExt, service_fn};

mod catalogue;

const METHOD: &str = "/jisr.v1.CatalogueService/GetService";

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(flag);
    frame.put_u32(u32::try_from(message.len()).expect("a length"));
    frame.put_slice(message);
    frame.freeze()
}

fn request(path: &str, language: &str, body: Bytes) -> Request<Body> {
    Request::post(path)
        .header(CONTENT_TYPE, "application/grpc")
        .header(ACCEPT_LANGUAGE, language)
        .body(Body::new(Full::new(body)))
        .expect("a request")
}

/// The headers, or trailers, that hold the status.
async fn answer(request: Request<Body>) -> HeaderMap {
    let service = catalogue::server().accept_compressed(CompressionEncoding::Gzip);
    let routes = Routes::new(service).into_axum_router();
    let response = LocaleLayer.layer(EnrichLayer.layer(routes)).oneshot(request).await.expect("an answer");
    if response.headers().contains_key(Status::GRPC_STATUS) {
        return response.headers().clone();
    }
    response.into_body().collect().await.expect("a body").trailers().expect("trailers").clone()
}

fn check(headers: &HeaderMap, code: Code, reason: &str, language: &str) {
    let status = Status::from_header_map(headers).expect("a status");
    assert_eq!(status.code(), code, "{status:?}");
    let info = status.get_details_error_info().expect("a reason");
    assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, "jisr"), "{status:?}");
    let told = status.get_details_localized_message().expect("a sentence");
    assert_eq!(told.locale, language);
    assert!(told.message.ends_with('.'), "{}", told.message);
}

#[tokio::test]
async fn every_refusal_of_the_library_is_told_as_ours() {
    let large = |bytes: usize| frame(0, &vec![0; bytes]);
    for language in ["ar", "en"] {
        let mebibyte = jisr_proto::MAX_MESSAGE_BYTES;
        for (path, body, code, reason) in [
            ("/jisr.v1.CatalogueService/NoSuch", frame(0, &[]), Code::Unimplemented, "METHOD_NOT_FOUND"),
            ("/jisr.v1.NoSuchService/Get", frame(0, &[]), Code::Unimplemented, "METHOD_NOT_FOUND"),
            ("/", Bytes::new(), Code::Unimplemented, "METHOD_NOT_FOUND"),
            (METHOD, large(mebibyte + 1), Code::InvalidArgument, "MESSAGE_TOO_LARGE"),
            (METHOD, large(4 * mebibyte), Code::InvalidArgument, "MESSAGE_TOO_LARGE"),
            (METHOD, large(4 * mebibyte + 1), Code::InvalidArgument, "MESSAGE_TOO_LARGE"),
            (METHOD, frame(7, &[]), Code::InvalidArgument, "MESSAGE_MALFORMED"),
            (METHOD, frame(1, &[]), Code::InvalidArgument, "MESSAGE_MALFORMED"),
            (METHOD, Bytes::new(), Code::InvalidArgument, "MESSAGE_MALFORMED"),
            (METHOD, frame(0, &[1, 2, 3]).slice(0..6), Code::InvalidArgument, "MESSAGE_MALFORMED"),
            (METHOD, frame(0, &[0x07]), Code::InvalidArgument, "MESSAGE_MALFORMED"),
            (METHOD, frame(0, &[0x0a, 0x01, 0xff]), Code::InvalidArgument, "FIELD_INVALID"),
        ] {
            check(&answer(request(path, language, body)).await, code, reason, language);
        }
    }
}

#[tokio::test]
async fn compression_is_told_apart() {
    let with = |encoding: &'static str, body: Bytes| {
        let mut request = request(METHOD, "en", body);
        request.headers_mut().insert("grpc-encoding", http::HeaderValue::from_static(encoding));
        request
    };
    let unknown = answer(with("br", frame(1, &[1]))).await;
    check(&unknown, Code::Unimplemented, "CONTENT_TYPE_UNSUPPORTED", "en");
    assert_eq!(unknown["grpc-accept-encoding"], "gzip,identity", "what is understood is still said");
    let broken = answer(with("gzip", frame(1, &[1, 2, 3]))).await;
    check(&broken, Code::InvalidArgument, "MESSAGE_MALFORMED", "en");
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 5 << 20]).expect("memory");
    let bomb = answer(with("gzip", frame(1, &bomb.finish().expect("memory")))).await;
    check(&bomb, Code::InvalidArgument, "MESSAGE_TOO_LARGE", "en");
}

#[tokio::test]
async fn success_and_our_own_errors_stay_as_they_are() {
    let fine = answer(request(METHOD, "en", frame(0, &[]))).await;
    assert_eq!(fine[Status::GRPC_STATUS], "0");
    assert!(!fine.contains_key(Status::GRPC_STATUS_DETAILS));
}

#[tokio::test]
async fn a_plain_error_in_the_trailers_is_completed_too() {
    let trailing = service_fn(|_: Request<Body>| async {
        let mut trailers = HeaderMap::new();
        Status::unknown("lost").add_header(&mut trailers).expect("headers");
        trailers.insert("x-other", http::HeaderValue::from_static("kept"));
        let body = Full::new(Bytes::from_static(b"data")).with_trailers(async move { Some(Ok(trailers)) });
        Ok::<_, Infallible>(http::Response::new(body))
    });
    let service = LocaleLayer.layer(EnrichLayer.layer(trailing));
    let response = service.oneshot(request("/any", "ar", Bytes::new())).await.expect("an answer");
    let body = response.into_body().collect().await.expect("a body");
    let trailers = body.trailers().expect("trailers");
    check(trailers, Code::Internal, "INTERNAL", "ar");
    assert_eq!(trailers["x-other"], "kept");
}
