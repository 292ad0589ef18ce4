//! Everything that runs under the ledger: departments' systems, broker, database, gateways, engines, adapters, and the
//! network between them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jisr_core::name::DepartmentId;
use jisr_proto::operations::v1::ListDepartmentsRequest;
use jisr_proto::v1::DepartmentState;
use jisr_testkit::peer::BuildingControl;
use jisr_testkit::proxy::Proxy;
use jisr_tests::ledger::cast::{Cast, Department, Pace, System};
use jisr_tests::ledger::effects::{self, Effects};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::blocking;
use crate::broker::Broker;
use crate::configuration::{Configuration, Servers};
use crate::database::Database;
use crate::member::Member;

/// What a process talks to, through a network of its own that can be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    FrontEnds,
    Broker,
    Database,
}

/// How many of what.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) servers: Servers,
    /// Nodes of the broker: one, or three.
    pub(crate) brokers: usize,
    pub(crate) departments: Vec<Department>,
    pub(crate) pace: Pace,
}

/// A stand-in for a department's system.
#[derive(Debug)]
struct StandIn {
    port: u16,
    record: PathBuf,
}

/// The foreign peer. The testkit's handle on it belongs to one thread at a time.
#[derive(Clone)]
struct Foreign(Arc<std::sync::Mutex<BuildingControl>>);

impl Foreign {
    async fn start(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self(Arc::new(std::sync::Mutex::new(blocking(move || BuildingControl::start(&folder)).await)))
    }

    async fn with<T: Send + 'static>(&self, action: impl FnOnce(&BuildingControl, &Handle) -> T + Send + 'static) -> T {
        let (peer, runtime) = (self.0.clone(), Handle::current());
        blocking(move || action(&peer.lock().unwrap(), &runtime)).await
    }
}

/// See the module. Fields in the order in which they end.
pub(crate) struct Installation {
    pub(crate) cast: Cast,
    pub(crate) pace: Pace,
    members: BTreeMap<String, Mutex<Member>>,
    links: BTreeMap<(String, Side), Proxy>,
    /// The gateways, in the order of the cast.
    pub(crate) front: Vec<Api>,
    /// Where operators reach the engines.
    pub(crate) operations: Vec<Api>,
    stand_ins: BTreeMap<String, StandIn>,
    building_control: Option<Foreign>,
    pub(crate) broker: Broker,
    database: Option<Database>,
    pub(crate) folder: PathBuf,
}

impl Installation {
    /// Starts everything in a folder, and waits until all of it is at work.
    pub(crate) async fn start(folder: &Path, layout: &Layout, seed: u64) -> Self {
        let (gateways, engines) = layout.servers.names();
        let (broker, database) = tokio::join!(Broker::start(layout.brokers), async {
            match layout.servers {
                Servers::Several { .. } => Some(Database::start().await),
                Servers::Hasty => None,
            }
        });
        let cast = Cast {
            gateways,
            engines,
            brokers: Broker::names(layout.brokers),
            database: database.as_ref().map(|_| "postgresql".to_owned()),
            departments: layout.departments.clone(),
        };
        let mut installation = Self {
            cast: cast.clone(),
            pace: layout.pace,
            members: BTreeMap::new(),
            links: BTreeMap::new(),
            front: Vec::new(),
            operations: Vec::new(),
            stand_ins: BTreeMap::new(),
            building_control: None,
            broker,
            database,
            folder: folder.to_owned(),
        };
        let configuration = Configuration { folder, layout, seed };
        for department in &layout.departments {
            match department.system {
                System::StandIn => installation.stand_in(department, &configuration),
                System::BuildingControl => {
                    installation.building_control = Some(Foreign::start(folder).await);
                }
            }
        }
        for server in cast.servers() {
            installation.server(&server, &configuration).await;
        }
        for department in &layout.departments {
            for name in department.adapters() {
                installation.adapter(department, &name, &configuration).await;
            }
        }
        installation.begin().await;
        installation
    }

    fn stand_in(&mut self, department: &Department, configuration: &Configuration<'_>) {
        let port = jisr_testkit::free_port();
        let record = self.folder.join(format!("{}.record", department.id));
        let command = configuration.department(department, port, &record);
        self.add(department.id, command);
        self.stand_ins.insert(department.id.to_owned(), StandIn { port, record });
    }

    async fn server(&mut self, name: &str, configuration: &Configuration<'_>) {
        let broker = self.link(name, Side::Broker, self.broker.port).await;
        let database = match self.database.clone() {
            Some(database) => Some(database.config(self.link(name, Side::Database, database.port).await)),
            None => None,
        };
        let (gateway, operations) = (jisr_testkit::free_port(), jisr_testkit::free_port());
        let is_one_of = |names: &[String]| names.iter().any(|known| known == name);
        let (takes_applications, settles) = (is_one_of(&self.cast.gateways), is_one_of(&self.cast.engines));
        if takes_applications {
            let front = self.link(name, Side::FrontEnds, gateway).await;
            self.front.push(Api::new(front));
        }
        if settles {
            self.operations.push(Api::new(operations));
        }
        let command = match database {
            None => configuration.hasty(gateway, operations, broker),
            Some(journal) => {
                let roles = if settles { "engine,operations" } else { "gateway" };
                configuration.server(name, roles, [gateway, operations, broker], &journal)
            }
        };
        self.add(name, command);
    }

