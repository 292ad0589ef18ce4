//! The plan of a run: every fault and every submission, drawn from the seed before anything starts. The same seed, the
//! same plan.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::cast::{Cast, Department};
use super::fault::{Fault, Kind};

/// The first fault, and the quiet after the last.
const QUIET: Duration = Duration::from_secs(3);
/// What has been put right is left alone for so long.
const REST: Duration = Duration::from_secs(2);
/// The broker and its clients need longer to find together again.
const REST_OF_BROKER: Duration = Duration::from_secs(9);

/// How long before a fault its burst comes, at most, in milliseconds.
const AHEAD: u64 = 150;

/// See [`Volume::long`]. Long enough that connections, leases and heartbeats run out.
const LONGER: u32 = 6;

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// How long applications are submitted, and faults done.
    pub load: Duration,
    /// Applications in a minute, in a steady stream.
    pub per_minute: u32,
    /// Applications more, right before each fault, for whom it strikes.
    pub burst: usize,
    /// Time between the beginnings of two faults, in milliseconds: at least, and less than.
    pub between: (u64, u64),
    /// One fault in so many lasts [`LONGER`] times as long, where its kind allows it; 0 for none.
    pub long: u32,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// From 1.
    pub number: u32,
    /// When it is submitted, from the start of the load.
    pub at: Duration,
    /// For what.
    pub department: Department,
    /// The gateway that is tried first.
    pub gateway: usize,
    /// The id of the request, the same however often it is sent.
    pub request_id: uuid::Uuid,
    /// The front end did not hear the answer and sends it again.
    pub again: bool,
    /// The customer changes her mind so long after the receipt.
    pub cancelled_after: Option<Duration>,
}

/// Everything that is going to happen, as far as it is ours to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it was drawn from.
    pub seed: u64,
    /// In the order of their beginnings.
    pub faults: Vec<Fault>,
    /// In the order of their numbers.
    pub submissions: Vec<Submission>,
}

impl Plan {
    /// Draws a plan. `kinds` are the faults that may be in it.
    #[must_use]
    pub fn draw(seed: u64, cast: &Cast, volume: &Volume, kinds: &[Kind]) -> Self {
        let faults = faults(&mut StdRng::seed_from_u64(super::mixed(seed)), cast, volume, kinds);
        let submissions = submissions(&mut StdRng::seed_from_u64(super::mixed(!seed)), cast, volume, &faults);
        Self { seed, faults, submissions }
    }

    /// How often each kind is in it.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        self.faults.iter().for_each(|fault| *counts.entry(fault.kind).or_default() += 1);
        counts
    }
}

fn faults(random: &mut StdRng, cast: &Cast, volume: &Volume, kinds: &[Kind]) -> Vec<Fault> {
    let possible: Vec<Kind> = kinds.iter().copied().filter(|kind| !kind.targets(cast).is_empty()).collect();
    let mut faults = Vec::new();
    let mut busy = HashMap::new();
    let mut deck: Vec<Kind> = Vec::new();
    // The first time round each kind once, so that a short run has them all; then by weight.
    let mut first = true;
    let mut at = QUIET;
    while at + QUIET < volume.load && !possible.is_empty() {
        if deck.is_empty() {
            deck = possible.iter().flat_map(|kind| vec![*kind; if first { 1 } else { kind.weight() }]).collect();
            deck.shuffle(random);
            first = false;
        }
        let end = volume.load - QUIET;
        let next =
            (0..deck.len()).find_map(|card| Some((card, fault(random, cast, volume, deck[card], &busy, at, end)?)));
        if let Some((card, fault)) = next {
            deck.remove(card);
            let until = at + fault.length + if fault.kind.is_of_broker() { REST_OF_BROKER } else { REST };
            busy.extend(fault.kind.occupies(&fault.target, cast).into_iter().map(|key| (key, until)));
            faults.push(fault);
        }
        at += Duration::from_millis(random.random_range(volume.between.0..volume.between.1));
    }
    faults
}

/// A fault of this kind to somebody who is free at this time, and over in time.
fn fault(
    random: &mut StdRng,
    cast: &Cast,
    volume: &Volume,
    kind: Kind,
    busy: &HashMap<String, Duration>,
    at: Duration,
    end: Duration,
) -> Option<Fault> {
    let mut free = kind.targets(cast);
    free.retain(|target| kind.occupies(target, cast).iter().all(|key| busy.get(key).is_none_or(|until| *until <= at)));
    let (least, most) = kind.length();
    let mut length = Duration::from_millis(random.random_range(least..most));
    if volume.long > 0 && kind.may_last() && random.random_range(0..volume.long) == 0 {
        length *= LONGER;
    }
    if free.is_empty() || at + length >= end {
        return None;
    }
    let target = free.swap_remove(random.random_range(0..free.len()));
    Some(Fault { at, length, kind, target })
}

