//! The effect contract: what is put twice is there once, what is withdrawn stays so, and who comes too late changes nothing.

use jisr_adapter::Answer;
use prost_types::value::Kind;
use serde_json::json;

use crate::world::{World, compensation, reference, renewal, request, with_answer, word};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_is_done_at_once_and_says_what_was_written() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    let request = request("address-change/approved-arabic");
    let answer = adapter.execute(&request).await;
    assert_eq!(word(&answer), "done", "{answer:?}");
    let stored = world.peer.application(&reference(&request)).await.unwrap();
    assert_eq!(stored["HolderNameAr"], "مريم راشد سيف المنصوري");
    assert_eq!(
        (&stored["MakaniNo"], &stored["Unit"], &stored["MoveDate"]),
        (&json!("3003295320"), &json!("شقة 1204"), &json!("2026-03-01"))
    );
    let Ok(Answer::Succeeded(done)) = answer else { panic!("{answer:?}") };
    assert!(matches!(&done.outcome.unwrap().fields["fee_paid"].kind, Some(Kind::StringValue(fee)) if fee == "0.00"));
    assert!(done.department_status.iter().any(|text| text.language_code == "ar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_again_is_there_once() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    world.control(json!({"decide_after_ms": null})).await;
    let request = renewal("1234567");
    for attempt in 1..=3 {
        assert_eq!(word(&adapter.execute(&request).await), "in progress", "{attempt}");
    }
    world.peer.decide(&reference(&request), json!({})).await;
    assert_eq!(word(&adapter.execute(&request).await), "done");
    assert_eq!(world.peer.effects(&reference(&request)).await, ["created"]);
    // At the same time, too.
    let other = renewal("1234568");
    let tries = (0..8).map(|_| {
        let (adapter, other) = (adapter.clone(), other.clone());
        tokio::spawn(async move { adapter.execute(&other).await })
    });
    for done in tries.collect::<Vec<_>>() {
        assert_eq!(word(&done.await.unwrap()), "in progress");
    }
    assert_eq!(world.peer.effects(&reference(&other)).await, ["created"]);
    // And characters that mean something in a URL, in JSON or in OData come through as they are.
    let special = crate::world::request("permit-renew/special-characters");
    assert_eq!(word(&adapter.execute(&special).await), "in progress");
    let stored = world.peer.application(&reference(&special)).await.unwrap();
    assert_eq!(stored["HolderNameAr"], "حسّان \"أبو العلا\" \\ O’Brien & <ابن> 🇦🇪");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directorates_no_is_an_answer() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    let at_once = renewal("0001234");
    assert_eq!(word(&adapter.execute(&at_once).await), "refused RES-201");
    assert_eq!(world.peer.application(&reference(&at_once)).await, None);
    let later = renewal("9991234");
    assert_eq!(word(&adapter.execute(&later).await), "in progress");
    assert_eq!(word(&adapter.execute(&later).await), "refused RES-202");
    assert_eq!(word(&adapter.execute(&request("address-change/refused-unknown-makani")).await), "refused RES-203");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_takes_the_place_of_what_is_there() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    let without = renewal("5551234");
    assert_eq!(word(&adapter.execute(&without).await), "in progress");
    assert_eq!(word(&adapter.execute(&without).await), "wants answers.sponsor_file_no");
    let with = with_answer(without.clone(), "sponsor_file_no", "201/2019/1/0000042");
    // The service sends nothing back of what took the place, so it is read; the officer was quicker.
    for _ in 0..2 {
        assert_eq!(word(&adapter.execute(&with).await), "done");
    }
    assert_eq!(world.peer.effects(&reference(&with)).await, ["created", "replaced"]);
    // An earlier attempt that comes late changes nothing any more.
    assert_eq!(word(&adapter.execute(&without).await), "done");
    assert_eq!(world.peer.application(&reference(&with)).await.unwrap()["SponsorFileNo"], "201/2019/1/0000042");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_is_withdrawn_once() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    // Nothing there is nothing to undo.
    assert_eq!(word(&adapter.compensate(&compensation(&renewal("1234567"))).await), "done");
    for serial in ["1234567", "1234568"] {
        let request = renewal(serial);
        world.control(json!({"decide_after_ms": if serial == "1234567" { Some(0) } else { None }})).await;
        adapter.execute(&request).await.unwrap();
        for _ in 0..2 {
            assert_eq!(word(&adapter.compensate(&compensation(&request)).await), "done");
        }
        assert_eq!(world.peer.effects(&reference(&request)).await, ["created", "withdrawn"]);
        let stored = world.peer.application(&reference(&request)).await.unwrap();
        assert_eq!(stored["WithdrawalReason"], "سُحب الطلب لإلغاء المعاملة التي قُدِّم ضمنها");
        assert_eq!(word(&adapter.execute(&request).await), "refused WITHDRAWN");
    }
    // A permit that was handed over is not: somebody has to see to it.
    world.control(json!({"decide_after_ms": 0})).await;
    let printed = renewal("8881234");
    adapter.execute(&printed).await.unwrap();
    assert_eq!(word(&adapter.execute(&printed).await), "done");
    assert_eq!(word(&adapter.compensate(&compensation(&printed)).await), "not done permanent RES-301");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_a_decision_overtakes_withdraws_nothing_and_may_be_tried_again() {
    let world = World::new().await;
    let (_, adapter) = world.adapter();
    world.control(json!({"decide_after_ms": null})).await;
    let request = renewal("1234567");
    adapter.execute(&request).await.unwrap();
    // Between the reading, which is answered late, and the withdrawal, the officer decides.
    world.control(json!({"fault": "slow_after", "ms": 700, "operations": ["READ"], "limit": 1})).await;
    let (undo, asked) = (compensation(&request), adapter.clone());
    let undoing = tokio::spawn(async move { asked.compensate(&undo).await });
    // The reading is done once its fault is used up: then what is decided is decided after it.
    jisr_testkit::wait::until("the reading", crate::world::PATIENCE, || async {
        (world.peer.records().await["calls"]["READ"].as_u64() >= Some(1)).then_some(())
    })
    .await;
    world.peer.decide(&reference(&request), json!({})).await;
    assert_eq!(word(&undoing.await.unwrap()), "not done transient RES-412");
    assert_eq!(world.peer.effects(&reference(&request)).await, ["created"]);
    assert_eq!(word(&adapter.compensate(&compensation(&request)).await), "done");
    assert_eq!(world.peer.effects(&reference(&request)).await, ["created", "withdrawn"]);
}
