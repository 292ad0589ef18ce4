//! A mainframe with an adapter in front, applications for it, and the home that its answers are brought to.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::proto::adapter::v1::{LegReply, LegRequest};
use jisr_adapter::proto::v1;
use jisr_adapter::{Adapter, Answer, CallFault, CancellationToken, Reference, Runner, RunnerOptions};
use jisr_bus::{Address, Bus, ProcessBus, kind};
use jisr_runtime::SystemClock;
use jisr_testkit::mainframe::Mainframe;
use jisr_testkit::wait::until;
use jisr_utilities::{Utilities, config::Config};
use prost::Message as _;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use tempfile::TempDir;

/// However slow the machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough for any machine, so that only the faults of a test are faults.
const TIMES: &str = "gather = \"500ms\"\npoll = \"200ms\"\nconnect_timeout = \"20s\"\nrequest_timeout = \"20s\"\n\
                     call_timeout = \"50s\"\nends_within = \"60s\"";

/// Short enough to wait for.
pub(crate) const QUICK: &str = "gather = \"100ms\"\npoll = \"200ms\"\nconnect_timeout = \"5s\"\nrequest_timeout = \"1s\"\n\
                                call_timeout = \"10s\"\nends_within = \"12s\"";

pub(crate) struct World {
    pub(crate) mainframe: Mainframe,
    // Last: the folder goes when nothing runs in it any more.
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { mainframe: Mainframe::start(folder.path()), folder }
    }

    pub(crate) fn adapter(&self) -> Utilities {
        self.adapter_by(self.mainframe.sshd.port, TIMES)
    }

    pub(crate) fn adapter_by(&self, port: u16, more: &str) -> Utilities {
        Utilities::new(&self.config(port, more)).unwrap()
    }

    pub(crate) fn config(&self, port: u16, more: &str) -> Config {
        toml::from_str(&self.mainframe.config(port, more)).unwrap()
    }

    /// Brings answers home until the value is dropped.
    pub(crate) async fn home(&self, adapter: &Utilities) -> Home {
        Home::of(adapter, &self.config(self.mainframe.sshd.port, TIMES)).await
    }

    /// Puts a result file in place, as the mainframe does.
    pub(crate) fn deliver(&self, stem: &str, content: &[u8]) {
        let out = self.mainframe.root().join("out");
        std::fs::write(out.join(format!("{stem}.res")), content).unwrap();
        std::fs::write(out.join(format!("{stem}.ok")), "").unwrap();
    }

    /// Takes the only result file away again, before anybody has seen it.
    pub(crate) fn intercept(&self) -> (String, Vec<u8>) {
        let out = self.mainframe.root().join("out");
        let names = self.mainframe.files("out");
        let stem = names.iter().find_map(|name| name.strip_suffix(".res")).unwrap().to_owned();
        let content = std::fs::read(out.join(format!("{stem}.res"))).unwrap();
        for ending in ["res", "ok"] {
            std::fs::remove_file(out.join(format!("{stem}.{ending}"))).unwrap();
        }
        (stem, content)
    }

    /// Waits until everything has been taken in.
    pub(crate) async fn taken_in(&self) {
        until("every result is archived", PATIENCE, async || self.mainframe.files("out").is_empty().then_some(()))
            .await;
    }
}

/// An application for a connection; the premises decide what the mainframe says to it.
pub(crate) fn connection(number: u64, premises: &str) -> LegRequest {
    let answers = [("premises_no", premises), ("supply_date", "2026-03-01")];
    request(number, "connection", "supply-connect", &answers)
}

/// An application for the transfer of an account.
pub(crate) fn transfer(number: u64, account: &str) -> LegRequest {
    let answers = [("account_no", account), ("to_premises_no", "582104376"), ("move_date", "2026-03-01")];
    request(number, "transfer", "account-transfer", &answers)
}

