//! `make bench-growth`: the same throughput with millions of finished transactions in the journal, and with none.

use std::path::Path;
use std::process::Command;

use jisr_testkit::postgres::Postgres;
use jisr_testkit::rabbitmq::RabbitMq;

use crate::embedded::{self, Embedded};
use crate::load::application;
use crate::machine;
use crate::options::Options;
use crate::production::Production;
use crate::rounds::Bench;

/// In flight at a time.
const IN_FLIGHT: usize = 128;
/// Transactions that really run; the others are copies of them.
const MODELS: usize = 64;
/// Bytes of an application: small, so that millions fit on a disk, and no smaller than one can be.
const BYTES: usize = 600;
/// Settings without which ten million rows take an hour; what is measured is measured with them as they were.
const HASTY: [&str; 2] = ["fsync", "full_page_writes"];

/// Measures both journals, one after the other.
pub(crate) async fn run(options: &Options) {
    let folder = tempfile::Builder::new().prefix("jisr-growth-").tempdir().unwrap();
    let machine = machine::describe(folder.path());
    println!("{machine:#}");
    let mut bench = Bench::new(options);
    if options.has("embedded") {
        of_embedded(&mut bench, options, folder.path()).await;
    }
    if options.has("production") {
        of_production(&mut bench, options, folder.path()).await;
    }
    let settings = ["embedded", "production"].into_iter().filter(|setting| options.has(setting));
    let ratios = settings.map(|setting| {
        let of = |what: &str| bench.report.median(&format!("growth.{setting}.{what}.{IN_FLIGHT}.throughput"));
        (of("aged") / of("fresh"), of("fresh"))
    });
    let ratios: Vec<_> = ratios.collect();
    // The worse of the two is the one that counts.
    if let Some((ratio, fresh)) = ratios.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
        bench.report.figure("growth.throughput_ratio", ratio, Some(fresh));
    }
    bench.report.finish(&machine, |name| name.starts_with("growth."));
}

async fn of_embedded(bench: &mut Bench, options: &Options, folder: &Path) {
    let [fresh, aged] = ["fresh", "aged"].map(|name| folder.join(name));
    for folder in [&fresh, &aged] {
        std::fs::create_dir(folder).unwrap();
    }
    let application = application(BYTES);
    let models = Embedded::start(&aged).await;
    repeat(MODELS, models.work(&application)).await;
    models.stop().await;
    let file = embedded::journal(&aged);
    seed(bench, options, "sqlite", &file.display().to_string(), "");
    let bytes = std::fs::metadata(&file).unwrap().len();
    bench.report.sample("growth.embedded.journal".to_owned(), "GiB", bytes as f64 / (1024.0 * 1024.0 * 1024.0));
    let (fresh, aged) = (Embedded::start(&fresh).await, Embedded::start(&aged).await);
    let works = [("fresh", fresh.work(&application)), ("aged", aged.work(&application))];
    for round in 0..options.rounds {
        // Whichever is first in one round is last in the next.
        for at in [round % 2, (round + 1) % 2] {
            let (name, work) = &works[at];
            bench.closed(&format!("growth.embedded.{name}"), IN_FLIGHT, 1, work.clone()).await;
        }
    }
    fresh.stop().await;
    aged.stop().await;
    // Both journals at once would not fit on every disk.
    std::fs::remove_dir_all(folder.join("aged")).unwrap();
}

async fn of_production(bench: &mut Bench, options: &Options, folder: &Path) {
    tokio::task::spawn_blocking(jisr_testkit::jisr::binary).await.unwrap();
    let servers = tokio::task::spawn_blocking(|| (RabbitMq::start(), Postgres::start()));
    let (rabbitmq, postgres) = servers.await.unwrap();
    let application = application(BYTES);
    let models = Production::start(&rabbitmq, &postgres, "aged", folder).await;
    repeat(MODELS, models.work(&application)).await;
    drop(models);
    for name in HASTY {
        postgres.sql(&format!("alter system set {name} = off; select pg_reload_conf()"));
    }
    seed(bench, options, "postgresql", "aged", &postgres.url());
    for name in HASTY {
        postgres.sql(&format!("alter system reset {name}; select pg_reload_conf()"));
    }
    postgres.sql("checkpoint");
    settle();
    let size = "select sum(pg_total_relation_size(c.oid)) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'aged' and c.relkind = 'r'";
    let bytes: f64 = postgres.sql(size).parse().unwrap();
    bench.report.sample("growth.production.journal".to_owned(), "GiB", bytes / (1024.0 * 1024.0 * 1024.0));
    let fresh = Production::start(&rabbitmq, &postgres, "fresh", folder).await;
    let aged = Production::start(&rabbitmq, &postgres, "aged", folder).await;
    let works = [("fresh", fresh.work(&application)), ("aged", aged.work(&application))];
    for round in 0..options.rounds {
        for at in [round % 2, (round + 1) % 2] {
            let (name, work) = &works[at];
            bench.closed(&format!("growth.production.{name}"), IN_FLIGHT, 1, work.clone()).await;
        }
    }
}

/// Does so many pieces of work, one after another.
async fn repeat(count: usize, work: impl Fn(usize) -> embedded::Work) {
    for number in 0..count {
        work(number).await;
    }
}

/// Fills a journal, at this place, with copies of what is in it.
fn seed(bench: &Bench, options: &Options, kind: &str, place: &str, database: &str) {
    bench.say(&format!("filling the journal on {kind} with {} transactions", options.rows));
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(jisr_testkit::repository()).env("JISR_SEED_DATABASE", database);
    command.args(["run", "--quiet", "--release", "--locked", "-p", "jisr-journal-sql", "--example", "seed", "--"]);
    let status = command.args([kind, place, &options.rows.to_string(), &options.days.to_string()]).status().unwrap();
    assert!(status.success(), "seed {kind}: {status}");
    settle();
    bench.say("filled");
}

/// Waits until what was written hastily is on the disk, and does not disturb what is measured.
fn settle() {
    assert!(Command::new("sync").status().unwrap().success());
}
