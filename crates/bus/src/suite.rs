//! What every bus must do, as checks that any implementation can be put through.
//!
//! Use [`bus_suite!`](crate::bus_suite) in the tests of an implementation: each check becomes a test of its own name.
//! A check gets a fresh bus and panics when the bus falls short.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jisr_core::id::{MessageId, TransactionId};
use jisr_core::name::DepartmentId;
use jisr_core::time::Timestamp;
use tokio::time::timeout;

use crate::{Address, Bus, Consumer, Delivery, Message, Publisher, TraceContext, kind};

/// Makes one test of each check, with the bus that `$make` (an async expression) gives.
#[macro_export]
macro_rules! bus_suite {
    ($make:expr) => {
        $crate::bus_suite!(@tests $make;
            what_is_published_arrives_whole,
            order_is_kept_for_one_consumer,
            addresses_do_not_mix,
            messages_wait_for_a_consumer,
            no_more_than_the_prefetch_is_unsettled,
            what_is_given_back_comes_again_and_says_so,
            what_a_lost_consumer_held_goes_to_another,
            a_receipt_is_durable_at_the_latest_after_the_acknowledgement,
            a_republished_message_says_so,
            a_dead_letter_does_not_come_again,
            consumers_share_the_work_and_nothing_is_lost_or_doubled,
            many_at_once_arrive_whole_and_each_by_itself,
            what_is_given_back_of_many_comes_again_and_nothing_else_does,
            what_a_lost_consumer_held_of_many_goes_to_another,
        );
    };
    (@tests $make:expr; $($name:ident,)*) => {
        $(#[tokio::test]
        async fn $name() {
            $crate::suite::$name($make.await).await;
        })*
    };
}

/// However slow the machine: what has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing must come for it to count as nothing.
const QUIET: Duration = Duration::from_millis(150);

type Subject = Arc<dyn Bus>;

fn department(name: &str) -> Address {
    Address::Department(DepartmentId::new(name).expect("a department's name"))
}

fn message(number: u16) -> Message {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&number.to_be_bytes());
    let time = Timestamp::from_millis(1_790_000_000_000);
    Message {
        id: MessageId::new(time, random),
        kind: kind::LEG_REQUESTED.into(),
        correlation: Some(TransactionId::new(time, random)),
        attempt: u32::from(number),
        republished: false,
        time,
        trace: TraceContext {
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            tracestate: Some("jisr=1".into()),
        },
        body: Bytes::from(format!("شهادة عدم ممانعة رقم {number}")),
    }
}

async fn publisher(bus: &Subject) -> Arc<dyn Publisher> {
    bus.publisher().await.expect("a publisher")
}

async fn consumer(bus: &Subject, from: &Address, prefetch: u16) -> Consumer {
    bus.consume(from, prefetch).await.expect("a consumer")
}

async fn send(publisher: &Arc<dyn Publisher>, to: &Address, numbers: std::ops::Range<u16>) {
    for number in numbers {
        publisher.publish(to, message(number)).await.expect("published");
    }
}

async fn next(consumer: &mut Consumer) -> Delivery {
    timeout(PATIENCE, consumer.next()).await.expect("a delivery in time").expect("the bus is there")
}

async fn nothing(consumer: &mut Consumer) {
    assert!(timeout(QUIET, consumer.next()).await.is_err(), "a delivery that should not be");
}

/// Every part of a message survives the way.
pub async fn what_is_published_arrives_whole(bus: Subject) {
    let to = department("municipality");
    let mut consumer = consumer(&bus, &to, 10).await;
    let mut large = message(7);
    large.body = Bytes::from("ب".repeat(400_000));
    let publisher = publisher(&bus).await;
    publisher.publish(&to, message(1)).await.expect("published");
    publisher.publish(&to, large.clone()).await.expect("published");
    for expected in [message(1), large] {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message, expected);
        assert!(!delivery.redelivered);
        delivery.acknowledge();
    }
    nothing(&mut consumer).await;
}

/// One publisher, one consumer, nothing given back: first in, first out.
pub async fn order_is_kept_for_one_consumer(bus: Subject) {
    let to = department("municipality");
    let mut consumer = consumer(&bus, &to, 5).await;
    send(&publisher(&bus).await, &to, 0..100).await;
    for number in 0..100 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message.attempt, number);
        delivery.acknowledge();
    }
}

/// A department gets its own messages, the engine its own.
pub async fn addresses_do_not_mix(bus: Subject) {
    let (one, other) = (department("municipality"), department("economy"));
    let mut of_one = consumer(&bus, &one, 10).await;
    let mut of_engine = consumer(&bus, &Address::Engine, 10).await;
    let publisher = publisher(&bus).await;
    send(&publisher, &one, 1..2).await;
    send(&publisher, &other, 2..3).await;
    send(&publisher, &Address::Engine, 3..4).await;
    let (got_one, got_engine) = (next(&mut of_one).await, next(&mut of_engine).await);
    assert_eq!((got_one.message.attempt, got_engine.message.attempt), (1, 3));
    got_one.acknowledge();
    got_engine.acknowledge();
    nothing(&mut of_one).await;
    nothing(&mut of_engine).await;
}

