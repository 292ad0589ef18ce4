//! The generated servers use the strict codec, and it sees the caller's language.

use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::Full;
use jisr_core::text::Locale;
use jisr_proto::codec::LOCALE;
use jisr_proto::v1::catalogue_service_server::{CatalogueService, CatalogueServiceServer};
use jisr_proto::v1::{
    Centre, Department, GetCentreRequest, GetDepartmentRequest, GetServiceRequest, ListCentresRequest,
    ListCentresResponse, ListDepartmentsRequest, ListDepartmentsResponse, ListServicesRequest, ListServicesResponse,
    Service,
};
use tonic::body::Body;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;

struct Empty;

#[tonic::async_trait]
impl CatalogueService for Empty {
    async fn list_services(&self, _: Request<ListServicesRequest>) -> Result<Response<ListServicesResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn get_service(&self, _: Request<GetServiceRequest>) -> Result<Response<Service>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn list_departments(
        &self,
        _: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn get_department(&self, _: Request<GetDepartmentRequest>) -> Result<Response<Department>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn list_centres(&self, _: Request<ListCentresRequest>) -> Result<Response<ListCentresResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
    async fn get_centre(&self, _: Request<GetCentreRequest>) -> Result<Response<Centre>, Status> {
        Ok(Response::new(Default::default()))
    }
}

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
    let response = CatalogueServiceServer::new(Empty).oneshot(request).await.expect("an answer");
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
    assert_eq!(status.get_details_error_info().unwrap().metadata["limit_bytes"], "1048576");
}
