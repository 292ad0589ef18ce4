//! A network between a test and a server, that can be cut, can stand still, and can heal.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fair,
    Still,
    Cut,
}

/// A TCP proxy to one port on loopback. Ends with its value.
#[derive(Debug)]
pub struct Proxy {
    weather: watch::Sender<Weather>,
    /// The port to connect to instead.
    pub port: u16,
}

impl Proxy {
    /// Starts one; call it in a tokio runtime.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (weather, seen) = watch::channel(Weather::Fair);
        tokio::spawn(accept(listener, (Ipv4Addr::LOCALHOST, target).into(), seen));
        Self { weather, port }
    }

    /// Closes every connection, and each that comes.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// Keeps every connection open and lets nothing through.
    pub fn stall(&self) {
        self.weather.send_replace(Weather::Still);
    }

    /// Lets everything through; what was held back first.
    pub fn heal(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, mut weather: watch::Receiver<Weather>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { return };
                tokio::spawn(connect(near, target, weather.clone()));
            }
            changed = weather.changed() => if changed.is_err() { return },
        }
    }
}

async fn connect(near: TcpStream, target: SocketAddr, weather: watch::Receiver<Weather>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    // What one side is told late would look like the server's slowness.
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::select! {
        () = pump(near_in, far_out, weather.clone()) => {}
        () = pump(far_in, near_out, weather) => {}
    }
}

/// Copies one direction, as the weather lets it; returns when the connection is over.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        if weather.wait_for(|weather| *weather != Weather::Still).await.is_ok_and(|weather| *weather == Weather::Cut) {
            return;
        }
        let count = tokio::select! {
            changed = weather.changed() => if changed.is_ok() { continue } else { return },
            count = from.read(&mut buffer) => count.unwrap_or(0),
        };
        // What was read just before it fell still is held back too.
        if count == 0 || weather.wait_for(|weather| *weather != Weather::Still).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
