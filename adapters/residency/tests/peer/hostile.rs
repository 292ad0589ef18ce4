//! Everything that may go wrong on the way, and what it comes to. Where the call was executed and its answer lost, the next
//! attempt finds what is there.

use jisr_adapter::CallFault;
use serde_json::{Value, json};

use crate::world::{World, compensation, reference, renewal, request, word};

#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_behaviour_has_its_answer_and_one_effect() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    world.control(json!({"decide_after_ms": null})).await;
    // Fault, what the first attempt says, and whether it was executed.
    let cases: [(Value, &str, bool); 18] = [
        (json!({"fault": "slow_before", "ms": 2500}), "in doubt", true),
        (json!({"fault": "slow_after", "ms": 2500}), "in doubt", true),
        (json!({"fault": "cut_before_execute"}), "in doubt", false),
        (json!({"fault": "cut_after_execute"}), "in doubt", true),
        (json!({"fault": "half_answer"}), "in doubt", true),
        (json!({"fault": "garbage"}), "in doubt", true),
        (json!({"fault": "html"}), "in doubt", true),
        (json!({"fault": "wrong_charset"}), "in doubt", true),
        (json!({"fault": "undeclared_charset"}), "in doubt", true),
        (json!({"fault": "huge"}), "in doubt", true),
        (json!({"fault": "deep"}), "in doubt", true),
        (json!({"fault": "error_500"}), "in doubt", true),
        (json!({"fault": "unavailable"}), "in doubt", true),
        (json!({"fault": "duplicate_answer"}), "in progress", true),
        (json!({"fault": "closed"}), "not done transient RES-900", false),
        (json!({"fault": "rate_limited"}), "not done transient RES-901", false),
        (json!({"fault": "forbidden"}), "not done transient RES-403", false),
        // Renewed once, and the call is made.
        (json!({"fault": "invalid_token"}), "in progress", true),
    ];
    for (number, (mut fault, said, executed)) in cases.into_iter().enumerate() {
        let request = renewal(&format!("12345{number:02}"));
        fault["operations"] = json!(["PUT"]);
        fault["limit"] = json!(1);
        fault["reset"] = json!(true);
        world.control(fault.clone()).await;
        let first = adapter.execute(&request).await;
        assert_eq!(word(&first), said, "{fault}: {first:?}");
        let there = || async { world.peer.application(&reference(&request)).await };
        if executed {
            // Slow before: it is executed once the caller has given up.
            jisr_testkit::wait::until("the effect", crate::world::PATIENCE, there).await;
        } else {
            assert_eq!(there().await, None, "{fault}");
        }
        assert_eq!(word(&adapter.execute(&request).await), "in progress", "{fault}");
        assert_eq!(world.peer.effects(&reference(&request)).await, ["created"], "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_and_cannot_be_read_is_never_said_to_be_not_done() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    let request = request("address-change/approved-arabic");
    assert_eq!(word(&adapter.execute(&request).await), "done");
    for fault in ["closed", "rate_limited", "cut_before_execute", "garbage", "huge", "forbidden"] {
        world.control(json!({"reset": true, "fault": fault, "operations": ["READ"], "limit": 1})).await;
        assert_eq!(word(&adapter.execute(&request).await), "in doubt", "{fault}");
    }
    assert_eq!(word(&adapter.execute(&request).await), "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_whose_answer_is_lost_is_repeated_without_a_second_effect() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    for fault in ["cut_after_execute", "garbage", "half_answer"] {
        let request = renewal("1234567");
        adapter.execute(&request).await.unwrap();
        world.control(json!({"reset": true, "fault": fault, "operations": ["PATCH"], "limit": 1})).await;
        // A 204 holds nothing that could be cut off in the middle.
        let first = word(&adapter.compensate(&compensation(&request)).await);
        assert!(first == "in doubt" || fault == "half_answer" && first == "done", "{fault}: {first}");
        assert_eq!(word(&adapter.compensate(&compensation(&request)).await), "done", "{fault}");
        assert_eq!(world.peer.effects(&reference(&request)).await, ["created", "withdrawn"], "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_when_to_come_again_says_so() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (fault, retry_after, expected) in [
        ("closed", "28800".to_owned(), 28_800..=28_800),
        ("closed", date, 28_700..=28_800),
        ("rate_limited", "7".to_owned(), 7..=7),
    ] {
        world.control(json!({"reset": true, "fault": fault, "retry_after": retry_after, "limit": 1})).await;
        let Err(CallFault::NotDone(fault)) = adapter.execute(&renewal("1234567")).await else { panic!("{fault}") };
        let delay = fault.retry_after.unwrap().as_secs();
        assert!(expected.contains(&delay), "{delay}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_refused_stop_everything_and_nothing_is_executed() {
    let world = World::new().await;
    let wrong = world.folder.path().join("wrong.secret");
    std::fs::write(&wrong, "not the secret").unwrap();
    let right = world.folder.path().join("permits.secret").display().to_string();
    let (_, adapter) = world.adapter_with(|settings| settings.replace(&right, &wrong.display().to_string()));
    let request = renewal("1234567");
    let Err(CallFault::NotDone(fault)) = adapter.execute(&request).await else { panic!("it has no token") };
    assert_eq!((fault.class.as_str(), &*fault.code), ("transient", "TOKEN_REFUSED"));
    assert_eq!(fault.detail.as_deref(), Some("no access token: the token endpoint refuses: invalid_client"));
    assert_eq!(world.peer.application(&reference(&request)).await, None);

    // The authorisation server is down, slow, or talks nonsense: the permit system is not called.
    let (_, adapter) = world.adapter();
    for (fault, code) in [
        (json!({"fault": "invalid_client"}), "TOKEN_REFUSED"),
        (json!({"fault": "cut_before_execute"}), "TOKEN_UNAVAILABLE"),
        (json!({"fault": "unavailable"}), "TOKEN_UNAVAILABLE"),
        (json!({"fault": "html"}), "TOKEN_UNAVAILABLE"),
        (json!({"fault": "huge"}), "TOKEN_UNAVAILABLE"),
        (json!({"fault": "slow_before", "ms": 2500}), "TOKEN_UNAVAILABLE"),
    ] {
        let mut fault = fault;
        fault["operations"] = json!(["TOKEN"]);
        fault["limit"] = json!(1);
        world.control(fault.clone()).await;
        let answer = adapter.execute(&request).await;
        assert_eq!(word(&answer), format!("not done transient {code}"), "{fault}: {answer:?}");
        assert_eq!(world.peer.application(&reference(&request)).await, None, "{fault}");
    }
    assert_eq!(word(&adapter.execute(&request).await), "in progress");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_many_calls_until_it_is_revoked() {
    let world = World::new().await;
    for method in ["basic", "post"] {
        let post = |settings: String| settings.replace("client_id = \"jisr\"", "client_id = \"jisr-post\"");
        let before = world.peer.records().await["tokens"].as_u64().unwrap();
        let (_, adapter) = world.adapter_with(|settings| match method {
            "post" => post(settings) + "client_authentication = \"post\"\n",
            _ => settings,
        });
        let calls = (0..6).map(|number| {
            let adapter = adapter.clone();
            tokio::spawn(async move { adapter.execute(&renewal(&format!("123450{number}"))).await })
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(word(&call.await.unwrap()), "in progress", "{method}");
        }
        assert_eq!(world.peer.records().await["tokens"].as_u64().unwrap() - before, 1, "{method}");
        world.control(json!({"revoke_tokens": true})).await;
        assert_eq!(word(&adapter.execute(&renewal("1234567")).await), "in progress", "{method}");
        assert_eq!(world.peer.records().await["tokens"].as_u64().unwrap() - before, 2, "{method}");
    }
}
