//! PostgreSQL under the ledger. The testkit's calls block; here they do so on threads of their own.

use std::sync::{Arc, Mutex};

use jisr_testkit::postgres::Postgres;

use crate::blocking;

/// See the module.
#[derive(Clone)]
pub(crate) struct Database {
    server: Arc<Mutex<Postgres>>,
    /// Where clients connect.
    pub(crate) port: u16,
    /// The configuration of a Jisr that goes there, as TOML.
    config: String,
}

impl Database {
    pub(crate) async fn start() -> Self {
        let server = blocking(Postgres::start).await;
        let (port, config) = (server.port, server.config("jisr"));
        Self { server: Arc::new(Mutex::new(server)), port, config }
    }

    /// The configuration of a Jisr that goes there through this port.
    pub(crate) fn config(&self, port: u16) -> String {
        self.config.replace(&format!(":{}/", self.port), &format!(":{port}/"))
    }

    pub(crate) async fn with<T: Send + 'static>(&self, action: impl FnOnce(&mut Postgres) -> T + Send + 'static) -> T {
        let server = self.server.clone();
        blocking(move || action(&mut server.lock().unwrap())).await
    }
}
