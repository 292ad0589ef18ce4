//! The adapter against its foreign peer: a broker with AMQP 1.0, and an inspection desk on another AMQP library.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::time::Duration;

use jisr_adapter::connectors::http::Uri;
use jisr_adapter::core::fault::FaultClass;
use jisr_adapter::core::id::TransactionId;
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::proto::adapter::v1::{LegRequest, RequestKind};
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter as _, Answer, CallFault};
use jisr_civil_defence::{CivilDefence, mapping};
use jisr_testkit::inspections::{DECISIONS, Inspections, REQUESTS};
use jisr_testkit::proxy::Proxy;
use jisr_testkit::wait::until;
use serde_json::{Value, json};
use tempfile::TempDir;

/// However slow the machine: what has not happened by then does not happen.
const PATIENCE: Duration = Duration::from_secs(60);
const QUICK: &str = "call_timeout = \"3s\"\nconnect_timeout = \"2s\"\nends_within = \"4s\"";

struct World {
    peer: Inspections,
    _folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { peer: Inspections::start(folder.path()), _folder: folder }
    }

    fn adapter(&self) -> CivilDefence {
        self.adapter_at(self.peer.broker.port, "ours")
    }

    fn adapter_at(&self, port: u16, password: &str) -> CivilDefence {
        self.adapter_with(port, password, QUICK)
    }

    fn adapter_with(&self, port: u16, password: &str, times: &str) -> CivilDefence {
        let config = format!("{}\n{times}", self.peer.settings(port, password));
        CivilDefence::new(&toml::from_str(&config).unwrap()).unwrap()
    }

    /// Waits until the desk has executed so many inspections.
    async fn executed(&self, count: usize) {
        let some = || async { (self.peer.inspections().await.len() >= count).then_some(()) };
        until("inspections at the desk", PATIENCE, some).await;
    }

    /// How often the desk has executed this request.
    async fn effects(&self, request: &LegRequest) -> usize {
        let ours = reference(request);
        self.peer.inspections().await.into_iter().filter(|reference| *reference == ours).count()
    }
}

/// An application of its own for premises on this plot, where what the inspectors find depends on the plot.
fn request(plot: &str) -> LegRequest {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/inspection/passed-arabic/request.json");
    let mut request: LegRequest = from_json(&std::fs::read_to_string(file).unwrap()).unwrap();
    request.transaction = TransactionId::new(Timestamp::from_millis(1_790_000_000_000), rand::random()).to_string();
    request.input.as_mut().unwrap().location.as_mut().unwrap().parcel_no = plot.to_owned();
    request
}

fn reference(request: &LegRequest) -> String {
    mapping::our_reference(request).unwrap()
}

fn asking(request: &LegRequest) -> LegRequest {
    LegRequest { kind: RequestKind::Lookup.into(), ..request.clone() }
}

fn doubt(result: Result<impl std::fmt::Debug, CallFault>) -> String {
    match result {
        Err(CallFault::Doubtful { detail }) => detail,
        other => panic!("no doubt: {other:?}"),
    }
}

