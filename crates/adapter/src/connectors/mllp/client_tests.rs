//! The client against systems that do everything but what they should.

use std::future::Future;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const MESSAGE: &str = "MSH|^~\\&|JISR|JISR|HIS|DHA|20260301||OMG^O19^OMG_O19|C1|P|2.5.1||||||UNICODE UTF-8\r";

fn settings(port: u16) -> MllpSettings {
    MllpSettings {
        call_timeout: Duration::from_millis(500),
        connect_timeout: Duration::from_millis(500),
        limits: Limits { message: 4096, ..Limits::default() },
        ..MllpSettings::new(format!("127.0.0.1:{port}"))
    }
}

/// Starts a system that treats each connection like this, and says where it is.
async fn system<F>(treat: impl Fn(TcpStream, usize) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(treat(stream, number));
        }
    });
    port
}

/// Reads one whole frame.
async fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut framer, mut buffer) = (Framer::new(4096), [0; 256]);
    loop {
        if let Some(block) = framer.take().unwrap() {
            return Some(block);
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => framer.push(&buffer[..count]),
        }
    }
}

fn ack(code: &str, control_id: &str) -> String {
    format!("MSH|^~\\&|HIS|DHA|JISR|JISR|1||ACK^O19^ACK|9|P|2.5.1||||||UNICODE UTF-8\rMSA|{code}|{control_id}|مقبول\r")
}

