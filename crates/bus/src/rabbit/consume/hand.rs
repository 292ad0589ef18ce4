//! A delivery's way back to its session, and what is still to be settled of a pack.
//!
//! A pack is acknowledged when everything in it is dealt with. What its receiver gives back of it is given to the
//! receiver again, from here: the broker could only bring all of it again, and what is settled with it (ADR 10).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use jisr_core::name::DepartmentId;
use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::sync::mpsc;

use super::Dead;
use crate::rabbit::wire;
use crate::{Delivery, Message, Settle, Settled};

/// What became of a delivery.
pub(super) enum Verdict {
    Acknowledge,
    GiveBack,
    Bury(Box<Dead>),
    /// One of a pack, to be delivered again.
    Again(Box<Packed>),
}

/// The receiver's word on a delivery.
pub(super) struct Word {
    pub(super) tag: u64,
    /// It is one of a pack.
    pub(super) packed: bool,
    pub(super) verdict: Verdict,
}

pub(super) type Words = mpsc::UnboundedSender<Word>;

/// The bus's end of a delivery. Once its session has ended it speaks to nobody.
struct Hand {
    tag: u64,
    to: Words,
    original: Original,
}

/// What a dead letter is made of.
enum Original {
    Alone(Box<(BasicProperties, Bytes)>),
    Packed(Box<Packed>),
}

/// One message of a pack.
pub(super) struct Packed {
    message: Message,
    pack: Arc<Pack>,
}

/// What holds for all messages of a pack.
pub(super) struct Pack {
    pub(super) tag: u64,
    pub(super) since: Instant,
    /// The department that sent it, where the broker vouches for that.
    pub(super) sender: Option<DepartmentId>,
    /// Its user at the broker.
    pub(super) user: Option<ShortString>,
    pub(super) source: Option<Arc<str>>,
}

impl Settle for Hand {
    fn settle(self: Box<Self>, settled: Settled) {
        let Self { tag, to, original } = *self;
        let (packed, verdict) = match (original, settled) {
            (Original::Alone(_), Settled::Acknowledged) => (false, Verdict::Acknowledge),
            (Original::Alone(_), Settled::Returned) => (false, Verdict::GiveBack),
            (Original::Alone(original), Settled::DeadLettered(reason)) => {
                let (properties, body) = *original;
                (false, Verdict::Bury(Box::new(Dead { properties, body, reason })))
            }
            (Original::Packed(_), Settled::Acknowledged) => (true, Verdict::Acknowledge),
            (Original::Packed(packed), Settled::Returned) => (true, Verdict::Again(packed)),
            (Original::Packed(packed), Settled::DeadLettered(reason)) => {
                (true, Verdict::Bury(Box::new(packed.dead(reason))))
            }
        };
        // The session may be lost: then the broker has the message and delivers it again.
        let _ = to.send(Word { tag, packed, verdict });
    }

    fn is_lost(&self) -> bool {
        self.to.is_closed()
    }
}

impl Packed {
    pub(super) fn new(message: Message, pack: Arc<Pack>) -> Self {
        Self { message, pack }
    }

    /// It as a delivery.
    pub(super) fn deliver(self, redelivered: bool, to: &Words) -> Delivery {
        let (message, pack) = (self.message.clone(), self.pack.clone());
        let redelivered = redelivered || message.republished;
        let hand = Hand { tag: pack.tag, to: to.clone(), original: Original::Packed(Box::new(self)) };
        let delivery = Delivery::new(message, redelivered, Box::new(hand)).ours_since(pack.since);
        delivery.sent_by(pack.sender.clone())
    }

    /// It as a message that had come alone.
    fn dead(self, reason: String) -> Dead {
        let Self { message, pack } = self;
        let user = pack.user.as_ref().map_or("", |user| user.as_str());
        let sender = wire::Sender::new(user, pack.source.as_deref().unwrap_or_default());
        // Its parts came in properties or were held against their limits.
        let properties = sender.and_then(|sender| sender.encode(&message)).unwrap_or_default();
        Dead { properties, body: message.body, reason }
    }
}

/// A message that came alone, as a delivery.
pub(super) fn deliver_alone(
    message: Message,
    redelivered: bool,
    tag: u64,
    original: (BasicProperties, Bytes),
    to: &Words,
) -> Delivery {
    let redelivered = redelivered || message.republished;
    let hand = Hand { tag, to: to.clone(), original: Original::Alone(Box::new(original)) };
    Delivery::new(message, redelivered, Box::new(hand))
}

/// The packs of which something is not settled.
#[derive(Default)]
pub(super) struct Packs(HashMap<u64, Left>);

struct Left {
    unsettled: usize,
    returned: bool,
}

impl Packs {
    /// A pack came with so many messages.
    pub(super) fn opened(&mut self, tag: u64, messages: usize) {
        self.0.insert(tag, Left { unsettled: messages, returned: false });
    }

    /// One message of a pack is dealt with, or given back. When it was the last: whether the pack is to come again.
    pub(super) fn settled(&mut self, tag: u64, returned: bool) -> Option<bool> {
        let left = self.0.get_mut(&tag)?;
        left.unsettled -= 1;
        left.returned |= returned;
        if left.unsettled > 0 {
            return None;
        }
        self.0.remove(&tag).map(|left| left.returned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_settled_with_its_last_message() {
        let mut packs = Packs::default();
        packs.opened(1, 3);
        packs.opened(2, 2);
        assert_eq!([packs.settled(1, false), packs.settled(2, true), packs.settled(1, false)], [None; 3]);
        assert_eq!(packs.settled(1, false), Some(false));
        assert_eq!(packs.settled(2, false), Some(true), "something of it was given back");
        assert!(packs.0.is_empty());
    }
}
