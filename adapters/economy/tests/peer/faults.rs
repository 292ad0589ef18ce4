//! Every hostile behaviour, and what a call comes to: certainly not done, or in doubt; and what is there in the end.

use jisr_adapter::{Adapter, CallFault};
use jisr_testkit::wait;

use super::world::{Dialect, PATIENCE, World, issue, licensed, not_done, on_both, reference};

on_both! {
    what_is_too_slow_is_not_done_and_ends_there_too,
    a_connection_that_breaks_before_commit_did_nothing,
    only_a_commit_that_nobody_answered_is_in_doubt_and_to_repeat_it_is_safe,
    a_commit_that_nobody_answers_in_time_is_in_doubt,
    an_answer_nobody_can_read_is_not_committed,
    a_house_that_is_closed_is_tried_again_later,
    credentials_that_have_expired_hold_work_up_and_lose_none,
}

async fn what_is_too_slow_is_not_done_and_ends_there_too(dialect: Dialect) {
    let world = World::new(dialect).await;
    world.licensing.rule("slow", Some("30"));
    let adapter = world.adapter_with("call_timeout = \"6s\"\nends_within = \"20s\"");
    let request = issue(1, &["4711001"]);
    let (class, code) = not_done(&adapter, &request).await;
    assert_eq!(class.as_str(), "transient");
    assert!(matches!(code.as_str(), "WORK_TIMEOUT" | "STATEMENT_TIMEOUT"), "{code}");
    wait::until("an end there too", PATIENCE, || async { (world.licensing.running() == 0).then_some(()) }).await;
    world.licensing.rule("slow", None);
    assert_eq!(world.licensing.applications(), [""; 0]);
    licensed(&world.adapter(), &request).await;
}

async fn a_connection_that_breaks_before_commit_did_nothing(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = issue(2, &["4711001"]);
    let begin = match dialect {
        Dialect::Postgres => "BEGIN",
        Dialect::MariaDb => "START TRANSACTION",
    };
    for words in [begin, "issue_licence"] {
        world.network.lose(&[words]);
        let (class, code) = not_done(&adapter, &request).await;
        assert_eq!((class.as_str(), code.as_str()), ("transient", "CONNECTION_BROKEN"), "{words}");
        assert!(world.network.has_lost());
        assert_eq!(world.licensing.applications(), [""; 0], "{words}");
    }
    licensed(&adapter, &request).await;
    assert_eq!(world.licensing.applications(), [reference(&request)]);
}

async fn only_a_commit_that_nobody_answered_is_in_doubt_and_to_repeat_it_is_safe(dialect: Dialect) {
    let world = World::new(dialect).await;
    for (number, arrives) in [(3, false), (4, true)] {
        let request = issue(number, &["4711001"]);
        if arrives {
            world.network.lose_answer_to(&["issue_licence", "COMMIT"]);
        } else {
            world.network.lose(&["issue_licence", "COMMIT"]);
        }
        let doubt = world.adapter().execute(&request).await;
        assert!(matches!(doubt, Err(CallFault::Doubtful { .. })), "{doubt:?}");
        assert!(world.network.has_lost());
        let ours = reference(&request);
        assert_eq!(world.licensing.applications().contains(&ours), arrives);
        licensed(&world.adapter(), &request).await;
        let effects = world.licensing.applications().into_iter().filter(|reference| *reference == ours).count();
        assert_eq!(effects, 1);
    }
}

async fn a_commit_that_nobody_answers_in_time_is_in_doubt(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter_with("call_timeout = \"10s\"\nends_within = \"20s\"");
    let request = issue(5, &["4711001"]);
    world.network.mute_after(&["issue_licence", "COMMIT"]);
    let doubt = adapter.execute(&request).await;
    assert!(
        matches!(&doubt, Err(CallFault::Doubtful { detail }) if detail.contains("no answer to COMMIT")),
        "{doubt:?}"
    );
    assert_eq!(world.licensing.applications(), [reference(&request)]);
    licensed(&world.adapter(), &request).await;
}

async fn an_answer_nobody_can_read_is_not_committed(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = issue(6, &["4711001"]);
    // MariaDB's answer is one row, whatever is in it; PostgreSQL's may be many.
    let huge = match dialect {
        Dialect::Postgres => "ANSWER_OVERSIZED",
        Dialect::MariaDb => "ANSWER_GARBAGE",
    };
    for (garbage, expected) in [
        ("nulls", "ANSWER_GARBAGE"),
        ("status", "ANSWER_GARBAGE"),
        ("number", "ANSWER_GARBAGE"),
        ("charset", "ANSWER_GARBAGE"),
        ("huge", huge),
    ] {
        world.licensing.rule("garbage", Some(garbage));
        let (class, code) = not_done(&adapter, &request).await;
        assert_eq!((class.as_str(), code.as_str()), ("transient", expected), "{garbage}");
        assert_eq!(world.licensing.applications(), [""; 0], "{garbage}");
    }
    world.licensing.rule("garbage", None);
    licensed(&adapter, &request).await;
}

async fn a_house_that_is_closed_is_tried_again_later(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = issue(7, &["4711001"]);
    world.licensing.rule("closed", Some("EC901"));
    let (class, code) = not_done(&adapter, &request).await;
    assert_eq!((class.as_str(), code.as_str()), ("transient", "EC901"), "it says so");
    world.licensing.rule("closed", None);
    world.network.cut();
    let (class, code) = not_done(&adapter, &request).await;
    assert_eq!((class.as_str(), code.as_str()), ("transient", "CONNECT_FAILED"), "it takes nobody");
    world.network.heal();
    licensed(&adapter, &request).await;
    world.network.stall();
    let quick = world.adapter_with("call_timeout = \"6s\"\nends_within = \"20s\"");
    let (class, code) = not_done(&quick, &request).await;
    assert_eq!((class.as_str(), code.as_str()), ("transient", "CONNECT_TIMEOUT"), "it says nothing");
    world.network.heal();
    licensed(&quick, &request).await;
}

async fn credentials_that_have_expired_hold_work_up_and_lose_none(dialect: Dialect) {
    let world = World::new(dialect).await;
    let request = issue(8, &["4711001"]);
    world.licensing.change_password("another");
    let adapter = world.adapter();
    let (class, code) = not_done(&adapter, &request).await;
    assert_eq!((class.as_str(), code.as_str()), ("transient", "CREDENTIALS_REFUSED"));
    world.licensing.change_password("sesame");
    wait::until("a licence", PATIENCE, || async { adapter.execute(&request).await.ok() }).await;
    assert_eq!(world.licensing.applications(), [reference(&request)]);
}
