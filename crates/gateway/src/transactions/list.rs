//! Lists: the caller's transactions, newest first, and the events of one, oldest first.

use jisr_core::id::TransactionId;
use jisr_core::problem::{Problem, Reason};
use jisr_engine::journal::{Filter, ListQuery};
use jisr_proto::v1::{
    Event, ListTransactionEventsRequest, ListTransactionEventsResponse, ListTransactionsRequest,
    ListTransactionsResponse, Transaction,
};
use tonic::Request;

use super::Transactions;
use crate::caller::caller;
use crate::page::Page;
use crate::token::Scope;
use crate::{filter, names};

impl Transactions {
    pub(super) async fn list(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Result<ListTransactionsResponse, Problem> {
        let caller = caller(request.metadata())?;
        let ListTransactionsRequest { page_size, page_token, filter } = request.into_inner();
        let scope = Scope::new(&["ListTransactions", caller.as_str(), &filter]);
        let filter = Filter { caller: Some(caller), ..filter::parse(&filter)? };
        let page = Page::read(page_size, &page_token, scope)?;
        let before = page.after.as_deref().map(id).transpose()?;
        let query = ListQuery { filter, before, limit: page.limit() };
        let mut transactions = self.engine.list(&query).await?;
        let next_page_token = page.next(&mut transactions, last_id);
        Ok(ListTransactionsResponse { transactions, next_page_token })
    }

    pub(super) async fn list_events(
        &self,
        request: Request<ListTransactionEventsRequest>,
    ) -> Result<ListTransactionEventsResponse, Problem> {
        let caller = caller(request.metadata())?;
        let ListTransactionEventsRequest { parent, page_size, page_token } = request.into_inner();
        let id = names::transaction("parent", &parent)
            .map_err(|violation| Problem::new(Reason::FieldInvalid).violation(violation))?;
        self.owned(id, &caller).await?;
        let scope = Scope::new(&["ListTransactionEvents", caller.as_str(), &parent]);
        let page = Page::read(page_size, &page_token, scope)?;
        let after = page.after.as_deref().map(sequence).transpose()?.unwrap_or(0);
        let mut events = self.engine.history(id, after, page.limit()).await?;
        let next_page_token = page.next(&mut events, last_sequence);
        Ok(ListTransactionEventsResponse { events, next_page_token })
    }
}

fn last_id(transaction: &Transaction) -> Option<Vec<u8>> {
    let id: TransactionId = transaction.uid.parse().ok()?;
    Some(id.as_bytes().to_vec())
}

fn id(place: &[u8]) -> Result<TransactionId, Problem> {
    let bytes = place.try_into().map_err(|_| Reason::PageTokenMismatch)?;
    Ok(TransactionId::from_bytes(bytes))
}

fn last_sequence(event: &Event) -> Option<Vec<u8>> {
    u32::try_from(event.sequence).ok().map(|sequence| sequence.to_be_bytes().to_vec())
}

fn sequence(place: &[u8]) -> Result<u32, Problem> {
    let bytes = place.try_into().map_err(|_| Reason::PageTokenMismatch)?;
    Ok(u32::from_be_bytes(bytes))
}
