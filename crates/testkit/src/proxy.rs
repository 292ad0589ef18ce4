//! A network between a test and a server, that can be cut, can stand still, and can heal.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    /// Nothing gets through.
    still: bool,
    /// Whoever connects is turned away.
    closed: bool,
    /// How often everything was cut: a connection does not outlive a cut, however soon that is healed.
    cuts: u32,
}

/// A TCP proxy to one port on loopback, or to any of several. Ends with its value.
#[derive(Debug)]
pub struct Proxy {
    weather: watch::Sender<Weather>,
    /// The port to connect to instead.
    pub port: u16,
}

impl Proxy {
    /// Starts one; call it in a tokio runtime.
    pub async fn start(target: u16) -> Self {
        Self::among(vec![target]).await
    }

    /// Starts one to the first of these ports that takes the connection, beginning with another each time.
    pub async fn among(targets: Vec<u16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (weather, seen) = watch::channel(Weather::default());
        tokio::spawn(accept(listener, targets, seen));
        Self { weather, port }
    }

    /// Closes every connection, and each that comes.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| *weather = Weather { still: false, closed: true, cuts: weather.cuts + 1 });
    }

    /// Keeps every connection open and lets nothing through.
    pub fn stall(&self) {
        self.weather.send_modify(|weather| weather.still = true);
    }

    /// Lets everything through; what was held back first.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| *weather = Weather { still: false, closed: false, ..*weather });
    }
}

async fn accept(listener: TcpListener, mut targets: Vec<u16>, mut weather: watch::Receiver<Weather>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { return };
                if !weather.borrow().closed {
                    tokio::spawn(connect(near, targets.clone(), weather.clone()));
                    targets.rotate_left(1);
                }
            }
            changed = weather.changed() => if changed.is_err() { return },
        }
    }
}

async fn connect(near: TcpStream, targets: Vec<u16>, weather: watch::Receiver<Weather>) {
    let addresses: Vec<SocketAddr> = targets.into_iter().map(|port| (Ipv4Addr::LOCALHOST, port).into()).collect();
    let Ok(far) = TcpStream::connect(&*addresses).await else { return };
    // What one side is told late would look like the server's slowness.
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = weather.clone();
    let cuts = cut.borrow().cuts;
    tokio::select! {
        () = pump(near_in, far_out, weather.clone()) => {}
        () = pump(far_in, near_out, weather) => {}
        // Also when the proxy is no more.
        _ = cut.wait_for(|weather| weather.cuts != cuts) => {}
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
        // What was read just before it fell still is held back too.
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 || weather.wait_for(|weather| !weather.still).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
