//! Follows one transaction to its end: every event once and in order, across lost connections and restarted servers.

use std::io;
use std::time::Duration;

use jisr_core::id::TransactionId;
use jisr_proto::v1;
use tokio::time::Instant;
use tonic::{Status, Streaming};

use crate::client::{Client, Pauses};
use crate::failure::{Failure, is_lost};
use crate::output::words::is_terminal;

/// A server gives a sign of life at least every 15 s: after two missed ones, and a little, nobody is there.
const SILENCE: Duration = Duration::from_secs(35);
/// After the terminal state only the rest of its commit comes, and that at once.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Events asked for at a time.
const PAGE: i32 = 500;

/// What is being followed, and how far it has been seen.
pub(crate) struct Follow<'a> {
    client: &'a Client,
    id: TransactionId,
    /// Sequence of the last event handed on; nothing when the reader began in the middle and none has come yet.
    seen: Option<i64>,
    /// Position of the last message.
    token: String,
    /// The transaction as last heard of.
    latest: Option<v1::Transaction>,
}

/// How following came to an end.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is in a terminal state, and every event has been handed on.
    Ended(Box<v1::Transaction>),
    /// It is not, and the time is up or the reader has had enough.
    Pending {
        /// As last heard of.
        latest: Option<Box<v1::Transaction>>,
        /// Where to go on.
        resume_token: String,
    },
}

/// Why a stream stopped.
enum Stop {
    /// After the terminal state.
    Ended,
    /// Before; the server may come back. A stream that brought something gives it a full time to do so.
    Lost { status: Status, heard: bool },
}

impl<'a> Follow<'a> {
    /// From the first event, or after the message that gave `resume_token`.
    pub(crate) fn new(client: &'a Client, id: TransactionId, resume_token: Option<String>) -> Self {
        let seen = if resume_token.is_some() { None } else { Some(0) };
        Self { client, id, seen, token: resume_token.unwrap_or_default(), latest: None }
    }

    /// Hands every event to `show`, until the end, for at most `wait`, or until the reader interrupts.
    ///
    /// A server that goes away is tried again for as long as the client's timeout since it last gave a sign of life.
    pub(crate) async fn run(
        mut self,
        wait: Option<Duration>,
        mut show: impl FnMut(&v1::WatchResponse) -> io::Result<()>,
    ) -> Result<Outcome, Failure> {
        let ended = tokio::select! {
            ended = self.until_end(&mut show) => Some(ended),
            () = enough(wait) => None,
        };
        match ended.transpose()? {
            Some(transaction) => Ok(Outcome::Ended(Box::new(transaction))),
            None => Ok(Outcome::Pending { latest: self.latest.map(Box::new), resume_token: self.token }),
        }
    }

