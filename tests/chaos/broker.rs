//! RabbitMQ under the ledger, one node or three. The testkit's calls block; here they do so on threads of their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jisr_core::name::DepartmentId;
use jisr_testkit::rabbitmq::{Cluster, RabbitMq};
use jisr_tests::ledger::fault::{Fault, Kind};
use serde_json::json;
use tokio::sync::Mutex;

use crate::blocking;

/// See the module.
#[derive(Clone)]
pub(crate) struct Broker {
    nodes: Arc<std::sync::Mutex<Nodes>>,
    /// One fault at a time: of three nodes two must be there, and whole, before another one suffers.
    suffering: Arc<Mutex<()>>,
    /// Where clients connect.
    pub(crate) port: u16,
}

enum Nodes {
    One(RabbitMq),
    Three(Cluster),
}

impl Nodes {
    fn all(&self) -> &[RabbitMq] {
        match self {
            Self::One(node) => std::slice::from_ref(node),
            Self::Three(cluster) => cluster.nodes(),
        }
    }

    fn kill(&mut self, at: usize) {
        match self {
            Self::One(node) => node.kill(),
            Self::Three(cluster) => cluster.kill(at),
        }
    }

    /// Starts a node again, and waits until all is as it was.
    fn restart(&mut self, at: usize) {
        match self {
            Self::One(node) => node.restart(),
            Self::Three(cluster) => {
                cluster.restart(at);
                cluster.wait_whole();
            }
        }
    }

    fn cluster(&mut self) -> &mut Cluster {
        match self {
            Self::One(_) => panic!("one node is no cluster"),
            Self::Three(cluster) => cluster,
        }
    }
}

impl Broker {
    pub(crate) async fn start(nodes: usize) -> Self {
        let nodes = blocking(move || match nodes {
            1 => Nodes::One(RabbitMq::start()),
            _ => Nodes::Three(Cluster::start()),
        });
        let nodes = nodes.await;
        let address = match &nodes {
            Nodes::One(node) => node.address(),
            Nodes::Three(cluster) => cluster.address(),
        };
        let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address with a port");
        Self { nodes: Arc::new(std::sync::Mutex::new(nodes)), suffering: Arc::default(), port }
    }

    /// The names of so many nodes.
    pub(crate) fn names(nodes: usize) -> Vec<String> {
        (1..=nodes).map(|number| format!("rabbitmq-{number}")).collect()
    }

    async fn with<T: Send + 'static>(&self, action: impl FnOnce(&mut Nodes) -> T + Send + 'static) -> T {
        let nodes = self.nodes.clone();
        blocking(move || action(&mut nodes.lock().unwrap())).await
    }

    /// Carries out a fault of the broker, and puts it right.
    pub(crate) async fn suffer(&self, fault: &Fault) {
        let _alone = self.suffering.lock().await;
        let named = || fault.target.rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
        let at = named().map_or(0, |number| number - 1);
        match fault.kind {
            Kind::KillBroker => self.kill(at, fault.length).await,
            Kind::KillLeader => {
                let queue = queue(&fault.target);
                let leader = self.with(move |nodes| nodes.cluster().leader(&queue)).await;
                self.kill(leader.expect("a queue with a leader"), fault.length).await;
            }
            Kind::FreezeBroker => {
                self.with(move |nodes| nodes.all()[at].freeze()).await;
                tokio::time::sleep(fault.length).await;
                self.with(move |nodes| nodes.all()[at].thaw()).await;
                self.whole().await;
            }
            Kind::PartBroker => {
                self.with(move |nodes| nodes.cluster().partition(at)).await;
                tokio::time::sleep(fault.length).await;
                self.with(|nodes| nodes.cluster().heal()).await;
                self.whole().await;
            }
            Kind::RollBrokers => self.with(|nodes| nodes.cluster().rolling_restart()).await,
            other => unreachable!("{other:?} is not of the broker"),
        }
    }

    async fn kill(&self, at: usize, length: Duration) {
        self.with(move |nodes| nodes.kill(at)).await;
        tokio::time::sleep(length).await;
        self.with(move |nodes| nodes.restart(at)).await;
    }

    /// Waits until every queue is on every node again.
    async fn whole(&self) {
        self.with(|nodes| {
            if let Nodes::Three(cluster) = nodes {
                cluster.wait_whole();
            }
        })
        .await;
    }

    /// Takes everything out of a department's queue that no consumer has in hand.
    pub(crate) async fn purge(&self, department: &str) {
        let _alone = self.suffering.lock().await;
        let queue = queue(department);
        self.with(move |nodes| drop(nodes.all()[0].ctl(&["purge_queue", &queue]))).await;
    }

    /// Waits until the names of these departments' queues, and the engine's, are on disk: before that a killed broker
    /// loses what it has confirmed (ADR 8).
    pub(crate) async fn remembers(&self, departments: &[DepartmentId]) {
        let mut queues: Vec<_> = departments.iter().map(|id| queue(id.as_str())).collect();
        queues.push("jisr.replies".to_owned());
        let queues = &queues;
        jisr_testkit::wait::until("the queues' names on disk", Duration::from_secs(60), || async move {
            let queues = queues.clone();
            let on_disk = move |nodes: &mut Nodes| {
                nodes.all().iter().all(|node| queues.iter().all(|queue| node.remembers(queue)))
            };
            self.with(on_disk).await.then_some(())
        })
        .await;
    }

    /// Has every reply to the engine copied to the queue of another installation, whose prefix this is.
    pub(crate) async fn tap(&self, prefix: &str, folder: &Path) {
        let binding = json!({ "bindings": [{
            "source": "jisr.from-department", "vhost": "/", "destination": format!("{prefix}jisr.replies"),
            "destination_type": "queue", "routing_key": "*.reply", "arguments": {},
        }]});
        let file = folder.join("tap.json");
        std::fs::write(&file, binding.to_string()).unwrap();
        let file = file.display().to_string();
        self.with(move |nodes| drop(nodes.all()[0].ctl(&["import_definitions", &file]))).await;
    }

    /// Messages by queue, those without any left out.
    pub(crate) async fn depths(&self) -> BTreeMap<String, u64> {
        let listed = self.with(|nodes| {
            // Each node knows of the queues it leads.
            let ask = |node: &RabbitMq| node.ctl(&["list_queues", "--local", "--no-table-headers", "name", "messages"]);
            nodes.all().iter().map(ask).collect::<Vec<_>>().concat()
        });
        let mut depths = BTreeMap::new();
        for line in listed.await.lines() {
            let mut words = line.split_whitespace();
            let depth = (words.next(), words.next().and_then(|depth| depth.parse().ok()));
            if let (Some(name), Some(depth @ 1_u64..)) = depth {
                *depths.entry(name.to_owned()).or_default() += depth;
            }
        }
        depths
    }
}

fn queue(department: &str) -> String {
    format!("jisr.department.{department}")
}
