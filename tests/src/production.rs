//! The production setting in small: two gateways, two engines, an adapter, RabbitMQ, PostgreSQL, and the department.

use jisr_testkit::jisr::{Process, Server};
use jisr_testkit::peer::BuildingControl;
use jisr_testkit::postgres::Postgres;
use jisr_testkit::rabbitmq::RabbitMq;
use tempfile::TempDir;

use crate::{Client, QUICK, client};

/// Everything that runs; fields in the order in which it ends.
pub struct Installation {
    pub gateways: Vec<Server>,
    pub engines: Vec<Server>,
    pub adapter: Process,
    pub peer: BuildingControl,
    pub rabbitmq: RabbitMq,
    pub postgres: Postgres,
    pub folder: TempDir,
}

impl Installation {
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (rabbitmq, postgres) = std::thread::scope(|scope| {
            let rabbitmq = scope.spawn(RabbitMq::start);
            let postgres = scope.spawn(Postgres::start);
            (rabbitmq.join().unwrap(), postgres.join().unwrap())
        });
        let peer = BuildingControl::start(folder.path());
        let password = folder.path().join("rabbitmq.password");
        std::fs::write(&password, "guest").unwrap();
        let bus = format!(
            "[bus.rabbitmq]\naddress = \"{}\"\nusername = \"guest\"\npassword = {{ file = \"{}\" }}\n",
            rabbitmq.address(),
            password.display()
        );
        let shared = format!("[journal.postgres]\nurl = \"{}\"\n{bus}", postgres.url());
        let serve = |name: &str, roles: &str| Server::start_as(folder.path(), name, &["--roles", roles], &shared);
        let engines = vec![serve("engine-1", "engine"), serve("engine-2", "engine")];
        let gateways = vec![serve("gateway-1", "gateway"), serve("gateway-2", "gateway")];
        let config = folder.path().join("municipality.toml");
        std::fs::write(&config, format!("{bus}{}", peer.config(QUICK))).unwrap();
        let config = config.display().to_string();
        let run = ["adapter", "run", "municipality", "--config", &config];
        let adapter = Process::start(folder.path(), "municipality", &run);
        Self { gateways, engines, adapter, peer, rabbitmq, postgres, folder }
    }

    pub async fn client(&self) -> Client {
        client(&self.gateways[0].address).await
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}
