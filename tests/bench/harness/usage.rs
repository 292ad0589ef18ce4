//! Processor time and memory of the processes that do the work, as the kernel tells in `/proc`.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often memory is looked at.
const OFTEN: Duration = Duration::from_millis(200);

/// Processes that are one thing.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) ids: Vec<u32>,
}

/// What a group used.
pub(crate) struct Used {
    pub(crate) name: &'static str,
    /// Processors kept busy, on average.
    pub(crate) cores: f64,
    /// Most memory at any look, in MiB.
    pub(crate) mib: f64,
}

/// A watch on some groups.
pub(crate) struct Watching {
    end: mpsc::Sender<()>,
    watcher: JoinHandle<Vec<Used>>,
}

/// Watches these from now on.
pub(crate) fn watch(groups: Vec<Group>) -> Watching {
    let (end, ended) = mpsc::channel();
    let watcher = std::thread::spawn(move || {
        let begun = Instant::now();
        let before: Vec<_> = groups.iter().map(cpu).collect();
        let mut most = vec![0_u64; groups.len()];
        loop {
            for (most, group) in most.iter_mut().zip(&groups) {
                *most = (*most).max(memory(group));
            }
            if ended.recv_timeout(OFTEN) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        let took = begun.elapsed().as_secs_f64();
        let each = groups.iter().zip(before).zip(most);
        let used = each.map(|((group, before), most)| Used {
            name: group.name,
            cores: (cpu(group) - before).max(0.0) / took,
            mib: most as f64 / 1024.0,
        });
        used.collect()
    });
    Watching { end, watcher }
}

impl Watching {
    /// What they used until now.
    pub(crate) fn finish(self) -> Vec<Used> {
        drop(self.end);
        self.watcher.join().unwrap()
    }
}

/// The most memory a process ever had, in MiB.
pub(crate) fn peak_mib(id: u32) -> f64 {
    field(id, "VmHWM:") as f64 / 1024.0
}

/// Seconds of processor time, of its threads and of children it has waited for.
fn cpu(group: &Group) -> f64 {
    static TICKS: OnceLock<f64> = OnceLock::new();
    let ticks = TICKS.get_or_init(|| {
        let said = Command::new("getconf").arg("CLK_TCK").output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().parse().unwrap()
    });
    let of = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name, in parentheses, may hold anything; utime to cstime are fields 14 to 17.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
        fields.skip(11).take(4).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>()
    };
    group.ids.iter().map(of).sum::<u64>() as f64 / ticks
}

/// KiB in memory. What processes of a group share, such as PostgreSQL's buffers, counts once.
fn memory(group: &Group) -> u64 {
    let all = |name| group.ids.iter().map(move |id| field(*id, name));
    all("RssAnon:").sum::<u64>() + all("RssFile:").max().unwrap_or(0) + all("RssShmem:").max().unwrap_or(0)
}

/// A line of a process's status, in KiB; nothing of one that has ended.
fn field(id: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
