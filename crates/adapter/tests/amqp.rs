//! The AMQP 1.0 connector against another library's container, which settles as it is told and sends what it likes.
#![cfg(feature = "amqp")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::CancellationToken;
use jisr_adapter::connectors::amqp::{
    AmqpSettings, Asker, Attachment, Charset, Consumer, Received, Sender, Settle, TextMessage,
};
use jisr_testkit::process::Program;
use jisr_testkit::{free_port, peer, repository};
use tempfile::TempDir;
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(60);
const ARABIC: &str = "مطعم بوابة الجسر";

/// A container that settles as it is told; see `tests/peers/amqp/settling.py`.
struct Settling {
    program: Program,
    port: u16,
    _folder: TempDir,
}

impl Settling {
    fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = Command::new(peer::python());
        command.arg(repository().join("tests/peers/amqp/settling.py"));
        command.args(["--port", &port.to_string(), "--until-stdin-closes"]);
        let mut program = Program::start(command, &folder.path().join("settling.log"));
        program.line(PATIENCE, |line| (line == "listening").then_some(()));
        Self { program, port, _folder: folder }
    }

    fn settings(&self) -> AmqpSettings {
        let address = format!("amqp://127.0.0.1:{}", self.port).parse().unwrap();
        AmqpSettings {
            call_timeout: Duration::from_secs(2),
            charset: Charset::of("windows-1256").unwrap(),
            ..AmqpSettings::new(address)
        }
    }

    async fn send(&self, address: &str) -> Option<(&'static str, bool, bool)> {
        let sender = Sender::new(self.settings(), address);
        let sent = sender.send(&message()).await;
        sent.err().map(|error| (error.code(), error.is_doubtful(), error.is_transient()))
    }
}

fn message() -> TextMessage {
    TextMessage { text: ARABIC.to_owned(), message_id: "1".to_owned(), ..TextMessage::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_a_message_is_certain_or_doubtful_as_it_is() {
    let peer = Settling::start();
    for (address, expected) in [
        ("accepted", None),
        ("rejected amqp:resource-limit-exceeded", Some(("REJECTED_BY_BROKER", false, true))),
        ("rejected amqp:unauthorized-access", Some(("REJECTED_BY_BROKER", false, true))),
        ("rejected amqp:invalid-field", Some(("REJECTED_BY_BROKER", false, false))),
        ("rejected", Some(("REJECTED_BY_BROKER", false, true))),
        ("released", Some(("RELEASED_BY_BROKER", false, true))),
        ("modified", Some(("RELEASED_BY_BROKER", false, true))),
        ("failed", Some(("DELIVERY_FAILED", true, true))),
        ("silent", Some(("DISPOSITION_TIMEOUT", true, true))),
        ("detached", Some(("LINK_BROKEN", true, true))),
        ("cut", Some(("LINK_BROKEN", true, true))),
        // Granted, and closed before there was leave to send.
        ("refused", Some(("NOT_TAKEN", false, true))),
        ("full", Some(("NOT_TAKEN", false, true))),
    ] {
        assert_eq!(peer.send(address).await, expected, "{address}");
    }
    let lost = Sender::new(peer.settings(), "accepted");
    let text = "بناية ١٢".to_owned();
    let error = lost.send(&TextMessage { text, ..message() }).await.unwrap_err();
    assert_eq!((error.code(), error.is_doubtful(), error.is_transient()), ("MESSAGE_UNSENDABLE", false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_goes_on_after_whatever_happened() {
    let mut peer = Settling::start();
    let sender = Sender::new(peer.settings(), "accepted");
    for _ in 0..3 {
        sender.send(&message()).await.unwrap();
    }
    peer.program.kill();
    let error = sender.send(&message()).await.unwrap_err();
    // Whether the end of the connection was known already is a matter of moments; that it is told truly is not.
    assert_eq!(error.is_doubtful(), error.code() == "LINK_BROKEN", "{}", error.chain());
    let error = sender.send(&message()).await.unwrap_err();
    assert_eq!(error.code(), "CONNECT_FAILED", "{}", error.chain());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_read_strictly_and_settled_as_the_caller_says() {
    let mut peer = Settling::start();
    let consumer = Consumer::new(peer.settings(), "samples", 10);
    let stop = CancellationToken::new();
    let (attachment, _keep) = watch::channel(Attachment::default());
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<Received>();
    let stopped = stop.clone();
    let running = tokio::spawn(async move {
        let take = |received: Received| {
            let settle = match &received.text {
                Ok(_) if received.redelivered => Settle::Release,
                Ok(_) => Settle::Accept,
                Err(why) => Settle::Reject(why.to_string()),
            };
            tell.send(received).unwrap();
            std::future::ready(settle)
        };
        consumer.run(&stopped, &attachment, take).await;
    });
    let mut settled = Vec::new();
    for _ in 0..7 {
        settled.push(peer.program.line(PATIENCE, |line| line.strip_prefix("settled ").map(str::to_owned)));
    }
    stop.cancel();
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    // 36 accepted, 37 rejected, 38 released.
    let expected = [
        ("legacy 36", ""),
        ("again 38", ""),
        ("mislabelled 37", "it is UTF-8 and not windows-1256"),
        ("value 36", ""),
        ("number 37", "its body is no text"),
        ("large 37", "is larger than 65536"),
        ("undecodable 37", "it is no well-formed AMQP message"),
    ];
    for (line, (outcome, why)) in settled.iter().zip(expected) {
        assert!(line.starts_with(outcome) && line.contains(why), "{line} (expected {outcome} {why})");
    }
    let first = told.recv().await.unwrap();
    assert_eq!((first.text.as_deref(), &*first.message_id, &*first.correlation_id), (Ok(ARABIC), "m", "c"));
    assert_eq!((first.redelivered, first.failed_deliveries), (false, 0));
    let again = told.recv().await.unwrap();
    assert_eq!((again.text.as_deref(), again.redelivered, again.failed_deliveries), (Ok(ARABIC), true, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_nobody_answers_is_doubtful_and_forgotten() {
    let peer = Settling::start();
    let asker = Asker::new(Arc::new(Sender::new(peer.settings(), "accepted")), "answers");
    for id in ["one", "two"] {
        let question = TextMessage { correlation_id: Some(id.to_owned()), ..message() };
        let error = asker.ask(question, Duration::from_millis(500)).await.unwrap_err();
        assert_eq!((error.code(), error.is_doubtful()), ("ANSWER_TIMEOUT", true), "{}", error.chain());
    }
    // A question that was never sent is no doubt.
    let asker = Asker::new(Arc::new(Sender::new(peer.settings(), "refused")), "answers");
    let question = TextMessage { correlation_id: Some("three".to_owned()), ..message() };
    assert_eq!(asker.ask(question, Duration::from_secs(2)).await.unwrap_err().code(), "NOT_TAKEN");
}
