//! Bad networks: closed, silent, cut and late, and two instances at a time. Each record is carried out once.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jisr_adapter::{Adapter, CallFault};
use jisr_testkit::proxy::Proxy;
use jisr_testkit::tripwire::{Then, Tripwire, Way};
use jisr_testkit::wait::until;

use crate::world::{PATIENCE, QUICK, World, again, connection, execute_all, fault, reference, transfer, word};

fn has(folder: &Path, ending: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(ending))
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_at_night_is_certain_and_passes() {
    let mut world = World::new();
    let adapter = world.adapter();
    let request = transfer(1, "2010345678");
    world.mainframe.sshd.close();
    assert_eq!(fault(adapter.execute(&request).await), "CONNECT_FAILED");
    assert!(matches!(adapter.lookup(&request).await, Err(CallFault::NotDone(_))));
    world.mainframe.sshd.open();
    assert_eq!(word(&adapter.execute(&again(&request)).await.unwrap()), "in progress");
    assert_eq!(world.mainframe.night(&[]), 1);
    assert_eq!(world.mainframe.carried_out(), [reference(&request)]);
    assert_eq!(word(&adapter.lookup(&request).await.unwrap().unwrap()), "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_credentials_and_a_false_server_are_certain() {
    let world = World::new();
    let port = world.mainframe.sshd.port;
    let text = world.mainframe.config(port, QUICK);
    let stranger = world.mainframe.sshd.stranger_key();
    let expired =
        text.replace(&world.mainframe.sshd.client_key().display().to_string(), &stranger.display().to_string());
    let own = world.mainframe.sshd.host_key();
    let other = fs::read_to_string(format!("{}.pub", stranger.display())).unwrap();
    let false_server = text.replace(&own, other.trim());
    for (text, code) in [(expired, "LOGIN_REFUSED"), (false_server, "HOST_KEY_UNKNOWN")] {
        let adapter = jisr_utilities::Utilities::new(&toml::from_str(&text).unwrap()).unwrap();
        assert_eq!(fault(adapter.execute(&transfer(1, "2010345678")).await), code);
    }
    assert_eq!(world.mainframe.files("in"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_certain_before_it_has_the_batch() {
    let world = World::new();
    let proxy = Proxy::start(world.mainframe.sshd.port).await;
    proxy.stall();
    let slow = QUICK.replace("connect_timeout = \"5s\"", "connect_timeout = \"500ms\"");
    let adapter = world.adapter_by(proxy.port, &slow);
    assert_eq!(fault(adapter.execute(&transfer(1, "2010345678")).await), "CONNECT_TIMEOUT");
    proxy.cut();
    proxy.heal();
    assert_eq!(world.mainframe.night(&[]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_batch_whose_answer_was_lost_is_found() {
    let world = World::new();
    let folder = world.mainframe.root().join("in");
    let wire = Tripwire::start(world.mainframe.sshd.port, move |way| {
        if way == Way::Back && has(&folder, ".ok") { Then::Cut } else { Then::Pass }
    })
    .await;
    let request = connection(1, "582104376");
    let lost = fault(world.adapter_by(wire.port, QUICK).execute(&request).await);
    assert!(lost.ends_with('?'), "{lost}");
    let adapter = world.adapter();
    assert_eq!(word(&adapter.lookup(&request).await.unwrap().unwrap()), "in progress");
    assert_eq!(world.mainframe.night(&[]), 1);
    assert_eq!(word(&adapter.lookup(&request).await.unwrap().unwrap()), "succeeded");
    assert_eq!(world.mainframe.carried_out(), [reference(&request)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_arrives_after_the_next_attempt_finds_nothing() {
    let world = World::new();
    let (folder, late) = (world.mainframe.root().join("in"), Arc::new(AtomicBool::new(true)));
    let (held, placed) = (late.clone(), AtomicBool::new(false));
    // The data is in place; the request for the trigger hangs in the network.
    let wire = Tripwire::start(world.mainframe.sshd.port, move |way| {
        // Once there, it hangs until it is let go, whatever becomes of the data.
        let in_place = placed.load(Ordering::SeqCst) || has(&folder, ".dat");
        placed.store(in_place, Ordering::SeqCst);
        let before_trigger = way == Way::There && in_place && held.load(Ordering::SeqCst);
        if before_trigger { Then::Hold } else { Then::Pass }
    })
    .await;
    let request = connection(1, "582104376");
    let lost = fault(world.adapter_by(wire.port, QUICK).execute(&request).await);
    assert!(lost.ends_with('?'), "{lost}");
    let adapter = world.adapter();
    assert_eq!(adapter.lookup(&request).await, Ok(None));
    assert_eq!(word(&adapter.execute(&again(&request)).await.unwrap()), "in progress");
    let triggers = || world.mainframe.files("in").into_iter().filter(|name| name.ends_with(".ok")).count();
    assert_eq!(triggers(), 1);
    late.store(false, Ordering::SeqCst);
    until("the late trigger is there", PATIENCE, async || (triggers() == 2).then_some(())).await;
    assert_eq!(world.mainframe.night(&[]), 1, "it announces nothing");
    assert_eq!(world.mainframe.carried_out(), [reference(&request)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_hand_over_and_take_in_beside_each_other() {
    let world = World::new();
    let (one, two) = (world.adapter(), world.adapter());
    let requests: Vec<_> = (0..40).map(|number| connection(number, &format!("{}", 100_000_000 + number))).collect();
    let (first, second) = requests.split_at(20);
    let (left, right) = tokio::join!(execute_all(&one, first), execute_all(&two, second));
    assert!(left.into_iter().chain(right).all(|result| word(&result.unwrap()) == "in progress"));
    assert_eq!(world.mainframe.night(&[]), 2);
    let (home, other) = (world.home(&one).await, world.home(&two).await);
    world.taken_in().await;
    for request in &requests {
        until("the answer is home", PATIENCE, async || {
            (home.said(request).len() + other.said(request).len() > 0).then_some(())
        })
        .await;
    }
    assert_eq!(world.mainframe.files("archive").len(), 2);
    assert_eq!(world.mainframe.carried_out().len(), 40);
}