/// What a call comes to when the system sends these bytes for the message, in pieces, and then keeps silent or hangs up.
async fn answered(bytes: Vec<u8>, piece: usize, hangs_up: bool) -> Result<Acknowledgement, CallError> {
    let port = system(move |mut stream, _| {
        let bytes = bytes.clone();
        async move {
            if frame(&mut stream).await.is_none() {
                return;
            }
            for piece in bytes.chunks(piece) {
                stream.write_all(piece).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            if !hangs_up {
                // Until the caller has had enough.
                let _ = frame(&mut stream).await;
            }
        }
    })
    .await;
    MllpClient::new(settings(port)).unwrap().call("C1", MESSAGE.as_bytes()).await
}

#[tokio::test]
async fn an_acknowledgement_is_ours_however_it_comes() {
    let ours = wrap(ack("AA", "C1").as_bytes());
    let stranger = wrap(ack("AR", "C0").as_bytes());
    for bytes in [
        ours.clone(),
        // Another message's first; then something more behind ours, which makes the connection useless and nothing else.
        [stranger.clone(), ours.clone()].concat(),
        [ours.clone(), stranger.clone()].concat(),
        [b"\r\n".to_vec(), ours.clone()].concat(),
    ] {
        for piece in [1, 7, bytes.len()] {
            let read = answered(bytes.clone(), piece, false).await.unwrap();
            assert_eq!((read.code, read.text.as_str()), (AckCode::ApplicationAccept, "مقبول"));
        }
    }
}

#[tokio::test]
async fn whatever_else_comes_leaves_doubt() {
    let ours = wrap(ack("AA", "C1").as_bytes());
    let arabic = CharacterSet::WINDOWS_1256.encode(&ack("AA", "C1")).unwrap();
    let many = wrap(ack("AA", "C0").as_bytes()).repeat(20);
    let cases = [
        ("another's acknowledgement only", wrap(ack("AA", "C0").as_bytes()), false, "ANSWER_TIMEOUT"),
        ("an empty control id", wrap(ack("AA", "").as_bytes()), false, "ANSWER_TIMEOUT"),
        ("many of others'", many, false, "ANSWER_GARBAGE"),
        ("nothing", vec![], false, "ANSWER_TIMEOUT"),
        ("nothing, and gone", vec![], true, "ANSWER_BROKEN"),
        ("half an answer", ours[..ours.len() / 2].to_vec(), false, "ANSWER_TIMEOUT"),
        ("half an answer, and gone", ours[..ours.len() / 2].to_vec(), true, "ANSWER_BROKEN"),
        ("no end block", ours[..ours.len() - 2].to_vec(), false, "ANSWER_TIMEOUT"),
        ("two beginnings", [&ours[..20], &ours].concat(), false, "ANSWER_GARBAGE"),
        ("garbage", b"HTTP/1.1 400 Bad Request\r\n".repeat(60), false, "ANSWER_GARBAGE"),
        ("a frame of garbage", wrap(b"<html>"), false, "ANSWER_GARBAGE"),
        ("a question instead of an answer", wrap(MESSAGE.as_bytes()), false, "ANSWER_GARBAGE"),
        ("another character set", wrap(&arabic), false, "ANSWER_GARBAGE"),
        ("a huge answer", wrap(&[b'A'; 8192]), false, "ANSWER_OVERSIZED"),
    ];
    for (what, bytes, hangs_up, code) in cases {
        let error = answered(bytes, 512, hangs_up).await.unwrap_err();
        assert!(error.is_doubtful(), "{what}: {error}");
        assert_eq!(error.code(), code, "{what}");
    }
}

#[tokio::test]
async fn what_never_left_is_certain() {
    // A port on which nobody listens: bound for a moment, then free.
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let client = MllpClient::new(settings(closed)).unwrap();
    let error = client.call("C1", MESSAGE.as_bytes()).await.unwrap_err();
    assert_eq!((error.is_doubtful(), error.code()), (false, "CONNECT_FAILED"));
    let error = client.call("C1", &[b'A'; 4097]).await.unwrap_err();
    assert_eq!((error.is_doubtful(), error.code()), (false, "REQUEST_UNSENDABLE"));
    // One connection, and somebody else has it.
    let silent = system(|mut stream, _| async move { while frame(&mut stream).await.is_some() {} }).await;
    let one = MllpSettings { connections: 1, call_timeout: Duration::from_secs(5), ..settings(silent) };
    let client = MllpClient::new(one).unwrap();
    let other = client.clone();
    let first = tokio::spawn(async move { other.call("C1", MESSAGE.as_bytes()).await });
    while client.free() > 0 {
        tokio::task::yield_now().await;
    }
    let error = client.call("C2", MESSAGE.as_bytes()).await.unwrap_err();
    assert_eq!((error.is_doubtful(), error.code()), (false, "CONNECTIONS_BUSY"));
    first.abort();
}

/// The hangup comes late enough behind the answer for the next message to be on its way, if nobody waited.
#[tokio::test]
async fn a_system_that_hangs_up_behind_each_answer_casts_no_doubt() {
    let port = system(|mut stream, _| async move {
        if frame(&mut stream).await.is_some() {
            stream.write_all(&wrap(ack("AA", "C1").as_bytes())).await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    })
    .await;
    let client = MllpClient::new(settings(port)).unwrap();
    for _ in 0..5 {
        assert_eq!(client.call("C1", MESSAGE.as_bytes()).await.unwrap().code, AckCode::ApplicationAccept);
    }
}

/// Answers `per_connection` messages on each connection, then closes it; says in MSA-3 which connection it was.
async fn polite(per_connection: usize) -> u16 {
    system(move |mut stream, number| async move {
        for _ in 0..per_connection {
            let Some(_) = frame(&mut stream).await else { return };
            let answer = ack("AA", "C1").replace("مقبول", &number.to_string());
            stream.write_all(&wrap(answer.as_bytes())).await.unwrap();
        }
    })
    .await
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_lives() {
    let connections = async |client: &MllpClient| {
        let mut used = Vec::new();
        for _ in 0..4 {
            used.push(client.call("C1", MESSAGE.as_bytes()).await.unwrap().text);
            // What the far side does behind its answer has come by then.
            client.settle().await;
        }
        used
    };
    let client = MllpClient::new(settings(polite(100).await)).unwrap();
    assert_eq!(connections(&client).await, ["0", "0", "0", "0"]);
    // Closed by the far side behind its answer: noticed before the next message is sent, not after.
    let client = MllpClient::new(settings(polite(2).await)).unwrap();
    assert_eq!(connections(&client).await, ["0", "0", "1", "1"]);
    let never = MllpSettings { keep_idle: Duration::ZERO, ..settings(polite(100).await) };
    assert_eq!(connections(&MllpClient::new(never).unwrap()).await, ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn a_connection_with_a_message_under_way_is_not_used_again() {
    let port = system(|mut stream, number| async move {
        let Some(_) = frame(&mut stream).await else { return };
        if number == 0 {
            // Too late for whoever asked, and in time for whoever asks next, if he asks here.
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        let _ = stream.write_all(&wrap(ack("AA", "C1").replace("مقبول", &number.to_string()).as_bytes())).await;
    })
    .await;
    let client = MllpClient::new(settings(port)).unwrap();
    assert_eq!(client.call("C1", MESSAGE.as_bytes()).await.unwrap_err().code(), "ANSWER_TIMEOUT");
    assert_eq!(client.call("C1", MESSAGE.as_bytes()).await.unwrap().text, "1");
}
