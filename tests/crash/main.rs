//! The crash test: while applications flow, the process is killed at random instants, and the department's system
//! loses answers. In the end every acknowledged application is terminal, and the department did each exactly once.
#![allow(clippy::unwrap_used)]

mod points;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jisr_proto::v1;
use jisr_proto::v1::TransactionState;
use jisr_tests::{World, application, client, is_terminal, submission};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::task::JoinSet;

const TRANSACTIONS: usize = 500;
const CLERKS: usize = 10;
const KILLS: usize = 12;
/// Even on a slow machine everything is settled so long after the last kill.
const CONVERGE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("seed {seed} (set SEED to draw the same faults again)");
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = World::new();
    world
        .peer
        .control(json!({
            "cut_after_execute": 0.05, "cut_mid_answer": 0.02, "reset_before_execute": 0.03, "busy": 0.02,
            "slow_before_ms": 40, "slow_after_ms": 60, "slow_probability": 0.5, "seed": seed % 1_000_000,
        }))
        .await;

    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut clerks = JoinSet::new();
    for clerk in 0..CLERKS {
        let (address, acknowledged) = (world.server.address.clone(), acknowledged.clone());
        clerks.spawn(async move { submit_all(&address, clerk, &acknowledged).await });
    }

    // Kills are spread over the submissions, each at a random instant of its stretch, and go on after the last one.
    for kill in 1..=KILLS {
        let wanted = TRANSACTIONS * kill / (KILLS + 2);
        jisr_testkit::wait::until("applications to be acknowledged", Duration::from_secs(120), || async {
            (acknowledged.load(Ordering::Relaxed) >= wanted).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..120))).await;
        world.server.kill();
        world.server.restart();
    }
    let names: Vec<String> = clerks.join_all().await.into_iter().flatten().collect();
    world.server.kill();
    world.server.restart();
    assert_eq!(names.len(), TRANSACTIONS);

    let healed = Instant::now();
    let settled = settled(&world, CONVERGE).await;
    println!("{TRANSACTIONS} applications, {} kills, settled {:?} after the last", KILLS + 1, healed.elapsed());
    let mut stuck = Vec::new();
    let mut effects = HashMap::<String, usize>::new();
    for reference in world.peer.submissions().await {
        *effects.entry(reference).or_default() += 1;
    }
    for name in &names {
        match settled.get(name) {
            Some(transaction) if transaction.state() == TransactionState::Completed => {
                let ours = format!("{}/building-noc", transaction.reference_no);
                assert_eq!(effects.remove(&ours), Some(1), "effects of {name} ({ours}): {transaction:?}");
            }
            other => stuck.push(format!("{name}: {other:?}")),
        }
    }
    assert!(stuck.is_empty(), "{} not completed, such as {}", stuck.len(), stuck[0]);
    assert!(effects.is_empty(), "done in the department, never acknowledged: {effects:?}");
}

/// One clerk's applications, each sent until it is acknowledged.
async fn submit_all(address: &str, clerk: usize, acknowledged: &AtomicUsize) -> Vec<String> {
    let mut names = Vec::new();
    for number in (clerk..TRANSACTIONS).step_by(CLERKS) {
        let request = submission(application(&format!("345-{number:04}")));
        let name = jisr_testkit::wait::until("an acknowledgement", Duration::from_secs(120), || async {
            // The server may be dead, or die under the call: the same request again is safe.
            let channel = tonic::transport::Channel::from_shared(address.to_owned()).unwrap();
            let channel = channel.timeout(Duration::from_secs(10)).connect().await.ok()?;
            let mut client = v1::transaction_service_client::TransactionServiceClient::new(channel);
            match client.submit_transaction(request.clone()).await {
                Ok(transaction) => Some(transaction.into_inner().name),
                Err(status) => {
                    assert_ne!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
                    None
                }
            }
        })
        .await;
        acknowledged.fetch_add(1, Ordering::Relaxed);
        names.push(name);
    }
    names
}

/// Every transaction there is, once all are terminal or the time is up.
async fn settled(world: &World, limit: Duration) -> BTreeMap<String, v1::Transaction> {
    let deadline = Instant::now() + limit;
    let client = client(&world.server.address).await;
    loop {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = v1::ListTransactionsRequest { page_size: 250, page_token, ..Default::default() };
            let page = client.clone().list_transactions(request).await.unwrap().into_inner();
            all.extend(page.transactions.into_iter().map(|transaction| (transaction.name.clone(), transaction)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        if all.values().all(is_terminal) || Instant::now() > deadline {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
