//! Three RabbitMQ nodes that are one cluster, on one machine. What they say to each other goes through proxies, so that
//! a network between them can fail without anybody's privileges: each node's own epmd names the proxies in place of the
//! other nodes.

use std::fmt::Write as _;
use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::{RabbitMq, Setup};
use crate::proxy::Proxy;

const NODES: usize = 3;
/// For a cluster to form, to elect, or to come together again. A peer given up is tried again after a while.
const PATIENCE: Duration = Duration::from_secs(180);
/// A node that has been silent for so long is taken for gone; Erlang's default is a minute.
const TICK_SECONDS: u32 = 8;

/// Says an atom for each quorum queue: its name, the node of its leader, and how many replicas are on line. `rabbitmqctl
/// list_queues` cannot be used: every node sends it its part by itself, and only one of them knows the way.
const QUEUES: &str = r#"[begin
    Info = rabbit_quorum_queue:info(Queue, [leader, online]),
    {resource, _, _, Name} = amqqueue:get_name(Queue),
    Online = length(proplists:get_value(online, Info)),
    list_to_atom(lists:flatten(io_lib:format("~s ~s ~b", [Name, proplists:get_value(leader, Info), Online])))
end || Queue <- rabbit_amqqueue:list(), amqqueue:get_type(Queue) =:= rabbit_quorum_queue]."#;

/// A quorum queue as a node sees it.
#[derive(Debug)]
struct Queue {
    name: String,
    /// Empty if there is none.
    leader: String,
    online: usize,
}

impl Queue {
    /// Reads one that is written as [`QUEUES`] does.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        let (name, leader) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { name, leader, online: parts.next()?.parse().ok()? })
    }
}

/// One direction between two nodes.
#[derive(Debug)]
struct Link {
    from: usize,
    to: usize,
    proxy: Proxy,
}

/// A running cluster of three. Every node knows the user `guest` with the password `guest`. A node that finds itself in
/// the minority pauses, as a production cluster of three should be set up.
///
/// Its functions block: call them aside from async code.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<RabbitMq>,
    links: Vec<Link>,
    /// The nodes whose network is gone.
    apart: Vec<usize>,
    balancer: Proxy,
    /// Where the proxies run; there until the end.
    network: Option<Runtime>,
}

