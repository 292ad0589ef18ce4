//! Orders and cancellations, with everything that may come between them and their acknowledgement.

use jisr_adapter::core::fault::FaultClass;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::{Answer, CallFault};
use serde_json::json;

use crate::world::{World, request};

/// What became of a call, in few words.
fn short(answer: &Result<Answer, CallFault>) -> String {
    match answer {
        Ok(Answer::InProgress(_)) => "taken".to_owned(),
        Ok(Answer::Refused(refused)) => format!("refused {}", refused.code),
        Ok(Answer::Succeeded(done)) => format!("{:?}", done.outcome.as_ref().unwrap().fields["status"].kind),
        Ok(other) => format!("{other:?}"),
        Err(CallFault::Doubtful { .. }) => "doubt".to_owned(),
        Err(CallFault::NotDone(fault)) => format!("{} {}", fault.class, fault.code),
    }
}

#[tokio::test]
async fn both_stacks_take_an_order_in_arabic_and_its_cancellation() {
    for stack in ["hl7", "hl7apy"] {
        let world = World::with(stack, "");
        world.hospital.control(json!({"results": []})).await;
        let order = request();
        assert_eq!(short(&world.adapter.order(&order).await), "taken", "{stack}");
        let records = world.hospital.records().await;
        let taken = records["orders"][0]["message"].as_str().unwrap();
        for part in ["المنصوري^مريم^راشد سيف", "Al Mansoori^Mariam", "فحص اللياقة الطبية", "784-1990-1234567-6"]
        {
            assert!(taken.contains(part), "{stack}: {part} is not in {taken}");
        }
        // The second cancellation finds the order cancelled; of one that never came there is nothing to cancel.
        for (request, status) in [(&order, "CANCELLED"), (&order, "CANCELLED"), (&request(), "NOTHING_TO_CANCEL")] {
            let cancelled = short(&world.adapter.cancel(request).await);
            assert!(cancelled.contains(status), "{stack}: {cancelled}");
        }
        let records = world.hospital.records().await;
        let count = |what: &str| records[what].as_array().unwrap().len();
        assert_eq!((count("orders"), count("cancellations")), (1, 1), "{stack}");
    }
}

#[tokio::test]
async fn every_way_an_acknowledgement_can_fail() {
    let world = World::new();
    let transient = |code: &str| format!("{} {code}", FaultClass::Transient);
    let permanent = |code: &str| format!("{} {code}", FaultClass::Permanent);
    let doubt = || "doubt".to_owned();
    let taken = || "taken".to_owned();
    // What goes wrong, what the adapter says, and how often the hospital has the order.
    let cases = [
        ("reset_before", doubt(), 0),
        ("reject", transient("HL7-207"), 0),
        ("security", transient("MF-401"), 0),
        ("locked", transient("HL7-206"), 0),
        ("internal", doubt(), 0),
        ("malformed", permanent("HL7-101"), 0),
        ("refuse", "refused MF-201".to_owned(), 0),
        ("commit_error", transient("HL7-CE"), 0),
        ("cut_after", doubt(), 1),
        ("half_frame", doubt(), 1),
        ("no_end", doubt(), 1),
        ("garbage", doubt(), 1),
        ("huge", doubt(), 1),
        ("wrong_charset", doubt(), 1),
        ("other_ack", doubt(), 1),
        ("silent", doubt(), 1),
        ("internal_after", doubt(), 1),
        ("stranger_first", taken(), 1),
        ("split", taken(), 1),
        ("two_acks", taken(), 1),
    ];
    for (fault, says, times) in cases {
        world.hospital.control(json!({"reset": true, "results": [], "fault": fault})).await;
        let (_, answer, effects) = world.order().await;
        assert_eq!((short(&answer), effects), (says, times), "{fault}");
        // Whatever state the connection was left in, the next order is not its victim.
        let (_, answer, effects) = world.order().await;
        assert_eq!((short(&answer), effects), (taken(), 1), "after {fault}");
    }
    world.hospital.control(json!({"reset": true, "results": [], "slow_ms": 400})).await;
    assert_eq!(short(&world.order().await.1), "taken", "slow, but in time");
}

#[tokio::test]
async fn a_hospital_that_is_closed_is_a_fault_that_passes() {
    let mut world = World::new();
    world.hospital.control(json!({"results": []})).await;
    // With a connection at hand, and without.
    assert_eq!(short(&world.order().await.1), "taken");
    world.hospital.kill();
    let closed = request();
    for _ in 0..2 {
        let answer = world.adapter.order(&closed).await;
        assert_eq!(short(&answer), "transient CONNECT_FAILED");
    }
    world.restart();
    assert_eq!(short(&world.adapter.order(&closed).await), "taken");
}

#[tokio::test]
async fn sites_write_in_their_own_character_sets() {
    for charset in ["8859/6", "windows-1256"] {
        let world = World::with("hl7", &format!("character_set = \"{charset}\""));
        assert_eq!(short(&world.order().await.1), "taken", "{charset}");
        let records = world.hospital.records().await;
        let taken = records["orders"][0]["message"].as_str().unwrap();
        assert!(taken.contains("المنصوري^مريم") && taken.contains(charset), "{taken}");
    }
}

#[tokio::test]
async fn a_queue_in_front_of_the_application_takes_the_order() {
    for stack in ["hl7", "hl7apy"] {
        let world = World::with(stack, "acknowledgement = \"enhanced\"");
        let (_, answer, effects) = world.order().await;
        assert_eq!((short(&answer).as_str(), effects), ("taken", 1), "{stack}");
        world.hospital.control(json!({"fault": "locked"})).await;
        let (_, answer, effects) = world.order().await;
        assert_eq!((short(&answer).as_str(), effects), ("transient HL7-CE", 0), "{stack}");
    }
}

#[tokio::test]
async fn a_refused_cancellation_is_a_fault_for_operators() {
    let world = World::new();
    world.hospital.control(json!({"fault": "refuse"})).await;
    // A refusal of a cancellation is nothing for the customer.
    assert_eq!(short(&world.adapter.cancel(&request()).await), "permanent MF-201");
    let unknown = LegRequest { operation: "surgery".to_owned(), ..request() };
    assert_eq!(short(&world.adapter.order(&unknown).await), "unsupported OPERATION_UNKNOWN");
}
