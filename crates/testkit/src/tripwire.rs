//! A network that looks at the world before it lets the next bytes through: for faults at one certain instant.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Which way bytes are going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    There,
    /// To the client.
    Back,
}

/// What becomes of bytes that have come this far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// They go on.
    Pass,
    /// They wait, and the question is put again. The client may be gone by then: they go on all the same.
    Hold,
    /// The connection is over, for both.
    Cut,
}

/// A TCP proxy to one port on loopback.
#[derive(Debug)]
pub struct Tripwire {
    /// The port to connect to instead.
    pub port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Tripwire {
    /// Starts one that asks `decide` about all bytes; call it in a tokio runtime.
    pub async fn start(target: u16, decide: impl Fn(Way) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let decide: Arc<dyn Fn(Way) -> Then + Send + Sync> = Arc::new(decide);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, target, decide.clone()));
            }
        });
        Self { port, task }
    }
}

impl Drop for Tripwire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Decide = Arc<dyn Fn(Way) -> Then + Send + Sync>;

async fn connect(near: TcpStream, target: u16, decide: Decide) {
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let (cut, was_cut) = watch::channel(false);
    let cut = Arc::new(cut);
    let there = pump(near_in, far_out, Way::There, decide.clone(), cut.clone());
    let back = pump(far_in, near_out, Way::Back, decide, cut);
    let mut over = was_cut;
    // A client that has gone does not end what is still on its way to the server; the server's answer to that does.
    tokio::select! {
        _ = async { tokio::join!(there, back) } => {}
        _ = over.wait_for(|cut| *cut) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: Way,
    decide: Decide,
    cut: Arc<watch::Sender<bool>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        loop {
            match decide(way) {
                Then::Pass => break,
                Then::Hold => tokio::time::sleep(Duration::from_millis(5)).await,
                Then::Cut => {
                    let _ = cut.send(true);
                    return;
                }
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    match way {
        Way::Back => {
            let _ = cut.send(true);
        }
        // The half stays open until the server is done with it.
        Way::There => cut.closed().await,
    }
}