impl Cluster {
    /// Starts one, and waits until its nodes have found each other.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Setup::default())
    }

    /// Starts one whose nodes are each set up so.
    #[must_use]
    pub fn start_with(setup: &Setup) -> Self {
        let network = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut nodes: Vec<_> = (0..NODES).map(|_| RabbitMq::prepare(setup)).collect();
        let pairs = (0..NODES).flat_map(|from| (0..NODES).map(move |to| (from, to))).filter(|(from, to)| from != to);
        let link = |(from, to): (usize, usize)| {
            let proxy = wait_for(&network, Proxy::start(nodes[to].distribution));
            Link { from, to, proxy }
        };
        let links: Vec<Link> = pairs.map(link).collect();
        for link in &links {
            let name = nodes[link.to].node();
            nodes[link.from].peers.push((name, link.proxy.port));
        }
        let names: Vec<_> = nodes.iter().map(RabbitMq::node).collect();
        for node in &nodes {
            configure(node, &setup.config, &names);
        }
        let ports = nodes.iter().map(|node| node.port).collect();
        let balancer = wait_for(&network, Proxy::among(ports));
        std::thread::scope(|scope| {
            for node in &mut nodes {
                scope.spawn(|| node.launch());
            }
        });
        let cluster = Self { nodes, links, apart: Vec::new(), balancer, network: Some(network) };
        cluster.wait("the nodes to find each other", |cluster| {
            let status = cluster.nodes[0].try_ctl(&["cluster_status", "--formatter=json"]).unwrap_or_default();
            let status: Value = serde_json::from_str(&status).unwrap_or_default();
            status["running_nodes"].as_array().is_some_and(|running| running.len() == NODES)
        });
        cluster
    }

    /// The address of whichever node can be connected to, in turn, without credentials: what stands before a
    /// production cluster. Connections end with their node.
    #[must_use]
    pub fn address(&self) -> String {
        format!("amqp://127.0.0.1:{}", self.balancer.port)
    }

    /// The nodes, each with an address of its own.
    #[must_use]
    pub fn nodes(&self) -> &[RabbitMq] {
        &self.nodes
    }

    /// Kills a node as a power cut would.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node].kill();
    }

    /// Starts a node again, killed before if it runs, and waits until it serves clients. It does not, while it is in
    /// the minority.
    pub fn restart(&mut self, node: usize) {
        self.nodes[node].restart();
    }

    /// Stops a node where it stands.
    pub fn freeze(&self, node: usize) {
        self.nodes[node].freeze();
    }

    /// Lets a node go on.
    pub fn thaw(&self, node: usize) {
        self.nodes[node].thaw();
    }

    /// Restarts every node, in good order and one after another, as for an upgrade: the next when all queues are whole.
    pub fn rolling_restart(&mut self) {
        for node in 0..NODES {
            self.nodes[node].stop();
            self.nodes[node].launch();
            self.wait_whole();
        }
    }

    /// Takes a node's network to the others away, as a pulled cable does: nothing is refused, nothing arrives. Clients
    /// still reach it; within seconds it finds itself alone, and the others go on without it.
    pub fn partition(&mut self, node: usize) {
        self.apart.push(node);
        for link in self.links.iter().filter(|link| link.from == node || link.to == node) {
            link.proxy.stall();
        }
    }

    /// Gives every node its network back. The connections between nodes start anew.
    pub fn heal(&mut self) {
        self.apart.clear();
        for link in &self.links {
            link.proxy.cut();
            link.proxy.heal();
        }
    }

    /// The node whose replica of this quorum queue leads, if one does, as the nodes say that can speak for the cluster.
    #[must_use]
    pub fn leader(&self, queue: &str) -> Option<usize> {
        let found = self.queues()?.into_iter().find(|found| found.name == queue)?;
        self.nodes.iter().position(|node| node.node() == found.leader)
    }

    /// Waits until every quorum queue has a leader and a replica on line on each node that runs and is not apart.
    pub fn wait_whole(&self) {
        let running = self.speakers().count();
        let whole = |queue: &Queue| !queue.leader.is_empty() && queue.online >= running;
        self.wait("every quorum queue to be whole", |cluster| {
            cluster.queues().is_some_and(|queues| queues.iter().all(whole))
        });
    }

    /// Every quorum queue, as the first node sees it that can say.
    fn queues(&self) -> Option<Vec<Queue>> {
        let text = self.speakers().find_map(|node| node.try_ctl(&["eval", "--timeout=15", QUEUES]).ok())?;
        // An atom is printed in quotation marks and, unlike a text, never broken into lines.
        text.split('\'').skip(1).step_by(2).map(Queue::read).collect()
    }

    /// The nodes that run and are not apart.
    fn speakers(&self) -> impl Iterator<Item = &RabbitMq> {
        let here = |(at, node): &(usize, &RabbitMq)| node.guard.is_some() && !self.apart.contains(at);
        self.nodes.iter().enumerate().filter(here).map(|(_, node)| node)
    }

    fn wait(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !so(self) {
            assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for {what}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(network) = self.network.take() {
            network.shutdown_background();
        }
    }
}

/// Everything that makes a node one of these. They take a lock one after another; the first finds nobody, and need not
/// look again and again.
fn configure(node: &RabbitMq, own: &str, names: &[String]) {
    let mut config = format!(
        "{own}\ncluster_partition_handling = pause_minority\n\
         cluster_formation.peer_discovery_backend = classic_config\n\
         cluster_formation.discovery_retry_limit = 1\n\
         cluster_formation.discovery_retry_interval = 100\n"
    );
    for (at, name) in names.iter().enumerate() {
        writeln!(config, "cluster_formation.classic_config.nodes.{} = {name}", at + 1).unwrap();
    }
    std::fs::write(node.path("rabbitmq.conf"), config).unwrap();
    std::fs::write(node.path("advanced.config"), format!("[{{kernel, [{{net_ticktime, {TICK_SECONDS}}}]}}].\n"))
        .unwrap();
    // The nodes of a cluster share a secret; Erlang insists that nobody else can read it.
    let cookie = node.path(".erlang.cookie");
    std::fs::write(&cookie, names.concat().replace(|c: char| !c.is_ascii_alphanumeric(), "")).unwrap();
    std::fs::set_permissions(&cookie, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
}

/// Runs this in the network's runtime, whatever the caller runs in.
fn wait_for<T: Send>(network: &Runtime, future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| network.block_on(future)).join().unwrap())
}
