//! The instants, and what makes a process die at one of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_util::sync::CancellationToken;

/// What touches the world outside the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    SubmissionCommitted,
    RequestPublished,
    RequestTaken,
    AcknowledgementPublished,
    DepartmentCalled,
    ReplyPublished,
    ReplyCommitted,
    ReplyAcknowledged,
    RequestAcknowledged,
    OutboxCleared,
    WakeUpCommitted,
    DepartmentAsked,
}

impl Touch {
    pub(crate) const ALL: [Self; 12] = [
        Self::SubmissionCommitted,
        Self::RequestPublished,
        Self::RequestTaken,
        Self::AcknowledgementPublished,
        Self::DepartmentCalled,
        Self::ReplyPublished,
        Self::ReplyCommitted,
        Self::ReplyAcknowledged,
        Self::RequestAcknowledged,
        Self::OutboxCleared,
        Self::WakeUpCommitted,
        Self::DepartmentAsked,
    ];
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SubmissionCommitted => "the submission is committed",
            Self::RequestPublished => "a request is published",
            Self::RequestTaken => "a request is taken from the bus",
            Self::AcknowledgementPublished => "ACKNOWLEDGED is published",
            Self::DepartmentCalled => "the department's system is called",
            Self::ReplyPublished => "the reply is published",
            Self::ReplyCommitted => "replies are committed",
            Self::ReplyAcknowledged => "a reply is acknowledged to the bus",
            Self::RequestAcknowledged => "a request is acknowledged to the bus",
            Self::OutboxCleared => "the outbox is cleared",
            Self::WakeUpCommitted => "a wake-up is committed",
            Self::DepartmentAsked => "the department's system is asked",
        })
    }
}

/// On which side of a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Before,
    After,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Before { "before" } else { "after" })
    }
}

/// Blows at one instant. Clones are the same fuse.
#[derive(Clone, Debug)]
pub(crate) struct Fuse {
    at: Option<(Touch, Side)>,
    left: Arc<AtomicUsize>,
    blown: CancellationToken,
}

impl Fuse {
    /// At the n-th time, from 1, that this instant comes.
    pub(crate) fn at(touch: Touch, side: Side, occurrence: usize) -> Self {
        Self { at: Some((touch, side)), left: Arc::new(occurrence.into()), blown: CancellationToken::new() }
    }

    pub(crate) fn never() -> Self {
        Self { at: None, left: Arc::default(), blown: CancellationToken::new() }
    }

    /// Goes on, unless this is the instant, or the process is dead already: then nothing ever goes on.
    pub(crate) async fn pass(&self, touch: Touch, side: Side) {
        if self.is_the_end(touch, side) {
            std::future::pending::<()>().await;
        }
    }

    /// The same where nothing can wait: true when whoever asks must do nothing more.
    pub(crate) fn is_the_end(&self, touch: Touch, side: Side) -> bool {
        if self.at == Some((touch, side)) && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.blown.cancel();
        }
        self.blown.is_cancelled()
    }

    pub(crate) async fn blown(&self) {
        self.blown.cancelled().await;
    }
}
