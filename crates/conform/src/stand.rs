//! The test stand: the adapter between the kit's two ends, and everything that was heard of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jisr_bus::rabbit::probe::{Form, Heard, Probe};
use jisr_bus::{Message, TraceContext, kind};
use jisr_core::id::{MessageId, TransactionId};
use jisr_core::name::DepartmentId;
use jisr_core::reference_no::ReferenceNo;
use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::adapter::v1::leg_reply::Result as Said;
use jisr_proto::adapter::v1::{LegReply, LegRequest, RequestKind};
use jisr_proto::convert;
use jisr_proto::json::to_json;
use prost::Message as _;
use tokio::sync::{mpsc, watch};

use crate::cases::{Case, Cases};
use crate::declaration::Declaration;
use crate::placeholders::Placeholders;
use crate::program::Program;
use crate::system::System;
use crate::{Trouble, reply};

/// The leg of every request of the kit's.
const LEG: &str = "conformance";
/// How long a request may wait for its call to begin.
const FENCE: Duration = Duration::from_secs(60);

/// Why a check did not pass.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The adapter is not as the contract has it.
    Adapter(String),
    /// The question could not be put.
    Kit(Trouble),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Self {
        Self::Kit(trouble)
    }
}

impl From<jisr_bus::BusError> for Wrong {
    fn from(error: jisr_bus::BusError) -> Self {
        Self::Kit(error.into())
    }
}

/// That the adapter is not as the contract has it.
pub(crate) fn wrong<T>(why: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Adapter(why.into()))
}

/// A request that was sent.
struct Asked {
    request: LegRequest,
    trace_id: String,
    /// How often somebody may answer it.
    times: usize,
}

/// Everything that was heard.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) announcements: Vec<wire::AdapterAnnouncement>,
    pub(crate) heartbeats: Vec<wire::Heartbeat>,
    /// When there was a sign of life, and of which instance.
    pub(crate) signs: Vec<(Instant, String)>,
    pub(crate) replies: Vec<LegReply>,
    /// What came that is not as the contract has it.
    pub(crate) faults: Vec<String>,
    /// Replies that lost the trace of their request.
    pub(crate) untraced: Vec<String>,
    asked: HashMap<String, Asked>,
}

/// See the module.
pub(crate) struct Stand {
    pub(crate) declaration: Declaration,
    pub(crate) cases: Cases,
    pub(crate) department: DepartmentId,
    pub(crate) probe: Probe,
    pub(crate) system: System,
    pub(crate) names: Placeholders,
    /// What is started; nothing for an adapter that somebody else has started.
    pub(crate) program: Option<String>,
    pub(crate) adapter: Option<Program>,
    log: Arc<Mutex<Log>>,
    news: watch::Receiver<()>,
}

impl Stand {
    pub(crate) async fn new(
        declaration: Declaration,
        cases: Cases,
        probe: Probe,
        system: System,
        names: Placeholders,
        program: Option<String>,
    ) -> Result<Self, Trouble> {
        let department = declaration.department()?;
        let heard = probe.listen().await?;
        let (log, (tell, news)) = (Arc::<Mutex<Log>>::default(), watch::channel(()));
        tokio::spawn(write_down(heard, log.clone(), tell, department.clone()));
        Ok(Self { declaration, cases, department, probe, system, names, program, adapter: None, log, news })
    }

