//! The production setting in small: a server, an adapter in a process of its own, RabbitMQ between them, and the
//! department.

use jisr_testkit::jisr::{Process, Server};
use jisr_testkit::peer::BuildingControl;
use jisr_testkit::rabbitmq::RabbitMq;
use tempfile::TempDir;

use crate::{Client, QUICK, client};

/// Everything that runs; fields in the order in which it ends.
pub struct Installation {
    pub server: Server,
    pub adapter: Process,
    pub peer: BuildingControl,
    pub rabbitmq: RabbitMq,
    pub folder: TempDir,
}

impl Installation {
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rabbitmq = RabbitMq::start();
        let peer = BuildingControl::start(folder.path());
        let password = folder.path().join("rabbitmq.password");
        std::fs::write(&password, "guest").unwrap();
        let bus = format!(
            "[bus.rabbitmq]\naddress = \"{}\"\nusername = \"guest\"\npassword = {{ file = \"{}\" }}\n",
            rabbitmq.address(),
            password.display()
        );
        let server = Server::start_as(folder.path(), "server", &["--roles", "gateway,engine,operations"], &bus);
        let config = folder.path().join("municipality.toml");
        std::fs::write(&config, format!("{bus}{}", peer.config(QUICK))).unwrap();
        let config = config.display().to_string();
        let run = ["adapter", "run", "municipality", "--config", &config];
        let adapter = Process::start(folder.path(), "municipality", &run);
        Self { server, adapter, peer, rabbitmq, folder }
    }

    pub async fn client(&self) -> Client {
        client(&self.server.address).await
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}
