//! Calls to a server: the reader's language, one deadline for all tries, and repetition only where it is safe.

use std::time::{Duration, Instant};

use jisr_core::problem::Reason;
use jisr_core::text::Locale;
use jisr_proto::operations::v1::operations_service_client::OperationsServiceClient;
use jisr_proto::v1::catalogue_service_client::CatalogueServiceClient;
use jisr_proto::v1::transaction_service_client::TransactionServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::{Failure, is_lost, reason_of};
use crate::output::Output;

/// Longest wait for a connection: on this machine it comes at once or not at all.
const CONNECT: Duration = Duration::from_secs(5);
/// The metadata that says who acts, until operators sign in.
const OPERATOR: &str = "jisr-operator";
/// Waits between tries double from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A server, reached when it is first needed and again whenever the connection is lost.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    channel: Channel,
    address: String,
    /// The option that says where it is.
    option: &'static str,
    /// Who acts, where operators do.
    operator: Option<MetadataValue<Ascii>>,
    locale: Locale,
    timeout: Duration,
}

impl Client {
    /// The front ends' edge.
    pub(crate) fn new(global: &Global) -> Result<Self, Failure> {
        Self::at(global.address(), global)
    }

    /// The operators' edge.
    pub(crate) fn of_operators(global: &Global) -> Result<Self, Failure> {
        Ok(Self { option: "--operations-address", ..Self::at(global.operations_address(), global)? })
    }

    /// The same, in the name of this operator.
    pub(crate) fn acting(self, operator: Option<MetadataValue<Ascii>>) -> Self {
        Self { operator, ..self }
    }

    /// Some edge.
    pub(crate) fn at(address: &str, global: &Global) -> Result<Self, Failure> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .map_err(|error| Failure::new(Exit::Usage, format!("{address}: {error}")))?
            .connect_timeout(CONNECT.min(global.timeout))
            .user_agent(concat!("jisr/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        Ok(Self {
            channel: endpoint.connect_lazy(),
            address: address.to_owned(),
            option: "--address",
            operator: None,
            locale: global.locale(),
            timeout: global.timeout,
        })
    }

    /// Submit, get, list, cancel, watch.
    pub(crate) fn transactions(&self) -> TransactionServiceClient<Channel> {
        TransactionServiceClient::new(self.channel.clone())
    }

    /// Services, departments and centres.
    pub(crate) fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.channel.clone())
    }

    /// Failures, jobs, departments.
    pub(crate) fn operations(&self) -> OperationsServiceClient<Channel> {
        OperationsServiceClient::new(self.channel.clone())
    }

    /// The connection, for other services of the same edge.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The language of the caller.
    pub(crate) fn locale(&self) -> Locale {
        self.locale
    }

    /// How long to go on trying.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A request that says which language it wants to be answered in, and who acts.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("accept-language", MetadataValue::from_static(self.locale.tag()));
        if let Some(operator) = &self.operator {
            request.metadata_mut().insert(OPERATOR, operator.clone());
        }
        request
    }

    /// The failure a status is.
    pub(crate) fn failure(&self, status: &Status) -> Failure {
        Failure::of_status(status, &self.address, self.option, self.locale)
    }

    /// One try of a call, within the time allowed; the server is told how much that is.
    pub(crate) async fn call<T, R, F>(&self, message: T, call: impl FnOnce(Request<T>) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        match self.attempt(message, self.timeout, call).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(status)) => Err(self.failure(&status)),
            None => Err(Failure::too_late(&self.address, self.locale)),
        }
    }

    /// Tries the very same request until it is answered or the time allowed has passed. Only for requests that carry a
    /// request id, or change nothing.
    pub(crate) async fn call_again<T, R, F>(
        &self,
        output: Output,
        message: T,
        mut call: impl FnMut(Request<T>) -> F,
    ) -> Result<R, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut pauses = Pauses::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let status = match self.attempt(message.clone(), left, &mut call).await {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(status)) => status,
                None => return Err(Failure::too_late(&self.address, self.locale)),
            };
            let pause = wanted(&status).unwrap_or_else(|| pauses.next());
            if !may_repeat(&status) || Instant::now() + pause >= deadline {
                return Err(self.failure(&status));
            }
            if pauses.count == 1 {
                let words = output
                    .say("لا جواب بعد، تُعاد المحاولة بالطلب نفسه:", "no answer yet, trying the same request again:");
                output.talk(format_args!("{words} {}", self.address))?;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Nothing when the time passed.
    async fn attempt<T, R, F>(
        &self,
        message: T,
        limit: Duration,
        call: impl FnOnce(Request<T>) -> F,
    ) -> Option<Result<R, Status>>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let mut request = self.request(message);
        request.set_timeout(limit);
        let began = Instant::now();
        let answer = tokio::time::timeout(limit, call(request)).await.ok()?.map(Response::into_inner);
        // tonic's own timer may go off first, and calls it a cancellation.
        let ran_out = answer.as_ref().is_err_and(is_lost) && began.elapsed() >= limit;
        (!ran_out).then_some(answer)
    }
}

/// Whether the very same request may succeed a little later.
fn may_repeat(status: &Status) -> bool {
    is_lost(status) || matches!(reason_of(status), Some(Reason::RequestInProgress))
}

/// The wait the server asks for.
fn wanted(status: &Status) -> Option<Duration> {
    status.get_details_retry_info().and_then(|info| info.retry_delay)
}

/// Waits that double, each shortened at random, so that clients cut off together do not come back together.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    count: u32,
}

impl Pauses {
    pub(crate) const fn new() -> Self {
        Self { next: FIRST_PAUSE, count: 0 }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST_PAUSE);
        self.count += 1;
        rand::random_range(whole / 2..=whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_the_same_for_all() {
        let mut pauses = Pauses::new();
        let taken: Vec<Duration> = (0..8).map(|_| pauses.next()).collect();
        assert!(taken[0] >= FIRST_PAUSE / 2 && taken[0] <= FIRST_PAUSE, "{taken:?}");
        assert!(taken.iter().all(|pause| *pause <= LONGEST_PAUSE), "{taken:?}");
        assert!(taken[7] >= LONGEST_PAUSE / 2, "{taken:?}");
    }

    #[test]
    fn only_what_was_lost_or_is_at_work_is_sent_again() {
        assert!(may_repeat(&Status::unavailable("")));
        assert!(!may_repeat(&Status::internal("")) && !may_repeat(&Status::aborted("")));
        let details =
            tonic_types::ErrorDetails::with_error_info("REQUEST_IN_PROGRESS", "jisr", std::collections::HashMap::new());
        assert!(may_repeat(&Status::with_error_details(tonic::Code::Aborted, "", details)));
    }
}
