//! Watches: the engine's events as a stream that shows signs of life, can be resumed after each of its messages, and
//! ends with the transaction, with the server or with the caller.

use std::collections::VecDeque;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};
use jisr_core::problem::{Problem, Reason};
use jisr_core::text::Locale;
use jisr_engine::journal::Filter;
use jisr_engine::{Engine, Watch, WatchEvent};
use jisr_proto::codec::locale;
use jisr_proto::convert;
use jisr_proto::v1::watch_response::Body;
use jisr_proto::v1::{
    Event, Heartbeat, Transaction, TransactionUpdate, WatchResponse, WatchTransactionRequest, WatchTransactionsRequest,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use super::Transactions;
use super::resume::Place;
use crate::caller::caller;
use crate::failure::told_in;
use crate::layers::over;
use crate::token::Scope;
use crate::{filter, names};

/// At most so long between two messages.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a client whose watch the server ended should come back.
const RESUME_AFTER: Duration = Duration::from_secs(1);

type Messages = BoxStream<'static, Result<WatchResponse, Status>>;

impl Transactions {
    pub(super) async fn watch(&self, request: Request<WatchTransactionRequest>) -> Result<Messages, Problem> {
        let caller = caller(request.metadata())?;
        let WatchTransactionRequest { name, resume_token } = request.into_inner();
        let id = names::transaction("name", &name)
            .map_err(|violation| Problem::new(Reason::FieldInvalid).violation(violation))?;
        let scope = Scope::new(&["WatchTransaction", caller.as_str(), &name]);
        let resumed = Place::open(&resume_token, &scope)?;
        let transaction = self.owned(id, &caller).await?;
        if resumed.is_some_and(|place| place.ended) {
            return Ok(stream::empty().boxed());
        }
        let watch = self.engine.watch(id, resumed.map(|place| place.after)).await?;
        let mut watching = self.watching(watch, scope, resumed.unwrap_or_default())?;
        if resumed.is_none() {
            watching.say(update(None, Some(transaction)), Place::default());
        }
        Ok(watching.into_stream())
    }

    pub(super) async fn watch_all(&self, request: Request<WatchTransactionsRequest>) -> Result<Messages, Problem> {
        let caller = caller(request.metadata())?;
        let WatchTransactionsRequest { filter, resume_token } = request.into_inner();
        let scope = Scope::new(&["WatchTransactions", caller.as_str(), &filter]);
        let place = match Place::open(&resume_token, &scope)? {
            Some(place) => place,
            // From now on, by a position: the first heartbeat already gives a token to resume with.
            None => Place { after: self.engine.overview().await?.head, ..Place::default() },
        };
        let filter = Filter { caller: Some(caller), ..filter::parse(&filter)? };
        let watch = self.engine.watch_all(filter, Some(place.after)).await?;
        Ok(self.watching(watch, scope, place)?.into_stream())
    }

    fn watching(&self, watch: Watch, scope: Scope, place: Place) -> Result<Watching, Problem> {
        let limit = super::WATCHES;
        let room = self.watches.clone().try_acquire_owned().map_err(|_| over(limit))?;
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Ok(Watching {
            engine: self.engine.clone(),
            next: Some(next(watch)),
            scope,
            place,
            ready: VecDeque::new(),
            heartbeat,
            shutdown: self.shutdown.clone(),
            locale: locale(),
            over: false,
            _room: room,
        })
    }
}

/// What the engine says next. The watch goes along: its future must not be dropped half-way, or the event it has
/// taken is lost, and a heartbeat comes in between.
type Next = BoxFuture<'static, (Watch, Option<Result<WatchEvent, Problem>>)>;

fn next(mut watch: Watch) -> Next {
    Box::pin(async move {
        let event = watch.next().await;
        (watch, event)
    })
}

/// An open watch. Dropped, it is over: nothing runs for a caller who has gone.
struct Watching {
    engine: Engine,
    /// Nothing once the engine has told all.
    next: Option<Next>,
    scope: Scope,
    /// After the last message.
    place: Place,
    ready: VecDeque<WatchResponse>,
    heartbeat: Interval,
    shutdown: CancellationToken,
    /// Of the call, for what goes wrong later.
    locale: Locale,
    over: bool,
    _room: OwnedSemaphorePermit,
}

impl Watching {
    fn into_stream(self) -> Messages {
        stream::unfold(self, |mut watching| async move {
            let message = watching.message().await?;
            Some((message, watching))
        })
        .boxed()
    }

    /// The next message; nothing after the last.
    async fn message(&mut self) -> Option<Result<WatchResponse, Status>> {
        if self.over {
            return None;
        }
        while self.ready.is_empty() {
            let Some(waiting) = &mut self.next else {
                self.over = true;
                return None;
            };
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => {
                    return self.fail(&Problem::new(Reason::ShuttingDown).retry_after(RESUME_AFTER));
                }
                (watch, event) = waiting => match event {
                    Some(Ok(event)) => {
                        self.next = Some(next(watch));
                        self.tell(event);
                    }
                    Some(Err(problem)) => return self.fail(&problem),
                    None => self.next = None,
                },
                _ = self.heartbeat.tick() => {
                    let time = Some(convert::timestamp(self.engine.clock().now()));
                    self.say(Body::Heartbeat(Heartbeat { time }), self.place);
                }
            }
        }
        self.heartbeat.reset();
        self.ready.pop_front().map(Ok)
    }

    /// One commit: a message for each of its events.
    fn tell(&mut self, event: WatchEvent) {
        let WatchEvent { position, events, transaction } = event;
        let skip = if self.place.after.0.checked_add(1) == Some(position.0) { usize::from(self.place.told) } else { 0 };
        let of = events.len();
        let ended = transaction.is_some() && events.iter().any(is_end);
        for (at, event) in events.into_iter().enumerate().skip(skip) {
            let mut place = Place::within(position, at + 1, of);
            place.ended = ended && at + 1 == of;
            self.say(update(Some(event), transaction.clone()), place);
        }
        if self.ready.is_empty() {
            self.place = Place { after: position, told: 0, ended };
        }
    }

    fn say(&mut self, body: Body, place: Place) {
        self.place = place;
        self.ready.push_back(WatchResponse { body: Some(body), resume_token: place.seal(&self.scope) });
    }

    fn fail(&mut self, problem: &Problem) -> Option<Result<WatchResponse, Status>> {
        self.over = true;
        self.next = None;
        Some(Err(told_in(problem, self.locale)))
    }
}

fn update(event: Option<Event>, transaction: Option<Transaction>) -> Body {
    Body::Update(TransactionUpdate { event, transaction })
}

/// The transaction itself came to a terminal state.
fn is_end(event: &Event) -> bool {
    let state = convert::transaction_state_from_name(&event.to);
    event.leg.is_empty() && state.is_some_and(|state| state.is_terminal())
}
