//! The PostgreSQL of the tests: keeps what is committed when it is killed, stands still when told to, and never
//! outlives its owner.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jisr_testkit::postgres::Postgres;

const PATIENCE: Duration = Duration::from_secs(30);

fn runs(id: u32) -> bool {
    // Not so of one that has ended and was not yet asked how.
    Path::new(&format!("/proc/{id}/exe")).exists()
}

fn wait_until(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
fn what_is_committed_survives_the_kill() {
    let mut server = Postgres::start();
    assert_eq!(server.sql("show fsync; show synchronous_commit; show full_page_writes"), "on\non\non");
    server.sql("create table names (name text); insert into names values ('محمد أحمد الشامسي')");
    let processes = server.processes();
    assert!(processes.len() > 3, "{processes:?}");
    server.kill();
    assert!(!processes.iter().any(|id| runs(*id)), "{processes:?}");
    server.restart();
    assert_eq!(server.sql("select name from names"), "محمد أحمد الشامسي");
}

#[test]
fn frozen_it_answers_nobody_and_thawed_it_goes_on() {
    let server = Postgres::start();
    server.freeze();
    let (answered, answer) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| answered.send(server.sql("select 7")).unwrap());
        assert!(answer.recv_timeout(Duration::from_millis(300)).is_err(), "it stands still");
        server.thaw();
        assert_eq!(answer.recv_timeout(PATIENCE).unwrap(), "7");
    });
    let processes = server.processes();
    drop(server);
    assert!(!processes.iter().any(|id| runs(*id)), "{processes:?}");
}

/// The test below runs this one in a process of its own, and holds it up through its standard input.
const HELD: &str = "JISR_TEST_HELD";

#[test]
fn a_shared_server_has_a_schema_for_each() {
    let server = Postgres::shared();
    let (one, other) = (server.schema(), server.schema());
    for schema in [&one, &other] {
        server.sql(&format!("create schema {schema}; create table {schema}.names (name text)"));
    }
    assert_ne!(one, other);
    println!("server {}", server.processes()[0]);
    if std::env::var_os(HELD).is_some() {
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
}

#[test]
fn a_shared_server_ends_with_its_process() {
    for killed in [false, true] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_shared_server_has_a_schema_for_each", "--nocapture"]).env(HELD, "yes");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let id = lines.find_map(|line| line.split_once("server ")?.1.trim().parse().ok()).unwrap();
        assert!(runs(id));
        if killed {
            child.kill().unwrap();
        } else {
            drop(child.stdin.take());
        }
        assert_eq!(child.wait().unwrap().success(), !killed);
        wait_until("the server's end", || !runs(id));
    }
}