fn request(number: u64, leg: &str, operation: &str, answers: &[(&str, &str)]) -> LegRequest {
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let fields: BTreeMap<_, _> = answers.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
    let person = v1::Person {
        names: vec![v1::PersonName {
            language_code: "ar".into(),
            full_name: "مريم راشد سيف المنصوري".into(),
            ..Default::default()
        }],
        identifiers: vec![v1::Identifier {
            scheme: v1::IdentifierScheme::AeEid.into(),
            value: "784-1990-1234567-6".into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    LegRequest {
        transaction: format!("0198c5a0-7c1e-7d3a-9b52-{number:012x}"),
        leg: leg.into(),
        department: "utilities".into(),
        operation: operation.into(),
        attempt: 1,
        input: Some(v1::Transaction {
            applicant: Some(v1::Party { name: String::new(), kind: Some(v1::party::Kind::Person(person)) }),
            answers: Some(Struct { fields }),
            submit_time: Some(prost_types::Timestamp { seconds: 1_772_350_498, nanos: 0 }),
            ..Default::default()
        }),
        preferred_language_code: "ar".into(),
        ..Default::default()
    }
}

/// The same work, tried again by the engine.
pub(crate) fn again(request: &LegRequest) -> LegRequest {
    LegRequest { attempt: request.attempt + 1, ..request.clone() }
}

pub(crate) fn reference(request: &LegRequest) -> String {
    Reference::of(request).unwrap().to_string()
}

pub(crate) async fn execute_all(adapter: &Utilities, requests: &[LegRequest]) -> Vec<Result<Answer, CallFault>> {
    join_all(requests.iter().map(|request| adapter.execute(request))).await
}

pub(crate) async fn lookup_all(adapter: &Utilities, requests: &[LegRequest]) -> Vec<Result<Option<Answer>, CallFault>> {
    join_all(requests.iter().map(|request| adapter.lookup(request))).await
}

/// In one word.
pub(crate) fn word(answer: &Answer) -> String {
    match answer {
        Answer::Succeeded(_) => "succeeded".into(),
        Answer::InProgress(_) => "in progress".into(),
        Answer::Refused(refused) => format!("refused {}", refused.code),
        Answer::InformationRequired(_) => "information required".into(),
    }
}

/// The code of a fault, with a `?` behind it if the effect is in doubt.
pub(crate) fn fault(result: Result<Answer, CallFault>) -> String {
    match result.unwrap_err() {
        CallFault::NotDone(fault) => fault.code.to_string(),
        CallFault::Doubtful { detail } => format!("{detail}?"),
    }
}

/// Where a running adapter's answers go: the engine's queue, read by the test.
pub(crate) struct Home {
    brought: Arc<Mutex<HashMap<String, Vec<Said>>>>,
    stop: CancellationToken,
}

impl Home {
    async fn of(adapter: &Utilities, config: &Config) -> Self {
        let bus = ProcessBus::default();
        let mut engine = bus.consume(&Address::Engine, 1_000).await.unwrap();
        let options = RunnerOptions {
            version: "1.0.0".into(),
            instance: "one".into(),
            heartbeat: Duration::from_secs(5),
            drain: Duration::from_secs(5),
        };
        let manifest = Utilities::manifest(config).unwrap();
        let runner = Runner::new(Arc::new(adapter.clone()), manifest, Arc::new(bus), Arc::new(SystemClock), options);
        let stop = CancellationToken::new();
        tokio::spawn(runner.run(stop.clone()));
        let brought = Arc::new(Mutex::new(HashMap::<String, Vec<Said>>::new()));
        let kept = brought.clone();
        tokio::spawn(async move {
            while let Some(delivery) = engine.next().await {
                if &*delivery.message.kind == kind::LEG_REPLIED {
                    let reply = LegReply::decode(delivery.message.body.clone()).unwrap();
                    let request = LegRequest { transaction: reply.transaction, leg: reply.leg, ..Default::default() };
                    kept.lock().unwrap().entry(reference(&request)).or_default().push(reply.result.unwrap());
                }
                delivery.acknowledge();
            }
        });
        Self { brought, stop }
    }

    /// What was said about a request, each time it was said.
    pub(crate) fn said(&self, request: &LegRequest) -> Vec<String> {
        let brought = self.brought.lock().unwrap();
        let said = brought.get(&reference(request)).into_iter().flatten();
        said.map(|said| match said {
            Said::Succeeded(_) => "succeeded".to_owned(),
            Said::Refused(refused) => format!("refused {}", refused.code),
            other => format!("{other:?}"),
        })
        .collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
