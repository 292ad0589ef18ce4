//! The machine, and the versions of what is measured on it: figures mean nothing without.

use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use jisr_testkit::postgres::Postgres;
use jisr_testkit::rabbitmq::RabbitMq;
use serde_json::{Value, json};

/// How long the disk is tried.
const TRY: Duration = Duration::from_secs(1);

/// What there is to know of the machine whose disk holds this folder.
pub(crate) fn describe(folder: &Path) -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let kib: u64 = after(&read("/proc/meminfo"), "MemTotal").split(' ').next().unwrap().parse().unwrap_or(0);
    json!({
        "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "processor": after(&read("/proc/cpuinfo"), "model name"),
        "memory_gib": kib / (1024 * 1024),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "file_system": file_system(folder, &read("/proc/mounts")),
        "durable_write_ms": durable_write(folder),
        "measured": jisr_core::time::Clock::now(&jisr_runtime::SystemClock).to_string(),
    })
}

/// The versions of the servers.
pub(crate) fn versions(rabbitmq: &RabbitMq, postgres: &Postgres) -> Value {
    json!({
        "rabbitmq": rabbitmq.ctl(&["version"]).trim(),
        "postgresql": postgres.sql("show server_version"),
        "jisr": env!("CARGO_PKG_VERSION"),
    })
}

/// The file system that holds the folder; on one in memory nothing is durable, and everything is fast.
fn file_system(folder: &Path, mounts: &str) -> String {
    let mounts = mounts.lines().filter_map(|line| {
        let mut parts = line.split(' ').skip(1);
        Some((parts.next()?, parts.next()?))
    });
    let holds = mounts.filter(|(place, _)| folder.starts_with(place));
    holds.max_by_key(|(place, _)| place.len()).map_or("unknown", |(_, kind)| kind).to_owned()
}

/// The median time of a small write that is forced to the disk, in milliseconds.
fn durable_write(folder: &Path) -> f64 {
    use std::io::Write as _;
    let mut file = std::fs::File::create(folder.join("durable-write")).unwrap();
    let mut times = Histogram::<u64>::new(3).unwrap();
    let begun = Instant::now();
    while begun.elapsed() < TRY {
        let start = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        times.record(u64::try_from(start.elapsed().as_micros()).unwrap()).unwrap();
    }
    times.value_at_quantile(0.5) as f64 / 1e3
}
