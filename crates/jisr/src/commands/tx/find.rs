//! From the name that was typed to the transaction, and what its departments are called.

use jisr_core::id::TransactionId;
use jisr_core::problem::{Problem, Reason};
use jisr_proto::v1;

use crate::client::Client;
use crate::failure::Failure;
use crate::output::event::Titles;
use crate::output::{Format, Output};
use crate::transaction_name::TransactionName;

/// The transaction of this name as it is now.
pub(super) async fn transaction(client: &Client, name: TransactionName) -> Result<v1::Transaction, Failure> {
    match name {
        TransactionName::Id(id) => {
            let message = v1::GetTransactionRequest { name: id.resource_name() };
            client.call(message, |request| async move { client.transactions().get_transaction(request).await }).await
        }
        TransactionName::ReferenceNo(number) => {
            let filter = format!("reference_no = \"{number}\"");
            let message =
                v1::ListTransactionsRequest { page_size: 1, filter, ..v1::ListTransactionsRequest::default() };
            let page = client
                .call(message, |request| async move { client.transactions().list_transactions(request).await })
                .await?;
            let missing = || {
                let problem =
                    Problem::new(Reason::TransactionNotFound).resource("jisr.v1/Transaction", number.to_string());
                Failure::of_problem(&problem, client.locale())
            };
            page.transactions.into_iter().next().ok_or_else(missing)
        }
    }
}

/// Only the id; the server is asked only where a reference number was typed.
pub(in crate::commands) async fn id(client: &Client, name: TransactionName) -> Result<TransactionId, Failure> {
    match name {
        TransactionName::Id(id) => Ok(id),
        TransactionName::ReferenceNo(_) => id_of(&transaction(client, name).await?),
    }
}

/// The id of a transaction the server sent.
pub(super) fn id_of(transaction: &v1::Transaction) -> Result<TransactionId, Failure> {
    TransactionId::from_resource_name(&transaction.name).map_err(|error| {
        let message = format!("the server named the transaction `{}`: {error}", transaction.name);
        Failure::new(crate::exit::Exit::Failure, message)
    })
}

/// What departments are called. Only people need it, and without it ids are shown: a failure here is none.
pub(super) async fn titles(client: &Client, output: Output) -> Titles {
    if output.format != Format::Human {
        return Titles::new();
    }
    let message = v1::ListDepartmentsRequest { page_size: 500, ..v1::ListDepartmentsRequest::default() };
    let page = client.call(message, |request| async move { client.catalogue().list_departments(request).await }).await;
    let departments = page.map(|page| page.departments).unwrap_or_default();
    departments.into_iter().map(|department| (department.name, department.titles)).collect()
}
