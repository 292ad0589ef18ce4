//! The production setting: RabbitMQ, PostgreSQL, `jisr serve` and an adapter, each a process of its own; a front end in
//! this one, through the gateway's gRPC.

use std::path::Path;
use std::sync::Arc;

use jisr_proto::v1;
use jisr_testkit::free_port;
use jisr_testkit::jisr::Process;
use jisr_testkit::postgres::Postgres;
use jisr_testkit::process::Program;
use jisr_testkit::rabbitmq::RabbitMq;

use crate::embedded::Work;
use crate::front_end::{Application, FrontEnd};
use crate::harness::{Completions, Group};
use crate::{adapter, load};

/// Connections of the front end; each carries many calls at once.
const CONNECTIONS: usize = 4;

/// What the front end waits for. One that ends otherwise stops the bench: a bench of errors says nothing.
const ENDS: &str = "state = COMPLETED OR state = REJECTED";

/// What the database has done so far.
pub(crate) struct Effort {
    transactions: f64,
    /// Of the database's own transactions, of forced writes of its log, and KiB of log.
    spent: [(&'static str, &'static str, f64); 3],
}

impl Effort {
    /// As its statistics say, which lag by a second at most.
    pub(crate) fn of(postgres: &Postgres, schema: &str) -> Self {
        let sql = format!(
            "select (select n_tup_ins from pg_stat_user_tables
                    where schemaname = '{schema}' and relname = 'transactions'),
                (select xact_commit from pg_stat_database where datname = current_database()),
                (select wal_sync from pg_stat_wal), (select (wal_bytes / 1024)::bigint from pg_stat_wal)"
        );
        let said = postgres.sql(&sql);
        let numbers: Vec<f64> = said.split('|').map(|number| number.parse().unwrap()).collect();
        let [transactions, commits, syncs, kib] = *numbers else { panic!("{said}") };
        Self { transactions, spent: [("commits", "", commits), ("syncs", "", syncs), ("log", "KiB", kib)] }
    }

    /// What each transaction since then took, with its name and unit.
    pub(crate) fn since(&self, before: &Self) -> impl Iterator<Item = (&'static str, &'static str, f64)> {
        let transactions = (self.transactions - before.transactions).max(1.0);
        let each = self.spent.iter().zip(&before.spent);
        each.map(move |((name, unit, now), (.., then))| (*name, *unit, (now - then) / transactions))
    }
}

/// A running installation and its front end.
pub(crate) struct Production {
    clients: Arc<Vec<FrontEnd>>,
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
            clients.push(FrontEnd::connect(&address).await);
        }
        let completed = Completions::new();
        let mut watch = FrontEnd::connect(&address).await.watch(ENDS).await;
        let told = completed.clone();
        tokio::spawn(async move {
            // It ends with the server, and then nobody waits any more.
            while let Ok(Some(message)) = watch.message().await {
                let Some(event) = message.update.and_then(|update| update.event) else { continue };
                assert_ne!(event.to, "REJECTED", "{event:?}");
                if event.leg.is_empty() && event.to == "COMPLETED" {
                    told.tell(event.transaction);
                }
            }
        });
        Self { clients: Arc::new(clients), completed, server, adapter }
    }

    /// One piece of work: submits the application and waits until it is completed.
    pub(crate) fn work(&self, application: &v1::Transaction) -> impl Fn(usize) -> Work + Clone + Send + 'static {
        let (clients, completed) = (self.clients.clone(), self.completed.clone());
        let application = Arc::new(Application::new(application));
        move |worker| {
            let (mut client, completed) = (clients[worker % CONNECTIONS].clone(), completed.clone());
            let application = application.clone();
            Box::pin(async move {
                let name = client.submit(&application).await;
                completed.of(name).await;
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
