//! The generated servers use the strict codec, and it sees the caller's language.

use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::Full;
use jisr_core::text::Locale;
use jisr_proto::codec::LOCALE;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;

mod catalogue;

/// The status of `GetService` on these message bytes.
async fn get_service(message: &[u8]) -> Option<Status> {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("a length"));
    frame.put_slice(message);
    let request = http::Request::post("/jisr.v1.CatalogueService/GetService")
        .header("content-type", "application/grpc")
        .body(Body::new(Full::<Bytes>::new(frame.freeze())))
        .expect("a request");
    let response = catalogue::server().oneshot(request).await.expect("an answer");
    Status::from_header_map(response.headers())
}

#[tokio::test]
async fn a_broken_request_is_answered_in_the_callers_language() {
    assert!(get_service(&[0x0a, 0x01, b'x']).await.is_none(), "a sound request is served");
    let status = LOCALE.scope(Locale::Ar, get_service(&[0x0a, 0x01, 0xff])).await.unwrap();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_details_error_info().unwrap().metadata["field"], "name");
    assert_eq!(status.get_details_localized_message().unwrap().locale, "ar");
}

#[tokio::test]
async fn a_large_request_is_told_the_limit() {
    let status = get_service(&vec![0; jisr_proto::MAX_MESSAGE_BYTES + 1]).await.unwrap();
    assert_eq!(status.get_details_error_info().unwrap().metadata["max_bytes"], "1048576");
}
