//! A catalogue service that answers everything with nothing, to try the edge on.

use jisr_proto::v1::catalogue_service_server::{CatalogueService, CatalogueServiceServer};
use jisr_proto::v1::{
    Centre, Department, GetCentreRequest, GetDepartmentRequest, GetServiceRequest, ListCentresRequest,
    ListCentresResponse, ListDepartmentsRequest, ListDepartmentsResponse, ListServicesRequest, ListServicesResponse,
    Service,
};
use tonic::{Request, Response, Status};

/// Answers everything with nothing.
pub(crate) struct Empty;

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

/// The server of it.
pub(crate) fn server() -> CatalogueServiceServer<Empty> {
    CatalogueServiceServer::new(Empty)
}
