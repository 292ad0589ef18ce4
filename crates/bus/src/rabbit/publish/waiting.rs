//! What waits to be sent, and what of it goes next, alone or as a pack.
//!
//! No clock is asked. An idle way sends a message at once and alone. As long as the broker has not confirmed what a way
//! has sent, the next pack gathers: the slower the broker, the larger the packs, and the less work it has.

use std::collections::VecDeque;

use super::{Job, Load};
use crate::rabbit::pack;

/// Messages of the broker under way on one way, where messages may be packed: one that is being confirmed, and one that
/// is on its way there meanwhile.
const AT_A_TIME: usize = 2;

/// Everything that was not sent yet, by its way.
pub(super) struct Waiting {
    lanes: Vec<Lane>,
    most_bytes: usize,
}

#[derive(Default)]
struct Lane {
    jobs: VecDeque<Job>,
    /// Messages of the broker that are not confirmed.
    under_way: usize,
}

impl Waiting {
    /// Packs will not be longer than the longest message.
    pub(super) fn new(max_message: usize) -> Self {
        Self { lanes: Vec::new(), most_bytes: max_message.min(pack::MOST_BYTES) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.jobs.is_empty())
    }

    /// Takes one in; answers the number of its way.
    pub(super) fn push(&mut self, job: Job) -> usize {
        let number = job.way.number;
        if self.lanes.len() <= number {
            self.lanes.resize_with(number + 1, Lane::default);
        }
        self.lanes[number].jobs.push_back(job);
        number
    }

    /// The ways on which something waits.
    pub(super) fn ways(&self) -> Vec<usize> {
        (0..self.lanes.len()).filter(|number| !self.lanes[*number].jobs.is_empty()).collect()
    }

    /// The broker has answered for what was sent as one.
    pub(super) fn landed(&mut self, number: usize) {
        self.lanes[number].under_way -= 1;
    }

    /// Of what was under way nothing will be answered.
    pub(super) fn nothing_under_way(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.under_way = 0);
    }

    /// What goes next on a way, as one; nothing if nothing waits, or if it is better to wait for more. It counts as
    /// under way.
    pub(super) fn next(&mut self, number: usize) -> Option<Vec<Job>> {
        let lane = &mut self.lanes[number];
        let first = lane.wanted()?;
        let most = first.way.pack();
        if most > 1 && lane.under_way >= AT_A_TIME {
            return None;
        }
        let first = lane.jobs.pop_front()?;
        let mut bytes = weight(&first);
        let mut load = vec![first];
        while load.len() < most
            && let Some(next) = lane.wanted()
            && bytes.saturating_add(weight(next)) <= self.most_bytes
        {
            bytes += weight(next);
            load.extend(lane.jobs.pop_front());
        }
        lane.under_way += 1;
        Some(load)
    }
}

impl Lane {
    /// The first for whose confirm somebody still waits.
    fn wanted(&mut self) -> Option<&Job> {
        while self.jobs.front()?.waiter.answer.is_closed() {
            self.jobs.pop_front();
        }
        self.jobs.front()
    }
}

/// What a job takes of a pack. Nothing is packed with what must travel as it is.
fn weight(job: &Job) -> usize {
    match &job.load {
        Load::Message(message) => pack::weight(message),
        Load::Ready(..) => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use jisr_core::id::MessageId;
    use jisr_core::time::Timestamp;
    use tokio::sync::oneshot;

    use super::*;
    use crate::rabbit::publish::{Route, Waiter, Way};
    use crate::{BusError, Message, TraceContext, kind};

    struct Sender {
        way: Arc<Way>,
        waiting: Waiting,
        answers: Vec<oneshot::Receiver<Result<(), BusError>>>,
    }

    impl Sender {
        fn new(most: u16) -> Self {
            let route = Route { exchange: "x".into(), key: "municipality".into(), department: None };
            let way = Arc::new(Way::new(0, route, 10_000, u16::MAX));
            way.set_pack(most);
            Self { way, waiting: Waiting::new(usize::MAX), answers: Vec::new() }
        }

        fn push(&mut self, load: Load) {
            let place = self.way.window.clone().try_acquire_owned().unwrap();
            let (answer, confirmed) = oneshot::channel();
            self.answers.push(confirmed);
            self.waiting.push(Job { way: self.way.clone(), load, waiter: Waiter { answer, _place: place } });
        }

        fn messages(&mut self, bodies: &[usize]) {
            for length in bodies {
                self.push(Load::Message(Message {
                    id: MessageId::new(Timestamp::from_millis(0), [1; 10]),
                    kind: kind::LEG_REQUESTED.into(),
                    correlation: None,
                    attempt: 1,
                    republished: false,
                    time: Timestamp::from_millis(0),
                    trace: TraceContext::default(),
                    body: Bytes::from(vec![0; *length]),
                }));
            }
        }

        /// Sizes of what goes, until nothing goes.
        fn go(&mut self) -> Vec<usize> {
            std::iter::from_fn(|| self.waiting.next(0).map(|load| load.len())).collect()
        }
    }

    #[test]
    fn who_takes_no_packs_gets_each_message_at_once() {
        let mut sender = Sender::new(1);
        sender.messages(&[10; 5]);
        assert_eq!(sender.go(), [1; 5]);
    }

    #[test]
    fn a_pack_gathers_while_two_are_under_way() {
        let mut sender = Sender::new(64);
        sender.messages(&[10]);
        assert_eq!(sender.go(), [1], "at once and alone");
        sender.messages(&[10; 3]);
        assert_eq!(sender.go(), [3]);
        sender.messages(&[10; 100]);
        assert!(sender.go().is_empty());
        sender.waiting.landed(0);
        assert_eq!(sender.go(), [64]);
        sender.waiting.landed(0);
        assert_eq!(sender.go(), [36]);
        // The connection was lost: what waits goes with the next one.
        sender.messages(&[10; 2]);
        sender.waiting.nothing_under_way();
        assert_eq!(sender.go(), [2]);
        assert!(sender.waiting.is_empty());
    }

    #[test]
    fn no_pack_is_longer_than_it_may_be() {
        let mut sender = Sender::new(u16::MAX);
        sender.messages(&[50_000, 50_000, 50_000, 1_000_000, 10]);
        let mut packs = Vec::new();
        while let Some(load) = sender.waiting.next(0) {
            packs.push(load.len());
            sender.waiting.landed(0);
        }
        assert_eq!(packs, [2, 1, 1, 1], "what is too long for a pack travels alone");
        sender.messages(&[0; 300]);
        assert_eq!(sender.go(), [128, 128]);
    }

    #[test]
    fn what_must_travel_as_it_is_is_packed_with_nothing() {
        let mut sender = Sender::new(64);
        sender.messages(&[10]);
        sender.push(Load::Ready(Box::default(), Bytes::new()));
        sender.messages(&[10; 2]);
        assert_eq!(sender.go(), [1, 1]);
        sender.waiting.landed(0);
        assert_eq!(sender.go(), [2]);
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_not_sent() {
        let mut sender = Sender::new(64);
        sender.messages(&[10; 4]);
        sender.answers.remove(0);
        sender.answers.remove(1);
        assert_eq!(sender.go(), [2]);
        sender.messages(&[10]);
        sender.answers.clear();
        assert!(sender.go().is_empty() && sender.waiting.is_empty());
    }
}
