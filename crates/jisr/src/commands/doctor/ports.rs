//! Whether the addresses of the configuration are free, or answered by a server of ours.

use std::net::{SocketAddr, TcpListener};

use jisr_runtime::config::Settings;

use super::{Check, Level, server};
use crate::cli::Global;

pub(super) async fn check(settings: &Settings, global: &Global) -> Vec<Check> {
    let mut checks = Vec::new();
    for (subject, key, address) in [
        ("gateway", "gateway.listen", settings.gateway.listen.get()),
        ("operations", "operations.listen", settings.operations.listen.get()),
    ] {
        checks.push(one(subject, key, address, global).await);
    }
    checks
}

async fn one(subject: &'static str, key: &str, address: SocketAddr, global: &Global) -> Check {
    if address.port() == 0 {
        return Check::ok(subject, format!("{key} takes any free port"));
    }
    match TcpListener::bind(address) {
        Ok(_) => Check::ok(subject, format!("{address} is free")),
        Err(_) if server::is_ours(&format!("http://{address}"), global).await => {
            Check::ok(subject, format!("a Jisr server answers at {address}"))
        }
        Err(error) => Check::new(
            subject,
            Level::Fail,
            format!("{address} cannot be used: {error}"),
            format!("stop what listens there, or set {key} to another address"),
        ),
    }
}