/// A department without an adapter loses nothing.
pub async fn messages_wait_for_a_consumer(bus: Subject) {
    let to = department("municipality");
    send(&publisher(&bus).await, &to, 0..10).await;
    let mut consumer = consumer(&bus, &to, 20).await;
    for number in 0..10 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.message.attempt, number);
        delivery.acknowledge();
    }
}

/// A slow department is not buried.
pub async fn no_more_than_the_prefetch_is_unsettled(bus: Subject) {
    let to = department("municipality");
    send(&publisher(&bus).await, &to, 0..10).await;
    let mut consumer = consumer(&bus, &to, 3).await;
    let mut held = vec![next(&mut consumer).await, next(&mut consumer).await, next(&mut consumer).await];
    nothing(&mut consumer).await;
    held.remove(0).acknowledge();
    held.push(next(&mut consumer).await);
    nothing(&mut consumer).await;
}

/// Given back, a message comes again with `redelivered`.
pub async fn what_is_given_back_comes_again_and_says_so(bus: Subject) {
    let to = department("municipality");
    send(&publisher(&bus).await, &to, 1..2).await;
    let mut consumer = consumer(&bus, &to, 1).await;
    for round in 0..5 {
        let delivery = next(&mut consumer).await;
        assert_eq!((delivery.message.attempt, delivery.redelivered), (1, round > 0));
        // Dropped without a word, or given back: the same.
        if round % 2 == 0 {
            drop(delivery);
        } else {
            delivery.give_back();
        }
    }
    next(&mut consumer).await.acknowledge();
    nothing(&mut consumer).await;
}

/// A consumer that goes takes nothing with it, neither what it holds nor what it has not looked at.
pub async fn what_a_lost_consumer_held_goes_to_another(bus: Subject) {
    let to = department("municipality");
    send(&publisher(&bus).await, &to, 0..6).await;
    let mut lost = consumer(&bus, &to, 4).await;
    let held = next(&mut lost).await;
    drop(lost);
    drop(held);
    let mut other = consumer(&bus, &to, 10).await;
    let mut seen = BTreeMap::new();
    for _ in 0..6 {
        let delivery = next(&mut other).await;
        seen.insert(delivery.message.attempt, delivery.redelivered);
        delivery.acknowledge();
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), (0..6).collect::<Vec<_>>());
    assert!(seen[&0], "somebody had it in hand");
    nothing(&mut other).await;
}

/// The sender may forget a message no later than when its consumer acknowledged it; and never when it was only held.
pub async fn a_receipt_is_durable_at_the_latest_after_the_acknowledgement(bus: Subject) {
    let to = department("municipality");
    let receipt = publisher(&bus).await.publish(&to, message(1)).await.expect("published");
    let mut consumer = consumer(&bus, &to, 1).await;
    next(&mut consumer).await.give_back();
    next(&mut consumer).await.acknowledge();
    timeout(PATIENCE, receipt.durable()).await.expect("in time").expect("durable");
}

/// A sender that does not know whether it sent before says so, and the receiver is told.
pub async fn a_republished_message_says_so(bus: Subject) {
    let to = department("municipality");
    let again = Message { republished: true, ..message(1) };
    publisher(&bus).await.publish(&to, again).await.expect("published");
    let mut consumer = consumer(&bus, &to, 1).await;
    let delivery = next(&mut consumer).await;
    assert!(delivery.message.republished);
    delivery.acknowledge();
}

/// What nobody can deal with is put aside.
pub async fn a_dead_letter_does_not_come_again(bus: Subject) {
    let to = department("municipality");
    send(&publisher(&bus).await, &to, 1..3).await;
    let mut consumer = consumer(&bus, &to, 1).await;
    next(&mut consumer).await.dead_letter("not a leg request");
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.message.attempt, 2);
    delivery.acknowledge();
    nothing(&mut consumer).await;
}

/// Sends these at the same time, to a department that takes so many as one: where the bus packs, packs form.
async fn send_at_once(bus: &Subject, numbers: std::ops::Range<u16>) {
    let to = department("municipality");
    bus.set_pack(&DepartmentId::new("municipality").expect("a department's name"), 64);
    let mut sending = tokio::task::JoinSet::new();
    for number in numbers {
        let (publisher, to) = (publisher(bus).await, to.clone());
        sending.spawn(async move {
            let receipt = publisher.publish(&to, message(number)).await.expect("published");
            // Safe at the latest when it is acknowledged, which is for the check to do.
            drop(receipt);
        });
    }
    sending.join_all().await;
}

