//! `make bench`: rounds of short runs, in each of which everything has its turn, so that whatever else the machine does
//! falls on all of it alike.

use std::path::Path;
use std::time::{Duration, Instant};

use jisr_testkit::postgres::Postgres;
use jisr_testkit::rabbitmq::RabbitMq;

use crate::baselines::postgres::BATCH;
use crate::baselines::{Commits, RoundTrips};
use crate::embedded::{Embedded, Work};
use crate::harness::{self, Group, peak_mib, watch};
use crate::load::{SIZES, application};
use crate::machine;
use crate::options::Options;
use crate::production::Production;
use crate::report::Report;

/// In flight at a time, for each size.
const LEVELS: [&[usize]; 2] = [&[1, 32, 128, 1_024], &[1, 128]];
/// The level at which processes are watched.
const WATCHED: usize = 128;
/// Connections that commit one transaction each; one alone is measured beside the other figures of one in flight.
const COMMITTERS: [usize; 2] = [32, 128];
/// Connections that commit many in one.
const BATCHERS: usize = 2;
/// The open loop's rate, of what the closed loop reached.
const SHARE: f64 = 0.5;

/// Everything that is measured, running.
struct World {
    embedded: Option<Embedded>,
    /// By size.
    raw: Vec<RoundTrips>,
    production: Option<Production>,
    rabbitmq: RabbitMq,
    postgres: Postgres,
}

impl World {
    async fn start(options: &Options, folder: &Path) -> Self {
        if options.has("production") {
            tokio::task::spawn_blocking(jisr_testkit::jisr::binary).await.unwrap();
        }
        let servers = tokio::task::spawn_blocking(|| (RabbitMq::start(), Postgres::start()));
        let (rabbitmq, postgres) = servers.await.unwrap();
        let mut world = Self { embedded: None, raw: Vec::new(), production: None, rabbitmq, postgres };
        if options.has("embedded") {
            world.embedded = Some(Embedded::start(folder).await);
        }
        if options.has("rabbitmq") {
            for (size, bytes) in SIZES {
                world.raw.push(RoundTrips::start(&world.rabbitmq, size, bytes).await);
            }
        }
        if options.has("production") {
            let production = Production::start(&world.rabbitmq, &world.postgres, "jisr", folder).await;
            world.production = Some(production);
        }
        world
    }
}

/// Measures, and keeps what comes of it.
pub(crate) struct Bench {
    time: Duration,
    /// Whether PostgreSQL is measured raw.
    commits: bool,
    begun: Instant,
    pub(crate) report: Report,
}

impl Bench {
    pub(crate) fn new(options: &Options) -> Self {
        println!("{:>6} {:<34} {:>10} {:>9} {:>9} {:>9}", "time", "run", "per second", "p50 ms", "p99 ms", "p99.9 ms");
        Self {
            time: options.time,
            commits: options.has("postgresql"),
            begun: Instant::now(),
            report: Report::default(),
        }
    }

    /// Says that something is being done which is not measured.
    pub(crate) fn say(&self, what: &str) {
        println!("{:>5}s {what}", self.begun.elapsed().as_secs());
    }

    /// One run in a closed loop; each piece of work counts for so many.
    pub(crate) async fn closed<F>(&mut self, name: &str, in_flight: usize, each: usize, work: F)
    where
        F: Fn(usize) -> Work + Clone + Send + 'static,
    {
        let run = harness::closed(in_flight, self.time, work).await;
        let per_second = run.per_second() * each as f64;
        self.keep(&format!("{name}.{in_flight}"), &run, per_second);
        self.report.sample(format!("{name}.{in_flight}.throughput"), "/s", per_second);
    }

    /// One run in an open loop.
    async fn open<F>(&mut self, name: &str, per_second: f64, work: F)
    where
        F: Fn(usize) -> Work + Clone + Send + 'static,
    {
        let run = harness::open(per_second, self.time, work).await;
        self.keep(&format!("{name}.open"), &run, per_second);
        self.report.sample(format!("{name}.open.rate"), "/s", per_second);
    }

    fn keep(&mut self, name: &str, run: &harness::Run, per_second: f64) {
        let (p50, p99, p999) = (run.ms(0.5), run.ms(0.99), run.ms(0.999));
        let passed = self.begun.elapsed().as_secs();
        println!("{passed:>5}s {name:<34} {per_second:>10.0} {p50:>9.2} {p99:>9.2} {p999:>9.2}");
        for (figure, value) in [("p50", p50), ("p99", p99), ("p999", p999)] {
            self.report.sample(format!("{name}.{figure}"), "ms", value);
        }
    }

