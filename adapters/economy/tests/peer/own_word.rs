//! The department's own word: from a line of its status table to the engine, and its receipt.

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::adapter::v1::leg_reply::Result as Said;
use jisr_adapter::{Adapter, Answer, CancellationToken, Reference, Runner, RunnerOptions};
use jisr_bus::{Address, Bus, Consumer, Delivery, ProcessBus, kind};
use jisr_runtime::SystemClock;
use prost::Message as _;
use tokio::task::JoinHandle;

use super::world::{Dialect, PATIENCE, World, issue, licensed, on_both, reference};

on_both! {
    decisions_of_officers_come_home_and_are_receipted_when_they_are_safe,
    lines_nobody_can_read_stay_and_hold_up_no_other,
    late_doubled_and_disordered_lines_are_all_taken_in,
    what_was_decided_while_nobody_listened_is_waiting,
}

const QUICK: &str = "poll_every = \"50ms\"\ncall_timeout = \"20s\"\nends_within = \"30s\"";

/// A running adapter and the engine's end of its bus.
struct Running {
    engine: Consumer,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    async fn start(world: &World, instances: usize) -> Self {
        let bus = Arc::new(ProcessBus::new());
        let engine = bus.consume(&Address::Engine, 100).await.unwrap();
        let stop = CancellationToken::new();
        let mut running = Self { engine, stop, tasks: Vec::new() };
        for instance in 0..instances {
            let (manifest, adapter) = jisr_economy::connect(&world.config(QUICK)).unwrap();
            let options = RunnerOptions {
                version: "1.0.0".to_owned(),
                instance: instance.to_string(),
                heartbeat: Duration::from_secs(60),
                drain: Duration::from_secs(5),
            };
            let runner = Runner::new(adapter, manifest, bus.clone(), Arc::new(SystemClock), options);
            let stop = running.stop.clone();
            running.tasks.push(tokio::spawn(async move { runner.run(stop).await.unwrap() }));
        }
        running
    }

    /// The next thing the department says of its own, not acknowledged yet.
    async fn next(&mut self) -> (Delivery, wire::LegReply) {
        let next = async {
            loop {
                let delivery = self.engine.next().await.unwrap();
                if &*delivery.message.kind == kind::LEG_REPLIED {
                    let reply = wire::LegReply::decode(delivery.message.body.clone()).unwrap();
                    assert_eq!((reply.attempt, delivery.message.attempt), (0, 0));
                    return (delivery, reply);
                }
                delivery.acknowledge();
            }
        };
        tokio::time::timeout(PATIENCE, next).await.unwrap()
    }

    /// The next one, acknowledged.
    async fn hear(&mut self) -> (String, Said) {
        let (delivery, reply) = self.next().await;
        delivery.acknowledge();
        let reference = Reference { transaction: reply.transaction.parse().unwrap(), leg: reply.leg.parse().unwrap() };
        (reference.to_string(), reply.result.unwrap())
    }

    /// Waits until so many lines are without a receipt, hearing what comes meanwhile.
    async fn until_waiting(&mut self, world: &World, lines: usize) -> Vec<(String, Said)> {
        let mut heard = Vec::new();
        let start = std::time::Instant::now();
        while world.licensing.waiting() != lines {
            assert!(start.elapsed() < PATIENCE, "{} lines wait, {lines} should: {heard:?}", world.licensing.waiting());
            if let Ok(said) = tokio::time::timeout(Duration::from_millis(100), self.hear()).await {
                heard.push(said);
            }
        }
        heard
    }

    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        }
    }
}

/// Has applications wait for an officer.
async fn pending(world: &World, numbers: std::ops::Range<u32>) -> Vec<String> {
    let adapter = world.adapter();
    let mut references = Vec::new();
    for number in numbers {
        let request = issue(number, &["5610001"]);
        let answer = adapter.execute(&request).await.unwrap();
        assert!(matches!(answer, Answer::InProgress(_)), "{answer:?}");
        references.push(reference(&request));
    }
    references
}

async fn decisions_of_officers_come_home_and_are_receipted_when_they_are_safe(dialect: Dialect) {
    let world = World::new(dialect).await;
    let references = pending(&world, 100..103).await;
    let mut running = Running::start(&world, 1).await;
    running.until_waiting(&world, 0).await;
    let [approved, refused, asked] = references.as_slice() else { panic!() };

    world.licensing.decide(approved, "30", "", "تم إصدار الرخصة", "The licence is issued");
    let (delivery, reply) = running.next().await;
    assert!(reply.answered_time.is_some());
    assert_eq!(world.licensing.waiting(), 1, "not safe yet, so there is no receipt");
    drop(delivery);
    let (of, said) = running.hear().await;
    assert_eq!(of, *approved, "given back by the engine, it comes again");
    let Said::Succeeded(succeeded) = said else { panic!("{said:?}") };
    assert_eq!(
        super::world::outcome(&succeeded, "trade_licence_no"),
        world.licensing.application(approved, "licence_no")
    );
    running.until_waiting(&world, 0).await;

    world.licensing.decide(refused, "40", "EC230", "المحل غير مطابق", "The premises do not fit");
    let (of, said) = running.hear().await;
    let Said::Refused(no) = said else { panic!("{said:?}") };
    assert_eq!((of, no.code.as_str(), no.reason[0].text.as_str()), (refused.clone(), "EC230", "المحل غير مطابق"));

    world.licensing.decide(asked, "50", "EC502", "يرجى إرفاق المخطط", "Please attach the plan");
    let (of, said) = running.hear().await;
    assert!(of == *asked && matches!(said, Said::InformationRequired(_)), "{said:?}");
    running.until_waiting(&world, 0).await;
    running.end().await;
}

