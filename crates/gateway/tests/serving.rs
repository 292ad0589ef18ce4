//! What stands around the services: catalogue, health, reflection, deadlines, and where the gateway refuses to serve.

mod world;

use futures::StreamExt as _;
use jisr_gateway::{Gateway, GatewayError};
use jisr_proto::v1::{
    DepartmentState, GetCentreRequest, GetDepartmentRequest, GetServiceRequest, ListCentresRequest,
    ListDepartmentsRequest, ListServicesRequest,
};
use tokio::net::TcpListener;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use world::{LIMIT, World, asked, check};

#[tokio::test]
async fn the_catalogue_is_read_page_by_page() {
    let world = World::start().await;
    let mut client = world.catalogue();
    let (mut page_token, mut names) = (String::new(), Vec::new());
    loop {
        let page = client.list_services(ListServicesRequest { page_size: 3, page_token }).await.unwrap().into_inner();
        names.extend(page.services.into_iter().map(|service| service.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), world.engine.catalogue().services().len());
    assert!(names.is_sorted() && names.contains(&"services/building-noc".to_owned()));

    let name = "services/building-noc".to_owned();
    let service = client.get_service(GetServiceRequest { name }).await.unwrap().into_inner();
    assert!(service.titles.iter().any(|title| title.text == "شهادة عدم ممانعة للبناء"));
    assert!(service.form_schema.unwrap().fields.contains_key("properties"));
    assert_eq!(service.addressees, ["departments/municipality"]);
    assert!(service.fees.iter().any(|fee| fee.amount.as_ref().unwrap().units == 500));

    let all = client.list_centres(ListCentresRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.centres.len(), world.engine.catalogue().centres().len());
    let name = "centres/al-twar".to_owned();
    assert!(!client.get_centre(GetCentreRequest { name }).await.unwrap().into_inner().counters.is_empty());
    let all = client.list_departments(ListDepartmentsRequest::default()).await.unwrap().into_inner();
    assert!(all.departments.iter().all(|department| department.state() == DepartmentState::Unknown));

    for (name, code, reason) in [
        ("services/gone", Code::NotFound, "SERVICE_NOT_FOUND"),
        ("services/خدمة", Code::NotFound, "SERVICE_NOT_FOUND"),
        ("centres/al-twar", Code::InvalidArgument, "FIELD_INVALID"),
        ("", Code::InvalidArgument, "FIELD_INVALID"),
    ] {
        let request = asked(GetServiceRequest { name: name.to_owned() }, &[("accept-language", "en")]);
        check(&client.get_service(request).await.unwrap_err(), code, reason);
    }
    let name = "departments/gone".to_owned();
    let status = client.get_department(GetDepartmentRequest { name }).await.unwrap_err();
    check(&status, Code::NotFound, "DEPARTMENT_NOT_FOUND");
}

#[tokio::test]
async fn health_follows_the_departments() {
    let world = World::start().await;
    let mut client = HealthClient::new(world.channel.clone());
    for service in ["", "jisr.v1.TransactionService", "jisr.v1.CatalogueService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        assert_eq!(client.check(request).await.unwrap().into_inner().status(), ServingStatus::Serving, "{service}");
    }
    let municipality = HealthCheckRequest { service: "department/municipality".to_owned() };
    let mut states = client.watch(municipality).await.unwrap().into_inner();
    world.announce("municipality").await;
    let serving = async {
        while let Some(state) = states.next().await {
            if state.unwrap().status() == ServingStatus::Serving {
                return;
            }
        }
        panic!("the watch ended");
    };
    tokio::time::timeout(LIMIT, serving).await.unwrap();
    let name = "departments/municipality".to_owned();
    let department = world.catalogue().get_department(GetDepartmentRequest { name }).await.unwrap().into_inner();
    assert_eq!(department.state(), DepartmentState::Up);
    let unknown = HealthCheckRequest { service: "department/gone".to_owned() };
    check(&client.check(unknown).await.unwrap_err(), Code::NotFound, "METHOD_NOT_FOUND");
}

#[tokio::test]
async fn reflection_shows_what_is_served_here_only() {
    let world = World::start().await;
    let mut client = ServerReflectionClient::new(world.channel.clone());
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!("a list") };
    let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    names.retain(|name| !name.starts_with("grpc.reflection"));
    assert_eq!(names, ["grpc.health.v1.Health", "jisr.v1.CatalogueService", "jisr.v1.TransactionService"]);
}

#[tokio::test]
async fn an_open_gateway_serves_this_machine_only() {
    let world = World::start().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Gateway::serve(listener, world.engine.clone(), world.shutdown.clone()).await.unwrap_err();
    assert!(matches!(refused, GatewayError::NotLoopback(_)), "{refused}");
}
