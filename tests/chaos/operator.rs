//! The operator, as a person would: what is parked and certainly not done is tried again; of what is in doubt the
//! department's own record is looked at, and what was done there is settled by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jisr_proto::operations::v1::{
    DiscardFailuresRequest, Failure, FailureSelection, ListFailuresRequest, PauseDepartmentRequest,
    RedriveFailuresRequest, ResumeDepartmentRequest,
};
use jisr_proto::v1::{LegState, LocalizedText};
use tonic::{Request, Status};

use crate::books::Books;
use crate::installation::Installation;

/// How often she looks at the list.
const LOOK: Duration = Duration::from_secs(2);

/// See the module; goes on until dropped.
pub(crate) async fn work(installation: Arc<Installation>, books: Arc<Books>) {
    let mut seen = BTreeSet::new();
    loop {
        tokio::time::sleep(LOOK).await;
        for failure in failures(&installation).await {
            let since = failure.hold_time.unwrap_or_default();
            let key = (failure.name.clone(), since.seconds, since.nanos);
            if !seen.contains(&key) && treat(&installation, &failure, &books).await {
                seen.insert(key);
            }
        }
    }
}

/// Everything that is parked, as far as an engine can be reached.
async fn failures(installation: &Installation) -> Vec<Failure> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListFailuresRequest { page_size: 200, page_token, ..Default::default() };
        let answer = ask(installation, |mut client| {
            let request = request.clone();
            async move { client.list_failures(request).await }
        });
        let Some(page) = answer.await else { return all };
        all.extend(page.failures);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Decides about one leg and sees to it that a job is begun; false when it is too early, or nobody answers.
async fn treat(installation: &Installation, failure: &Failure, books: &Books) -> bool {
    let held = failure.hold_time.and_then(|time| SystemTime::try_from(time).ok()).unwrap_or(SystemTime::UNIX_EPOCH);
    let selection = FailureSelection { transaction: failure.name.clone(), ..Default::default() };
    let request_id = uuid::Uuid::new_v4().to_string();
    let doubt = failure.leg_state() == LegState::InDoubt;
    if doubt {
        // The department may still be at it; until then its record says nothing.
        let certain = held + installation.pace.certain_after();
        if SystemTime::now() < certain {
            return false;
        }
        let department = failure.department.trim_start_matches("departments/");
        let leg = failure.name.rsplit('/').next().unwrap_or_default();
        let record = installation.record(department).await;
        if record.get(&format!("{}/{leg}", failure.reference_no)).is_some_and(|effect| effect.done > 0) {
            let reason = "سجل الدائرة يثبت إنجازها".to_owned();
            let request =
                DiscardFailuresRequest { selection: Some(selection), reason, request_id, validate_only: false };
            let job = ask(installation, |mut client| {
                let request = named(request.clone());
                async move { client.discard_failures(request).await }
            });
            let begun = job.await.is_some();
            books.note("legs found done by the operator", usize::from(begun));
            return begun;
        }
    }
    let reason = "لا أثر لها في سجل الدائرة".to_owned();
    let request = RedriveFailuresRequest { selection: Some(selection), reason, request_id, ..Default::default() };
    let job = ask(installation, |mut client| {
        let request = named(request.clone());
        async move { client.redrive_failures(request).await }
    });
    let begun = job.await.is_some();
    let what = if doubt { "legs in doubt redriven by the operator" } else { "failed legs redriven by the operator" };
    books.note(what, usize::from(begun));
    begun
}

/// Pauses a department; returns once an engine has written it down.
pub(crate) async fn pause(installation: &Installation, department: &str) {
    let reason = LocalizedText { text: "صيانة في الدائرة".to_owned(), language_code: "ar".to_owned() };
    let department = format!("departments/{department}");
    insist(installation, |mut client| {
        let request = PauseDepartmentRequest { department: department.clone(), reason: vec![reason.clone()] };
        async move { client.pause_department(named(request)).await }
    })
    .await;
}

/// Lets a department go on; returns once an engine has written it down.
pub(crate) async fn resume(installation: &Installation, department: &str) {
    let department = format!("departments/{department}");
    insist(installation, |mut client| {
        let request = ResumeDepartmentRequest { department: department.clone() };
        async move { client.resume_department(named(request)).await }
    })
    .await;
}

type Client = jisr_proto::operations::v1::operations_service_client::OperationsServiceClient<tonic::transport::Channel>;

/// Asks until somebody answers.
async fn insist<T, F>(installation: &Installation, call: impl Fn(Client) -> F)
where
    F: Future<Output = Result<tonic::Response<T>, Status>>,
{
    let call = &call;
    jisr_testkit::wait::until("an answer to an operator", Duration::from_secs(90), || async move {
        ask(installation, call).await.map(drop)
    })
    .await;
}

/// Asks each engine once; the first answer there is.
pub(crate) async fn ask<T, F>(installation: &Installation, call: impl Fn(Client) -> F) -> Option<T>
where
    F: Future<Output = Result<tonic::Response<T>, Status>>,
{
    for api in &installation.operations {
        if let Ok(answer) = call(api.operations()).await {
            return Some(answer.into_inner());
        }
    }
    None
}

fn named<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("jisr-operator", "m.rashid".parse().unwrap());
    request
}
