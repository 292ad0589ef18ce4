//! `jisr.operations.v1.OperationsService`: the state of everything, read from the journal and the adapter directory.

use std::collections::BTreeMap;
use std::error::Error as _;

use jisr_core::name::DepartmentId;
use jisr_core::problem::{Problem, Reason};
use jisr_core::time::Timestamp;
use jisr_engine::{Availability, Engine};
use jisr_proto::codec::locale;
use jisr_proto::convert;
use jisr_proto::operations::v1::operations_service_server::OperationsService;
use jisr_proto::operations::v1::{
    CancelJobRequest, DepartmentStatus, DiscardFailuresRequest, GetJobRequest, GetOverviewRequest, Job, LegStateCount,
    ListDepartmentsRequest, ListDepartmentsResponse, ListFailureGroupsRequest, ListFailureGroupsResponse,
    ListFailuresRequest, ListFailuresResponse, ListJobsRequest, ListJobsResponse, Overview, PauseDepartmentRequest,
    RedriveFailuresRequest, ResumeDepartmentRequest, StateCount,
};
use jisr_proto::v1::DepartmentState;
use tonic::{Request, Response, Status};

use crate::backlog::Backlog;
use crate::read;
use crate::view::{self, signed};

/// The service.
pub(crate) struct Operations {
    pub(crate) engine: Engine,
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
        let outbox = self.engine.overview().await?.outbox.into_iter();
        let mut unsent: BTreeMap<_, _> =
            outbox.map(|(department, depth, oldest)| (department, (depth, oldest))).collect();
        let now = self.engine.clock().now();
        let adapters = self.engine.directory().adapters(now);
        let mut adapters: BTreeMap<_, _> =
            adapters.into_iter().map(|adapter| (adapter.department.clone(), adapter)).collect();
        let departments = self.engine.catalogue().departments().map(|department| {
            let name = department.id.resource_name();
            let waiting = backlog.departments.remove(&name).unwrap_or_default();
            let (messages_unsent, oldest_unsent) = unsent.remove(&department.id).unzip();
            let mut status = DepartmentStatus {
                department: name,
                state: DepartmentState::Unknown.into(),
                legs_waiting: waiting.waiting,
                legs_held: waiting.held,
                oldest_waiting_time: waiting.oldest.map(convert::timestamp),
                pause: self.engine.pause_of(&department.id).as_ref().map(view::pause),
                breakers: self.engine.breakers_of(&department.id).into_iter().map(view::breaker).collect(),
                titles: convert::text(&department.titles),
                messages_unsent: signed(messages_unsent.unwrap_or_default()),
                oldest_unsent_time: oldest_unsent.map(convert::timestamp),
                ..DepartmentStatus::default()
            };
            if let Some(closed) = self.engine.closed_until(&department.id) {
                status.closed_until_time = Some(convert::timestamp(closed.until));
                status.closed_reason = convert::text(&closed.reason);
            }
            if let Some(adapter) = adapters.remove(&department.id) {
                let state = match adapter.availability {
                    Availability::Up => DepartmentState::Up,
                    Availability::Down => DepartmentState::Down,
                    Availability::Unknown => DepartmentState::Unknown,
                };
                status.state = state.into();
                status.adapter_version = adapter.version;
                status.instance = adapter.instance;
                status.conformance_passed = adapter.conformance.is_some_and(|verdict| verdict.passed);
                status.conformance_doubt = adapter.doubt.unwrap_or_default();
                // What was announced to an earlier process says nothing of when it was last alive.
                let heard = (adapter.last_heard > Timestamp::MIN).then_some(adapter.last_heard);
                status.last_heartbeat_time = heard.map(convert::timestamp);
            }
            status
        });
        Ok(departments.collect())
    }

    async fn department(&self, id: &DepartmentId) -> Result<DepartmentStatus, Problem> {
        let name = id.resource_name();
        let found = self.departments().await?.into_iter().find(|status| status.department == name);
        found.ok_or_else(|| Problem::new(Reason::DepartmentNotFound).with("name", name))
    }

    async fn pause(&self, request: Request<PauseDepartmentRequest>) -> Result<DepartmentStatus, Problem> {
        let operator = read::operator(request.metadata())?.into();
        let request = request.into_inner();
        let department = read::department(&request.department)?;
        self.engine.pause_department(&department, operator, convert::text_from(&request.reason)).await?;
        self.department(&department).await
    }

    async fn resume(&self, request: Request<ResumeDepartmentRequest>) -> Result<DepartmentStatus, Problem> {
        let operator = read::operator(request.metadata())?;
        let department = read::department(&request.get_ref().department)?;
        self.engine.resume_department(&department, operator).await?;
        self.department(&department).await
    }
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

    async fn pause_department(
        &self,
        request: Request<PauseDepartmentRequest>,
    ) -> Result<Response<DepartmentStatus>, Status> {
        self.pause(request).await.map(Response::new).map_err(told)
    }

    async fn resume_department(
        &self,
        request: Request<ResumeDepartmentRequest>,
    ) -> Result<Response<DepartmentStatus>, Status> {
        self.resume(request).await.map(Response::new).map_err(told)
    }

    async fn list_failures(
        &self,
        request: Request<ListFailuresRequest>,
    ) -> Result<Response<ListFailuresResponse>, Status> {
        self.failures(request.into_inner()).await.map(Response::new).map_err(told)
    }

    async fn list_failure_groups(
        &self,
        request: Request<ListFailureGroupsRequest>,
    ) -> Result<Response<ListFailureGroupsResponse>, Status> {
        self.groups(request.into_inner()).await.map(Response::new).map_err(told)
    }

    async fn redrive_failures(&self, request: Request<RedriveFailuresRequest>) -> Result<Response<Job>, Status> {
        self.redrive(request).await.map(Response::new).map_err(told)
    }

    async fn discard_failures(&self, request: Request<DiscardFailuresRequest>) -> Result<Response<Job>, Status> {
        self.discard(request).await.map(Response::new).map_err(told)
    }

    async fn list_jobs(&self, request: Request<ListJobsRequest>) -> Result<Response<ListJobsResponse>, Status> {
        self.jobs(request.into_inner()).await.map(Response::new).map_err(told)
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        self.job(request.into_inner()).await.map(Response::new).map_err(told)
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Response<Job>, Status> {
        self.cancel_job(request).await.map(Response::new).map_err(told)
    }
}
