//! Jisr's two edges, as front ends and operators call them. A call to a process that is away fails soon.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use jisr_proto::operations::v1::operations_service_client::OperationsServiceClient;
use jisr_proto::v1;
use jisr_proto::v1::transaction_service_client::TransactionServiceClient;
use jisr_tests::ledger::verdict::Seen;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

/// However it stands with the other side, a caller is told by then.
const CALL: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(1);
/// Transactions or events of a page.
const PAGE: i32 = 200;
/// Histories read at once.
const AT_ONCE: usize = 8;

/// One process's edge.
#[derive(Clone, Debug)]
pub(crate) struct Api(Channel);

impl Api {
    /// The edge at a port; connects when it is first needed, and again whenever it must. Call it in a tokio runtime.
    pub(crate) fn new(port: u16) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        Self(endpoint.connect_timeout(CONNECT).timeout(CALL).connect_lazy())
    }

    pub(crate) fn transactions(&self) -> TransactionServiceClient<Channel> {
        TransactionServiceClient::new(self.0.clone()).max_decoding_message_size(64 << 20)
    }

    pub(crate) fn operations(&self) -> OperationsServiceClient<Channel> {
        OperationsServiceClient::new(self.0.clone())
    }

    /// Every transaction with its history.
    pub(crate) async fn everything(&self) -> Result<Vec<Seen>, Status> {
        let (mut all, mut client) = (Vec::new(), self.transactions());
        let mut page_token = String::new();
        loop {
            let request = v1::ListTransactionsRequest { page_size: PAGE, page_token, ..Default::default() };
            let page = client.list_transactions(request).await?.into_inner();
            let seen = page.transactions.into_iter().map(|transaction| async {
                Ok::<_, Status>(Seen { events: self.history(&transaction.name).await?, transaction })
            });
            all.extend(futures::stream::iter(seen).buffered(AT_ONCE).try_collect::<Vec<_>>().await?);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    async fn history(&self, parent: &str) -> Result<Vec<v1::Event>, Status> {
        let (mut events, mut client) = (Vec::new(), self.transactions());
        let mut page_token = String::new();
        loop {
            let parent = parent.to_owned();
            let request = v1::ListTransactionEventsRequest { parent, page_size: PAGE, page_token };
            let page = client.list_transaction_events(request).await?.into_inner();
            events.extend(page.events);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(events);
            }
        }
    }
}

/// One request over plain TCP and its whole answer.
pub(crate) async fn exchange(port: u16, request: &[u8]) -> Option<String> {
    let talk = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::time::timeout(CALL, talk).await.ok().flatten()
}
