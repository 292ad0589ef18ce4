//! The production setting: RabbitMQ, PostgreSQL, `jisr serve` and an adapter, each a process of its own; a front end in
//! this one, through the gateway's gRPC.

use std::path::Path;
use std::sync::Arc;

use jisr_proto::v1;
use jisr_proto::v1::watch_response::Body;
use jisr_testkit::free_port;
use jisr_testkit::jisr::Process;
use jisr_testkit::postgres::Postgres;
use jisr_testkit::process::Program;
use jisr_testkit::rabbitmq::RabbitMq;
use jisr_tests::Client;

use crate::embedded::{Work, is_completion};
use crate::harness::{Completions, Group};
use crate::{adapter, load};

/// Connections of the front end; each carries many calls at once.
const CONNECTIONS: usize = 4;

/// A running installation and its front end.
pub(crate) struct Production {
    clients: Arc<Vec<Client>>,
    completed: Completions<String>,
    server: Process,
    adapter: Program,
}

impl Production {
    /// Starts one, whose journal is in this schema, which also keeps its names on the broker apart.
    pub(crate) async fn start(rabbitmq: &RabbitMq, postgres: &Postgres, schema: &str, folder: &Path) -> Self {
        let prefix = format!("{schema}.");
        let password = folder.join("rabbitmq.password");
        std::fs::write(&password, "guest").unwrap();
        let port = free_port();
        let config = folder.join(format!("{schema}.toml"));
        let text = format!(
            "[gateway]\nlisten = \"127.0.0.1:{port}\"\n[operations]\nlisten = \"127.0.0.1:{}\"\n\
             [catalogue]\npath = \"{}\"\n{}[bus.rabbitmq]\naddress = \"{}\"\nusername = \"guest\"\n\
             password = {{ file = \"{}\" }}\nprefix = \"{prefix}\"\n[log]\nlevel = \"warn\"\n",
            free_port(),
            load::catalogue(folder).display(),
            postgres.config(schema),
            rabbitmq.address(),
            password.display(),
        );
        std::fs::write(&config, text).unwrap();
        let roles = ["serve", "--roles", "gateway,engine,operations", "--config", &config.display().to_string()];
        let server = Process::start(folder, schema, &roles);
        let adapter = adapter::start(rabbitmq, &prefix, folder);
        let address = format!("http://127.0.0.1:{port}");
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(jisr_tests::client(&address).await);
        }
        let completed = Completions::new();
        let mut watcher = jisr_tests::client(&address).await;
        let request = v1::WatchTransactionsRequest::default();
        let mut watch = watcher.watch_transactions(request).await.unwrap().into_inner();
        let told = completed.clone();
        tokio::spawn(async move {
            // It ends with the server, and then nobody waits any more.
            while let Ok(Some(message)) = watch.message().await {
                let Some(Body::Update(update)) = message.body else { continue };
                if let Some(event) = update.event.filter(is_completion) {
                    told.tell(event.transaction);
                }
            }
        });
        Self { clients: Arc::new(clients), completed, server, adapter }
    }

    /// One piece of work: submits the application and waits until it is completed.
    pub(crate) fn work(&self, application: &v1::Transaction) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let (clients, completed) = (self.clients.clone(), self.completed.clone());
        let application = Arc::new(application.clone());
        move |worker| {
            let (mut client, completed) = (clients[worker % CONNECTIONS].clone(), completed.clone());
            let application = application.clone();
            Box::pin(async move {
                let request = jisr_tests::submission(v1::Transaction::clone(&application));
                let taken = client.submit_transaction(request).await.unwrap().into_inner();
                completed.of(taken.name).await;
            })
        }
    }

    /// Gateway and engine, one process here.
    pub(crate) fn server(&self) -> u32 {
        self.server.id()
    }

    /// Everything that works while it does.
    pub(crate) fn groups(&self, rabbitmq: &RabbitMq, postgres: &Postgres) -> Vec<Group> {
        let group = |name, ids| Group { name, ids };
        vec![
            group("server", vec![self.server.id()]),
            group("adapter", vec![self.adapter.id()]),
            group("rabbitmq", rabbitmq.processes()),
            group("postgresql", postgres.processes()),
            group("front_end", vec![std::process::id()]),
        ]
    }
}
