//! A thousand records: the connection cut half-way, 37 rejected, the result delivered twice; each ends once.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jisr_testkit::tripwire::{Then, Tripwire};
use jisr_testkit::wait::until;
use jisr_utilities::records;

use crate::world::{PATIENCE, World, again, connection, execute_all, fault, lookup_all, reference, word};

const RECORDS: u64 = 1_000;

/// Every fortieth premises is locked by another job: 25, rejected for a technical reason.
fn is_locked(number: u64) -> bool {
    number.is_multiple_of(40)
}

/// Twelve are supplied already: rejected on the merits.
fn is_supplied(number: u64) -> bool {
    number % 80 == 7 && number < 12 * 80
}

fn premises(number: u64) -> String {
    let first = if is_supplied(number) { 900_000_000 } else { 100_000_000 };
    (first + number).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_thousand_records_ends_once_and_only_the_rejected_are_sent_again() {
    let world = World::new();
    let (bad, root) = (Arc::new(AtomicBool::new(true)), world.mainframe.root());
    let weather = bad.clone();
    let wire = Tripwire::start(world.mainframe.sshd.port, move |_| {
        let half = || {
            let entries = fs::read_dir(root.join("in")).unwrap();
            entries.flatten().any(|entry| entry.metadata().is_ok_and(|about| about.len() > 100_000))
        };
        if weather.load(Ordering::SeqCst) && half() { Then::Cut } else { Then::Pass }
    })
    .await;
    let config = world.config(
        wire.port,
        "gather = \"1s\"\npoll = \"200ms\"\nconnect_timeout = \"20s\"\ncall_timeout = \"50s\"\nends_within = \"60s\"",
    );
    let adapter = jisr_utilities::Utilities::new(&config).unwrap();
    let requests: Vec<_> = (0..RECORDS).map(|number| connection(number, &premises(number))).collect();

    // Cut half-way: certainly not done, for each of them.
    for result in execute_all(&adapter, &requests).await {
        assert_eq!(fault(result), "FILE_REFUSED");
    }
    let names = world.mainframe.files("in");
    assert!(names.len() == 1 && names[0].ends_with(".dat.part"), "half a file that does not count: {names:?}");
    assert_eq!(world.mainframe.night(&[]), 0);
    bad.store(false, Ordering::SeqCst);
    assert!(lookup_all(&adapter, &requests).await.into_iter().all(|found| found == Ok(None)));

    // Once more, whole.
    let requests: Vec<_> = requests.iter().map(again).collect();
    for result in execute_all(&adapter, &requests).await {
        assert_eq!(word(&result.unwrap()), "in progress");
    }
    let batches = world.mainframe.files("in").into_iter().filter(|name| name.ends_with(".dat")).count();
    assert_eq!(batches, 1);
    for found in lookup_all(&adapter, &requests).await {
        assert_eq!(word(&found.unwrap().unwrap()), "in progress");
    }

    // The night: 37 rejected.
    let locked: Vec<_> = (0..RECORDS).filter(|number| is_locked(*number)).map(premises).collect();
    assert_eq!(world.mainframe.night(&locked), 1);
    assert_eq!(world.mainframe.carried_out().len(), 963);
    let (stem, result) = world.intercept();
    assert_eq!(records::results(&result).unwrap().decisions.iter().filter(|decision| !decision.accepted).count(), 37);

    // The result is delivered twice.
    let home = world.home(&adapter).await;
    for delivery in 1..=2 {
        world.deliver(&stem, &result);
        world.taken_in().await;
        for (number, request) in (0..).zip(&requests) {
            let expected = match (is_locked(number), is_supplied(number)) {
                (true, _) => vec![],
                (_, true) => vec!["refused R12"; delivery],
                _ => vec!["succeeded"; delivery],
            };
            until("the answers are home", PATIENCE, async || (home.said(request) == expected).then_some(())).await;
        }
    }
    assert_eq!(world.mainframe.files("archive"), [format!("{stem}.res")]);

    // When an answer is due and has not come, the engine asks: only what was rejected for a technical reason is not there.
    let found = lookup_all(&adapter, &requests).await;
    let mut missing = Vec::new();
    for ((number, request), found) in (0..).zip(&requests).zip(found) {
        match found.unwrap() {
            None => missing.push(again(request)),
            Some(answer) if is_supplied(number) => assert_eq!(word(&answer), "refused R12"),
            Some(answer) => assert_eq!(word(&answer), "succeeded"),
        }
    }
    assert_eq!(missing.len(), 25);
    for result in execute_all(&adapter, &missing).await {
        assert_eq!(word(&result.unwrap()), "in progress");
    }
    let names = world.mainframe.files("in");
    let second = names.iter().find(|name| name.ends_with(".dat")).unwrap();
    let sent: HashSet<_> = records::references(&fs::read(world.mainframe.root().join("in").join(second)).unwrap())
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(sent, missing.iter().map(reference).collect::<HashSet<_>>(), "only the rejected ones");

    // The next night nothing is locked.
    assert_eq!(world.mainframe.night(&[]), 1);
    world.taken_in().await;
    for request in &missing {
        until("the answers are home", PATIENCE, async || (home.said(request) == ["succeeded"]).then_some(())).await;
    }
    let carried_out = world.mainframe.carried_out();
    assert_eq!(carried_out.len(), 988);
    assert_eq!(carried_out.iter().collect::<HashSet<_>>().len(), 988, "each once");
    for (number, found) in (0..).zip(lookup_all(&adapter, &requests).await) {
        let expected = if is_supplied(number) { "refused R12" } else { "succeeded" };
        assert_eq!(word(&found.unwrap().unwrap()), expected, "{number}");
    }
}