    async fn until_end(
        &mut self,
        show: &mut impl FnMut(&v1::WatchResponse) -> io::Result<()>,
    ) -> Result<v1::Transaction, Failure> {
        let mut last_sign = Instant::now();
        let mut pauses = Pauses::new();
        loop {
            let status = match self.stream(show).await? {
                Stop::Ended => return self.last(show).await,
                Stop::Lost { status, heard } => {
                    if heard {
                        last_sign = Instant::now();
                        pauses = Pauses::new();
                    }
                    status
                }
            };
            let pause = pauses.next();
            if last_sign.elapsed() + pause >= self.client.timeout() {
                return Err(self.client.failure(&status));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One connection's worth.
    async fn stream(&mut self, show: &mut impl FnMut(&v1::WatchResponse) -> io::Result<()>) -> Result<Stop, Failure> {
        let message = v1::WatchTransactionRequest { name: self.id.resource_name(), resume_token: self.token.clone() };
        let mut transactions = self.client.transactions();
        let opening = transactions.watch_transaction(self.client.request(message));
        // Headers come at once: no deadline is set on the stream itself, which may last for days.
        let mut stream = match tokio::time::timeout(self.client.timeout(), opening).await {
            Ok(Ok(stream)) => stream.into_inner(),
            Ok(Err(status)) if is_lost(&status) => return Ok(Stop::Lost { status, heard: false }),
            Ok(Err(status)) => return Err(self.client.failure(&status)),
            Err(_) => return Err(Failure::too_late(self.client.address(), self.client.locale())),
        };
        let mut heard = false;
        loop {
            let status = match self.next(&mut stream).await {
                Ok(Some(message)) => {
                    heard = true;
                    self.take(message, show).await?;
                    continue;
                }
                Ok(None) if self.has_ended() => return Ok(Stop::Ended),
                Ok(None) => Status::unavailable("the server ended the stream"),
                Err(_) if self.has_ended() => return Ok(Stop::Ended),
                Err(status) if is_lost(&status) => status,
                Err(status) => return Err(self.client.failure(&status)),
            };
            return Ok(Stop::Lost { status, heard });
        }
    }

    async fn next(&self, stream: &mut Streaming<v1::WatchResponse>) -> Result<Option<v1::WatchResponse>, Status> {
        let limit = if self.has_ended() { LAST_WORDS } else { SILENCE };
        let message = tokio::time::timeout(limit, stream.message()).await;
        message.unwrap_or_else(|_| Err(Status::unavailable("the server fell silent")))
    }

    fn has_ended(&self) -> bool {
        self.latest.as_ref().is_some_and(|latest| is_terminal(latest.state()))
    }

    async fn take(
        &mut self,
        message: v1::WatchResponse,
        show: &mut impl FnMut(&v1::WatchResponse) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if let Some(v1::watch_response::Body::Update(update)) = &message.body {
            if let Some(transaction) = &update.transaction {
                self.latest = Some(transaction.clone());
            }
            match update.event.as_ref().map(|event| event.sequence) {
                // The present state: what led to it is history.
                None => self.catch_up(show).await?,
                Some(sequence) => {
                    // A message may come again after a lost connection, and one may have been missed before the first.
                    if self.seen.is_some_and(|seen| sequence > seen + 1) {
                        self.catch_up(show).await?;
                    }
                    if self.seen.is_none_or(|seen| sequence > seen) {
                        show(&message)?;
                        self.seen = Some(sequence);
                    }
                }
            }
        }
        if !message.resume_token.is_empty() {
            self.token = message.resume_token;
        }
        Ok(())
    }

    /// Hands on what is in the history and has not been seen.
    async fn catch_up(&mut self, show: &mut impl FnMut(&v1::WatchResponse) -> io::Result<()>) -> Result<(), Failure> {
        let Some(seen) = self.seen else { return Ok(()) };
        for event in history(self.client, self.id).await? {
            if event.sequence > seen {
                self.seen = Some(event.sequence);
                let update = v1::TransactionUpdate { event: Some(event), transaction: None };
                let body = Some(v1::watch_response::Body::Update(update));
                show(&v1::WatchResponse { body, resume_token: String::new() })?;
            }
        }
        Ok(())
    }

    /// The end: what the stream may have kept back, and the transaction as it is for ever.
    async fn last(
        &mut self,
        show: &mut impl FnMut(&v1::WatchResponse) -> io::Result<()>,
    ) -> Result<v1::Transaction, Failure> {
        self.catch_up(show).await?;
        let message = v1::GetTransactionRequest { name: self.id.resource_name() };
        self.client
            .call(message, |request| async move { self.client.transactions().get_transaction(request).await })
            .await
    }
}

/// Until the time is up, or the reader interrupts.
pub(crate) async fn enough(wait: Option<Duration>) {
    let late = async {
        match wait {
            Some(wait) => tokio::time::sleep(wait).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = late => {}
        // Where no handler can be had, the signal ends the process as ever.
        Ok(()) = tokio::signal::ctrl_c() => {}
    }
}

/// All events of a transaction, oldest first.
pub(crate) async fn history(client: &Client, id: TransactionId) -> Result<Vec<v1::Event>, Failure> {
    let mut events = Vec::new();
    let mut page_token = String::new();
    loop {
        let message = v1::ListTransactionEventsRequest { parent: id.resource_name(), page_size: PAGE, page_token };
        let page = client
            .call(message, |request| async move { client.transactions().list_transaction_events(request).await })
            .await?;
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        page_token = page.next_page_token;
    }
}
