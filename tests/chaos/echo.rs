//! Replies that come twice, and late: every reply to the engine is copied, and sent again raw, as the department's own
//! user would. All of them are true; none of them is news.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use jisr_bus::rabbit::Role;
use jisr_bus::{Address, Bus, Message, Publisher, kind};
use jisr_core::id::MessageId;
use jisr_core::name::DepartmentId;
use jisr_core::time::Clock;
use jisr_runtime::SystemClock;
use jisr_tests::ledger::mixed;

use crate::books::Books;
use crate::broker::Broker;
use crate::installation::Installation;

/// The prefix of the other installation, which is nothing but the copies.
const PREFIX: &str = "copy.";
/// Replies remembered of each department.
const KEPT: usize = 1_000;
/// One reply in so many is sent again at once.
const TWICE: u64 = 20;
/// Replies sent again by one fault.
const BURST: usize = 40;

type Heard = Mutex<BTreeMap<DepartmentId, VecDeque<Message>>>;

/// See the module.
pub(crate) struct Echo {
    heard: Arc<Heard>,
    voices: Arc<BTreeMap<DepartmentId, Arc<dyn Publisher>>>,
}

impl Echo {
    pub(crate) async fn start(installation: &Installation, seed: u64, books: &Arc<Books>) -> Self {
        let broker: &Broker = &installation.broker;
        let heard = Arc::new(Heard::default());
        let mut voices: BTreeMap<_, Arc<dyn Publisher>> = BTreeMap::new();
        for department in &installation.cast.departments {
            let id = DepartmentId::new(department.id).unwrap();
            let bus = crate::bus(broker.port, Role::Adapter(id.clone()), "");
            voices.insert(id, bus.publisher().await.unwrap());
        }
        let voices = Arc::new(voices);
        let copies = crate::bus(broker.port, Role::Engine { departments: Vec::new() }, PREFIX);
        let mut replies = copies.consume(&Address::Engine, 500).await.unwrap();
        broker.tap(PREFIX, Path::new(&installation.folder)).await;
        let (kept, speakers, books) = (heard.clone(), voices.clone(), books.clone());
        tokio::spawn(async move {
            // The copies end with this end of the bus.
            let _copies = copies;
            let mut number = seed;
            while let Some(delivery) = replies.next().await {
                let message = delivery.message.clone();
                if &*message.kind == kind::LEG_REPLIED
                    && let Some(sender) = delivery.sender.clone()
                    && let Some(voice) = speakers.get(&sender)
                {
                    number = number.wrapping_add(1);
                    if mixed(number).is_multiple_of(TWICE) {
                        say(voice.clone(), message.clone(), &books);
                    }
                    let mut kept = kept.lock().unwrap();
                    let kept = kept.entry(sender).or_default();
                    kept.push_back(message);
                    if kept.len() > KEPT {
                        kept.pop_front();
                    }
                }
                delivery.acknowledge();
            }
        });
        Self { heard, voices }
    }

    /// Sends again what a department has said: some of the latest, some of long ago; half of it as messages of their
    /// own.
    pub(crate) fn repeat(&self, department: &str, seed: u64, books: &Arc<Books>) {
        let heard = self.heard.lock().unwrap();
        let Some(((_, voice), kept)) = self
            .voices
            .iter()
            .find(|(id, _)| id.as_str() == department)
            .and_then(|voice| Some((voice, heard.get(voice.0)?)))
        else {
            return;
        };
        for number in 0..BURST.min(kept.len()) {
            let drawn = usize::try_from(mixed(seed ^ number as u64) >> 32).unwrap_or_default();
            let place = if drawn.is_multiple_of(2) { kept.len() - 1 - number } else { drawn % kept.len() };
            let mut message = kept[place].clone();
            if (drawn / 2).is_multiple_of(2) {
                message.id = MessageId::new(SystemClock.now(), rand::random());
            }
            say(voice.clone(), message, books);
        }
    }
}

fn say(voice: Arc<dyn Publisher>, message: Message, books: &Arc<Books>) {
    let books = books.clone();
    tokio::spawn(async move {
        // While the broker is down nothing can be repeated.
        if voice.publish(&Address::Engine, message).await.is_ok() {
            books.note("replies sent again", 1);
        }
    });
}
