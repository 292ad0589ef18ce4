//! A server at the operators' edge whose answers the test writes down beforehand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use jisr_proto::operations::v1::operations_service_server::{OperationsService, OperationsServiceServer};
use jisr_proto::operations::v1::*;
use jisr_proto::v1;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::support::{Answer, NAME, at, reference_no};

pub(crate) const JOB: &str = "jobs/0f8fad5b-d9cb-469f-a165-70867728950e";

/// Two causes at one department, and one at another.
pub(crate) fn groups() -> Vec<FailureGroup> {
    let group = |reason: &str, department: &str, operation: &str, count| FailureGroup {
        reason: reason.to_owned(),
        department: format!("departments/{department}"),
        operation: operation.to_owned(),
        adapter_version: "0.1.0".to_owned(),
        count,
        first_time: Some(at(0)),
        last_time: Some(at(60)),
        sample: leg_name(),
    };
    vec![
        group("BC-502", "municipality", "building-noc", 12),
        group("MAPPING_LOSS", "municipality", "building-noc", 3),
        group("SCHEMA", "utilities", "connect", 1),
    ]
}

pub(crate) fn leg_name() -> String {
    format!("{NAME}/legs/site-noc")
}

pub(crate) fn leg() -> Failure {
    Failure {
        name: leg_name(),
        reference_no: reference_no(),
        department: "departments/municipality".to_owned(),
        operation: "building-noc".to_owned(),
        adapter_version: "0.1.0".to_owned(),
        reason: "BC-502".to_owned(),
        fault_class: v1::FaultClass::Permanent.into(),
        detail: "building control finds the message malformed".to_owned(),
        leg_state: v1::LegState::Failed.into(),
        attempt: 1,
        hold_time: Some(at(0)),
    }
}

/// A redrive of twelve legs as it stands; ended when all have settled.
pub(crate) fn job(done: i64, failed: i64) -> Job {
    let ended = done + failed == 12;
    Job {
        name: JOB.to_owned(),
        kind: JobKind::Redrive.into(),
        operator: "m.rashid".to_owned(),
        create_time: Some(at(0)),
        update_time: Some(at(done + failed)),
        end_time: ended.then(|| at(20)),
        state: if ended { JobState::Done } else { JobState::Running }.into(),
        concurrency: 2,
        total_count: 12,
        done_count: done,
        failed_count: failed,
        in_hand_count: (12 - done - failed).min(2),
        ..Job::default()
    }
}

/// What the server answers and what it was asked.
#[derive(Default)]
pub(crate) struct Papers {
    pub(crate) groups: Vec<FailureGroup>,
    pub(crate) pages: VecDeque<ListFailuresResponse>,
    pub(crate) departments: Vec<DepartmentStatus>,
    /// The answers of GetJob, one after another; the last one stays.
    pub(crate) jobs: VecDeque<Result<Job, Status>>,
    pub(crate) job_pages: VecDeque<ListJobsResponse>,
    pub(crate) cancelled: Option<Job>,
    /// Why no job is begun.
    pub(crate) refused: Option<Status>,
    pub(crate) listed: Vec<ListFailuresRequest>,
    pub(crate) grouped: Vec<FailureSelection>,
    pub(crate) redriven: Vec<RedriveFailuresRequest>,
    pub(crate) discarded: Vec<DiscardFailuresRequest>,
    pub(crate) paused: Vec<PauseDepartmentRequest>,
    pub(crate) resumed: Vec<ResumeDepartmentRequest>,
    /// Who acted, and in which language, call by call.
    pub(crate) callers: Vec<(String, String)>,
}

#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Papers>>);