async fn lines_nobody_can_read_stay_and_hold_up_no_other(dialect: Dialect) {
    let world = World::new(dialect).await;
    let references = pending(&world, 110..112).await;
    let mut running = Running::start(&world, 1).await;
    running.until_waiting(&world, 0).await;
    let (first, second) = (&references[0], &references[1]);
    // More than one page of them.
    let filler = vec!["(NULL, '30')"; 120].join(", ");
    world.licensing.sql(&format!("INSERT INTO application_status (partner_ref, status) VALUES {filler}"));
    let line = |values: &str| {
        let columns = "partner_ref, status, licence_no, issued_on, expires_on, words_ar";
        world.licensing.sql(&format!("INSERT INTO application_status ({columns}) VALUES ({values})"));
    };
    let huge = "repeat('ن', 5000000)";
    line("'of somebody else', '30', 800099, '01/03/2026', '01/03/2027', NULL");
    line(&format!("'{first}', NULL, NULL, NULL, NULL, NULL"));
    line(&format!("'{first}', '77', NULL, NULL, NULL, NULL"));
    line(&format!("'{first}', '30', -5, '01/03/2026', '01/03/2027', NULL"));
    line(&format!("'{first}', '30', 800099, '2026-03-01', '31/02/2027', NULL"));
    line(&format!("'{first}', '40', NULL, NULL, NULL, {huge}"));
    line(&format!("'{first}', '40', NULL, NULL, NULL, {}", world.licensing.utf8("رخصة")));
    world.licensing.decide(second, "30", "", "تم", "Issued");
    let heard = running.until_waiting(&world, 127).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].0 == *second && matches!(heard[0].1, Said::Succeeded(_)));
    // Put right by the department, a line is taken in.
    world.licensing.sql(&format!(
        "UPDATE application_status SET status = '40', words_ar = 'غير مستوف' WHERE partner_ref = '{first}' AND status = '77'"
    ));
    let (of, said) = running.hear().await;
    assert!(of == *first && matches!(said, Said::Refused(_)), "{said:?}");
    running.end().await;
}

async fn late_doubled_and_disordered_lines_are_all_taken_in(dialect: Dialect) {
    let world = World::new(dialect).await;
    let references = pending(&world, 120..121).await;
    let ours = &references[0];
    let mut running = Running::start(&world, 2).await;
    running.until_waiting(&world, 0).await;
    world.licensing.decide(ours, "30", "", "تم إصدار الرخصة", "The licence is issued");
    running.until_waiting(&world, 0).await;
    // Numbers below what has been taken in already: a sequence is no order of commits.
    let copy = "partner_ref, status, licence_no, issued_on, expires_on, words_ar, words_en, decided_at";
    for number in [-3, -2] {
        world.licensing.sql(&format!(
            "INSERT INTO application_status (status_no, {copy}) \
             SELECT {number}, {copy} FROM application_status WHERE status = '30' AND status_no > 0 LIMIT 1"
        ));
    }
    world.licensing.sql(&format!("INSERT INTO application_status (partner_ref, status) VALUES ('{ours}', '20')"));
    let heard = running.until_waiting(&world, 0).await;
    // Whatever is brought more than once says the same.
    assert!(heard.len() >= 2, "{heard:?}");
    for (of, said) in &heard {
        assert!(of == ours && matches!(said, Said::Succeeded(_)), "{said:?}");
        assert_eq!(said, &heard[0].1);
    }
    running.end().await;
}

async fn what_was_decided_while_nobody_listened_is_waiting(dialect: Dialect) {
    let world = World::new(dialect).await;
    let references = pending(&world, 130..131).await;
    let mut running = Running::start(&world, 1).await;
    running.until_waiting(&world, 0).await;
    // The way to the department is cut, and comes back.
    world.network.cut();
    world.licensing.decide(&references[0], "30", "", "تم إصدار الرخصة", "The licence is issued");
    let (_, code) = super::world::not_done(&world.adapter(), &issue(131, &["4711001"])).await;
    assert_eq!(code, "CONNECT_FAILED");
    world.network.heal();
    let (of, _) = running.hear().await;
    assert_eq!(of, references[0]);
    running.until_waiting(&world, 0).await;
    running.end().await;
    // Nobody runs at all; what we did ourselves is no news to anybody.
    let adapter = world.adapter();
    let request = issue(131, &["4711001"]);
    licensed(&adapter, &request).await;
    adapter.compensate(&request).await.unwrap();
    let mut running = Running::start(&world, 1).await;
    let heard = running.until_waiting(&world, 0).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].0 == reference(&request) && matches!(heard[0].1, Said::Succeeded(_)));
    running.end().await;
}