fn not_done(result: Result<impl std::fmt::Debug, CallFault>) -> (FaultClass, String) {
    match result {
        Err(CallFault::NotDone(fault)) => (fault.class, fault.code.to_string()),
        other => panic!("not certain: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspection_is_taken_asked_for_decided_and_withdrawn() {
    let world = World::new();
    let adapter = world.adapter();
    world.peer.control(json!({"hold": true})).await;

    let passed = request("345-1207");
    assert_eq!(adapter.lookup(&passed).await, Ok(None), "nothing is known yet");
    assert!(matches!(adapter.execute(&passed).await, Ok(Answer::InProgress(_))));
    // The question comes after the application, whatever the desk's pace: it never passes for unknown.
    let found = adapter.lookup(&asking(&passed)).await;
    assert!(matches!(&found, Ok(Some(Answer::InProgress(open))) if open.legacy_refs.len() == 2), "{found:?}");
    let records = world.peer.records().await;
    let stored: &Value = &records["inspections"][0]["request"];
    assert_eq!(stored["NAME_AR"], "مطعم بوابة الجسر ذ.م.م");
    assert_eq!(stored["ADDRESS"], "دبي، شارع الوصل، بناية 12 مقابل الحديقة");
    assert_eq!((&stored["USE"], &stored["AREA"]), (&json!("RST"), &json!("180.00")));

    world.peer.control(json!({"hold": false})).await;
    until("a decision", PATIENCE, || async { (world.peer.waiting(DECISIONS) == 1).then_some(()) }).await;
    let found = adapter.lookup(&asking(&passed)).await;
    assert!(
        matches!(&found, Ok(Some(Answer::Succeeded(passed))) if passed.outputs[0].licence_no == "FS-000001"),
        "{found:?}"
    );
    let withdrawn = adapter.compensate(&passed).await.unwrap();
    assert_eq!(adapter.compensate(&passed).await, Ok(withdrawn), "the first withdrawal again");
    let found = adapter.lookup(&asking(&passed)).await;
    assert!(matches!(&found, Ok(Some(Answer::Refused(no))) if no.code == "WITHDRAWN"), "{found:?}");
    assert!(matches!(adapter.compensate(&request("345-1208")).await, Ok(Answer::Succeeded(_))), "nothing to withdraw");

    let refused = request("999-0001");
    adapter.execute(&refused).await.unwrap();
    let found = adapter.lookup(&asking(&refused)).await;
    assert!(matches!(&found, Ok(Some(Answer::Refused(no))) if no.code == "F-17" && no.reason.len() == 2), "{found:?}");
    let unusable = request("777-0001");
    adapter.execute(&unusable).await.unwrap();
    assert_eq!(not_done(adapter.lookup(&asking(&unusable)).await), (FaultClass::Permanent, "E-07".to_owned()));

    // What the customer adds supplements the case that waits for him.
    let mut more = request("888-0001");
    let answers = |request: &mut LegRequest| request.input.as_mut().unwrap().answers.as_mut().unwrap().fields.clone();
    let complete = answers(&mut more);
    more.input.as_mut().unwrap().answers.as_mut().unwrap().fields.remove("contact_for_visit");
    adapter.execute(&more).await.unwrap();
    let found = adapter.lookup(&asking(&more)).await;
    assert!(
        matches!(&found, Ok(Some(Answer::InformationRequired(asked))) if asked.fields == ["answers.contact_for_visit"]),
        "{found:?}"
    );
    more.input.as_mut().unwrap().answers.as_mut().unwrap().fields = complete;
    more.attempt = 2;
    assert_eq!(adapter.lookup(&more).await, Ok(None), "the way is free for what was added");
    adapter.execute(&more).await.unwrap();
    let found = adapter.lookup(&asking(&more)).await;
    assert!(matches!(found, Ok(Some(Answer::Succeeded(_)))), "{found:?}");
    assert_eq!(world.effects(&more).await, 1);
    let records = world.peer.records().await;
    assert_eq!((&records["withdrawals"].as_array().unwrap().len(), &records["malformed"]), (&1, &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_used_leaves_the_question_open() {
    let world = World::new();
    let adapter = world.adapter();
    let applied = request("345-1207");
    adapter.execute(&applied).await.unwrap();
    let question = asking(&applied);
    for (fault, why) in [
        ("lose", "no answer within"),
        ("garbage", "the answer cannot be read"),
        ("half", "the answer cannot be read"),
        ("huge", "is larger than"),
        ("wrong_charset", "it is UTF-8 and not windows-1256"),
        ("foreign", "it is about another case"),
    ] {
        world.peer.reset(json!({"answer": fault})).await;
        let detail = doubt(adapter.lookup(&question).await);
        assert!(detail.contains(why), "{fault}: {detail}");
        let found = adapter.lookup(&question).await;
        assert!(matches!(found, Ok(Some(Answer::Succeeded(_)))), "{fault}: {found:?}");
    }
    // A second answer belongs to no later question.
    world.peer.reset(json!({"answer": "duplicate"})).await;
    let unknown = asking(&request("345-1299"));
    for _ in 0..3 {
        assert!(matches!(adapter.lookup(&question).await, Ok(Some(Answer::Succeeded(_)))));
        assert_eq!(adapter.lookup(&unknown).await, Ok(None));
    }
    // A slow desk is waited for, within the time for a call; a slower one is not.
    world.peer.reset(json!({"slow_ms": 500})).await;
    assert!(matches!(adapter.lookup(&question).await, Ok(Some(_))));
    world.peer.reset(json!({"slow_ms": 4000})).await;
    assert!(doubt(adapter.lookup(&question).await).contains("no answer within"));
    world.peer.reset(json!({})).await;

    // Two instances, many questions at a time: each gets the answer to its own.
    let other = world.adapter();
    let refused = request("999-0001");
    other.execute(&refused).await.unwrap();
    let (ours, theirs) = (asking(&applied), asking(&refused));
    for _ in 0..5 {
        let (first, second, third, fourth) =
            tokio::join!(adapter.lookup(&ours), other.lookup(&theirs), adapter.lookup(&theirs), other.lookup(&ours));
        assert!(
            matches!((&first, &fourth), (Ok(Some(Answer::Succeeded(_))), Ok(Some(Answer::Succeeded(_))))),
            "{first:?}"
        );
        assert!(
            matches!((&second, &third), (Ok(Some(Answer::Refused(_))), Ok(Some(Answer::Refused(_))))),
            "{second:?}"
        );
    }
    assert_eq!((world.effects(&applied).await, world.effects(&refused).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_closed_loses_nothing_and_nothing_is_taken_for_unknown() {
    let world = World::new();
    let adapter = world.adapter();
    world.peer.control(json!({"closed": true})).await;
    let nobody = || async {
        let consumers = world.peer.broker.ctl(&["list_queues", "name", "consumers", "--no-table-headers"]);
        consumers.lines().any(|line| line == format!("{REQUESTS}\t0")).then_some(())
    };
    until("nobody at the desk", PATIENCE, nobody).await;
    let applied = request("345-1207");
    assert!(matches!(adapter.execute(&applied).await, Ok(Answer::InProgress(_))), "the queue takes it at any time");
    assert!(doubt(adapter.lookup(&asking(&applied)).await).contains("no answer within"));
    world.peer.control(json!({"closed": false})).await;
    world.executed(1).await;
    let found = adapter.lookup(&asking(&applied)).await;
    assert!(matches!(found, Ok(Some(Answer::Succeeded(_)))), "{found:?}");
    assert_eq!(world.effects(&applied).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_the_broker_is_certain_or_doubtful_as_it_is() {
    let mut world = World::new();
    let network = Proxy::start(world.peer.broker.port).await;
    let adapter = world.adapter_at(network.port, "ours");

    // This broker lets who is refused wait.
    let unhurried = "call_timeout = \"30s\"\nconnect_timeout = \"20s\"\nends_within = \"40s\"";
    let expired = world.adapter_with(world.peer.broker.port, "expired", unhurried);
    let credentials = (FaultClass::Transient, "CREDENTIALS_REFUSED".to_owned());
    assert_eq!(not_done(expired.execute(&request("345-0001")).await), credentials);
    assert_eq!(not_done(expired.lookup(&request("345-0001")).await), credentials);

    // Nothing listens there.
    let closed = world.adapter_at(jisr_testkit::free_port(), "ours");
    let refused = (FaultClass::Transient, "CONNECT_FAILED".to_owned());
    assert_eq!(not_done(closed.execute(&request("345-0002")).await), refused);

    // The way stands still after the application has left: the disposition is lost, the effect is not, and it is one.
    adapter.execute(&request("345-0003")).await.unwrap();
    network.stall();
    let applied = request("345-0004");
    assert!(doubt(adapter.execute(&applied).await).contains("no disposition within"));
    network.heal();
    world.executed(2).await;
    let found = adapter.lookup(&asking(&applied)).await;
    assert!(matches!(found, Ok(Some(Answer::Succeeded(_)))), "{found:?}");
    assert_eq!(world.effects(&applied).await, 1);

    // Cut: what is said to be certain is.
    network.cut();
    let applied = request("345-0005");
    let result = adapter.execute(&applied).await;
    network.heal();
    let found =
        until("an answer after the cut", PATIENCE, || async { adapter.lookup(&asking(&applied)).await.ok() }).await;
    match result {
        Err(CallFault::NotDone(fault)) => {
            assert_eq!((fault.class, found), (FaultClass::Transient, None), "{fault}");
        }
        Err(CallFault::Doubtful { .. }) => assert_eq!(usize::from(found.is_some()), world.effects(&applied).await),
        Ok(answer) => panic!("{answer:?}"),
    }

    // A queue that takes no more: this broker drops the connection over it, which proves nothing.
    let limit = r#"{"max-length": 0, "overflow": "reject-publish"}"#;
    world.peer.broker.ctl(&["set_policy", "full", "^cd.inspection.requests$", limit, "--priority", "9"]);
    let applied = request("345-0006");
    assert!(adapter.execute(&applied).await.is_err(), "a full queue takes nothing");
    world.peer.broker.ctl(&["clear_policy", "full"]);
    let found =
        until("an answer from the queue", PATIENCE, || async { adapter.lookup(&asking(&applied)).await.ok() }).await;
    assert_eq!(found, None);

    // Night falls over everything, and morning comes.
    let applied = request("345-0007");
    adapter.execute(&applied).await.unwrap();
    world.peer.broker.kill();
    let (class, code) = not_done(closed.execute(&applied).await);
    assert_eq!((class, code.as_str()), (FaultClass::Transient, "CONNECT_FAILED"));
    world.peer.restart();
    let found =
        until("an answer in the morning", PATIENCE, || async { adapter.lookup(&asking(&applied)).await.ok() }).await;
    assert!(matches!(found, Some(Answer::Succeeded(_) | Answer::InProgress(_))), "{found:?}");
    assert_eq!(world.effects(&applied).await, 1);
}

#[test]
fn an_address_with_credentials_is_refused() {
    // The password belongs in a file; a broker's address is shown in logs.
    let config = "broker = \"amqp://jisr:sesame@127.0.0.1:5672\"";
    let Err(error) = CivilDefence::new(&toml::from_str(config).unwrap()) else { panic!("taken") };
    assert!(error.to_string().starts_with("broker:") && !error.to_string().contains("sesame"), "{error}");
    assert!("amqp://jisr:sesame@127.0.0.1".parse::<Uri>().is_ok(), "it would have been a valid URI");
}