impl Desk {
    /// Starts to answer on a free port; gives its address.
    pub(crate) async fn start(papers: Papers) -> (Self, String) {
        let desk = Self(Arc::new(Mutex::new(papers)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = format!("http://{}", listener.local_addr().expect("it listens"));
        let serving = tonic::transport::Server::builder().add_service(OperationsServiceServer::new(desk.clone()));
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        (desk, address)
    }

    pub(crate) fn papers(&self) -> MutexGuard<'_, Papers> {
        self.0.lock().expect("no test thread panicked while it held it")
    }

    fn heard<T>(&self, request: Request<T>) -> T {
        let said = |name: &str| {
            let value = request.metadata().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        self.papers().callers.push((said("jisr-operator"), said("accept-language")));
        request.into_inner()
    }
}

pub(crate) fn missing(reason: &str) -> Status {
    Status::with_error_details(tonic::Code::NotFound, "missing", ErrorDetails::with_error_info(reason, "jisr", []))
}

fn fits(given: &str, value: &str) -> bool {
    given.is_empty() || given == value
}

/// The department with this pause.
fn with_pause(papers: &Papers, name: &str, pause: Option<DepartmentPause>) -> Answer<DepartmentStatus> {
    let found = papers.departments.iter().find(|status| status.department == name).cloned();
    let found = found.ok_or_else(|| missing("DEPARTMENT_NOT_FOUND"))?;
    Ok(Response::new(DepartmentStatus { pause, ..found }))
}

#[tonic::async_trait]
impl OperationsService for Desk {
    async fn get_overview(&self, _: Request<GetOverviewRequest>) -> Answer<Overview> {
        Err(Status::unimplemented("not asked for here"))
    }

    async fn list_departments(&self, request: Request<ListDepartmentsRequest>) -> Answer<ListDepartmentsResponse> {
        self.heard(request);
        Ok(Response::new(ListDepartmentsResponse { departments: self.papers().departments.clone() }))
    }

    async fn pause_department(&self, request: Request<PauseDepartmentRequest>) -> Answer<DepartmentStatus> {
        let request = self.heard(request);
        let mut papers = self.papers();
        let operator = papers.callers.last().expect("it was heard").0.clone();
        let pause = DepartmentPause { operator, time: Some(at(0)), reason: request.reason.clone() };
        let name = request.department.clone();
        papers.paused.push(request);
        with_pause(&papers, &name, Some(pause))
    }

    async fn resume_department(&self, request: Request<ResumeDepartmentRequest>) -> Answer<DepartmentStatus> {
        let request = self.heard(request);
        let mut papers = self.papers();
        let name = request.department.clone();
        papers.resumed.push(request);
        with_pause(&papers, &name, None)
    }

    async fn list_failures(&self, request: Request<ListFailuresRequest>) -> Answer<ListFailuresResponse> {
        let request = self.heard(request);
        let mut papers = self.papers();
        papers.listed.push(request);
        Ok(Response::new(papers.pages.pop_front().unwrap_or_default()))
    }

    async fn list_failure_groups(
        &self,
        request: Request<ListFailureGroupsRequest>,
    ) -> Answer<ListFailureGroupsResponse> {
        let given = self.heard(request).selection.unwrap_or_default();
        let mut papers = self.papers();
        let groups = papers.groups.iter().filter(|group| {
            fits(&given.department, &group.department)
                && fits(&given.operation, &group.operation)
                && fits(&given.reason, &group.reason)
        });
        let groups = groups.cloned().collect();
        papers.grouped.push(given);
        Ok(Response::new(ListFailureGroupsResponse { groups }))
    }

    async fn redrive_failures(&self, request: Request<RedriveFailuresRequest>) -> Answer<Job> {
        let request = self.heard(request);
        let name = if request.validate_only { String::new() } else { JOB.to_owned() };
        let mut papers = self.papers();
        papers.redriven.push(request);
        papers.refused.clone().map_or_else(|| Ok(Response::new(Job { name, ..job(0, 0) })), Err)
    }

    async fn discard_failures(&self, request: Request<DiscardFailuresRequest>) -> Answer<Job> {
        let request = self.heard(request);
        let name = if request.validate_only { String::new() } else { JOB.to_owned() };
        self.papers().discarded.push(request);
        Ok(Response::new(Job { name, kind: JobKind::Discard.into(), ..job(0, 0) }))
    }

    async fn list_jobs(&self, request: Request<ListJobsRequest>) -> Answer<ListJobsResponse> {
        self.heard(request);
        Ok(Response::new(self.papers().job_pages.pop_front().unwrap_or_default()))
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Answer<Job> {
        self.heard(request);
        let jobs = &mut self.papers().jobs;
        let found = if jobs.len() > 1 { jobs.pop_front() } else { jobs.front().cloned() };
        found.unwrap_or_else(|| Err(missing("JOB_NOT_FOUND"))).map(Response::new)
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Answer<Job> {
        self.heard(request);
        self.papers().cancelled.clone().map(Response::new).ok_or_else(|| missing("JOB_NOT_FOUND"))
    }
}
