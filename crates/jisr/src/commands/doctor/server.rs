//! How the server is: what it says of itself and of each department, by the gRPC health protocol.

use std::time::Duration;

use jisr_proto::operations::v1::operations_service_client::OperationsServiceClient;
use jisr_proto::operations::v1::{GetOverviewRequest, Overview};
use jisr_proto::v1;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{Check, Level};
use crate::cli::Global;
use crate::client::Client;
use crate::failure::cause;
use crate::output::words;

pub(super) const SUBJECT: &str = "server";
/// A healthy server on this machine answers in a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn check(global: &Global) -> Vec<Check> {
    let address = global.address();
    let Ok(client) = Client::at(address, global) else {
        return vec![Check::new(SUBJECT, Level::Fail, format!("{address} is no address"), "correct --address")];
    };
    match health(&client, "").await {
        Ok(ServingStatus::Serving) => {
            let mut checks = vec![Check::ok(SUBJECT, format!("{address} serves"))];
            checks.extend(departments(&client).await);
            checks
        }
        Ok(status) => vec![Check::new(
            SUBJECT,
            Level::Unreachable,
            format!("{address} answers, but says {}", status.as_str_name()),
            "its log says why",
        )],
        // Nobody said there must be one: that nothing runs yet is no fault.
        Err(_) if !global.expects_a_server() => vec![Check::new(
            SUBJECT,
            Level::Warn,
            format!("no Jisr server answers at {address}"),
            "start one with `jisr demo` or `jisr serve`, or say where it is with --address",
        )],
        Err(status) => vec![Check::new(
            SUBJECT,
            Level::Unreachable,
            format!("no Jisr server answers at {address} ({})", cause(&status)),
            "start it, or correct --address or JISR_ADDRESS",
        )],
    }
}

/// Each department that has a health of its own.
async fn departments(client: &Client) -> Vec<Check> {
    let message = v1::ListDepartmentsRequest { page_size: 500, ..v1::ListDepartmentsRequest::default() };
    let departments = match bounded(client.catalogue().list_departments(client.request(message))).await {
        Ok(page) => page.into_inner().departments,
        Err(status) => {
            let found = format!("its departments cannot be listed: {}", status.message());
            return vec![Check::new("departments", Level::Warn, found, "its log says why")];
        }
    };
    let mut up = Vec::new();
    let mut checks = Vec::new();
    for department in departments {
        let id = words::id_of(&department.name).to_owned();
        match health(client, &format!("department/{id}")).await {
            Ok(ServingStatus::Serving) => up.push(id),
            // No adapter has been heard of: work waits, which lint says too.
            Ok(ServingStatus::Unknown | ServingStatus::ServiceUnknown) => {}
            Err(status) if status.code() == Code::NotFound => {}
            Ok(ServingStatus::NotServing) => checks.push(Check::new(
                "departments",
                Level::Warn,
                format!("{id} does not answer; its work is kept and waits"),
                "look at its adapter and at the department's system",
            )),
            Err(status) => checks.push(Check::new(
                "departments",
                Level::Warn,
                format!("the health of {id} is not known: {}", status.message()),
                "its log says why",
            )),
        }
    }
    if !up.is_empty() {
        checks.insert(0, Check::ok("departments", format!("up: {}", up.join(", "))));
    }
    checks
}

async fn health(client: &Client, service: &str) -> Result<ServingStatus, Status> {
    let message = HealthCheckRequest { service: service.to_owned() };
    let answer = bounded(HealthClient::new(client.channel()).check(client.request(message))).await?;
    Ok(answer.into_inner().status())
}

/// Whether whoever listens there is one of ours.
pub(super) async fn is_ours(address: &str, global: &Global) -> bool {
    let Ok(client) = Client::at(address, global) else { return false };
    // The operators' edge may have no health of its own; it has an overview.
    let (health, overview) = tokio::join!(health(&client, ""), overview(&client));
    health.is_ok() || overview.is_ok()
}

/// The operators' figures, with the server's own time.
pub(super) async fn overview(client: &Client) -> Result<Overview, Status> {
    let mut operations = OperationsServiceClient::new(client.channel());
    Ok(bounded(operations.get_overview(client.request(GetOverviewRequest {}))).await?.into_inner())
}

async fn bounded<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    let answer = tokio::time::timeout(PATIENCE, call).await;
    answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")))
}
