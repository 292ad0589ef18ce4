//! What operators do at their terminal: find what is parked, have it tried again or give it up, stop and go on.

use std::process::Output;

use jisr_proto::v1;
use jisr_testkit::jisr::binary;
use jisr_testkit::wait::until;
use jisr_tests::{PATIENCE, World, application, is_terminal, submission, terminal};
use serde_json::{Value, json};

/// Far longer than any command takes here.
const WAIT: [&str; 2] = ["--wait", "50s"];

/// Runs `jisr` for an operator; what it prints is JSON.
async fn jisr(world: &World, arguments: &[&str]) -> (i32, Vec<Value>) {
    let mut command = tokio::process::Command::new(binary());
    command.args(arguments).args(["--json", "--address", &world.server.address]);
    command.args(["--operations-address", &world.server.operations]).env("JISR_OPERATOR", "m.rashid");
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let (told, said) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let code = status.code().unwrap();
    assert!([0, 3, 5, 7, 8].contains(&code), "{arguments:?}: {code} {told}{said}");
    (code, lines)
}

/// Counts of the API are texts in JSON, and left out where they are 0.
fn count(message: &Value, field: &str) -> u64 {
    message[field].as_str().map_or(0, |count| count.parse().unwrap())
}

/// How many legs are parked for building control's own reason.
async fn parked(world: &World) -> u64 {
    let (_, groups) = jisr(world, &["failures", "list", "--department", "municipality", "--reason", "BC-502"]).await;
    groups.iter().map(|group| count(group, "count")).sum()
}

async fn department(world: &World) -> Value {
    let (_, departments) = jisr(world, &["department", "list"]).await;
    departments.into_iter().find(|found| found["department"] == "departments/municipality").unwrap()
}

