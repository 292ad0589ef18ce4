//! A gateway over a real engine: SQLite in a temporary folder, the in-process bus, the shipped catalogue, and a
//! department that answers when a test lets it.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jisr_bus::{Address, Bus, Message, ProcessBus, Publisher, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::time::Clock;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions};
use jisr_gateway::{Gateway, GatewayError};
use jisr_journal_sql::SqliteJournal;
use jisr_proto::adapter::v1::{self as wire, leg_reply};
use jisr_proto::json::from_json;
use jisr_proto::v1::catalogue_service_client::CatalogueServiceClient;
use jisr_proto::v1::transaction_service_client::TransactionServiceClient;
use jisr_proto::v1::{SubmitTransactionRequest, Transaction};
use jisr_runtime::SystemClock;
use prost::Message as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// The longest any one thing may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A running gateway and what stands behind it.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) channel: Channel,
    pub(crate) shutdown: CancellationToken,
    pub(crate) bus: ProcessBus,
    serving: Option<JoinHandle<Result<(), GatewayError>>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// One permit for each request the department may answer.
    answers: Arc<Semaphore>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(SqliteJournal::open(&folder.path().join("journal.db")).unwrap());
        let bus = ProcessBus::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let (catalogue, _) = Catalogue::load(&root.join("deploy/catalogue")).unwrap();
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let engine = Engine::start(
            journal,
            Arc::new(bus.clone()),
            Arc::new(SystemClock),
            Arc::new(catalogue),
            EngineOptions::default(),
            &mut tasks,
            &stop,
        )
        .await
        .unwrap();
        let answers = Arc::new(Semaphore::new(0));
        tasks.spawn(department(bus.clone(), answers.clone(), stop.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = Some(tokio::spawn(Gateway::serve(listener, engine.clone(), shutdown.clone())));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { engine, channel, shutdown, bus, serving, stop, tasks, answers, _folder: folder }
    }

    pub(crate) fn transactions(&self) -> TransactionServiceClient<Channel> {
        TransactionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.channel.clone())
    }

    /// Submits the shipped example; each number is another request and another application.
    pub(crate) async fn submit(&self, number: u32) -> Transaction {
        let request = submission(number);
        tokio::time::timeout(LIMIT, self.transactions().submit_transaction(request))
            .await
            .unwrap()
            .unwrap()
            .into_inner()
    }

    /// Lets the department answer so many requests.
    pub(crate) fn let_answer(&self, requests: usize) {
        self.answers.add_permits(requests);
    }

    /// Tells the department is there, as its adapter would.
    pub(crate) async fn announce(&self, department: &str) {
        let announcement = wire::AdapterAnnouncement { department: department.to_owned(), ..Default::default() };
        let publisher = self.bus.publisher().await.unwrap();
        let message = message(kind::ADAPTER_ANNOUNCED, announcement.encode_to_vec());
        publisher.publish(&Address::Engine, message).await.unwrap();
    }

    /// Stops the gateway and waits for it.
    pub(crate) async fn stop_gateway(&mut self) {
        self.shutdown.cancel();
        if let Some(serving) = self.serving.take() {
            tokio::time::timeout(LIMIT, serving).await.unwrap().unwrap().unwrap();
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.stop.cancel();
        self.tasks.abort_all();
    }
}

/// The shipped example as a request.
pub(crate) fn submission(number: u32) -> SubmitTransactionRequest {
    let example = include_str!("../../../../deploy/examples/building-noc.json");
    let mut transaction: Transaction = from_json(example).unwrap();
    transaction.labels.insert("number".to_owned(), number.to_string());
    SubmitTransactionRequest {
        transaction: Some(transaction),
        request_id: format!("0f8fad5b-d9cb-469f-a165-{number:012}"),
        validate_only: false,
    }
}

/// A request in a language, by a client.
pub(crate) fn asked<T>(message: T, metadata: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    for (key, value) in metadata {
        request.metadata_mut().insert(*key, value.parse().unwrap());
    }
    request
}

/// The status has this code and reason, and a sentence; gives the fields found wrong.
pub(crate) fn check(status: &Status, code: Code, reason: &str) -> Vec<String> {
    assert_eq!(status.code(), code, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, reason, "{status:?}");
    assert!(!details.localized_message().unwrap().message.is_empty());
    let fields = details.bad_request().map(|request| request.field_violations.as_slice()).unwrap_or_default();
    fields.iter().map(|field| field.field.clone()).collect()
}

fn message(kind: &str, body: Vec<u8>) -> Message {
    let time = SystemClock.now();
    Message {
        id: MessageId::new(time, std::array::from_fn(|_| u8::try_from(time.as_micros() & 0x7f).unwrap())),
        kind: kind.into(),
        correlation: None,
        attempt: 0,
        republished: false,
        time,
        trace: TraceContext::default(),
        body: Bytes::from(body),
    }
}

/// The municipality: says that it is done, once for each permit.
async fn department(bus: ProcessBus, answers: Arc<Semaphore>, stop: CancellationToken) {
    let mut requests = bus.consume(&Address::Department("municipality".parse().unwrap()), 16).await.unwrap();
    let publisher = bus.publisher().await.unwrap();
    loop {
        let delivery = tokio::select! {
            () = stop.cancelled() => return,
            delivery = requests.next() => delivery,
        };
        let Some(delivery) = delivery else { return };
        let Ok(permit) = answers.acquire().await else { return };
        permit.forget();
        let request = wire::LegRequest::decode(delivery.message.body.clone()).unwrap();
        reply(&*publisher, &request).await;
        delivery.acknowledge();
    }
}

async fn reply(publisher: &dyn Publisher, request: &wire::LegRequest) {
    let reply = wire::LegReply {
        message_id: request.message_id.clone(),
        in_reply_to: request.message_id.clone(),
        transaction: request.transaction.clone(),
        leg: request.leg.clone(),
        department: request.department.clone(),
        attempt: request.attempt,
        sequence: 1,
        kind: request.kind,
        result: Some(leg_reply::Result::Succeeded(wire::Succeeded::default())),
        ..Default::default()
    };
    let id = request.message_id.parse::<MessageId>().unwrap();
    let mut bytes = *id.as_bytes();
    bytes[15] ^= 0xff;
    let answer = Message { id: MessageId::from_bytes(bytes), ..message(kind::LEG_REPLIED, reply.encode_to_vec()) };
    publisher.publish(&Address::Engine, answer).await.unwrap();
}
