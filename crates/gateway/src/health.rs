//! Health by the standard protocol (`grpc.health.v1`): the whole, each service, and each department as
//! `department/{department}`.

use std::collections::HashMap;
use std::time::Duration;

use jisr_core::name::DepartmentId;
use jisr_engine::{Availability, Engine};
use jisr_proto::v1::catalogue_service_server as catalogue_server;
use jisr_proto::v1::transaction_service_server as transaction_server;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// How old a department's health may be.
const REFRESH: Duration = Duration::from_secs(2);

/// The services that stand and fall with this server. The empty name is the whole.
const OURS: [&str; 3] = ["", transaction_server::SERVICE_NAME, catalogue_server::SERVICE_NAME];

/// Keeps the reporter current until `stop`, then reports that nothing is served any more.
pub(crate) async fn keep(engine: Engine, reporter: HealthReporter, stop: CancellationToken) {
    for service in OURS {
        reporter.set_service_status(service, ServingStatus::Serving).await;
    }
    let mut told = HashMap::new();
    let mut refresh = tokio::time::interval(REFRESH);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = refresh.tick() => report(&engine, &reporter, &mut told).await,
        }
    }
    for service in OURS {
        reporter.set_service_status(service, ServingStatus::NotServing).await;
    }
}

/// Reports what has changed.
async fn report(engine: &Engine, reporter: &HealthReporter, told: &mut HashMap<DepartmentId, ServingStatus>) {
    let now = engine.clock().now();
    for department in engine.catalogue().departments() {
        let status = match engine.directory().availability(&department.id, now) {
            Availability::Up => ServingStatus::Serving,
            Availability::Down => ServingStatus::NotServing,
            Availability::Unknown => ServingStatus::Unknown,
        };
        if told.insert(department.id.clone(), status) != Some(status) {
            reporter.set_service_status(format!("department/{}", department.id), status).await;
        }
    }
}
