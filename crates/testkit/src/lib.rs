//! Worlds for tests: clocks, processes, ports, waits and peers.
//!
//! Everything binds to loopback and a free port, lives in a temporary folder, and ends with the value that owns it:
//! a process is ended by its id, never by its name. Helpers panic when the world does not do what a test needs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod clock;
pub mod hospital;
pub mod http;
pub mod inspections;
pub mod jisr;
pub mod licensing;
pub mod mainframe;
pub mod mariadb;
pub mod peer;
pub mod permits;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod rabbitmq;
pub mod sshd;
pub mod tripwire;
pub mod wait;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// A port that was free a moment ago. Where a program can bind port 0 itself, let it.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The root of the checkout.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
