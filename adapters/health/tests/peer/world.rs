//! A hospital, the adapter that reaches it, and requests that are new each time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jisr_adapter::core::id::{MessageId, TransactionId};
use jisr_adapter::core::time::Timestamp;
use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Answer, CallFault, Reference};
use jisr_health::Health;
use jisr_health::config::Config;
use jisr_testkit::hospital::Hospital;
use tempfile::TempDir;

/// However slow the machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Times short enough for a test.
const QUICK: &str = "call_timeout = \"1500ms\"\nends_within = \"1500ms\"";

/// The adapter and the hospital; fields in the order in which they end.
pub(crate) struct World {
    pub(crate) hospital: Hospital,
    pub(crate) adapter: Health,
    pub(crate) listen: u16,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with("hl7", "")
    }

    /// With this stack, and these lines in the adapter's configuration.
    pub(crate) fn with(stack: &str, more: &str) -> Self {
        let (folder, listen) = (tempfile::tempdir().unwrap(), jisr_testkit::free_port());
        let hospital = Hospital::start_as(folder.path(), stack, jisr_testkit::free_port(), listen);
        let config: Config = toml::from_str(&hospital.config(listen, &format!("{QUICK}\n{more}"))).unwrap();
        let adapter = Health::new(&config).unwrap();
        Self { hospital, adapter, listen, folder }
    }

    /// The hospital starts again, as it was.
    pub(crate) fn restart(&mut self) {
        self.hospital.kill();
        self.hospital = Hospital::start_as(self.folder.path(), "hl7", self.hospital.port, self.listen);
    }

    /// Makes an order of its own and says how often the hospital has it.
    pub(crate) async fn order(&self) -> (Reference, Result<Answer, CallFault>, usize) {
        let request = request();
        let reference = Reference::of(&request).unwrap();
        let answer = self.adapter.order(&request).await;
        (reference.clone(), answer, self.times(&reference).await)
    }

    /// Makes an order of its own, which the hospital takes.
    pub(crate) async fn ordered(&self) {
        let (_, answer, _) = self.order().await;
        assert!(matches!(answer, Ok(Answer::InProgress(_))), "{answer:?}");
    }

    /// How often the hospital has taken an order.
    pub(crate) async fn times(&self, reference: &Reference) -> usize {
        let ours = reference.to_string();
        self.hospital.orders().await.into_iter().filter(|order| *order == ours).count()
    }
}

/// A request like the fixture's, under a number of its own.
pub(crate) fn request() -> LegRequest {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let next = NEXT.fetch_add(1, Ordering::SeqCst);
    let mut random = [7; 10];
    random[..4].copy_from_slice(&next.to_be_bytes());
    let now = Timestamp::from_millis(1_790_000_000_000);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/fitness-order/taken-arabic/request.json");
    let request: LegRequest = from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    LegRequest {
        transaction: TransactionId::new(now, random).to_string(),
        message_id: MessageId::new(now, random).to_string(),
        ..request
    }
}
