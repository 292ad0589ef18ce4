//! What a department's adapter must be able to do.

use async_trait::async_trait;
use jisr_core::fault::Fault;
use jisr_proto::adapter::v1 as wire;
use tokio_util::sync::CancellationToken;

use crate::answers::Answers;

/// The translator and caller of one department's system.
///
/// The run loop sees to everything that is the same everywhere: fences, acknowledgements, doubt, redelivery, replies.
/// What is left is to translate a request, make one call, and translate its answer. Never try again inside: there is
/// one retry layer, and it is the engine's.
#[async_trait]
pub trait Adapter: Send + Sync + 'static {
    /// Does the operation once.
    ///
    /// # Errors
    /// [`CallFault`]: whether it was certainly not done or perhaps done decides everything that follows.
    async fn execute(&self, request: &wire::LegRequest) -> Result<Answer, CallFault>;

    /// Asks whether an earlier attempt was done, by our reference; nothing if the department does not know it.
    /// Only called for operations whose effect is `lookup`.
    ///
    /// # Errors
    /// [`CallFault`]; as nothing is changed, both kinds only mean that it must be asked again.
    async fn lookup(&self, request: &wire::LegRequest) -> Result<Option<Answer>, CallFault>;

    /// Undoes the operation. Something that is not there any more counts as undone.
    ///
    /// # Errors
    /// [`CallFault`].
    async fn compensate(&self, request: &wire::LegRequest) -> Result<Answer, CallFault>;

    /// Takes in what the department sends by itself, hours after [`Answer::InProgress`]: a reply queue, a status table, a
    /// result file. Runs beside the requests until told to stop, and is started again, after a pause, when it returns
    /// before or panics. Several instances of an adapter run it at a time.
    async fn listen(&self, answers: Answers, stop: CancellationToken) {
        drop(answers);
        stop.cancelled().await;
    }
}

/// What a department answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Done.
    Succeeded(Box<wire::Succeeded>),
    /// Taken, to be answered later.
    InProgress(wire::InProgress),
    /// The department's no to the customer.
    Refused(wire::Refused),
    /// The department asks the customer for more.
    InformationRequired(wire::InformationRequired),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    /// Certainly not done.
    #[error("not done: {0}")]
    NotDone(Fault),
    /// The request may have reached the system: a time-out, a cut connection, an answer nobody can read.
    #[error("in doubt: {detail}")]
    Doubtful {
        /// What happened, for operators; no personal data.
        detail: String,
    },
}
