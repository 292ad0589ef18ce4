//! Small transactions, and journals of several processes on one database.

use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use jisr_core::case::{Actor, ActorKind, Case, EventRecord, Leg, Moved};
use jisr_core::id::{Caller, MessageId, RequestId, TransactionId};
use jisr_core::state::TransactionState;
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use jisr_journal::{NewTransaction, OutboxMessage, RequestKey, Target, Version, Write};
use jisr_journal_sql::{PostgresJournal, PostgresOptions};
use jisr_testkit::postgres::Postgres;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_770_000_000_000);
/// However slow the machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn name<T: FromStr<Err: Debug>>(name: &str) -> T {
    name.parse().unwrap()
}

/// Options for this server and schema; the port is the network's where one stands between.
pub(crate) fn options(server: &Postgres, schema: &str, port: u16) -> PostgresOptions {
    let address = server.address().replace(&format!(":{}/", server.port), &format!(":{port}/"));
    PostgresOptions {
        password: Some(server.password.as_str().into()),
        schema: schema.to_owned(),
        ..PostgresOptions::new(address, "jisr")
    }
}

pub(crate) async fn open(options: &PostgresOptions) -> PostgresJournal {
    PostgresJournal::open(options).await.unwrap()
}

pub(crate) fn id(n: u32) -> TransactionId {
    let mut random = [7; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    TransactionId::new(NOW, random)
}

pub(crate) fn case(n: u32, wake: Option<Timestamp>) -> Case {
    let leg = Leg::planned(name("permit"), name("municipality"), name("issue-permit"), vec![]);
    let mut case = Case::new(vec![leg], NOW.plus(Duration::from_secs(n.into())), None);
    case.state = TransactionState::Processing;
    case.legs[0].progress.wake = wake;
    case
}

fn event(sequence: u32) -> EventRecord {
    EventRecord {
        sequence,
        time: NOW,
        actor: Actor::new(ActorKind::Engine, "engine"),
        moved: Moved::Transaction { from: None, to: TransactionState::Submitted },
        reason: None,
        note: LocalizedText::bilingual("تجربة", "A trial"),
    }
}

/// A creation that answers a request and has its message in hand.
pub(crate) fn create(n: u32) -> Write {
    let caller = Caller::new("ghubar");
    let id = id(n);
    let new = NewTransaction {
        id,
        reference_no: format!("JSR-{n}").into(),
        caller: caller.clone(),
        service: name("building-permit"),
        centre: Some(name("al-twar")),
        content: Bytes::from("طلب رخصة بناء"),
        case: case(n, None).into(),
    };
    let message = OutboxMessage {
        id: MessageId::from_bytes(*id.as_bytes()),
        department: name("municipality"),
        transaction: id,
        leg: 0,
        attempt: 1,
        time: NOW,
        traceparent: None,
        in_hand: true,
        body: Bytes::from_static(b"body"),
    };
    let request = RequestKey {
        caller,
        method: "SubmitTransaction",
        id: RequestId::from_bytes(*id.as_bytes()),
        fingerprint: [1; 32],
    };
    Write {
        now: NOW,
        request: Some(request),
        target: Target::Create(Box::new(new)),
        events: vec![event(1)],
        outbox: vec![message],
    }
}

pub(crate) fn update(n: u32, expected: Version, sequence: u32) -> Write {
    Write {
        now: NOW,
        request: None,
        target: Target::Update { id: id(n), expected, case: case(n, None).into() },
        events: vec![event(sequence)],
        outbox: vec![],
    }
}
