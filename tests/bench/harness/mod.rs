//! How anything here is measured: the same piece of work again and again, in a closed loop by so many at once, or in an
//! open loop at a given rate.

mod completions;
mod usage;

use std::future::Future;
use std::time::{Duration, Instant};

pub(crate) use completions::Completions;
use hdrhistogram::Histogram;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
pub(crate) use usage::{Group, peak_mib, watch};

/// Longest latency that is told apart, in microseconds.
const LONGEST: u64 = 120_000_000;
/// However slow: an open loop's last work is done by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a measurement.
pub(crate) struct Run {
    took: Duration,
    /// In microseconds.
    latencies: Histogram<u64>,
}

impl Run {
    fn new(took: Duration) -> Self {
        Self { took, latencies: Histogram::new_with_bounds(1, LONGEST, 3).unwrap() }
    }

    fn record(&mut self, latency: Duration) {
        self.latencies.saturating_record(u64::try_from(latency.as_micros()).unwrap());
    }

    /// Pieces of work done in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency that this share of the work did not exceed, in milliseconds.
    pub(crate) fn ms(&self, share: f64) -> f64 {
        self.latencies.value_at_quantile(share) as f64 / 1e3
    }
}

/// Closed loop: each of so many begins the next piece as soon as it has done one. Latency is from beginning to end; what
/// would have begun while one waits is not counted, so compare it at equal numbers only. Work is told whose it is.
pub(crate) async fn closed<F, R>(in_flight: usize, time: Duration, work: F) -> Run
where
    F: Fn(usize) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let from = Instant::now() + time.min(Duration::from_secs(2)) / 4;
    let until = from + time;
    let mut workers = JoinSet::new();
    for worker in 0..in_flight {
        let work = work.clone();
        workers.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let begun = Instant::now();
                if begun >= until {
                    return latencies;
                }
                work(worker).await;
                let ended = Instant::now();
                // What began before, or has not ended by the end, belongs to the run for the part that lies in it;
                // counting what ends in it counts as much.
                if (from..until).contains(&ended) {
                    latencies.push(ended - begun);
                }
            }
        });
    }
    let mut run = Run::new(time);
    while let Some(latencies) = workers.join_next().await {
        latencies.unwrap().into_iter().for_each(|latency| run.record(latency));
    }
    run
}

/// Open loop: work arrives at a steady rate, whatever becomes of what arrived before, as customers do. Latency is from
/// the instant at which it was due, so a stall is felt by everything that was due in it (no coordinated omission).
///
/// # Panics
/// When work is not done a minute after the last was due.
pub(crate) async fn open<F, R>(per_second: f64, time: Duration, work: F) -> Run
where
    F: Fn(usize) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let runtime = tokio::runtime::Handle::current();
    let (told, mut latencies) = mpsc::unbounded_channel();
    let count = (per_second * time.as_secs_f64()) as usize;
    // A thread of its own: the runtime's timer counts whole milliseconds, which would be in every figure.
    let begun = Instant::now();
    let pacer = std::thread::spawn(move || {
        for number in 0..count {
            let due = begun + Duration::from_secs_f64(number as f64 / per_second);
            while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
                std::thread::park_timeout(wait);
            }
            let (work, told) = (work.clone(), told.clone());
            runtime.spawn(async move {
                work(number).await;
                // Nobody listens any more only when the run was given up.
                let _ = told.send(due.elapsed());
            });
        }
    });
    let mut run = Run::new(time);
    let all = async {
        while let Some(latency) = latencies.recv().await {
            run.record(latency);
        }
    };
    assert!(tokio::time::timeout(time + PATIENCE, all).await.is_ok(), "work is not done a minute after it was due");
    pacer.join().unwrap();
    run.took = begun.elapsed();
    run
}