/// Applications that building control's stack does not take until it is put right.
async fn park(world: &World, count: u64) -> Vec<v1::Transaction> {
    world.peer.control(json!({"malformed": 1.0, "operations": ["SubmitNoc"]})).await;
    let mut client = world.client().await;
    let mut submitted = Vec::new();
    for number in 0..count {
        let request = submission(application(&format!("345-07{number:02}")));
        submitted.push(client.submit_transaction(request).await.unwrap().into_inner());
    }
    until("all are parked", PATIENCE, || async { (parked(world).await == count).then_some(()) }).await;
    submitted
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_work_is_found_tried_again_and_given_up() {
    let world = World::new();
    let submitted = park(&world, 6).await;
    let client = world.client().await;
    assert_eq!(count(&department(&world).await, "legsHeld"), 6);
    let (_, legs) = jisr(&world, &["failures", "list", "--legs", "--all", "--since", "1h"]).await;
    assert_eq!(legs.len(), 6);
    assert!(legs.iter().all(|leg| leg["reason"] == "BC-502" && leg["legState"] == "LEG_STATE_FAILED"), "{legs:#?}");

    // The department still fails: what is parked again is told as failed, not as done.
    let leg = legs[0]["name"].as_str().unwrap();
    let (code, told) = jisr(&world, &[&["failures", "redrive", "--leg", leg][..], &WAIT].concat()).await;
    let ended = told.last().unwrap();
    assert_eq!((code, count(ended, "failedCount"), count(ended, "doneCount")), (7, 1, 0), "{ended}");
    assert_eq!(ended["operator"], "m.rashid");

    // One is settled by hand.
    let given_up = &submitted[5];
    let of_it = ["--transaction", &given_up.reference_no, "--note", "صدرت الشهادة يدويًا"];
    let proof = format!("--confirm={}", given_up.reference_no);
    let (code, told) = jisr(&world, &[&["failures", "discard", &proof][..], &of_it, &WAIT].concat()).await;
    assert_eq!((code, count(told.last().unwrap(), "doneCount")), (0, 1), "{told:#?}");
    assert!(is_terminal(&terminal(&client, &given_up.name).await));
    assert_eq!(jisr(&world, &["failures", "show", &given_up.reference_no]).await.0, 3);

    // It is put right; the others are tried again, two at a time.
    world.peer.control(json!({"reset": true})).await;
    let group = ["--department", "municipality", "--operation", "building-noc", "--reason", "BC-502"];
    let (code, would) = jisr(&world, &[&["failures", "redrive", "--dry-run"][..], &group].concat()).await;
    assert_eq!((code, count(&would[0], "totalCount"), &would[0]["name"]), (0, 5, &Value::Null));
    let two = ["failures", "redrive", "--confirm=municipality", "--concurrency", "2", "--note", "their stack is back"];
    let (code, told) = jisr(&world, &[&two[..], &group, &WAIT].concat()).await;
    let ended = told.last().unwrap();
    assert_eq!((code, count(ended, "totalCount"), count(ended, "doneCount")), (0, 5, 5), "{ended}");
    assert!(told.iter().all(|job| count(job, "inHandCount") <= 2), "{told:#?}");
    for transaction in &submitted[..5] {
        assert_eq!(terminal(&client, &transaction.name).await.state(), v1::TransactionState::Completed);
    }
    assert_eq!(world.peer.submissions().await.len(), 5, "each once");
    let (_, jobs) = jisr(&world, &["job", "list"]).await;
    assert_eq!(
        jobs.iter().map(|job| job["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["JOB_KIND_REDRIVE", "JOB_KIND_DISCARD", "JOB_KIND_REDRIVE"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_paused_a_job_cancelled_and_both_leave_nothing_behind() {
    let world = World::new();
    let submitted = park(&world, 4).await;
    world.peer.control(json!({"reset": true})).await;
    let (_, paused) = jisr(&world, &["department", "pause", "municipality", "--note", "نقل قاعدة البيانات"]).await;
    assert_eq!(paused[0]["pause"]["operator"], "m.rashid");
    assert_eq!(paused[0]["pause"]["reason"][0]["text"], "نقل قاعدة البيانات");

    // Nothing is sent, so the job gets two legs in hand and no further.
    let wish = ["failures", "redrive", "--all", "--confirm=municipality", "--concurrency", "2", "--detach"];
    let (_, begun) = jisr(&world, &wish).await;
    let job = begun[0]["name"].as_str().unwrap().to_owned();
    until("two legs are held back", PATIENCE, || async {
        let found = department(&world).await;
        (count(&found, "messagesUnsent") == 2 && found.get("oldestUnsentTime").is_some()).then_some(())
    })
    .await;
    assert_eq!(jisr(&world, &["job", "watch", &job, "--wait", "200ms"]).await.0, 8);
    let (code, cancelled) = jisr(&world, &["job", "cancel", &job]).await;
    assert_eq!((code, &cancelled[0]["state"]), (0, &json!("JOB_STATE_CANCELLED")));
    assert!(world.peer.submissions().await.is_empty());

    let (_, resumed) = jisr(&world, &["department", "resume", "municipality"]).await;
    assert!(resumed[0].get("pause").is_none(), "{resumed:#?}");
    let (code, told) = jisr(&world, &[&["job", "watch", &job][..], &WAIT].concat()).await;
    assert_eq!((code, count(told.last().unwrap(), "doneCount")), (5, 2), "{told:#?}");
    assert_eq!(parked(&world).await, 2, "what it had not taken up is where it was");
    assert_eq!(jisr(&world, &["job", "cancel", &job]).await.0, 0, "the same again is no mistake");

    let rest = ["failures", "redrive", "--all", "--confirm=municipality", "--rate", "50"];
    let (code, told) = jisr(&world, &[&rest[..], &WAIT].concat()).await;
    assert_eq!((code, count(told.last().unwrap(), "doneCount")), (0, 2), "{told:#?}");
    let name = told[0]["name"].as_str().unwrap();
    assert_eq!(jisr(&world, &["job", "cancel", name]).await.0, 5, "it has ended");
    let client = world.client().await;
    for transaction in &submitted {
        assert_eq!(terminal(&client, &transaction.name).await.state(), v1::TransactionState::Completed);
    }
    assert_eq!(world.peer.submissions().await.len(), 4, "each once");
}
