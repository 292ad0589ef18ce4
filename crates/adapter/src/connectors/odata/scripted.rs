//! For tests: a server that answers each request with the next text it was given, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Ends with its value.
pub(super) struct Scripted {
    pub(super) address: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Scripted {
    /// One connection after the other; an empty answer closes without a word.
    pub(super) async fn new(answers: impl IntoIterator<Item = String>) -> Self {
        let answers: Vec<String> = answers.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        let task = tokio::spawn(async move {
            for answer in answers {
                let (mut peer, _) = listener.accept().await.unwrap();
                let request = read(&mut peer).await;
                kept.lock().unwrap().push(request);
                peer.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { address, requests, task }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(peer: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if seen.len() >= end + 4 + length {
                return String::from_utf8(seen).unwrap();
            }
        }
        let read = peer.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0, "the client closed early");
        seen.extend_from_slice(&chunk[..read]);
    }
}

/// An answer with a body in JSON; `headers` end with a line break each.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: application/json;charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn token(name: &str, expires_in: u32) -> String {
    answer(
        "200 OK",
        "",
        &format!("{{\"access_token\": \"{name}\", \"token_type\": \"Bearer\", \"expires_in\": {expires_in}}}"),
    )
}
