//! A server that is wrong on purpose: it answers front ends, and acknowledges to the bus, before it has committed. It is
//! composed of the product's own parts, as `jisr` composes them, with a wrong journal and a wrong bus around the right
//! ones: there is no switch in the product for this. The ledger must find it out.

mod bus;
mod journal;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jisr_bus::rabbit::Role;
use jisr_console::Console;
use jisr_core::time::Clock;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions};
use jisr_gateway::Gateway;
use jisr_journal_sql::SqliteJournal;
use jisr_runtime::{Shutdown, SystemClock};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::bus::HastyBus;
use self::journal::HastyJournal;

/// How long it says that something is done before it is.
const LATE: Duration = Duration::from_millis(400);

/// What the command line says of it.
pub(crate) struct Options {
    pub(crate) journal: PathBuf,
    pub(crate) gateway: u16,
    pub(crate) operations: u16,
    pub(crate) broker: u16,
    pub(crate) start_within: Duration,
}

/// Serves until killed.
pub(crate) async fn run(options: Options) {
    let (catalogue, _) = Catalogue::load(&jisr_testkit::repository().join("deploy/catalogue")).unwrap();
    let departments = catalogue.departments().map(|department| department.id.clone()).collect();
    let bus = Arc::new(HastyBus(crate::bus(options.broker, Role::Engine { departments }, "")));
    let journal = Arc::new(HastyJournal::new(SqliteJournal::open(&options.journal).unwrap()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let shutdown = Shutdown::new();
    shutdown.on_signals().unwrap();
    let (mut tasks, stop) = (JoinSet::new(), shutdown.token());
    let engine = EngineOptions { start_within: Some(options.start_within), ..EngineOptions::default() };
    let engine = Engine::start(journal, bus, clock, Arc::new(catalogue), engine, &mut tasks, &stop).await.unwrap();
    let listen = async |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let (gateway, operations) = (listen(options.gateway).await, listen(options.operations).await);
    let (edge, token) = (engine.clone(), stop.clone());
    tasks.spawn(async move { Gateway::serve(gateway, edge, token).await.unwrap() });
    tasks.spawn(async move { Console::serve(operations, engine, stop).await.unwrap() });
    println!("ready");
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
