//! The verdict: what was acknowledged against what was done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use jisr_proto::v1;
use serde_json::{Value, json};

use super::effects::{Effect, Effects};
use super::history;

/// What the front end was told, by the number of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// `transactions/…`.
    pub name: String,
    /// The customer asked for its cancellation.
    pub cancelled: bool,
    /// Another name that the same request was answered with.
    pub other_name: Option<String>,
}

/// A transaction as Jisr shows it in the end, with its history.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As it stands.
    pub transaction: v1::Transaction,
    /// All its events.
    pub events: Vec<v1::Event>,
}

/// Everything that is judged.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// By number.
    pub acknowledged: &'a BTreeMap<u32, Acknowledged>,
    /// Every transaction there is.
    pub seen: &'a [Seen],
    /// What departments have done, by our reference.
    pub effects: &'a Effects,
    /// Whether a department says no under this reference.
    pub refuses: fn(&v1::Leg, &str) -> bool,
}

/// What came of a run. A list per kind of wrong; each has one line per case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Applications acknowledged to the front end.
    pub acknowledged: usize,
    /// Effects in the departments' records.
    pub effects: u64,
    /// Acknowledged, and neither done nor ended in another honest way.
    pub lost: Vec<String>,
    /// Done more than once for one leg.
    pub twice: Vec<String>,
    /// A history that leaves the tables, or an end that is not true.
    pub illegal: Vec<String>,
    /// Not at an end after all that time.
    pub stuck: Vec<String>,
    /// From the last repair until everything had come to rest; the whole patience where it did not.
    pub converge: Duration,
    /// Faults carried out.
    pub faults: usize,
    /// What it was drawn from.
    pub seed: u64,
}

impl Verdict {
    /// Judges. What it took and what was drawn is added by the caller.
    #[must_use]
    pub fn of(evidence: &Evidence<'_>) -> Self {
        let mut verdict = Self {
            acknowledged: evidence.acknowledged.len(),
            effects: evidence.effects.values().map(|effect| u64::from(effect.done)).sum(),
            ..Self::default()
        };
        let by_name: HashMap<&str, &Seen> =
            evidence.seen.iter().map(|seen| (seen.transaction.name.as_str(), seen)).collect();
        let mut receipts = BTreeSet::new();
        for (number, acknowledged) in evidence.acknowledged {
            receipts.insert(acknowledged.name.as_str());
            if let Some(other) = &acknowledged.other_name {
                let name = &acknowledged.name;
                verdict.illegal.push(format!("{number}: one request was answered with {name} and {other}"));
            }
            match by_name.get(acknowledged.name.as_str()) {
                None => verdict.lost.push(format!("{number}: {} is not there", acknowledged.name)),
                Some(seen) => verdict.judge(&format!("{number}: "), seen, acknowledged.cancelled, evidence),
            }
        }
        for seen in evidence.seen.iter().filter(|seen| !receipts.contains(seen.transaction.name.as_str())) {
            let name = &seen.transaction.name;
            verdict.illegal.push(format!("{name}: nobody has a receipt for it"));
        }
        verdict.count_effects(evidence);
        verdict
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        [&self.lost, &self.twice, &self.illegal, &self.stuck].into_iter().all(Vec::is_empty)
    }

    /// One transaction's history, and whether its end is true.
    fn judge(&mut self, prefix: &str, seen: &Seen, cancelled: bool, evidence: &Evidence<'_>) {
        let Seen { transaction, events } = seen;
        let what = |text: String| format!("{prefix}{} {text}", transaction.name);
        self.illegal.extend(history::check(transaction, events).into_iter().map(what));
        if !crate::is_terminal(transaction) {
            let legs: Vec<_> = transaction.legs.iter().map(|leg| (leg.state(), leg.held)).collect();
            self.stuck.push(what(format!("is {:?}, its legs {legs:?}", transaction.state())));
            return;
        }
        let completed = transaction.state() == v1::TransactionState::Completed;
        let mut refused = false;
        for leg in &transaction.legs {
            let reference = reference(transaction, leg);
            let Effect { done, undone } = evidence.effects.get(&reference).copied().unwrap_or_default();
            let refuses = (evidence.refuses)(leg, &reference);
            refused |= refuses;
            if completed && done == 0 {
                self.illegal.push(what(format!("is completed, and nothing was done under {reference}")));
            }
            if !completed && done > undone {
                let state = transaction.state();
                self.illegal
                    .push(what(format!("is {state:?}, and {reference} was done {done} times, undone {undone}")));
            }
        }
        let honest = match transaction.state() {
            v1::TransactionState::Completed => true,
            v1::TransactionState::Rejected => refused,
            v1::TransactionState::Cancelled => cancelled,
            _ => false,
        };
        if !honest {
            self.lost.push(what(format!("is {:?}, for no reason", transaction.state())));
        }
    }

    fn count_effects(&mut self, evidence: &Evidence<'_>) {
        let legs = evidence.seen.iter().flat_map(|seen| {
            seen.transaction.legs.iter().map(|leg| (reference(&seen.transaction, leg), &seen.transaction.name))
        });
        let known: HashMap<String, &String> = legs.collect();
        for (reference, effect) in evidence.effects {
            if effect.done > 1 {
                self.twice.push(format!("{reference} was done {} times", effect.done));
            }
            if !known.contains_key(reference) {
                self.illegal.push(format!("{reference} was done, and no transaction has that receipt"));
            }
        }
    }

    /// The verdict as it is written down.
    #[must_use]
    pub fn json(&self) -> Value {
        // One decimal says enough.
        let converge = Duration::from_millis(u64::try_from(self.converge.as_millis() / 100 * 100).unwrap_or(u64::MAX));
        json!({
            "acknowledged": self.acknowledged,
            "effects": self.effects,
            "lost": self.lost.len(),
            "twice": self.twice.len(),
            "illegal": self.illegal.len(),
            "stuck": self.stuck.len(),
            "converge_seconds": converge.as_secs_f64(),
            "faults": self.faults,
            "seed": self.seed,
        })
    }
}

fn reference(transaction: &v1::Transaction, leg: &v1::Leg) -> String {
    format!("{}/{}", transaction.reference_no, leg.name.rsplit('/').next().unwrap_or_default())
}

/// Cases shown of each kind of wrong.
const SHOWN: usize = 10;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("acknowledged", self.acknowledged.to_string()),
            ("effects", self.effects.to_string()),
            ("lost", self.lost.len().to_string()),
            ("twice", self.twice.len().to_string()),
            ("illegal", self.illegal.len().to_string()),
            ("stuck", self.stuck.len().to_string()),
            ("converge_seconds", format!("{}.{}", self.converge.as_secs(), self.converge.subsec_millis() / 100)),
            ("faults", self.faults.to_string()),
            ("seed", self.seed.to_string()),
        ];
        for (name, value) in rows {
            writeln!(f, "| {name:<32} | {value:>20} |")?;
        }
        let wrongs = [("lost", &self.lost), ("twice", &self.twice), ("illegal", &self.illegal), ("stuck", &self.stuck)];
        for (name, cases) in wrongs {
            for case in cases.iter().take(SHOWN) {
                writeln!(f, "{name}: {case}")?;
            }
            if cases.len() > SHOWN {
                writeln!(f, "{name}: and {} more", cases.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
