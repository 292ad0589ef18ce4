//! A network between a test and a server, that can be cut, can stand still, and can heal.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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

/// What becomes of the first connection over which certain words are said, one after the other: of the last of them.
#[derive(Clone, Debug)]
struct Trap {
    words: Vec<Vec<u8>>,
    fate: Fate,
}

/// How far a connection has come.
#[derive(Debug, Default)]
struct Progress {
    said: AtomicUsize,
    fate: OnceLock<Fate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It does not arrive, and the connection is cut.
    Lost,
    /// It arrives, and the connection is cut in place of its answer.
    AnswerLost,
    /// It arrives, and nothing comes back any more over a connection that stays open.
    Unanswered,
}

/// What is to be done with the next thing that is read.
enum Passage {
    Open,
    Swallowed,
    Cut,
}

type Set = Arc<Mutex<Option<Trap>>>;

/// A TCP proxy to one port on loopback, or to any of several. Ends with its value.
#[derive(Debug)]
pub struct Proxy {
    weather: watch::Sender<Weather>,
    trap: Set,
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
        let trap = Set::default();
        tokio::spawn(accept(listener, targets, seen, trap.clone()));
        Self { weather, trap, port }
    }

    /// Cuts the first connection over which these words are sent, one after the other, before the last arrive. Once.
    pub fn lose(&self, words: &[&str]) {
        self.set(words, Fate::Lost);
    }

    /// Lets them arrive, and cuts the connection when the far side begins to answer the last. Once.
    pub fn lose_answer_to(&self, words: &[&str]) {
        self.set(words, Fate::AnswerLost);
    }

    /// Lets them arrive, and nothing come back any more over their connection, which stays open. Once.
    pub fn mute_after(&self, words: &[&str]) {
        self.set(words, Fate::Unanswered);
    }

    fn set(&self, words: &[&str], fate: Fate) {
        let trap = Trap { words: words.iter().map(|words| words.as_bytes().to_vec()).collect(), fate };
        *self.trap.lock().unwrap_or_else(PoisonError::into_inner) = Some(trap);
    }

    /// Whether what was to be lost is lost.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner).is_none()
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

async fn accept(listener: TcpListener, mut targets: Vec<u16>, mut weather: watch::Receiver<Weather>, trap: Set) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((near, _)) = accepted else { return };
                if !weather.borrow().closed {
                    tokio::spawn(connect(near, targets.clone(), weather.clone(), trap.clone()));
                    targets.rotate_left(1);
                }
            }
            changed = weather.changed() => if changed.is_err() { return },
        }
    }
}

async fn connect(near: TcpStream, targets: Vec<u16>, weather: watch::Receiver<Weather>, trap: Set) {
    let addresses: Vec<SocketAddr> = targets.into_iter().map(|port| (Ipv4Addr::LOCALHOST, port).into()).collect();
    let Ok(far) = TcpStream::connect(&*addresses).await else { return };
    // What one side is told late would look like the server's slowness.
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = weather.clone();
    let cuts = cut.borrow().cuts;
    // The answer to what was said last is not to come through.
    let progress = Progress::default();
    tokio::select! {
        () = pump(near_in, far_out, weather.clone(), |said| spring(&trap, said, &progress)) => {}
        () = pump(far_in, near_out, weather, |_| match progress.fate.get() {
            None => Passage::Open,
            Some(Fate::Unanswered) => Passage::Swallowed,
            Some(_) => Passage::Cut,
        }) => {}
        // Also when the proxy is no more.
        _ = cut.wait_for(|weather| weather.cuts != cuts) => {}
    }
}

/// Whether what is said may arrive, and what becomes of its answer.
fn spring(trap: &Set, said: &[u8], progress: &Progress) -> Passage {
    let mut trap = trap.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(set) = trap.as_ref() else { return Passage::Open };
    let next = progress.said.load(Ordering::SeqCst);
    let is_next = set.words.get(next).is_some_and(|words| said.windows(words.len()).any(|part| part == words));
    if !is_next {
        return Passage::Open;
    }
    progress.said.store(next + 1, Ordering::SeqCst);
    if next + 1 < set.words.len() {
        return Passage::Open;
    }
    let fate = set.fate;
    *trap = None;
    let _ = progress.fate.set(fate);
    if fate == Fate::Lost { Passage::Cut } else { Passage::Open }
}

/// Copies one direction, as the weather lets it; returns when the connection is over.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
    passage: impl Fn(&[u8]) -> Passage,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // What was read just before it fell still is held back too.
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if count == 0 || weather.wait_for(|weather| !weather.still).await.is_err() {
            return;
        }
        match passage(&buffer[..count]) {
            Passage::Open => {}
            Passage::Swallowed => continue,
            Passage::Cut => return,
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