    /// Starts the adapter, if it is the kit that does.
    pub(crate) fn start(&mut self, work: &Path) -> Result<(), Trouble> {
        let Some(program) = &self.program else { return Ok(()) };
        for (name, text) in &self.declaration.adapter.files {
            let path = work.join(name);
            let written = std::fs::write(&path, self.names.fill(text));
            written.map_err(|error| Trouble(format!("{}: cannot be written: {error}", path.display())))?;
        }
        let arguments = self.names.fill_all(&self.declaration.adapter.arguments);
        let own = ["broker", "username", "password_file", "system", "work"]
            .map(|name| (format!("JISR_CONFORM_{}", name.to_uppercase()), self.names.fill(&format!("{{{name}}}"))));
        let declared = self.declaration.adapter.environment.iter();
        let declared = declared.map(|(name, value)| (name.clone(), self.names.fill(value)));
        let environment: Vec<_> = own.into_iter().chain(declared).collect();
        self.adapter =
            Some(Program::start(&self.names.fill(program), &arguments, environment, &self.declaration.folder)?);
        Ok(())
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `wanted` makes of the log, as soon as it makes something of it.
    pub(crate) async fn heard<T>(&self, limit: Duration, wanted: impl Fn(&Log) -> Option<T>) -> Option<T> {
        let mut news = self.news.clone();
        let found = async {
            loop {
                news.borrow_and_update();
                if let Some(found) = wanted(&self.log()) {
                    return Some(found);
                }
                news.changed().await.ok()?;
            }
        };
        tokio::time::timeout(limit, found).await.ok().flatten()
    }

    /// A case as the first request of a new leg.
    pub(crate) fn request(&self, case: &Case) -> Result<LegRequest, Trouble> {
        let now = now();
        let transaction = TransactionId::new(now, rand::random());
        let mut request = case.request(rand::random())?;
        request.transaction = transaction.to_string();
        request.reference_no = ReferenceNo::new(now, rand::random()).to_string();
        request.leg = LEG.to_owned();
        request.department = self.department.to_string();
        request.operation.clone_from(&case.operation);
        Ok(renewed(&request, RequestKind::Execute, 1))
    }

    /// Sends a request. Its answers are looked for in what is heard after the mark that is answered.
    pub(crate) async fn send(&self, request: &LegRequest, how: How) -> Result<usize, Wrong> {
        let (message, mark) = self.message(request, how)?;
        let form = Form { json: self.wants_json(), redelivered: how.redelivered, ..Form::default() };
        self.probe.send(&message, form).await?;
        Ok(mark)
    }

    /// Sends several requests as one message; the mark is as above.
    pub(crate) async fn send_packed(&self, requests: &[LegRequest]) -> Result<usize, Wrong> {
        let mark = self.log().replies.len();
        let messages = requests.iter().map(|request| Ok(self.message(request, PLAIN)?.0));
        let messages: Vec<Message> = messages.collect::<Result<_, Wrong>>()?;
        self.probe.send_packed(MessageId::new(now(), rand::random()), &messages).await?;
        Ok(mark)
    }

    /// A request as a message, which is remembered as sent; and how much was heard before.
    fn message(&self, request: &LegRequest, how: How) -> Result<(Message, usize), Wrong> {
        let json = self.wants_json();
        let mut body = if json { to_json(request, false).into_bytes() } else { request.encode_to_vec() };
        match (how.of_a_later_version, json) {
            (false, _) => {}
            // Field 3 000, two bytes of text: no version of ours has it.
            (true, false) => body.extend([0xc2, 0xbb, 0x01, 0x02, b'?', b'?']),
            (true, true) => drop(body.splice(..1, *b"{\"ofALaterVersion\":{\"a\":[1]},")),
        }
        let trace_id = format!("{:032x}", rand::random::<u128>() | 1);
        let message = Message {
            id: request.message_id.parse().map_err(|_| Trouble("a message id".to_owned()))?,
            kind: kind::LEG_REQUESTED.into(),
            correlation: request.transaction.parse().ok(),
            attempt: request.attempt,
            republished: how.republished,
            time: now(),
            trace: TraceContext {
                traceparent: Some(format!("00-{trace_id}-{:016x}-01", rand::random::<u64>() | 1).into()),
                tracestate: Some("jisr=conformance".into()),
            },
            body: body.into(),
        };
        let mark = {
            let mut log = self.log();
            let asked = Asked { request: request.clone(), trace_id: trace_id.clone(), times: 0 };
            let asked = log.asked.entry(request.message_id.clone()).or_insert(asked);
            asked.times += 1;
            // A copy is of another trace than its original.
            asked.trace_id = trace_id;
            log.replies.len()
        };
        Ok((message, mark))
    }

    /// The last word on a request among what was heard after a mark.
    pub(crate) async fn answer(&self, request: &LegRequest, mark: usize, limit: Duration) -> Result<LegReply, Wrong> {
        let is_last = |reply: &&LegReply| {
            reply.in_reply_to == request.message_id && !matches!(reply.result, Some(Said::Acknowledged(_)) | None)
        };
        let found = self.heard(limit, |log| log.replies[mark..].iter().find(is_last).cloned()).await;
        found.map_or_else(|| wrong(format!("no answer within {} s", limit.as_secs())), Ok)
    }

    /// Sends a request and waits for the last word.
    pub(crate) async fn ask(&self, request: &LegRequest, how: How) -> Result<(Said, LegReply), Wrong> {
        let mark = self.send(request, how).await?;
        let reply = self.answer(request, mark, self.patience(&request.operation)).await?;
        match reply.result.clone() {
            Some(said) => Ok((said, reply)),
            None => wrong("a reply without a result"),
        }
    }

    /// The broker will deliver a request once more.
    pub(crate) fn comes_again(&self, request: &LegRequest) {
        if let Some(asked) = self.log().asked.get_mut(&request.message_id) {
            asked.times += 1;
        }
    }

    /// What was announced last.
    pub(crate) fn announced(&self) -> Option<wire::AdapterAnnouncement> {
        self.log().announcements.last().cloned()
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.announced().and_then(|announced| announced.manifest).is_some_and(|manifest| manifest.json)
    }

    /// How long an answer may take: a look-up, a call, and what lies between.
    pub(crate) fn patience(&self, operation: &str) -> Duration {
        let manifest = self.announced().and_then(|announced| announced.manifest).unwrap_or_default();
        let of_operation = manifest.operations.iter().find(|known| known.operation == operation);
        let call = of_operation.and_then(|operation| convert::duration(operation.call_timeout.as_ref()));
        call.unwrap_or_default() * 2 + Duration::from_secs(10)
    }

    /// Requests that were answered more often than they were delivered.
    pub(crate) fn answered_too_often(&self) -> Vec<String> {
        let log = self.log();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for reply in &log.replies {
            let last = !matches!(reply.result, Some(Said::Acknowledged(_) | Said::InProgress(_)));
            *counts.entry(&reply.in_reply_to).or_default() += usize::from(last);
        }
        let over =
            log.asked.iter().filter(|(id, asked)| counts.get(id.as_str()).is_some_and(|count| *count > asked.times));
        over.map(|(_, asked)| format!("{} of {}", asked.request.kind().as_str_name(), asked.request.operation))
            .collect()
    }
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How {
    pub(crate) redelivered: bool,
    pub(crate) republished: bool,
    pub(crate) of_a_later_version: bool,
}

/// In good order.
pub(crate) const PLAIN: How = How { redelivered: false, republished: false, of_a_later_version: false };

/// Another request about the same leg.
pub(crate) fn renewed(request: &LegRequest, kind: RequestKind, attempt: u32) -> LegRequest {
    let now = now();
    LegRequest {
        message_id: MessageId::new(now, rand::random()).to_string(),
        kind: kind.into(),
        attempt,
        dispatch_time: Some(convert::timestamp(now)),
        execute_before: Some(convert::timestamp(now.plus(FENCE))),
        ..request.clone()
    }
}

pub(crate) fn now() -> Timestamp {
    let micros = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_micros();
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

async fn write_down(
    mut heard: mpsc::UnboundedReceiver<Heard>,
    log: Arc<Mutex<Log>>,
    tell: watch::Sender<()>,
    department: DepartmentId,
) {
    while let Some(Heard { messages, sender, durable }) = heard.recv().await {
        {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            match messages {
                Err(why) => log.faults.push(format!("what came is no message: {why}")),
                Ok(messages) => {
                    for message in messages {
                        if sender.as_ref() != Some(&department) {
                            log.faults.push(format!("routing key of {} is not {department}.reply", message.kind));
                        }
                        if !durable {
                            log.faults.push(format!("delivery-mode of {} is not 2", message.kind));
                        }
                        log.take(&message, &department);
                    }
                }
            }
        }
        tell.send_replace(());
    }
}

impl Log {
    fn take(&mut self, message: &Message, department: &DepartmentId) {
        let body = message.body.clone();
        let read = match message.kind.as_ref() {
            kind::LEG_REPLIED => LegReply::decode(body).map(|reply| self.take_reply(reply, message, department)),
            kind::ADAPTER_ANNOUNCED => wire::AdapterAnnouncement::decode(body).map(|announced| {
                self.signs.push((Instant::now(), announced.instance.clone()));
                self.announcements.push(announced);
            }),
            kind::ADAPTER_ALIVE => wire::Heartbeat::decode(body).map(|alive| {
                self.signs.push((Instant::now(), alive.instance.clone()));
                self.heartbeats.push(alive);
            }),
            other => {
                self.faults.push(format!("type {other:.60} is none that an adapter sends"));
                Ok(())
            }
        };
        if let Err(error) = read {
            self.faults.push(format!("the body of a {} cannot be read: {error}", message.kind));
        }
    }

    fn take_reply(&mut self, given: LegReply, message: &Message, department: &DepartmentId) {
        let asked = self.asked.get(&given.in_reply_to);
        if asked.is_none() && given.attempt != 0 {
            self.faults.push("in_reply_to names no request".to_owned());
        }
        if let Some(fault) = reply::fault(&given, message, department, asked.map(|asked| &asked.request)) {
            self.faults.push(fault);
        }
        if let Some(asked) = asked {
            let parent = message.trace.traceparent.as_deref().unwrap_or_default();
            if parent.get(3..35) != Some(&asked.trace_id) {
                let word = given.result.as_ref().map_or("no result", reply::word);
                self.untraced.push(format!("{word} carries {parent:?}, not the trace {}", asked.trace_id));
            }
        }
        self.replies.push(given);
    }
}
