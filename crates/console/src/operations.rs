//! `jisr.operations.v1.OperationsService`: the state of everything, read from the journal and the adapter directory.

use std::collections::BTreeMap;
use std::error::Error as _;

use jisr_core::problem::Problem;
use jisr_core::time::Timestamp;
use jisr_engine::{Availability, Engine};
use jisr_proto::codec::locale;
use jisr_proto::convert;
use jisr_proto::operations::v1::operations_service_server::OperationsService;
use jisr_proto::operations::v1::{
    DepartmentStatus, GetOverviewRequest, LegStateCount, ListDepartmentsRequest, ListDepartmentsResponse, Overview,
    StateCount,
};
use jisr_proto::v1::DepartmentState;
use tonic::{Request, Response, Status};

use crate::backlog::Backlog;

/// The service.
pub(crate) struct Operations {
    engine: Engine,
}

impl Operations {
    /// The service over this engine.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn overview(&self) -> Result<Overview, Problem> {
        let seen = self.engine.overview().await?;
        let backlog = Backlog::read(&self.engine).await?;
        let now = self.engine.clock().now();
        let oldest = seen.outbox.iter().map(|(_, _, oldest)| *oldest).min();
        let up = |availability| availability == Availability::Up;
        let known = self.engine.catalogue().departments();
        let adapters_known = known.len();
        let adapters_up =
            known.filter(|department| up(self.engine.directory().availability(&department.id, now))).count();
        Ok(Overview {
            time: Some(convert::timestamp(now)),
            live_transactions: seen
                .live
                .iter()
                .map(|(state, count)| StateCount {
                    state: convert::transaction_state(*state).into(),
                    count: signed(*count),
                })
                .collect(),
            live_legs: backlog
                .states
                .iter()
                .map(|(state, count)| LegStateCount { state: (*state).into(), count: *count })
                .collect(),
            outbox_depth: signed(seen.outbox.iter().map(|(_, depth, _)| depth).sum()),
            outbox_oldest_age: oldest.and_then(|oldest| prost_types::Duration::try_from(now.since(oldest)).ok()),
            feed_position: seen.head.0,
            held_legs: backlog.held,
            adapters_up: i32::try_from(adapters_up).unwrap_or(i32::MAX),
            adapters_known: i32::try_from(adapters_known).unwrap_or(i32::MAX),
        })
    }

    async fn departments(&self) -> Result<Vec<DepartmentStatus>, Problem> {
        let mut backlog = Backlog::read(&self.engine).await?;
        let now = self.engine.clock().now();
        let adapters = self.engine.directory().adapters(now);
        let mut adapters: BTreeMap<_, _> =
            adapters.into_iter().map(|adapter| (adapter.department.clone(), adapter)).collect();
        let departments = self.engine.catalogue().departments().map(|department| {
            let name = department.id.resource_name();
            let waiting = backlog.departments.remove(&name).unwrap_or_default();
            let mut status = DepartmentStatus {
                department: name,
                state: DepartmentState::Unknown.into(),
                legs_waiting: waiting.waiting,
                legs_held: waiting.held,
                oldest_waiting_time: waiting.oldest.map(convert::timestamp),
                ..DepartmentStatus::default()
            };
            if let Some(adapter) = adapters.remove(&department.id) {
                let state = match adapter.availability {
                    Availability::Up => DepartmentState::Up,
                    Availability::Down => DepartmentState::Down,
                    Availability::Unknown => DepartmentState::Unknown,
                };
                status.state = state.into();
                status.adapter_version = adapter.version;
                status.instance = adapter.instance;
                // What was announced to an earlier process says nothing of when it was last alive.
                let heard = (adapter.last_heard > Timestamp::MIN).then_some(adapter.last_heard);
                status.last_heartbeat_time = heard.map(convert::timestamp);
            }
            status
        });
        Ok(departments.collect())
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Tells a problem in the language of the call; its cause goes to the log.
fn told(problem: Problem) -> Status {
    if let Some(cause) = problem.source() {
        tracing::error!(reason = problem.reason().code(), %cause, "request failed");
    }
    jisr_proto::status::status(&problem, locale())
}

#[tonic::async_trait]
impl OperationsService for Operations {
    async fn get_overview(&self, _: Request<GetOverviewRequest>) -> Result<Response<Overview>, Status> {
        self.overview().await.map(Response::new).map_err(told)
    }

    async fn list_departments(
        &self,
        _: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        let departments = self.departments().await.map_err(told)?;
        Ok(Response::new(ListDepartmentsResponse { departments }))
    }
}
