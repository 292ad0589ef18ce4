//! The run loop: announces the adapter, takes requests off the bus, and sees that each ends in a durable reply before
//! it is acknowledged.

use std::sync::Arc;
use std::time::Duration;

use jisr_bus::{Address, Bus, BusError, Delivery, Message, Publisher, TraceContext, kind};
use jisr_core::id::MessageId;
use jisr_core::time::{Clock, Timestamp};
use jisr_proto::adapter::v1 as wire;
use prost::Message as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::adapter::Adapter;
use crate::answers::Answers;
use crate::conversation::Conversation;
use crate::manifest::Manifest;
use crate::recent::Recent;

/// How one instance of an adapter runs.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// Version of the adapter, as announced.
    pub version: String,
    /// Which of several instances of the adapter this is.
    pub instance: String,
    /// How often it says that it is alive.
    pub heartbeat: Duration,
    /// How long calls under way may take to finish once it is told to stop.
    pub drain: Duration,
}

/// One sign of life in so many says everything.
const IN_FULL: u32 = 12;
/// Wait before the next try when the bus did not take the announcement.
const PAUSE: Duration = Duration::from_secs(1);

/// One instance of an adapter.
pub struct Runner {
    adapter: Arc<dyn Adapter>,
    manifest: Arc<Manifest>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    options: RunnerOptions,
    verdict: Option<wire::ConformanceVerdict>,
}

impl Runner {
    /// An adapter ready to run.
    #[must_use]
    pub fn new(
        adapter: Arc<dyn Adapter>,
        manifest: Manifest,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        options: RunnerOptions,
    ) -> Self {
        Self { adapter, manifest: Arc::new(manifest), bus, clock, options, verdict: None }
    }

    /// The same, announcing what the conformance kit has found of it.
    #[must_use]
    pub fn with_verdict(mut self, verdict: Option<wire::ConformanceVerdict>) -> Self {
        self.verdict = verdict;
        self
    }

