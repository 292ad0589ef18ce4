//! Who waits for the end of what.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

/// The end of a piece of work may be told before anybody waits for it: an answer and a watch go different ways.
enum Ended {
    Awaited(oneshot::Sender<()>),
    Already,
}

/// Everything under way; clones are the same.
pub(crate) struct Completions<K>(Arc<Mutex<HashMap<K, Ended>>>);

impl<K> Clone for Completions<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Eq + Hash> Completions<K> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(HashMap::new())))
    }

    /// The end of this, which is awaited from the call on. Each is awaited once.
    pub(crate) fn of(&self, key: K) -> impl Future<Output = ()> + Send + use<K> {
        let (tell, told) = oneshot::channel();
        let mut all = self.0.lock().unwrap();
        let waits = match all.remove(&key) {
            Some(_) => None,
            None => {
                all.insert(key, Ended::Awaited(tell));
                Some(told)
            }
        };
        async move {
            if let Some(told) = waits {
                told.await.expect("it is told before anything ends");
            }
        }
    }

    /// This has ended. It may be told again, to whoever waits for nothing.
    pub(crate) fn tell(&self, key: K) {
        let mut all = self.0.lock().unwrap();
        match all.remove(&key) {
            // Whoever waited may have given up.
            Some(Ended::Awaited(tell)) => drop(tell.send(())),
            Some(Ended::Already) | None => drop(all.insert(key, Ended::Already)),
        }
    }
}