    async fn adapter(&mut self, department: &Department, name: &str, configuration: &Configuration<'_>) {
        let broker = self.link(name, Side::Broker, self.broker.port).await;
        let command = match (&self.building_control, self.stand_ins.get(department.id)) {
            (_, Some(stand_in)) => configuration.stand_in_adapter(department, name, stand_in.port, broker),
            (Some(peer), None) => {
                let pace = self.pace;
                let times = format!(
                    "call_timeout = \"{}ms\"\nends_within = \"{}ms\"\nbegin_within = \"{}ms\"",
                    pace.call_timeout.as_millis(),
                    pace.ends_within.as_millis(),
                    pace.begin_within.as_millis()
                );
                let table = peer.with(move |peer, _| peer.config(&times)).await;
                configuration.adapter(department, name, &table, broker)
            }
            (None, None) => panic!("{} has no system", department.id),
        };
        self.add(name, command);
    }

    async fn link(&mut self, name: &str, side: Side, port: u16) -> u16 {
        let proxy = Proxy::start(port).await;
        let port = proxy.port;
        self.links.insert((name.to_owned(), side), proxy);
        port
    }

    fn add(&mut self, name: &str, command: Vec<String>) {
        let member = Member::new(name, command, self.folder.clone());
        self.members.insert(name.to_owned(), Mutex::new(member));
    }

    /// Starts the processes: the servers first, which declare what adapters send to. No application comes before every
    /// adapter has said what it promises, and no fault before the broker would survive it.
    async fn begin(&self) {
        let adapters = self.cast.adapters();
        let start = async |which: &dyn Fn(&String) -> bool| {
            let members = self.members.iter().filter(|(name, _)| which(name));
            let starting = members.map(|(_, member)| async { member.lock().await.start().await });
            futures::future::join_all(starting).await;
        };
        start(&|name| !adapters.contains(name)).await;
        let departments = self.cast.departments.iter().map(|department| DepartmentId::new(department.id).unwrap());
        self.broker.remembers(&departments.collect::<Vec<_>>()).await;
        start(&|name| adapters.contains(name)).await;
        jisr_testkit::wait::until("every adapter's announcement", Duration::from_secs(60), || async {
            let listed = self.operations[0].operations().list_departments(ListDepartmentsRequest {}).await.ok()?;
            let listed = listed.into_inner().departments;
            let up = |department: &Department| {
                let name = format!("departments/{}", department.id);
                listed.iter().any(|status| status.department == name && status.state() == DepartmentState::Up)
            };
            self.cast.departments.iter().all(up).then_some(())
        })
        .await;
    }

    /// A process by its name.
    pub(crate) fn member(&self, name: &str) -> &Mutex<Member> {
        self.members.get(name).unwrap_or_else(|| panic!("no process {name}"))
    }

    /// The database, where there is one.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().expect("a database")
    }

    /// The network between a process and something else.
    pub(crate) fn between(&self, name: &str, side: Side) -> &Proxy {
        self.links.get(&(name.to_owned(), side)).unwrap_or_else(|| panic!("no network of {name}"))
    }

    /// Tells a stand-in how to behave, until it has heard.
    pub(crate) async fn control(&self, department: &str, wish: &Value) {
        let port = self.stand_ins[department].port;
        let request = format!(
            "POST /control HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{wish}",
            wish.to_string().len()
        );
        jisr_testkit::wait::until("a stand-in that listens", Duration::from_secs(30), || async {
            crate::api::exchange(port, request.as_bytes()).await.filter(|answer| answer.starts_with("HTTP/1.1 200"))
        })
        .await;
    }

    /// Has every department behave from now on.
    pub(crate) async fn behave(&self) {
        for department in self.stand_ins.keys() {
            self.control(department, &serde_json::json!({ "well": true })).await;
        }
        self.misbehave_building_control(&serde_json::json!({ "reset": true })).await;
    }

    /// What goes wrong with the calls to building control; see its `chaos.py`.
    pub(crate) async fn misbehave_building_control(&self, faults: &Value) {
        if let Some(peer) = &self.building_control {
            let faults = faults.clone();
            peer.with(move |peer, runtime| runtime.block_on(peer.control(faults))).await;
        }
    }

    /// What a department's own record says.
    pub(crate) async fn record(&self, department: &str) -> Effects {
        match (self.stand_ins.get(department), &self.building_control) {
            (Some(stand_in), _) => effects::read(&std::fs::read_to_string(&stand_in.record).unwrap_or_default()),
            (None, Some(peer)) => {
                let records = peer.with(|peer, runtime| runtime.block_on(peer.records())).await;
                effects::of_building_control(&records)
            }
            (None, None) => Effects::new(),
        }
    }

    /// Starts what has ended by itself, as a service manager does, and says what that was.
    pub(crate) async fn revive(&self) -> Vec<String> {
        let mut revived = Vec::new();
        for (name, member) in &self.members {
            // Somebody who holds it is just killing or starting it.
            let Ok(mut member) = member.try_lock() else { continue };
            if member.has_ended() {
                revived.push(format!("{name} ended by itself; its log says\n{}", member.log()));
                member.start().await;
            }
        }
        revived
    }

    /// Ends everything that was started, at once.
    pub(crate) async fn end(self) {
        let mut ending = JoinSet::new();
        for member in self.members.into_values() {
            ending.spawn(async move { member.into_inner().kill().await });
        }
        ending.join_all().await;
    }
}
