//! What the hospital sends by itself: results, on its own connections. Acknowledged once their answers are safe.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use jisr_adapter::connectors::mllp::{ListenerSettings, Message, Problem, Receiver, Verdict, serve};
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::{Answer, Answers, CancellationToken, Reference};
use tokio::net::TcpListener;

use crate::{mapping, messages};

/// Listens until told to stop. Returns early when the address is not to be had; it is tried again.
pub async fn listen(address: SocketAddr, settings: ListenerSettings, answers: Answers, stop: CancellationToken) {
    match TcpListener::bind(address).await {
        Ok(listener) => {
            let desk = Arc::new(ResultsDesk { answers });
            if let Err(error) = serve(listener, settings, desk, stop).await {
                tracing::error!(%error, "not listening for results");
            }
        }
        Err(error) => tracing::error!(%address, %error, "not listening for results"),
    }
}

/// Takes in results.
struct ResultsDesk {
    answers: Answers,
}

#[async_trait]
impl Receiver for ResultsDesk {
    async fn receive(&self, message: &Message) -> Verdict {
        match read(message) {
            Ok(found) => {
                for (reference, answer, answered) in found {
                    if let Err(error) = self.answers.give(&reference, answer, answered).await {
                        tracing::warn!(%error, "a result is not taken now; the hospital keeps it");
                        return Verdict::NotNow;
                    }
                }
                Verdict::Taken
            }
            Err(verdict) => verdict,
        }
    }
}

/// An answer, whose it is, and when it was given.
pub type Found = (Reference, Answer, Option<Timestamp>);

/// The answers a message brings; none while the examination goes on. All of them, or a word on what is wrong: half a
/// message cannot be acknowledged.
///
/// # Errors
/// What to say to the hospital instead.
pub fn read(message: &Message) -> Result<Vec<Found>, Verdict> {
    let (kind, event) = message.kind();
    if (kind.as_str(), event.as_str()) != ("ORU", "R01") {
        let detail = "only results (ORU^R01) are taken here".to_owned();
        return Err(Verdict::Unwanted(Problem { code: Problem::MESSAGE_TYPE, location: Some(("MSH", 9)), detail }));
    }
    let mut found = Vec::new();
    for report in messages::reports(message).map_err(Verdict::Wrong)? {
        let reference: Reference = report.reference.parse().map_err(|_| {
            let detail = "no order of ours has such a number; was it cut?".to_owned();
            Verdict::Wrong(Problem { code: Problem::UNKNOWN_KEY, location: Some(("OBR", 2)), detail })
        })?;
        if report.status == "C" {
            // It counts while the leg waits; what was decided before, nobody here can take back.
            tracing::warn!(transaction = %reference.transaction, "a corrected result");
        }
        let answered = report.reported.map(|time| Timestamp::from_millis(time.as_millisecond()));
        if let Some(answer) = mapping::answer(&report, &reference).map_err(Verdict::Wrong)? {
            found.push((reference, answer, answered));
        }
    }
    Ok(found)
}
