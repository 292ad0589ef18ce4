//! As much of HTTP/1.1 as a stand-in needs, by hand: it must be able to break off anywhere.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The longest request.
const LIMIT: usize = 64 * 1024;

/// How much of an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Whole,
    Half,
}

/// Path and body of a request; nothing when the caller broke off.
pub(crate) async fn read(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > LIMIT || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let path = text.split(' ').nth(1)?.to_owned();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let length: usize = length.unwrap_or(0).min(LIMIT);
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((path, serde_json::from_slice(&bytes[head + 4..]).unwrap_or_default()))
}

/// Sends a whole answer. The caller may have gone.
pub(crate) async fn answer(stream: &mut TcpStream, status: u16, body: &Value) {
    answer_as(stream, status, body, Answer::Whole).await;
}

/// Sends an answer, or half of it.
pub(crate) async fn answer_as(stream: &mut TcpStream, status: u16, body: &Value, how: Answer) {
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    let bytes = [head.as_bytes(), body.as_bytes()].concat();
    let end = if how == Answer::Half { head.len() + body.len() / 2 } else { bytes.len() };
    if stream.write_all(&bytes[..end]).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

/// Resets the connection: whoever waits for an answer learns that none will come.
pub(crate) fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
}
