//! Parked legs and bulk work on them: the form of the request, then the engine.

use jisr_core::job::JobKind;
use jisr_core::problem::Problem;
use jisr_engine::JobWish;
use jisr_engine::journal::FailureQuery;
use jisr_proto::operations::v1::{
    CancelJobRequest, DiscardFailuresRequest, GetJobRequest, Job, ListFailureGroupsRequest, ListFailureGroupsResponse,
    ListFailuresRequest, ListFailuresResponse, ListJobsRequest, ListJobsResponse, RedriveFailuresRequest,
};
use tonic::Request;

use crate::operations::Operations;
use crate::read::{self, Violations};
use crate::view;

/// Legs unsettled at once: by default, and at most.
const CONCURRENCY: (u32, u32) = (10, 1_000);
/// Legs in a second, at most.
const PER_SECOND: u32 = 10_000;

impl Operations {
    pub(crate) async fn failures(&self, request: ListFailuresRequest) -> Result<ListFailuresResponse, Problem> {
        let given = request.selection.clone().unwrap_or_default();
        let mut wrong = Violations::default();
        let selection = wrong.selection(request.selection);
        let size = wrong.take(read::page_size(request.page_size));
        let (Some(selection), Some(size)) = (selection, size) else { return Err(wrong.into_problem()) };
        let after = read::open_place(&request.page_token, &given)?;
        let total = self.engine.count_failures(&selection).await?;
        let mut found = self.engine.failures(&FailureQuery { selection, after, limit: size + 1 }).await?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let last = found.last().filter(|_| more);
        Ok(ListFailuresResponse {
            next_page_token: last.map(|last| read::seal_place(last.place(), &given)).unwrap_or_default(),
            failures: found.iter().map(view::failure).collect(),
            total_size: view::signed(total),
        })
    }

    pub(crate) async fn groups(&self, request: ListFailureGroupsRequest) -> Result<ListFailureGroupsResponse, Problem> {
        let mut wrong = Violations::default();
        let Some(selection) = wrong.selection(request.selection) else { return Err(wrong.into_problem()) };
        let groups = self.engine.failure_groups(&selection).await?;
        Ok(ListFailureGroupsResponse { groups: groups.iter().map(view::group).collect() })
    }

    pub(crate) async fn redrive(&self, request: Request<RedriveFailuresRequest>) -> Result<Job, Problem> {
        let operator = read::operator(request.metadata())?.into();
        let request = request.into_inner();
        let mut wrong = Violations::default();
        let selection = wrong.selection(request.selection);
        let id = wrong.take(read::request_id(&request.request_id));
        let note = wrong.take(read::reason(&request.reason, false));
        let concurrency = wrong.take(read::count("concurrency", request.concurrency, CONCURRENCY.0, CONCURRENCY.1));
        let per_second = wrong.take(read::count("per_second", request.per_second, 0, PER_SECOND));
        let (Some(selection), Some(id), Some(note), Some(concurrency), Some(per_second)) =
            (selection, id, note, concurrency, per_second)
        else {
            return Err(wrong.into_problem());
        };
        let (kind, validate_only) = (JobKind::Redrive, request.validate_only);
        self.begin(JobWish { id, kind, selection, note, operator, concurrency, per_second, validate_only }).await
    }

    pub(crate) async fn discard(&self, request: Request<DiscardFailuresRequest>) -> Result<Job, Problem> {
        let operator = read::operator(request.metadata())?.into();
        let request = request.into_inner();
        let mut wrong = Violations::default();
        let selection = wrong.selection(request.selection);
        let id = wrong.take(read::request_id(&request.request_id));
        let note = wrong.take(read::reason(&request.reason, true));
        let (Some(selection), Some(id), Some(note)) = (selection, id, note) else { return Err(wrong.into_problem()) };
        let (kind, validate_only) = (JobKind::Discard, request.validate_only);
        let (concurrency, per_second) = (CONCURRENCY.1, 0);
        self.begin(JobWish { id, kind, selection, note, operator, concurrency, per_second, validate_only }).await
    }

    async fn begin(&self, wish: JobWish) -> Result<Job, Problem> {
        let validate_only = wish.validate_only;
        let mut job = view::job(&self.engine.start_job(wish).await?);
        if validate_only {
            job.name.clear();
        }
        Ok(job)
    }

    pub(crate) async fn jobs(&self, request: ListJobsRequest) -> Result<ListJobsResponse, Problem> {
        let mut wrong = Violations::default();
        let Some(size) = wrong.take(read::page_size(request.page_size)) else { return Err(wrong.into_problem()) };
        let mut found = self.engine.jobs(read::open_job(&request.page_token)?, size + 1).await?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let last = found.last().filter(|_| more);
        Ok(ListJobsResponse {
            next_page_token: last.map(|last| read::seal_job(last.create_time, last.id)).unwrap_or_default(),
            jobs: found.iter().map(view::job).collect(),
        })
    }

    pub(crate) async fn job(&self, request: GetJobRequest) -> Result<Job, Problem> {
        Ok(view::job(&self.engine.job(read::job(&request.name)?).await?))
    }

    pub(crate) async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Job, Problem> {
        let operator = read::operator(request.metadata())?;
        let id = read::job(&request.get_ref().name)?;
        Ok(view::job(&self.engine.cancel_job(id, operator).await?))
    }
}
