//! The console over a real engine: figures from the journal, probes over plain HTTP, and a bounded end.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jisr_bus::ProcessBus;
use jisr_console::{Console, ConsoleError};
use jisr_core::id::Caller;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions, Submission};
use jisr_journal_sql::SqliteJournal;
use jisr_proto::json::from_json;
use jisr_proto::operations::v1::operations_service_client::OperationsServiceClient;
use jisr_proto::operations::v1::{GetOverviewRequest, ListDepartmentsRequest};
use jisr_proto::v1::{DepartmentState, LegState, TransactionState};
use jisr_runtime::SystemClock;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;

const LIMIT: Duration = Duration::from_secs(20);

struct World {
    engine: Engine,
    address: String,
    shutdown: CancellationToken,
    serving: JoinHandle<Result<(), ConsoleError>>,
    _tasks: JoinSet<()>,
    _folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(SqliteJournal::open(&folder.path().join("journal.db")).unwrap());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let (catalogue, _) = Catalogue::load(&root.join("deploy/catalogue")).unwrap();
    let (mut tasks, shutdown) = (JoinSet::new(), CancellationToken::new());
    let (bus, clock, options) = (Arc::new(ProcessBus::new()), Arc::new(SystemClock), EngineOptions::default());
    let engine = Engine::start(journal, bus, clock, Arc::new(catalogue), options, &mut tasks, &shutdown).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(Console::serve(listener, engine.clone(), shutdown.clone()));
    World { engine, address, shutdown, serving, _tasks: tasks, _folder: folder }
}

impl World {
    fn client(&self) -> OperationsServiceClient<Channel> {
        OperationsServiceClient::new(Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect_lazy())
    }

    async fn submit(&self) {
        let transaction = from_json(include_str!("../../../deploy/examples/building-noc.json")).unwrap();
        let submission = Submission {
            caller: Caller::new("local"),
            request_id: "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap(),
            fingerprint: [0; 32],
            transaction,
            validate_only: false,
            traceparent: None,
        };
        self.engine.submit(submission).await.unwrap();
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
        let uri = format!("http://{}{path}", self.address).parse().unwrap();
        let response = tokio::time::timeout(LIMIT, client.get(uri)).await.unwrap().unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn figures_come_from_the_journal() {
    let world = world().await;
    let mut client = world.client();
    let before = client.get_overview(GetOverviewRequest {}).await.unwrap().into_inner();
    assert!(before.live_transactions.is_empty() && before.live_legs.is_empty() && before.feed_position == 0);
    let departments = world.engine.catalogue().departments().len();
    assert_eq!((before.adapters_up, before.adapters_known), (0, i32::try_from(departments).unwrap()));

    world.submit().await;
    let after = client.get_overview(GetOverviewRequest {}).await.unwrap().into_inner();
    let [live] = &after.live_transactions[..] else { panic!("one state: {after:?}") };
    assert_eq!((live.state(), live.count), (TransactionState::Processing, 1));
    let [legs] = &after.live_legs[..] else { panic!("one state: {after:?}") };
    assert_eq!((legs.state(), legs.count), (LegState::Dispatched, 1));
    assert_eq!(after.outbox_depth, 1, "nobody has taken it from the bus");
    assert!(after.outbox_oldest_age.is_some() && after.feed_position > 0);

    let list = client.list_departments(ListDepartmentsRequest {}).await.unwrap().into_inner().departments;
    assert_eq!(list.len(), departments);
    let municipality = list.iter().find(|status| status.department == "departments/municipality").unwrap();
    assert_eq!((municipality.state(), municipality.legs_waiting), (DepartmentState::Unknown, 1));
    assert!(municipality.oldest_waiting_time.is_some() && municipality.last_heartbeat_time.is_none());
    assert!(municipality.messages_unsent == 1 && municipality.oldest_unsent_time.is_some());
    assert!(municipality.titles.iter().any(|title| title.language_code == "ar" && title.text.contains("بلدية")));
}

#[tokio::test]
async fn probes_answer_over_plain_http() {
    let world = world().await;
    assert_eq!(world.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(world.get("/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(world.get("/").await.0, 404);
}

#[tokio::test]
async fn an_unknown_method_is_told_as_every_error_is() {
    let world = world().await;
    let channel = Endpoint::from_shared(format!("http://{}", world.address)).unwrap().connect_lazy();
    // The front ends' service is not served here.
    let mut client = jisr_proto::v1::catalogue_service_client::CatalogueServiceClient::new(channel);
    let mut request = tonic::Request::new(jisr_proto::v1::ListCentresRequest::default());
    request.metadata_mut().insert("accept-language", "ar".parse().unwrap());
    let status = client.list_centres(request).await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "METHOD_NOT_FOUND");
    assert_eq!(status.get_details_localized_message().unwrap().locale, "ar");
}

#[tokio::test]
async fn it_stops_when_told_and_serves_this_machine_only() {
    let world = world().await;
    assert_eq!(world.get("/healthz").await.0, 200);
    let everywhere = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Console::serve(everywhere, world.engine.clone(), world.shutdown.clone()).await.unwrap_err();
    assert!(matches!(refused, ConsoleError::NotLoopback(_)), "{refused}");
    world.shutdown.cancel();
    tokio::time::timeout(LIMIT, world.serving).await.unwrap().unwrap().unwrap();
}
