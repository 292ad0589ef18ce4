//! The network before a department's system: fair, or bad in one of the ways in which such networks and systems are bad.
//! It knows bytes only, so any protocol on TCP goes through it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::{Trouble, trouble};

/// What becomes of what the system answers. What it is asked gets through in all but one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weather {
    /// It gets through.
    #[default]
    Fair,
    /// Nobody is there: connections are refused, those that were are gone.
    Dead,
    /// It is held back.
    Slow,
    /// It is lost: the connection ends as it comes.
    Mute,
    /// In its place come bytes that mean nothing.
    Garbage,
    /// Its letters are of no character set that anybody has declared.
    Garbled,
    /// It never ends.
    Flood,
}

/// What is sent in place of an answer.
const NONSENSE: &[u8] = b"<<<\x00\xff ORA-00600: internal error code, arguments: [\xc8\xe3] \r\n\r\n";
/// How much more than anybody takes.
const FLOOD: usize = 64 * 1024 * 1024;
/// How long somebody else may sit on the port before it is listened on again.
const PATIENCE: Duration = Duration::from_secs(10);

/// A proxy. Ends with its value.
#[derive(Debug)]
pub(crate) struct Proxy {
    weather: watch::Sender<(Weather, u32)>,
    asked: Arc<AtomicU64>,
    pub(crate) port: u16,
}

#[derive(Clone)]
struct Between {
    target: String,
    weather: watch::Receiver<(Weather, u32)>,
    asked: Arc<AtomicU64>,
    greeting: u64,
}

