//! `jisr.v1.TransactionService`: one file for each family of methods.
//!
//! A write is carried out in a task of its own: a caller that goes away, or whose deadline passes, leaves a whole write
//! behind and never half of what follows a commit.

mod list;
mod resume;
mod watch;
mod write;

use std::sync::Arc;

use futures::stream::BoxStream;
use jisr_core::id::{Caller, TransactionId};
use jisr_core::problem::{Problem, Reason};
use jisr_engine::Engine;
use jisr_proto::v1::transaction_service_server::TransactionService;
use jisr_proto::v1::{
    CancelTransactionRequest, GetTransactionRequest, ListTransactionEventsRequest, ListTransactionEventsResponse,
    ListTransactionsRequest, ListTransactionsResponse, SubmitTransactionRequest, Transaction, WatchResponse,
    WatchTransactionRequest, WatchTransactionsRequest,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::failure::told;
use crate::names;

/// Watches open at a time, over all connections.
const WATCHES: usize = 10_000;

/// The service.
pub(crate) struct Transactions {
    engine: Engine,
    shutdown: CancellationToken,
    /// Room for further watches.
    watches: Arc<Semaphore>,
}

impl Transactions {
    /// The service over this engine; its watches end at `shutdown`.
    pub(crate) fn new(engine: Engine, shutdown: CancellationToken) -> Self {
        Self { engine, shutdown, watches: Arc::new(Semaphore::new(WATCHES)) }
    }

    /// A transaction of this caller. One of another caller is not there for them.
    async fn owned(&self, id: TransactionId, caller: &Caller) -> Result<Transaction, Problem> {
        let transaction = self.engine.get(id).await?;
        let submitter = transaction.channel.as_ref().map(|channel| channel.client.as_str());
        if submitter == Some(caller.as_str()) {
            return Ok(transaction);
        }
        Err(Problem::new(Reason::TransactionNotFound).resource("jisr/Transaction", id.resource_name()))
    }

    async fn get(&self, request: Request<GetTransactionRequest>) -> Result<Transaction, Problem> {
        let caller = caller(request.metadata())?;
        let id = names::transaction("name", &request.get_ref().name)
            .map_err(|violation| Problem::new(Reason::FieldInvalid).violation(violation))?;
        self.owned(id, &caller).await
    }
}

#[tonic::async_trait]
impl TransactionService for Transactions {
    async fn submit_transaction(
        &self,
        request: Request<SubmitTransactionRequest>,
    ) -> Result<Response<Transaction>, Status> {
        self.submit(request).await.map(Response::new).map_err(told)
    }

    async fn get_transaction(&self, request: Request<GetTransactionRequest>) -> Result<Response<Transaction>, Status> {
        self.get(request).await.map(Response::new).map_err(told)
    }

    async fn list_transactions(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Result<Response<ListTransactionsResponse>, Status> {
        self.list(request).await.map(Response::new).map_err(told)
    }

    async fn cancel_transaction(
        &self,
        request: Request<CancelTransactionRequest>,
    ) -> Result<Response<Transaction>, Status> {
        self.cancel(request).await.map(Response::new).map_err(told)
    }

    async fn list_transaction_events(
        &self,
        request: Request<ListTransactionEventsRequest>,
    ) -> Result<Response<ListTransactionEventsResponse>, Status> {
        self.list_events(request).await.map(Response::new).map_err(told)
    }

    type WatchTransactionStream = BoxStream<'static, Result<WatchResponse, Status>>;

    async fn watch_transaction(
        &self,
        request: Request<WatchTransactionRequest>,
    ) -> Result<Response<Self::WatchTransactionStream>, Status> {
        self.watch(request).await.map(Response::new).map_err(told)
    }

    type WatchTransactionsStream = BoxStream<'static, Result<WatchResponse, Status>>;

    async fn watch_transactions(
        &self,
        request: Request<WatchTransactionsRequest>,
    ) -> Result<Response<Self::WatchTransactionsStream>, Status> {
        self.watch_all(request).await.map(Response::new).map_err(told)
    }
}
