//! The mainframe's folders: the only I/O of this adapter.
//!
//! `in/` takes our batches, `out/` holds its results until we have brought each answer home, `archive/` keeps them. Files
//! only ever move that way, and a batch stays in `in/` until its result is announced: who looks in this order misses
//! nothing.

mod gather;
mod hand_over;
mod search;
mod take_in;

use std::sync::Arc;
use std::time::Duration;

use jisr_adapter::connectors::files::{Names, Transport};
use jisr_adapter::{Answer, BusError, CallFault};

use crate::records::Application;
use gather::Gather;
use hand_over::{HandOver, Member};
use search::Search;
use take_in::TakeIn;

pub use hand_over::Times;
pub(crate) use take_in::Bring;

const IN: &str = "in";
const OUT: &str = "out";
const ARCHIVE: &str = "archive";
const BATCHES: Names = Names { data: ".dat", trigger: ".ok" };
const RESULTS: Names = Names { data: ".res", trigger: ".ok" };

/// Most look-ups that share one search.
const MOST_WANTED: usize = 10_000;

/// The mainframe behind its folders. Opens no connection before it is needed, and keeps none.
#[derive(Clone)]
pub struct Mainframe {
    batches: Arc<Gather<HandOver>>,
    searches: Arc<Gather<Search>>,
    results: Arc<TakeIn>,
}

impl Mainframe {
    /// A mainframe behind this transport; records are gathered for `gather`, and `most` of them make one batch.
    #[must_use]
    pub fn new(transport: &Arc<dyn Transport>, gather: Duration, most: usize, times: Times) -> Self {
        Self {
            batches: Gather::new(HandOver::new(transport.clone(), times), gather, most),
            searches: Gather::new(Search::new(transport.clone()), Duration::ZERO, MOST_WANTED),
            results: Arc::new(TakeIn::new(transport.clone())),
        }
    }

    /// Hands a record over with the next batch. `again`: an earlier attempt may have left a batch that was never announced.
    ///
    /// # Errors
    /// [`CallFault`]: whether the batch was certainly not announced, or perhaps was.
    pub async fn hand_over(&self, application: Application, again: bool) -> Result<Answer, CallFault> {
        let ended = || Err(CallFault::Doubtful { detail: "the hand-over ended without a result".into() });
        self.batches.take_part(Member::new(application, again)).await.unwrap_or_else(ended)
    }

    /// What became of a reference; nothing if it certainly is in no announced batch, or was rejected for a technical reason
    /// and is in no other.
    ///
    /// # Errors
    /// [`CallFault`]: it must be asked again.
    pub async fn search(&self, reference: String) -> Result<Option<Answer>, CallFault> {
        let ended = || Err(CallFault::Doubtful { detail: "the search ended without a result".into() });
        self.searches.take_part(reference).await.unwrap_or_else(ended)
    }

    /// Brings home what result files say, and archives those of which everything is home.
    ///
    /// # Errors
    /// What went wrong; everything is then still where it was, or done.
    pub(crate) async fn take_in(&self, home: &dyn Bring) -> Result<(), String> {
        self.results.all(home).await
    }
}

/// The bus did not take an answer.
fn not_home(error: &BusError) -> String {
    format!("an answer could not be brought home: {error}")
}
