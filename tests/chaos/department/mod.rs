//! A department's system of the ledger's own: a process that speaks HTTP, keeps a durable record of what it has done,
//! and misbehaves from the seed.

mod fate;
mod http;
mod record;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jisr_tests::ledger::cast::{Effect, refuses};
use jisr_tests::ledger::{mixed, mixed_text};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use self::fate::{Fate, Trouble};
use self::http::Answer;
use self::record::Record;

/// What the command line says of it.
pub(crate) struct Options {
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) effect: Effect,
    pub(crate) record: PathBuf,
    pub(crate) seed: u64,
}

struct Department {
    effect: Effect,
    seed: u64,
    calls: AtomicU64,
    record: Mutex<Record>,
    /// Behaves from now on.
    well: AtomicBool,
    /// Until when most answers are lost.
    losing: Mutex<Option<Instant>>,
    /// Until when nobody can connect.
    closed: watch::Sender<Option<Instant>>,
}

/// Serves until killed.
pub(crate) async fn run(options: Options) {
    let department = Arc::new(Department {
        effect: options.effect,
        seed: mixed(options.seed ^ mixed_text(&options.id)),
        calls: AtomicU64::new(0),
        record: Mutex::new(Record::open(&options.record)),
        well: AtomicBool::new(false),
        losing: Mutex::new(None),
        closed: watch::Sender::new(None),
    });
    let mut said = false;
    loop {
        let mut closed = department.closed.subscribe();
        let until = *closed.borrow_and_update();
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, options.port).into()).unwrap();
        let listener = socket.listen(512).unwrap();
        if !std::mem::replace(&mut said, true) {
            println!("ready");
        }
        loop {
            tokio::select! {
                // Whoever connects while the door is closed is refused: there is no listener then.
                _ = closed.changed() => break,
                accepted = listener.accept() => {
                    let (stream, _) = accepted.unwrap();
                    let department = department.clone();
                    tokio::spawn(async move { department.serve(stream).await });
                }
            }
        }
    }
}

impl Department {
    async fn serve(&self, mut stream: TcpStream) {
        let Some((path, body)) = http::read(&mut stream).await else { return };
        if path == "/control" {
            self.control(&body);
            http::answer(&mut stream, 200, &json!({})).await;
            return;
        }
        let losing = self.losing.lock().unwrap().is_some_and(|until| Instant::now() < until);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fate = if self.well.load(Ordering::Relaxed) { Fate::good() } else { Fate::draw(self.seed, call, losing) };
        tokio::time::sleep(fate.before).await;
        match fate.trouble {
            Some(Trouble::Reset) => return http::reset(stream),
            Some(Trouble::Busy) => return http::answer(&mut stream, 429, &json!({})).await,
            _ => {}
        }
        // From here on it is done, whatever becomes of the caller.
        let (status, answer) = self.act(&path, &body);
        tokio::time::sleep(fate.after).await;
        match fate.trouble {
            Some(Trouble::AnswerLost) => http::reset(stream),
            Some(Trouble::AnswerCut) => http::answer_as(&mut stream, status, &answer, Answer::Half).await,
            _ => http::answer(&mut stream, status, &answer).await,
        }
    }

    fn act(&self, path: &str, request: &Value) -> (u16, Value) {
        let reference = request["reference"].as_str().unwrap_or_default();
        let mut record = self.record.lock().unwrap();
        let known = record.done(reference) > 0;
        match path {
            "/execute" if refuses(reference) => (422, json!({ "code": "NOT_THIS_ONE" })),
            "/execute" => {
                if !(known && self.effect == Effect::Idempotent) {
                    record.write("done", reference, &request["by"]);
                }
                (200, json!({ "certificate_no": format!("{:08x}", mixed_text(reference) >> 32) }))
            }
            "/lookup" => (200, json!({ "found": known })),
            "/undo" => {
                if known && record.undone(reference) == 0 {
                    record.write("undone", reference, &request["by"]);
                }
                (200, json!({}))
            }
            _ => (404, json!({})),
        }
    }

    fn control(&self, wish: &Value) {
        let until = |key: &str| Some(Instant::now() + Duration::from_millis(wish[key].as_u64()?));
        if let Some(until) = until("lose_answers_for_ms") {
            *self.losing.lock().unwrap() = Some(until);
        }
        if let Some(until) = until("close_for_ms") {
            self.closed.send_replace(Some(until));
        }
        if let Some(well) = wish["well"].as_bool() {
            self.well.store(well, Ordering::Relaxed);
        }
    }
}