/// A steady stream, and a burst for whom a fault is about to strike: one that strikes nobody at work shows nothing.
fn submissions(random: &mut StdRng, cast: &Cast, volume: &Volume, faults: &[Fault]) -> Vec<Submission> {
    let shares: Vec<Department> = cast
        .departments
        .iter()
        .flat_map(|department| std::iter::repeat_n(*department, department.share as usize))
        .collect();
    if shares.is_empty() {
        return Vec::new();
    }
    let mut wanted = Vec::new();
    let pause = Duration::from_secs(60) / volume.per_minute.max(1);
    let times = (1..).map(|number| pause * number).take_while(|at| *at < volume.load);
    wanted.extend(times.map(|at| (at, shares[random.random_range(0..shares.len())])));
    for fault in faults {
        let department = fault.kind.strikes(&fault.target, cast);
        wanted.extend((0..volume.burst).map(|_| {
            let at = fault.at.saturating_sub(Duration::from_millis(random.random_range(0..AHEAD)));
            (at, department.unwrap_or_else(|| shares[random.random_range(0..shares.len())]))
        }));
    }
    wanted.sort_by_key(|(at, _)| *at);
    let all = (1..).zip(wanted).map(|(number, (at, department))| {
        let gateway = random.random_range(0..cast.gateways.len().max(1));
        let request_id = uuid::Builder::from_random_bytes(random.random()).into_uuid();
        let again = random.random_range(0..20) == 0;
        let late = Duration::from_millis(random.random_range(0..4_000));
        let cancelled = random.random_range(0..25) == 0 && department.compensable;
        Submission { number, at, department, gateway, request_id, again, cancelled_after: cancelled.then_some(late) }
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::super::cast::DEPARTMENTS;
    use super::*;

    fn cast() -> Cast {
        Cast {
            gateways: vec!["gateway-1".to_owned(), "gateway-2".to_owned()],
            engines: vec!["engine-1".to_owned(), "engine-2".to_owned()],
            brokers: vec!["rabbitmq-1".to_owned()],
            database: Some("postgresql".to_owned()),
            departments: DEPARTMENTS.to_vec(),
        }
    }

    const VOLUME: Volume =
        Volume { load: Duration::from_secs(120), per_minute: 300, burst: 8, between: (600, 2_400), long: 0 };

    #[test]
    fn the_same_seed_is_the_same_plan() {
        let plan = |seed| Plan::draw(seed, &cast(), &VOLUME, &Kind::ALL);
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7).faults, plan(8).faults);
        assert_ne!(plan(7).submissions, plan(8).submissions);
        assert_eq!(plan(7).submissions.len(), 599 + 8 * plan(7).faults.len());
        assert!(plan(7).submissions.is_sorted_by_key(|submission| submission.at));
    }

    #[test]
    fn a_short_plan_has_every_kind() {
        for seed in 0..40 {
            let counts = Plan::draw(seed, &cast(), &VOLUME, &Kind::ALL).counts();
            let missing: Vec<_> = Kind::ALL.into_iter().filter(|kind| !counts.contains_key(kind)).collect();
            // One node alone has no others.
            assert_eq!(missing, [Kind::KillLeader, Kind::PartBroker, Kind::RollBrokers], "seed {seed}");
        }
    }

    #[test]
    fn nothing_is_broken_that_is_being_broken() {
        let cast = cast();
        for seed in 0..40 {
            let plan = Plan::draw(seed, &cast, &VOLUME, &Kind::ALL);
            assert!(plan.faults.is_sorted_by_key(|fault| fault.at));
            for (at, fault) in plan.faults.iter().enumerate() {
                assert!(fault.at + fault.length + QUIET < VOLUME.load, "seed {seed}: {fault:?}");
                for later in &plan.faults[at + 1..] {
                    let shared = fault.kind.occupies(&fault.target, &cast);
                    let shared = later.kind.occupies(&later.target, &cast).iter().any(|key| shared.contains(key));
                    assert!(!shared || later.at >= fault.at + fault.length + REST, "{fault:?} and {later:?}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_there_is_broken() {
        let alone = Cast { database: None, ..cast() };
        let counts = Plan::draw(1, &alone, &VOLUME, &Kind::ALL).counts();
        assert!(!counts.contains_key(&Kind::KillDatabase) && !counts.contains_key(&Kind::CutDatabase));
        let few = Plan::draw(1, &alone, &VOLUME, &[Kind::KillEngine]).counts();
        assert_eq!(few.into_keys().collect::<Vec<_>>(), [Kind::KillEngine]);
    }
}