/// However they travel: each message comes once and as it was, and no more are unsettled than were asked for.
pub async fn many_at_once_arrive_whole_and_each_by_itself(bus: Subject) {
    const MESSAGES: u16 = 500;
    let mut consumer = consumer(&bus, &department("municipality"), 20).await;
    send_at_once(&bus, 0..MESSAGES).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(next(&mut consumer).await);
    }
    nothing(&mut consumer).await;
    let mut seen = BTreeMap::new();
    while seen.len() < usize::from(MESSAGES) {
        for delivery in std::mem::take(&mut held) {
            let number = u16::try_from(delivery.message.attempt).expect("one of ours");
            assert_eq!(delivery.message, message(number));
            assert!(!delivery.redelivered);
            assert!(seen.insert(number, ()).is_none(), "{number} came twice");
            delivery.acknowledge();
        }
        if seen.len() < usize::from(MESSAGES) {
            held.push(next(&mut consumer).await);
        }
    }
    nothing(&mut consumer).await;
}

/// The others of its pack are settled for good.
pub async fn what_is_given_back_of_many_comes_again_and_nothing_else_does(bus: Subject) {
    const MESSAGES: u16 = 200;
    let to = department("municipality");
    let mut first = consumer(&bus, &to, 200).await;
    send_at_once(&bus, 0..MESSAGES).await;
    let mut returned = 0;
    let mut seen = BTreeMap::<u32, Vec<bool>>::new();
    while seen.len() < usize::from(MESSAGES) || returned > 0 {
        let delivery = next(&mut first).await;
        let (number, again) = (delivery.message.attempt, delivery.redelivered);
        seen.entry(number).or_default().push(again);
        match (number % 20, again) {
            (3, _) => delivery.dead_letter("the operation does not exist"),
            (7, false) => {
                returned += 1;
                delivery.give_back();
            }
            // Dropped without a word.
            (11, false) => returned += 1,
            (_, again) => {
                returned -= u16::from(again);
                delivery.acknowledge();
            }
        }
    }
    for (number, came) in seen {
        let expected: &[bool] = if matches!(number % 20, 7 | 11) { &[false, true] } else { &[false] };
        assert_eq!(came, expected, "{number}");
    }
    nothing(&mut first).await;
    drop(first);
    nothing(&mut consumer(&bus, &to, 10).await).await;
}

/// Of a pack that was settled in part, the rest is not lost; what was settled may come again with it, and says so.
pub async fn what_a_lost_consumer_held_of_many_goes_to_another(bus: Subject) {
    const MESSAGES: u16 = 100;
    let to = department("municipality");
    let mut lost = consumer(&bus, &to, 60).await;
    send_at_once(&bus, 0..MESSAGES).await;
    let (mut held, mut settled) = (Vec::new(), Vec::new());
    for turn in 0..50 {
        let delivery = next(&mut lost).await;
        if turn % 2 == 0 {
            settled.push(delivery.message.attempt);
            delivery.acknowledge();
        } else {
            held.push(delivery);
        }
    }
    let in_hand: Vec<_> = held.iter().map(|delivery| delivery.message.attempt).collect();
    drop(lost);
    drop(held);
    let mut other = consumer(&bus, &to, 200).await;
    let mut missing: std::collections::BTreeSet<u32> = (0..u32::from(MESSAGES)).collect();
    settled.iter().for_each(|number| assert!(missing.remove(number)));
    while !missing.is_empty() {
        let delivery = next(&mut other).await;
        let number = delivery.message.attempt;
        let known = settled.contains(&number) || in_hand.contains(&number);
        assert!(delivery.redelivered || !known, "{number} was with somebody");
        missing.remove(&number);
        delivery.acknowledge();
    }
    while let Ok(Some(delivery)) = timeout(QUIET, other.next()).await {
        assert!(settled.contains(&delivery.message.attempt) && delivery.redelivered);
        delivery.acknowledge();
    }
}

/// Eight consumers, a thousand messages, every tenth given back once.
pub async fn consumers_share_the_work_and_nothing_is_lost_or_doubled(bus: Subject) {
    const MESSAGES: u16 = 1_000;
    let to = department("municipality");
    let (done, mut finished) = tokio::sync::mpsc::unbounded_channel();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut consumer = consumer(&bus, &to, 7).await;
        let done = done.clone();
        workers.spawn(async move {
            while let Some(delivery) = consumer.next().await {
                let number = delivery.message.attempt;
                if number % 10 == 0 && !delivery.redelivered {
                    delivery.give_back();
                } else {
                    delivery.acknowledge();
                    if done.send(number).is_err() {
                        return;
                    }
                }
            }
        });
    }
    send(&publisher(&bus).await, &to, 0..MESSAGES).await;
    let mut seen = BTreeMap::<u32, u32>::new();
    for _ in 0..MESSAGES {
        let number = timeout(PATIENCE, finished.recv()).await.expect("in time").expect("workers are there");
        *seen.entry(number).or_default() += 1;
    }
    assert_eq!(seen.len(), usize::from(MESSAGES), "nothing lost");
    assert!(seen.values().all(|times| *times == 1), "nothing doubled");
}
