//! What the ledger itself remembers of a run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jisr_tests::ledger::fault::Kind;
use jisr_tests::ledger::verdict::Acknowledged;
use tokio::time::Instant;

/// Counts by what is counted.
type Counts = BTreeMap<&'static str, usize>;

/// See the module.
pub(crate) struct Books {
    start: Instant,
    submitted: AtomicUsize,
    acknowledged: Mutex<BTreeMap<u32, Acknowledged>>,
    faults: Mutex<BTreeMap<Kind, usize>>,
    noted: Mutex<Counts>,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            submitted: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
            faults: Mutex::default(),
            noted: Mutex::default(),
        }
    }

    /// When the load began.
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    /// A line of progress.
    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        let since = self.start.elapsed();
        println!("[{:>4}.{} s] {what}", since.as_secs(), since.subsec_millis() / 100);
    }

    pub(crate) fn submitted(&self) {
        self.submitted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_submitted(&self) -> usize {
        self.submitted.load(Ordering::Relaxed)
    }

    pub(crate) fn acknowledged(&self, number: u32, name: String) {
        let acknowledged = Acknowledged { name, cancelled: false, other_name: None };
        self.acknowledged.lock().unwrap().insert(number, acknowledged);
    }

    pub(crate) fn change(&self, number: u32, change: impl FnOnce(&mut Acknowledged)) {
        self.acknowledged.lock().unwrap().entry(number).and_modify(change);
    }

    pub(crate) fn all_acknowledged(&self) -> BTreeMap<u32, Acknowledged> {
        self.acknowledged.lock().unwrap().clone()
    }

    pub(crate) fn count_acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    pub(crate) fn fault(&self, kind: Kind) {
        *self.faults.lock().unwrap().entry(kind).or_default() += 1;
    }

    pub(crate) fn faults(&self) -> BTreeMap<Kind, usize> {
        self.faults.lock().unwrap().clone()
    }

    /// Counts something that is shown and not judged.
    pub(crate) fn note(&self, what: &'static str, count: usize) {
        *self.noted.lock().unwrap().entry(what).or_default() += count;
    }

    pub(crate) fn noted(&self) -> Counts {
        self.noted.lock().unwrap().clone()
    }
}
