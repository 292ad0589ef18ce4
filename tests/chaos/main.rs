//! The ledger: applications flow while everything that can fail does, and in the end what was acknowledged is held
//! against what departments have done. See `README.md`.
//!
//! One program in several parts: the ledger itself, and processes that it starts (a department's system, an adapter, a
//! server that is wrong on purpose).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod adapter;
mod api;
mod books;
mod broker;
mod configuration;
mod database;
mod department;
mod driver;
mod echo;
mod faults;
mod hasty;
mod installation;
mod member;
mod operator;
mod run;

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use jisr_bus::rabbit::{Login, Password, Role};
use jisr_bus::{RabbitBus, RabbitOptions};
use jisr_tests::ledger::cast::{DEPARTMENTS, Effect, Pace, System};
use jisr_tests::ledger::fault::Kind;
use jisr_tests::ledger::plan::Volume;
use tokio::signal::unix::{SignalKind, signal};

use crate::configuration::Servers;
use crate::installation::Layout;
use crate::run::Run;

/// User and password of the testkit's broker.
const GUEST: &str = "guest";
/// From so many minutes on, some faults last long.
const LONG: u64 = 10;
/// What `cargo test` runs.
const TESTS: [&str; 2] = ["nothing_is_lost_and_nothing_is_done_twice", "a_hasty_build_turns_it_red"];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["department", id, port, effect, record, seed] => {
            let effect =
                [Effect::Idempotent, Effect::Lookup, Effect::Once].into_iter().find(|one| one.word() == *effect);
            let (port, effect, seed) = (read(port), effect.unwrap(), read(seed));
            let options = department::Options { id: (*id).to_owned(), port, effect, record: record.into(), seed };
            department::run(options).await;
        }
        ["adapter", manifest, instance, department, broker] => {
            logging();
            let manifest = std::fs::read_to_string(manifest).unwrap();
            let (instance, department, broker) = ((*instance).to_owned(), read(department), read(broker));
            adapter::run(adapter::Options { manifest, instance, department, broker }).await;
        }
        ["hasty", journal, gateway, operations, broker, start_within] => {
            logging();
            let start_within = Duration::from_secs(read(start_within));
            let (gateway, operations, broker) = (read(gateway), read(operations), read(broker));
            hasty::run(hasty::Options { journal: journal.into(), gateway, operations, broker, start_within }).await;
        }
        ["run", settings @ ..] => return until_interrupted(long(settings)).await,
        _ => return until_interrupted(tests(&words)).await,
    }
    ExitCode::SUCCESS
}

/// What was begun is dropped, and so ended, when somebody wants us to end.
async fn until_interrupted(work: impl Future<Output = bool>) -> ExitCode {
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    tokio::select! {
        clean = work => if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        _ = interrupt.recv() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
    }
}

/// `run [--minutes M] [--seed S] [--cluster] [--engines N] [--only Kind,Kind]`; the last two are to find out what turns a
/// run red: with so many engines, and faults of these kinds alone.
async fn long(settings: &[&str]) -> bool {
    let setting = |name: &str| settings.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
    let minutes: u64 = setting("--minutes").map_or(30, read);
    let brokers = if settings.contains(&"--cluster") { 3 } else { 1 };
    let mut run = ledger(minutes, setting("--seed").map(read), brokers);
    if let Some(engines) = setting("--engines").map(read) {
        run.layout.servers = Servers::Several { gateways: 2, engines };
    }
    if let Some(only) = setting("--only") {
        run.kinds.retain(|kind| only.split(',').any(|name| name == format!("{kind:?}")));
    }
    run.judged().await.is_clean()
}

/// As `cargo test` calls a test: options are for harnesses, the first word is what names must contain.
async fn tests(words: &[&str]) -> bool {
    if words.contains(&"--list") {
        TESTS.iter().for_each(|name| println!("{name}: test"));
        return true;
    }
    let wanted = words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    let mut well = true;
    if TESTS[0].contains(wanted) {
        let seed = std::env::var("SEED").ok().map(|seed| read(&seed));
        well &= ledger(2, seed, 1).judged().await.is_clean();
    }
    if TESTS[1].contains(wanted) {
        let verdict = broken().judged().await;
        // Answered before it was committed, and acknowledged before it was: the one loses, the other does twice.
        let red = !verdict.lost.is_empty() && !verdict.is_clean();
        println!("a build that is wrong on purpose was {}", if red { "found out" } else { "NOT found out" });
        well &= red;
    }
    well
}

/// The ledger over everything.
fn ledger(minutes: u64, seed: Option<u64>, brokers: usize) -> Run {
    let servers = Servers::Several { gateways: 2, engines: 2 };
    let long = minutes >= LONG;
    Run {
        name: "ledger",
        verdict: "verdict.json",
        seed: seed.unwrap_or_else(rand::random),
        layout: Layout {
            servers,
            brokers,
            departments: DEPARTMENTS.to_vec(),
            pace: if long { Pace::LONG } else { Pace::SHORT },
        },
        volume: Volume {
            load: Duration::from_secs(60 * minutes),
            per_minute: 300,
            burst: 8,
            // Three nodes on one machine are slow to come together again.
            between: if brokers > 1 { (1_500, 5_000) } else { (600, 2_400) },
            long: if long { 5 } else { 0 },
        },
        kinds: Kind::ALL.to_vec(),
        patience: Duration::from_secs(if long { 300 } else { 120 }),
    }
}

/// A short one over a server that is wrong on purpose. Nothing but that server is killed.
fn broken() -> Run {
    let pace = Pace {
        start_within: Duration::from_secs(4),
        call_timeout: Duration::from_secs(1),
        begin_within: Duration::from_secs(4),
        ends_within: Duration::from_secs(2),
    };
    let departments = DEPARTMENTS.into_iter().filter(|department| department.system == System::StandIn).collect();
    Run {
        name: "broken",
        verdict: "broken-verdict.json",
        seed: 7,
        layout: Layout { servers: Servers::Hasty, brokers: 1, departments, pace },
        volume: Volume { load: Duration::from_secs(25), per_minute: 900, burst: 0, between: (400, 900), long: 0 },
        kinds: vec![Kind::KillEngine],
        patience: Duration::from_secs(15),
    }
}

fn read<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn logging() {
    jisr_runtime::init_logging(&jisr_runtime::config::LogSettings::default()).unwrap();
}

/// One end of the bus at a port.
fn bus(port: u16, role: Role, prefix: &str) -> RabbitBus {
    let login = Login::Password { username: GUEST.to_owned(), password: Password::new(GUEST) };
    let mut options = RabbitOptions::new(format!("amqp://127.0.0.1:{port}"), login, role);
    prefix.clone_into(&mut options.prefix);
    RabbitBus::new(options).unwrap()
}

/// What blocks, on a thread of its own.
async fn blocking<T: Send + 'static>(action: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(action).await.unwrap()
}
