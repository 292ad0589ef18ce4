//! RabbitMQ under the ledger. The testkit's calls block; here they do so on threads of their own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jisr_core::name::DepartmentId;
use jisr_testkit::rabbitmq::RabbitMq;
use serde_json::json;

use crate::blocking;

/// See the module.
#[derive(Clone)]
pub(crate) struct Broker {
    node: Arc<Mutex<RabbitMq>>,
    /// Where clients connect.
    pub(crate) port: u16,
}

impl Broker {
    pub(crate) async fn start() -> Self {
        let node = blocking(RabbitMq::start).await;
        Self { port: node.port, node: Arc::new(Mutex::new(node)) }
    }

    /// The names of its nodes.
    pub(crate) fn names() -> Vec<String> {
        vec!["rabbitmq-1".to_owned()]
    }

    async fn with<T: Send + 'static>(&self, action: impl FnOnce(&mut RabbitMq) -> T + Send + 'static) -> T {
        let node = self.node.clone();
        blocking(move || action(&mut node.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    pub(crate) async fn kill(&self) {
        self.with(RabbitMq::kill).await;
    }

    pub(crate) async fn restart(&self) {
        self.with(RabbitMq::restart).await;
    }

    pub(crate) async fn freeze(&self) {
        self.with(|node| node.freeze()).await;
    }

    pub(crate) async fn thaw(&self) {
        self.with(|node| node.thaw()).await;
    }

    pub(crate) async fn purge(&self, department: &str) {
        let queue = format!("jisr.department.{department}");
        self.with(move |node| drop(node.ctl(&["purge_queue", &queue]))).await;
    }

    /// Waits until the names of these departments' queues, and the engine's, are on disk: before that a killed broker
    /// loses what it has confirmed (ADR 8).
    pub(crate) async fn remembers(&self, departments: Vec<DepartmentId>) {
        let mut queues: Vec<_> = departments.iter().map(|id| format!("jisr.department.{id}")).collect();
        queues.push("jisr.replies".to_owned());
        let queues = &queues;
        jisr_testkit::wait::until("the queues' names on disk", Duration::from_secs(60), || async move {
            let queues = queues.clone();
            let all = self.with(move |node| queues.iter().all(|queue| node.remembers(queue))).await;
            all.then_some(())
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
        self.with(move |node| drop(node.ctl(&["import_definitions", &file.display().to_string()]))).await;
    }

    /// Messages by queue, those without any left out.
    pub(crate) async fn depths(&self) -> Vec<(String, u64)> {
        let listed = self.with(|node| node.ctl(&["list_queues", "name", "messages", "--no-table-headers"])).await;
        let depths = listed.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        });
        depths.filter(|(_, depth)| *depth > 0).collect()
    }
}