impl Proxy {
    /// One before `target`, at a port (0 for a free one).
    pub(crate) async fn start(target: String, port: u16, greeting: u64) -> Result<Self, Trouble> {
        let unusable = |error: std::io::Error| trouble(format!("127.0.0.1:{port} cannot be listened on: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(unusable)?;
        let port = listener.local_addr().map_err(unusable)?.port();
        let (weather, seen) = watch::channel((Weather::Fair, 0));
        let asked = Arc::new(AtomicU64::new(0));
        let between = Between { target, weather: seen, asked: asked.clone(), greeting };
        tokio::spawn(serve(listener, port, between));
        Ok(Self { weather, asked, port })
    }

    /// Changes the weather. Whatever was held back or spoilt until now ends with its connection.
    pub(crate) fn set(&self, weather: Weather) {
        self.weather.send_modify(|(now, changes)| (*now, *changes) = (weather, *changes + 1));
    }

    /// Bytes that the system was asked so far.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }
}

async fn serve(listener: TcpListener, port: u16, mut between: Between) {
    let mut open = Some(listener);
    loop {
        let dead = between.weather.borrow_and_update().0 == Weather::Dead;
        if dead {
            open = None;
        } else if open.is_none() {
            open = again(port).await;
            if open.is_none() {
                tracing::error!(port, "the proxy cannot listen again");
                return;
            }
        }
        tokio::select! {
            accepted = accept(open.as_ref()) => {
                if let Ok((near, _)) = accepted {
                    tokio::spawn(carry(near, between.clone()));
                }
            }
            changed = between.weather.changed() => if changed.is_err() { return },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Listens on the port once more: connections of before may still be ending there.
async fn again(port: u16) -> Option<TcpListener> {
    let bound = async {
        loop {
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                return listener;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, bound).await.ok()
}

async fn carry(near: TcpStream, between: Between) {
    let Ok(far) = TcpStream::connect(&between.target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut weather = between.weather.clone();
    let (began, changes) = *weather.borrow_and_update();
    let over = async {
        // A connection that has seen bad weather, or the system die, does not outlive the change.
        let mut bad = began != Weather::Fair;
        let mut seen = changes;
        while let Ok(now) = weather.wait_for(|(_, changes)| *changes != seen).await.map(|now| *now) {
            if bad || now.0 == Weather::Dead {
                return;
            }
            (bad, seen) = (now.0 != Weather::Fair, now.1);
        }
    };
    tokio::select! {
        () = ask(near_in, far_out, between.asked.clone()) => {}
        () = answer(far_in, near_out, between) => {}
        () = over => {}
    }
}

async fn ask(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, asked: Arc<AtomicU64>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
        asked.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::AcqRel);
    }
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, between: Between) {
    let mut buffer = vec![0; 64 * 1024];
    let mut passed = 0;
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        let bytes = &mut buffer[..count];
        let weather = if passed < between.greeting { Weather::Fair } else { between.weather.borrow().0 };
        passed += u64::try_from(count).unwrap_or_default();
        match weather {
            Weather::Fair => {}
            Weather::Slow => return std::future::pending().await,
            Weather::Mute | Weather::Dead => return,
            Weather::Garbage => {
                let _ = to.write_all(NONSENSE).await;
                return;
            }
            Weather::Garbled => bytes.iter_mut().filter(|byte| **byte >= 0x80).for_each(|byte| *byte = 0xc1),
            Weather::Flood => {
                // A head that lets whoever reads it go on reading, then more of the same than anybody takes.
                let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(count, |at| at + 4);
                let _ = to.write_all(&without_length(&bytes[..end])).await;
                flood(&mut to).await;
                return;
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// The same head with a length that fits the flood, where it names one.
fn without_length(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head).into_owned();
    let lines: Vec<String> = text
        .split("\r\n")
        .map(|line| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("content-length") => format!("{name}: {FLOOD}"),
            _ => line.to_owned(),
        })
        .collect();
    if text.contains("\r\n") && text.is_ascii() { lines.join("\r\n").into_bytes() } else { head.to_vec() }
}

async fn flood(to: &mut OwnedWriteHalf) {
    let chunk = vec![b'x'; 64 * 1024];
    for _ in 0..FLOOD / chunk.len() {
        if to.write_all(&chunk).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system that answers every byte with an Arabic one.
    async fn system() -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut byte = [0; 1];
                    while stream.read_exact(&mut byte).await.is_ok() {
                        stream.write_all("نعم".as_bytes()).await.unwrap();
                    }
                });
            }
        });
        address
    }

    async fn call(port: u16) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"?").await?;
        let mut answer = vec![0; 6];
        let count = stream.read(&mut answer).await?;
        answer.truncate(count);
        Ok(answer)
    }

    #[tokio::test]
    async fn every_weather_is_as_its_name() {
        let proxy = Proxy::start(system().await, 0, 0).await.unwrap();
        assert_eq!(call(proxy.port).await.unwrap(), "نعم".as_bytes());
        for (weather, expected) in [
            (Weather::Mute, &b""[..]),
            (Weather::Garbage, &NONSENSE[..6]),
            (Weather::Garbled, &[0xc1; 6]),
            (Weather::Flood, "نعم".as_bytes()),
        ] {
            proxy.set(weather);
            assert_eq!(call(proxy.port).await.unwrap(), expected, "{weather:?}");
        }
        proxy.set(Weather::Slow);
        let before = proxy.asked();
        let held = tokio::time::timeout(Duration::from_millis(100), call(proxy.port)).await;
        assert!(held.is_err() && proxy.asked() == before + 1);
        proxy.set(Weather::Dead);
        let refused = async {
            while call(proxy.port).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, refused).await.unwrap();
        proxy.set(Weather::Fair);
        let back = async {
            while !matches!(call(proxy.port).await.as_deref(), Ok(answer) if answer == "نعم".as_bytes()) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, back).await.unwrap();
    }

    #[test]
    fn a_flood_says_how_long_it_is() {
        let head = without_length(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
        assert_eq!(head, format!("HTTP/1.1 200 OK\r\nContent-Length: {FLOOD}\r\n\r\n").into_bytes());
        assert_eq!(without_length(b"\x0bMSH|"), b"\x0bMSH|");
    }
}
