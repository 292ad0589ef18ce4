//! A cluster of three loses the node that leads a queue, in each of the ways a node is lost: the other two go on, and
//! what was confirmed arrives.

use std::ops::Range;
use std::sync::Arc;

use jisr_bus::{Address, Bus, Consumer, Publisher, RabbitBus};
use jisr_testkit::rabbitmq::Cluster;
use jisr_testkit::wait::until;

use crate::flow::{FLOW, Flow};
use crate::world::{self, PATIENCE, department, receive};

/// A cluster, and our ends on a queue in it.
struct World {
    cluster: Option<Cluster>,
    queue: String,
    publisher: Arc<dyn Publisher>,
    consumer: Consumer,
    to: Address,
}

impl World {
    async fn new() -> Self {
        let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
        let options = world::options(cluster.address());
        let queue = format!("{}jisr.department.municipality", options.prefix);
        let bus = RabbitBus::connect(options).await.unwrap();
        let to = department("municipality");
        let consumer = bus.consume(&to, 100).await.unwrap();
        let known = || async { cluster.nodes().iter().all(|node| node.remembers(&queue)).then_some(()) };
        until("the queue is on three disks", PATIENCE, known).await;
        let publisher = bus.publisher().await.unwrap();
        Self { cluster: Some(cluster), queue, publisher, consumer, to }
    }

    /// Does something to the cluster, which takes its time.
    async fn aside<T: Send + 'static>(&mut self, act: impl FnOnce(&mut Cluster) -> T + Send + 'static) -> T {
        let mut cluster = self.cluster.take().unwrap();
        let acting = tokio::task::spawn_blocking(move || (act(&mut cluster), cluster));
        let (answer, cluster) = acting.await.unwrap();
        self.cluster = Some(cluster);
        answer
    }

    async fn leader(&mut self) -> usize {
        let queue = self.queue.clone();
        self.aside(move |cluster| cluster.leader(&queue)).await.expect("a leader")
    }

    /// The same while messages flow, all of which arrive.
    async fn while_flowing(&mut self, numbers: Range<u32>, fault: impl FnOnce(&mut Cluster) + Send + 'static) {
        let flow = Flow::start(&self.publisher, &self.to, numbers.clone());
        flow.reaches(FLOW / 4).await;
        self.aside(fault).await;
        receive(&mut self.consumer, numbers.collect()).await;
        flow.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_of_three_survives_its_leader() {
    let mut world = World::new().await;
    let killed = world.leader().await;
    world.while_flowing(0..FLOW, move |cluster| cluster.kill(killed)).await;
    assert_ne!(world.leader().await, killed);
    world.aside(move |cluster| (cluster.restart(killed), cluster.wait_whole())).await;

    let apart = world.leader().await;
    world.while_flowing(FLOW..2 * FLOW, move |cluster| cluster.partition(apart)).await;
    assert_ne!(world.leader().await, apart);
    world.aside(|cluster| (cluster.heal(), cluster.wait_whole())).await;

    world.while_flowing(2 * FLOW..3 * FLOW, Cluster::rolling_restart).await;
}
