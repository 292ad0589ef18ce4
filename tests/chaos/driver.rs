//! The front ends: each application goes to one gateway after the other until it is acknowledged, always as the same
//! request.

use std::sync::Arc;
use std::time::Duration;

use jisr_proto::v1;
use jisr_tests::ledger::application::application;
use jisr_tests::ledger::plan::{Plan, Submission};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::books::Books;
use crate::installation::Installation;

/// Between one try and the next.
const PAUSE: Duration = Duration::from_millis(200);
/// However many faults there are, somebody takes an application by then.
const PATIENCE: Duration = Duration::from_secs(120);

/// Submits the plan's applications, each at its time; returns when all are acknowledged.
pub(crate) async fn submit(installation: Arc<Installation>, plan: Arc<Plan>, books: Arc<Books>) {
    let mut clerks = JoinSet::new();
    for submission in plan.submissions.clone() {
        tokio::time::sleep_until(books.start() + submission.at).await;
        let (installation, books) = (installation.clone(), books.clone());
        books.submitted();
        clerks.spawn(async move { one(&installation, &submission, &books).await });
        while let Some(done) = clerks.try_join_next() {
            done.unwrap();
        }
    }
    clerks.join_all().await;
}

async fn one(installation: &Installation, submission: &Submission, books: &Books) {
    let number = submission.number;
    let request = v1::SubmitTransactionRequest {
        transaction: Some(application(&submission.department, number)),
        request_id: submission.request_id.to_string(),
        validate_only: false,
    };
    let name = acknowledged(installation, submission, &request).await;
    books.acknowledged(number, name.clone());
    if submission.again {
        let other = acknowledged(installation, submission, &request).await;
        books.change(number, |known| known.other_name = Some(other).filter(|other| *other != name));
        books.note("front ends that asked again", 1);
    }
    if let Some(after) = submission.cancelled_after {
        tokio::time::sleep(after).await;
        books.change(number, |known| known.cancelled = true);
        cancel(installation, submission, &name).await;
        books.note("front ends that cancelled", 1);
    }
}

async fn acknowledged(
    installation: &Installation,
    submission: &Submission,
    request: &v1::SubmitTransactionRequest,
) -> String {
    let answer = insist(installation, submission.gateway, |mut client| {
        let request = request.clone();
        async move { client.submit_transaction(request).await }
    });
    answer.await.unwrap_or_else(|status| panic!("application {}: {status:?}", submission.number)).name
}

async fn cancel(installation: &Installation, submission: &Submission, name: &str) {
    let request = v1::CancelTransactionRequest {
        name: name.to_owned(),
        // The submission's own id would do: ids are kept by method.
        request_id: submission.request_id.to_string(),
        reason: "لم يعد العميل بحاجة إلى الخدمة".to_owned(),
        ..Default::default()
    };
    let answer = insist(installation, submission.gateway, |mut client| {
        let request = request.clone();
        async move { client.cancel_transaction(request).await }
    });
    match answer.await {
        Ok(_) => {}
        // It had ended already, or is being wound down because the department refused.
        Err(status) if status.code() == Code::FailedPrecondition => {}
        // A hasty build may have lost it.
        Err(status) if status.code() == Code::NotFound => {}
        Err(status) => panic!("cancelling application {}: {status:?}", submission.number),
    }
}

/// Asks one gateway after the other until one answers for good.
async fn insist<F>(
    installation: &Installation,
    first: usize,
    ask: impl Fn(v1::transaction_service_client::TransactionServiceClient<tonic::transport::Channel>) -> F,
) -> Result<v1::Transaction, Status>
where
    F: Future<Output = Result<tonic::Response<v1::Transaction>, Status>>,
{
    let began = Instant::now();
    for gateway in first.. {
        let api = &installation.front[gateway % installation.front.len()];
        match ask(api.transactions()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) if is_final(&status) || began.elapsed() > PATIENCE => return Err(status),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    unreachable!("there is always another gateway")
}

/// Whether the same request again would be answered the same.
fn is_final(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::FailedPrecondition | Code::NotFound | Code::AlreadyExists | Code::Unimplemented
    )
}
