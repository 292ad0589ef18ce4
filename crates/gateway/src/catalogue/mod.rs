//! `jisr.v1.CatalogueService`: what the engine's catalogue says, and whether departments can be reached.

mod structs;
mod view;

use jisr_core::problem::{Problem, Reason, Rule};
use jisr_engine::Engine;
use jisr_proto::v1::catalogue_service_server::CatalogueService;
use jisr_proto::v1::{
    Centre, Department, GetCentreRequest, GetDepartmentRequest, GetServiceRequest, ListCentresRequest,
    ListCentresResponse, ListDepartmentsRequest, ListDepartmentsResponse, ListServicesRequest, ListServicesResponse,
    Service,
};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::failure::told;
use crate::page::Page;
use crate::token::Scope;

/// The service.
pub(crate) struct Catalogue {
    engine: Engine,
}

impl Catalogue {
    /// The service over this engine.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn department(&self, department: &jisr_engine::catalogue::Department) -> Department {
        let directory = self.engine.directory();
        view::department(department, directory, self.engine.clock().now())
    }
}

/// One page of items that stand in the order of their ids, and the token of the next one.
fn page<'a, T>(
    method: &str,
    metadata: &MetadataMap,
    (size, token): (i32, &str),
    items: impl Iterator<Item = &'a T>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<&'a T>, String), Problem> {
    let caller = caller(metadata)?;
    let page = Page::read(size, token, Scope::new(&[method, caller.as_str()]))?;
    let after = page.after.as_deref().unwrap_or_default();
    let mut items: Vec<&T> =
        items.skip_while(|item| id(item).as_bytes() <= after).take(page.limit() as usize).collect();
    let next = page.next(&mut items, |item| Some(id(item).as_bytes().to_vec()));
    Ok((items, next))
}

/// The item with the id in `{collection}/{id}`.
fn named<'a, T>(
    metadata: &MetadataMap,
    (collection, kind, missing): (&str, &'static str, Reason),
    name: &str,
    find: impl Fn(&str) -> Option<&'a T>,
) -> Result<&'a T, Problem> {
    caller(metadata)?;
    if name.is_empty() {
        return Err(Problem::field("name", Rule::Required));
    }
    let id = jisr_core::name::id_in(collection, name)
        .ok_or_else(|| Problem::field("name", Rule::Pattern { expected: format!("{collection}/…") }))?;
    find(id).ok_or_else(|| Problem::new(missing).resource(kind, name))
}

#[tonic::async_trait]
impl CatalogueService for Catalogue {
    async fn list_services(
        &self,
        request: Request<ListServicesRequest>,
    ) -> Result<Response<ListServicesResponse>, Status> {
        let (metadata, _, ListServicesRequest { page_size, page_token }) = request.into_parts();
        let all = self.engine.catalogue().services();
        let (services, next_page_token) =
            page("ListServices", &metadata, (page_size, &page_token), all, |service| service.id.as_str())
                .map_err(told)?;
        let services = services.into_iter().map(view::service).collect();
        Ok(Response::new(ListServicesResponse { services, next_page_token }))
    }

    async fn get_service(&self, request: Request<GetServiceRequest>) -> Result<Response<Service>, Status> {
        let (metadata, _, GetServiceRequest { name }) = request.into_parts();
        let about = ("services", "jisr/Service", Reason::ServiceNotFound);
        let service = named(&metadata, about, &name, |id| self.engine.catalogue().service(id)).map_err(told)?;
        Ok(Response::new(view::service(service)))
    }

    async fn list_departments(
        &self,
        request: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        let (metadata, _, ListDepartmentsRequest { page_size, page_token }) = request.into_parts();
        let all = self.engine.catalogue().departments();
        let (departments, next_page_token) =
            page("ListDepartments", &metadata, (page_size, &page_token), all, |department| department.id.as_str())
                .map_err(told)?;
        let departments = departments.into_iter().map(|department| self.department(department)).collect();
        Ok(Response::new(ListDepartmentsResponse { departments, next_page_token }))
    }

    async fn get_department(&self, request: Request<GetDepartmentRequest>) -> Result<Response<Department>, Status> {
        let (metadata, _, GetDepartmentRequest { name }) = request.into_parts();
        let about = ("departments", "jisr/Department", Reason::DepartmentNotFound);
        let department = named(&metadata, about, &name, |id| self.engine.catalogue().department(id)).map_err(told)?;
        Ok(Response::new(self.department(department)))
    }

    async fn list_centres(
        &self,
        request: Request<ListCentresRequest>,
    ) -> Result<Response<ListCentresResponse>, Status> {
        let (metadata, _, ListCentresRequest { page_size, page_token }) = request.into_parts();
        let all = self.engine.catalogue().centres();
        let (centres, next_page_token) =
            page("ListCentres", &metadata, (page_size, &page_token), all, |centre| centre.id.as_str()).map_err(told)?;
        let centres = centres.into_iter().map(view::centre).collect();
        Ok(Response::new(ListCentresResponse { centres, next_page_token }))
    }

    async fn get_centre(&self, request: Request<GetCentreRequest>) -> Result<Response<Centre>, Status> {
        let (metadata, _, GetCentreRequest { name }) = request.into_parts();
        let about = ("centres", "jisr/Centre", Reason::CentreNotFound);
        let centre = named(&metadata, about, &name, |id| self.engine.catalogue().centre(id)).map_err(told)?;
        Ok(Response::new(view::centre(centre)))
    }
}