    /// Serves until told to stop, then lets the calls under way finish. Requests it has not settled by then go back to
    /// the bus.
    ///
    /// # Errors
    /// The bus cannot be reached, or has gone.
    pub async fn run(self, stop: CancellationToken) -> Result<(), BusError> {
        let publisher = self.bus.publisher().await?;
        let department = Address::Department(self.manifest.department.clone());
        let concurrent = self.manifest.max_in_flight();
        // What it promises must be known before its first reply is judged by it.
        loop {
            match publisher.publish(&Address::Engine, self.announcement()).await {
                Ok(_) => break,
                Err(error) => tracing::warn!(%error, "announcement not sent, trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(self.options.heartbeat.min(PAUSE)) => {}
            }
        }
        let mut requests = self.bus.consume(&department, self.manifest.prefetch()).await?;
        let recent = Arc::new(Recent::default());
        let calls = Arc::new(Semaphore::new(usize::from(concurrent)));
        let mut conversations = JoinSet::new();
        let mut heartbeat = tokio::time::interval(self.options.heartbeat);
        heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut voice = JoinSet::new();
        let mut beats = 0_u32;
        let answers = Answers::new(self.manifest.department.clone(), publisher.clone(), self.clock.clone());
        let mut listening = JoinSet::new();
        listening.spawn(listen(self.adapter.clone(), answers, stop.clone()));
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                // Said aside: a bus that is down holds up neither calls nor the end.
                _ = heartbeat.tick(), if voice.is_empty() => {
                    beats += 1;
                    // Now and then in full, for an engine that has never heard of this adapter.
                    let message = if beats.is_multiple_of(IN_FULL) { self.announcement() } else { self.alive(&conversations) };
                    let publisher = publisher.clone();
                    voice.spawn(async move { publisher.publish(&Address::Engine, message).await.map(drop) });
                }
                Some(said) = voice.join_next(), if !voice.is_empty() => match said {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "sign of life not sent, trying again"),
                    Err(panic) => tracing::error!(error = %panic, "sign of life not sent"),
                },
                delivery = requests.next() => {
                    let Some(delivery) = delivery else {
                        return Err(BusError("the bus has gone".into()));
                    };
                    let talk = self.conversation(&publisher, &calls, &recent);
                    conversations.spawn(async move { talk.hold(delivery).await });
                }
                Some(ended) = conversations.join_next(), if !conversations.is_empty() => {
                    if let Err(panic) = ended {
                        // Its delivery was dropped and comes back as a redelivery: in doubt, as it must be.
                        tracing::error!(error = %panic, "the adapter's code panicked");
                    }
                }
            }
        }
        drop(requests);
        let drained = tokio::time::timeout(self.options.drain, async {
            while conversations.join_next().await.is_some() {}
            while listening.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!(left = conversations.len(), "stopped with calls under way; they will be looked up");
        }
        Ok(())
    }

    fn conversation(
        &self,
        publisher: &Arc<dyn Publisher>,
        calls: &Arc<Semaphore>,
        recent: &Arc<Recent>,
    ) -> Conversation {
        Conversation {
            adapter: self.adapter.clone(),
            manifest: self.manifest.clone(),
            publisher: publisher.clone(),
            clock: self.clock.clone(),
            calls: calls.clone(),
            recent: recent.clone(),
        }
    }

    fn announcement(&self) -> Message {
        let now = self.clock.now();
        let announcement = wire::AdapterAnnouncement {
            department: self.manifest.department.to_string(),
            adapter_version: self.options.version.clone(),
            instance: self.options.instance.clone(),
            manifest: Some(self.manifest.to_wire()),
            time: Some(jisr_proto::convert::timestamp(now)),
            conformance: self.verdict.clone(),
        };
        plain(kind::ADAPTER_ANNOUNCED, now, announcement.encode_to_vec())
    }

    fn alive(&self, conversations: &JoinSet<()>) -> Message {
        let now = self.clock.now();
        let heartbeat = wire::Heartbeat {
            department: self.manifest.department.to_string(),
            instance: self.options.instance.clone(),
            time: Some(jisr_proto::convert::timestamp(now)),
            in_flight: u32::try_from(conversations.len()).unwrap_or(u32::MAX),
            system_down: false,
        };
        plain(kind::ADAPTER_ALIVE, now, heartbeat.encode_to_vec())
    }
}

/// Has the adapter listen until told to stop, whatever becomes of it meanwhile.
async fn listen(adapter: Arc<dyn Adapter>, answers: Answers, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let mut listening = JoinSet::new();
        let (adapter, answers, ended) = (adapter.clone(), answers.clone(), stop.clone());
        listening.spawn(async move { adapter.listen(answers, ended).await });
        if let Some(Err(panic)) = listening.join_next().await {
            tracing::error!(error = %panic, "the adapter's code panicked while it listened");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// A message of no transaction.
fn plain(kind: &str, now: Timestamp, body: Vec<u8>) -> Message {
    Message {
        id: MessageId::new(now, rand::random()),
        kind: kind.into(),
        correlation: None,
        attempt: 0,
        republished: false,
        time: now,
        trace: TraceContext::default(),
        body: body.into(),
    }
}

impl Conversation {
    /// From a delivery to its acknowledgement. However it is left, nothing is acknowledged before its reply is safe.
    async fn hold(self, delivery: Delivery) {
        let request = match wire::LegRequest::decode(delivery.message.body.clone()) {
            Ok(request) => request,
            Err(error) => {
                delivery.dead_letter(format!("not a leg request: {error}"));
                return;
            }
        };
        match self.answer(&delivery, &request).await {
            Ok(()) => delivery.acknowledge(),
            Err(error) => {
                tracing::warn!(%error, transaction = %request.transaction, "reply not sent, the request is given back");
                delivery.give_back();
            }
        }
    }
}