    /// The same as a closed loop, with an eye on the processes.
    async fn watched<F>(&mut self, name: &str, in_flight: usize, groups: Vec<Group>, work: F)
    where
        F: Fn(usize) -> Work + Clone + Send + 'static,
    {
        let watching = watch(groups);
        self.closed(name, in_flight, 1, work).await;
        for used in watching.finish() {
            let name = format!("{name}.{in_flight}.{}", used.name);
            self.report.sample(format!("{name}.cores"), "", used.cores);
            self.report.sample(format!("{name}.memory"), "MiB", used.mib);
        }
    }

    async fn round(&mut self, world: &World) {
        for (at, (size, bytes)) in SIZES.into_iter().enumerate() {
            let application = application(bytes);
            for &in_flight in LEVELS[at] {
                let watched = in_flight == WATCHED;
                if let Some(embedded) = &world.embedded {
                    let (name, work) = (format!("embedded.{size}"), embedded.work(&application));
                    let groups = vec![Group { name: "process", ids: vec![std::process::id()] }];
                    if watched {
                        self.watched(&name, in_flight, groups, work).await;
                    } else {
                        self.closed(&name, in_flight, 1, work).await;
                    }
                }
                if let Some(raw) = world.raw.get(at) {
                    self.closed(&format!("rabbitmq.{size}"), in_flight, 1, raw.work()).await;
                }
                if let Some(production) = &world.production {
                    let (name, work) = (format!("production.{size}"), production.work(&application));
                    if watched {
                        let groups = production.groups(&world.rabbitmq, &world.postgres);
                        self.watched(&name, in_flight, groups, work).await;
                    } else {
                        self.closed(&name, in_flight, 1, work).await;
                    }
                }
                if (at, in_flight) == (0, 1) && self.commits {
                    self.commits(&world.postgres, 1).await;
                }
            }
            if let (Some(production), 0) = (&world.production, at) {
                self.report.sample("production.1k.server.peak".to_owned(), "MiB", peak_mib(production.server()));
            }
        }
        if self.commits {
            for committers in COMMITTERS {
                self.commits(&world.postgres, committers).await;
            }
            let many = Commits::start(&world.postgres, BATCHERS, SIZES[0].1).await.many();
            self.closed(&format!("postgresql.batch_of_{BATCH}"), BATCHERS, BATCH, many).await;
        }
        let application = application(SIZES[0].1);
        if let Some(embedded) = &world.embedded {
            let rate = self.report.median("embedded.1k.128.throughput") * SHARE;
            self.open("embedded.1k", rate, embedded.work(&application)).await;
        }
        if let Some(production) = &world.production {
            let rate = self.report.median("production.1k.128.throughput") * SHARE;
            self.open("production.1k", rate, production.work(&application)).await;
        }
    }

    /// Connected for as long as it takes: idle connections are memory of the server.
    async fn commits(&mut self, postgres: &Postgres, committers: usize) {
        let single = Commits::start(postgres, committers, SIZES[0].1).await.single();
        self.closed("postgresql.commit", committers, 1, single).await;
    }

    /// Draws the figures to be reached from what was measured.
    fn conclude(&mut self, world: &World) {
        let report = &mut self.report;
        if world.embedded.is_some() {
            report.figure("embedded.throughput", report.median("embedded.1k.128.throughput"), None);
            report.figure("embedded.idle_p50", report.median("embedded.1k.1.p50"), None);
        }
        let Some(production) = &world.production else { return };
        report.figure("memory.server", peak_mib(production.server()), None);
        if world.raw.is_empty() {
            return;
        }
        // Each at its best, whatever number in flight that takes.
        let best = |setting: &str| {
            let each = LEVELS[0].iter().map(|level| report.median(&format!("{setting}.1k.{level}.throughput")));
            each.fold(0.0, f64::max)
        };
        let (ours, raw) = (best("production"), best("rabbitmq"));
        report.figure("production.throughput_ratio", ours / raw, Some(raw));
        if self.commits {
            let raw = report.median("rabbitmq.1k.1.p50") + 2.0 * report.median("postgresql.commit.1.p50");
            report.figure("production.idle_p50_ratio", report.median("production.1k.1.p50") / raw, Some(raw));
        }
    }
}

/// Measures everything that is wanted.
pub(crate) async fn run(options: &Options) {
    let folder = tempfile::Builder::new().prefix("jisr-bench-").tempdir().unwrap();
    let mut machine = machine::describe(folder.path());
    let mut world = World::start(options, folder.path()).await;
    machine["versions"] = machine::versions(&world.rabbitmq, &world.postgres);
    println!("{machine:#}");
    let mut bench = Bench::new(options);
    for _ in 0..options.rounds {
        bench.round(&world).await;
    }
    bench.conclude(&world);
    bench.report.finish(&machine, |name| !name.starts_with("growth."));
    // Before their servers.
    world.raw.clear();
    if let Some(embedded) = world.embedded.take() {
        embedded.stop().await;
    }
}
