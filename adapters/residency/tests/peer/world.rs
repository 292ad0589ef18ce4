//! What these tests share: the peer, the adapter that reaches it, and requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::core::id::TransactionId;
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::proto::adapter::v1::{LegRequest, RequestKind};
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Reference};
use jisr_residency::config::Config;
use jisr_testkit::permits::PermitSystem;
use prost_types::Value;
use prost_types::value::Kind;
use tempfile::TempDir;

/// However slow the machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Times short enough for a test; what they mean is the same.
pub(crate) const QUICK: &str = "call_timeout = \"2s\"\nends_within = \"4s\"\npoll_every = \"50ms\"\n";

pub(crate) struct World {
    pub(crate) peer: PermitSystem,
    // Last: the folder goes when nothing runs in it any more.
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { peer: PermitSystem::start(folder.path()).await, folder }
    }

    pub(crate) fn adapter(&self) -> (Manifest, Arc<dyn Adapter>) {
        self.adapter_with(|settings| settings)
    }

    /// One whose settings are changed first.
    pub(crate) fn adapter_with(&self, change: impl Fn(String) -> String) -> (Manifest, Arc<dyn Adapter>) {
        let config: Config = toml::from_str(&change(format!("{}{QUICK}", self.peer.settings()))).unwrap();
        jisr_residency::connect(&config).unwrap()
    }

    /// What the peer has to do from now on.
    pub(crate) async fn control(&self, faults: serde_json::Value) {
        self.peer.control(faults).await;
    }
}

/// The request of a fixture, as a transaction of its own.
pub(crate) fn request(case: &str) -> LegRequest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case).join("request.json");
    let request: LegRequest = from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    let transaction = TransactionId::new(Timestamp::from_millis(1_790_000_000_000), rand::random());
    LegRequest { transaction: transaction.to_string(), ..request }
}

/// A renewal of the residence file with this serial, which says what becomes of it.
pub(crate) fn renewal(serial: &str) -> LegRequest {
    with_answer(request("permit-renew/approved-arabic"), "residence_file_no", &format!("201/2023/7/{serial}"))
}

pub(crate) fn with_answer(mut request: LegRequest, name: &str, answer: &str) -> LegRequest {
    let answers = request.input.as_mut().unwrap().answers.as_mut().unwrap();
    answers.fields.insert(name.to_owned(), Value { kind: Some(Kind::StringValue(answer.to_owned())) });
    request
}

pub(crate) fn compensation(request: &LegRequest) -> LegRequest {
    LegRequest { kind: RequestKind::Compensate.into(), ..request.clone() }
}

pub(crate) fn reference(request: &LegRequest) -> String {
    Reference::of(request).unwrap().to_string()
}

/// A short word for an answer, for tables of cases.
pub(crate) fn word(answer: &Result<Answer, CallFault>) -> String {
    match answer {
        Ok(Answer::Succeeded(_)) => "done".to_owned(),
        Ok(Answer::InProgress(_)) => "in progress".to_owned(),
        Ok(Answer::Refused(refused)) => format!("refused {}", refused.code),
        Ok(Answer::InformationRequired(required)) => format!("wants {}", required.fields.join(" ")),
        Err(CallFault::NotDone(fault)) => format!("not done {} {}", fault.class, fault.code),
        Err(CallFault::Doubtful { .. }) => "in doubt".to_owned(),
    }
}
