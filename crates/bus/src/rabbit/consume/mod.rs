//! Consuming: a task per consumer owns a connection and sees to it that there is one. The caller's end only pauses.

mod hand;
mod session;
mod tags;
mod watch;

use std::sync::Arc;
use std::time::Instant;

use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::sync::mpsc;

use self::session::{End, Session};
use super::backoff::Backoff;
use super::names::{self, Names};
use super::options::RabbitOptions;
use super::publish::{Link, Load, Route, Way};
use super::trouble::Trouble;
use super::wire;
use crate::{Address, BusError, Consumer, Delivery};

/// What a consumer is after, and what it needs for it.
struct Source {
    options: Arc<RabbitOptions>,
    address: Address,
    queue: ShortString,
    prefetch: u16,
    link: Link,
    /// Where the dead of the address go.
    dead: Arc<Way>,
}

/// Starts a consumer. The first connection is waited for, so that whoever may not read is told so; when the broker is
/// not there, or the queue is not yet, the consumer starts without.
pub(super) async fn start(
    options: Arc<RabbitOptions>,
    address: Address,
    prefetch: u16,
    link: Link,
) -> Result<Consumer, BusError> {
    let names = Names::new(&options.prefix);
    let queue = names.queue(&address);
    let prefetch = prefetch.max(1);
    // The dead queue was declared before the one that is read.
    let dead = link.way(Route { exchange: names.inbound(), key: names::dead_key(&address), department: None });
    let source = Arc::new(Source { options, address, queue, prefetch, link, dead });
    let first = match Session::open(&source).await {
        Ok(session) => Some(session),
        Err(trouble) if trouble.is_refusal() => return Err(trouble.into()),
        Err(trouble) => {
            tracing::warn!(queue = %source.queue, %trouble, "cannot consume yet, trying again");
            None
        }
    };
    let (deliveries, consumer) = mpsc::channel(usize::from(prefetch));
    tokio::spawn(supervise(source, first, deliveries));
    Ok(Consumer::new(consumer))
}

/// Keeps a session with the broker until the caller has gone.
async fn supervise(source: Arc<Source>, mut first: Option<Session>, to: mpsc::Sender<Delivery>) {
    let mut backoff = Backoff::new();
    let queue = source.queue.clone();
    loop {
        let opened = match first.take() {
            Some(session) => Ok(session),
            None => Session::open(&source).await,
        };
        let mut up_since = None;
        match opened {
            Ok(session) => {
                up_since = Some(Instant::now());
                tracing::info!(%queue, "consuming");
                match session.run(&source, &to).await {
                    End::CallerGone => return,
                    End::Lost(why) => tracing::warn!(%queue, why, "consuming interrupted, connecting again"),
                }
            }
            Err(Trouble::Missing(what)) => tracing::info!(%queue, what, "nothing to consume yet, trying again"),
            Err(trouble) if trouble.is_refusal() => tracing::error!(%queue, %trouble, "cannot consume, trying again"),
            Err(trouble) => tracing::warn!(%queue, %trouble, "cannot consume, trying again"),
        }
        tokio::select! {
            () = to.closed() => return,
            () = tokio::time::sleep(backoff.after(up_since)) => {}
        }
    }
}

impl Source {
    /// Puts a message aside, with the reason; certain when this returns well.
    async fn bury(&self, dead: &Dead) -> Result<(), BusError> {
        let properties = wire::dead(&dead.properties, &dead.reason, self.options.login.username());
        self.link.publish(&self.dead, Load::Ready(Box::new(properties), dead.body.clone())).await
    }
}

/// A message to put aside.
struct Dead {
    properties: BasicProperties,
    body: bytes::Bytes,
    reason: String,
}
