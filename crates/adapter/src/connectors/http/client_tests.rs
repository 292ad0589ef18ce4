//! The client against a peer that misbehaves on purpose: each case ends in the right certainty.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

fn client(call: Duration, connect: Duration) -> HttpClient {
    let settings =
        HttpSettings { connect_timeout: connect, call_timeout: call, max_answer_bytes: 1000, ..Default::default() };
    HttpClient::new(settings).unwrap()
}

fn request(address: &str) -> Request<Bytes> {
    Request::post(address).body(Bytes::from_static("طلب".as_bytes())).unwrap()
}

async fn read_request(peer: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut chunk = [0; 1024];
    while !seen.ends_with("طلب".as_bytes()) {
        let read = peer.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the client closed early");
        seen.extend_from_slice(&chunk[..read]);
    }
}

/// Serves one connection: reads the request, writes `answer`, closes.
async fn against(answer: &'static [u8]) -> Result<Response<Bytes>, CallError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let peer = tokio::spawn(async move {
        let (mut peer, _) = listener.accept().await.unwrap();
        read_request(&mut peer).await;
        peer.write_all(answer).await.unwrap();
    });
    let result = client(Duration::from_secs(20), Duration::from_secs(20)).call(request(&address)).await;
    peer.await.unwrap();
    result
}

#[tokio::test]
async fn a_complete_answer_is_handed_over_whatever_its_status() {
    let answer = against(b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (500, b"hi".as_slice()));
}

#[tokio::test]
async fn after_the_request_was_read_everything_is_doubtful() {
    let cases: [(&'static [u8], &str); 5] = [
        (b"", "ANSWER_BROKEN"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut", "ANSWER_BROKEN"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "ANSWER_BROKEN"),
        (b"\x00\x01 this is not HTTP\r\n\r\n", "ANSWER_GARBAGE"),
        (&[b'x'; 100_000], "ANSWER_GARBAGE"),
    ];
    for (answer, code) in cases {
        let error = against(answer).await.unwrap_err();
        assert!(error.is_doubtful(), "{error:?}");
        assert_eq!(error.code(), code, "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_doubtful() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".to_vec();
    answer.extend_from_slice(&[b'x'; 1001]);
    let error = against(answer.leak()).await.unwrap_err();
    assert!(matches!(error, CallError::Doubtful(Doubtful::Oversized(1000))), "{error:?}");
}

#[tokio::test]
async fn a_closed_port_was_certainly_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client(Duration::from_secs(20), Duration::from_secs(20)).call(request(&address)).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent(NotSent::Connect(_))), "{error:?}");
}

#[tokio::test]
async fn an_unfinished_tls_handshake_was_certainly_not_a_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let silent = client(Duration::from_secs(20), Duration::from_millis(50)).call(request(&address)).await;
    assert!(matches!(silent, Err(CallError::NotSent(NotSent::ConnectTimeout(_)))), "{silent:?}");

    let peer = tokio::spawn(async move {
        let _silent_one = listener.accept().await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        peer.write_all(b"HTTP/1.1 400 plain text here\r\n\r\n").await.unwrap();
    });
    let plain = client(Duration::from_secs(20), Duration::from_secs(20)).call(request(&address)).await;
    assert!(matches!(plain, Err(CallError::NotSent(NotSent::Connect(_)))), "{plain:?}");
    peer.await.unwrap();
}

#[tokio::test]
async fn silence_after_the_request_is_doubtful() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let error = client(Duration::from_millis(50), Duration::from_millis(50)).call(request(&address)).await.unwrap_err();
    assert!(matches!(error, CallError::Doubtful(Doubtful::Timeout(_))), "{error:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_connecting() {
    for address in ["/path", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1/"] {
        let error = client(Duration::from_secs(1), Duration::from_secs(1)).call(request(address)).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("REQUEST_UNSENDABLE", false), "{address}");
    }
}

#[test]
fn a_refused_certificate_is_found_below_io_errors() {
    let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateExpired);
    let error = std::io::Error::new(std::io::ErrorKind::InvalidData, alert);
    assert!(refused_by_tls(&error));
    assert!(!refused_by_tls(&std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
}
