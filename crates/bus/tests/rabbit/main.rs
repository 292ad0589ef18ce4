//! The bus on RabbitMQ against brokers started here: the suite every bus must pass, and what only a broker can do.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod access;
mod cluster;
mod flow;
mod json;
mod outage;
mod packs;
mod tls;
mod wiring;
mod world;

jisr_bus::bus_suite!(world::bus());
