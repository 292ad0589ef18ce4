//! Notices a consumer that the broker has forgotten: a subscription to a queue that was deleted and declared anew stays
//! silent for ever, without a word (seen with 3.10.8).

use std::time::Duration;

use lapin::Channel;
use lapin::options::QueueDeclareOptions;
use lapin::types::{FieldTable, ShortString};

use crate::rabbit::line::within;
use crate::rabbit::trouble::Trouble;

/// Looks in a row that must find messages waiting and none delivered.
const LOOKS: u32 = 2;

/// Looks at the queue from a channel of its own, when nothing comes.
pub(super) struct Watch {
    /// Nothing once the broker does not let us look.
    channel: Option<Channel>,
    delivered: bool,
    /// Looks in a row that found something amiss.
    amiss: u32,
}

impl Watch {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel: Some(channel), delivered: false, amiss: 0 }
    }

    /// Something came.
    pub(super) fn delivered(&mut self) {
        self.delivered = true;
    }

    /// Looks, if nothing came since the last time although the consumer has room (`hungry`).
    pub(super) async fn look(&mut self, queue: &ShortString, hungry: bool, patience: Duration) -> Result<(), Trouble> {
        let delivered = std::mem::take(&mut self.delivered);
        let Some(channel) = self.channel.as_ref().filter(|_| hungry && !delivered) else {
            self.amiss = 0;
            return Ok(());
        };
        // A passive declaration asks how the queue is; it takes no right to do so.
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        match within(patience, channel.queue_declare(queue.clone(), options, FieldTable::default())).await {
            Ok(found) if found.message_count() == 0 => self.amiss = 0,
            Ok(_) => self.amiss += 1,
            Err(Trouble::Refused(why)) => {
                tracing::warn!(%queue, why, "the broker does not let the consumer look whether it is forgotten");
                self.channel = None;
            }
            Err(trouble) => return Err(trouble),
        }
        if self.amiss >= LOOKS {
            return Err(Trouble::Down("messages wait, and the broker delivers none".into()));
        }
        Ok(())
    }
}
