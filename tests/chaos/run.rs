//! One run: start, load and faults, repair, rest, verdict.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jisr_proto::operations::v1::{GetOverviewRequest, ListJobsRequest, Overview};
use jisr_proto::v1;
use jisr_tests::ledger::cast::{DEPARTMENTS, Department};
use jisr_tests::ledger::effects::Effects;
use jisr_tests::ledger::fault::Kind;
use jisr_tests::ledger::plan::{Plan, Volume};
use jisr_tests::ledger::verdict::{Evidence, Seen, Verdict};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::books::Books;
use crate::echo::Echo;
use crate::faults::{self, Hands};
use crate::installation::{Installation, Layout};
use crate::{driver, operator};

/// What a run is.
pub(crate) struct Run {
    /// The folder under `target/chaos` with its logs.
    pub(crate) name: &'static str,
    /// The file beside it with its verdict.
    pub(crate) verdict: &'static str,
    pub(crate) seed: u64,
    pub(crate) layout: Layout,
    pub(crate) volume: Volume,
    pub(crate) kinds: Vec<Kind>,
    /// Everything rests so long after the last repair, or is stuck.
    pub(crate) patience: Duration,
}

/// How often it is said how far it has got.
const PROGRESS: Duration = Duration::from_secs(5);
/// How often it is looked whether all is at rest.
const LOOK: Duration = Duration::from_millis(500);

/// Where runs keep what they leave.
fn chaos() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| jisr_testkit::repository().join("target")).join("chaos")
}

impl Run {
    /// Does it, and writes the verdict down.
    pub(crate) async fn judged(&self) -> Verdict {
        let folder = chaos().join(self.name);
        // What an earlier run left.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        println!("{}: seed {} (the same seed, the same plan); logs in {}", self.name, self.seed, folder.display());
        let installation = Arc::new(Installation::start(&folder, &self.layout, self.seed).await);
        let plan = Arc::new(Plan::draw(self.seed, &installation.cast, &self.volume, &self.kinds));
        show(&plan, &folder);
        let books = Arc::new(Books::new());
        let mut verdict = self.run(&installation, &plan, &books).await;
        verdict.seed = self.seed;
        verdict.faults = books.faults().values().sum();
        tell(&verdict, &books);
        let file = chaos().join(self.verdict);
        std::fs::write(file, format!("{:#}\n", verdict.json())).unwrap();
        if let Ok(installation) = Arc::try_unwrap(installation) {
            installation.end().await;
        }
        verdict
    }

    async fn run(&self, installation: &Arc<Installation>, plan: &Arc<Plan>, books: &Arc<Books>) -> Verdict {
        let echo = Echo::start(installation, self.seed, books).await;
        let hands = Hands { installation: installation.clone(), echo, books: books.clone(), seed: self.seed };
        installation.misbehave_building_control(&misbehaviour(self.seed)).await;
        // These go on until the verdict.
        let mut always = JoinSet::new();
        always.spawn(operator::work(installation.clone(), books.clone()));
        always.spawn(watch_over(installation.clone(), books.clone()));
        let load = async {
            let mut load = JoinSet::new();
            load.spawn(driver::submit(installation.clone(), plan.clone(), books.clone()));
            load.spawn(faults::carry_out(Arc::new(hands), plan.clone()));
            load.join_all().await;
            installation.behave().await;
            let healed = Instant::now();
            books.say("everything is put right; waiting until all is at rest");
            if !self.rest(installation, books, healed).await {
                books.say("not at rest, and no longer waited for");
            }
            healed.elapsed()
        };
        let converge = tokio::select! {
            converge = load => converge,
            Some(ended) = always.join_next() => {
                ended.unwrap();
                unreachable!("these end only by a panic")
            }
        };
        always.shutdown().await;
        let mut verdict = judge(installation, books).await;
        verdict.converge = converge;
        verdict
    }

    /// Waits until nothing is under way any more: no live transaction, no message, no job. False when that takes too
    /// long.
    async fn rest(&self, installation: &Installation, books: &Books, healed: Instant) -> bool {
        while healed.elapsed() < self.patience {
            if quiet(installation).await {
                let depths = installation.broker.depths().await;
                // What was put aside is nobody's work, nor are the copies.
                let aside = |name: &str| name.ends_with(".dead") || name.ends_with(".unroutable");
                let ours = || depths.iter().filter(|(name, _)| name.starts_with("jisr."));
                if ours().all(|(name, _)| aside(name)) && quiet(installation).await {
                    ours()
                        .for_each(|(name, depth)| books.say(format_args!("{depth} messages were put aside in {name}")));
                    let aside: u64 = ours().map(|(_, depth)| depth).sum();
                    books.note("messages put aside by the bus", usize::try_from(aside).unwrap_or(usize::MAX));
                    return true;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        false
    }
}

fn live(overview: &Overview) -> i64 {
    overview.live_transactions.iter().map(|state| state.count).sum()
}

async fn overview(installation: &Installation) -> Option<Overview> {
    operator::ask(installation, |mut client| async move { client.get_overview(GetOverviewRequest {}).await }).await
}

/// Whether an engine says that nothing is left to do.
async fn quiet(installation: &Installation) -> bool {
    let Some(overview) = overview(installation).await else { return false };
    if live(&overview) > 0 || overview.outbox_depth > 0 {
        return false;
    }
    let jobs = operator::ask(installation, |mut client| async move {
        client.list_jobs(ListJobsRequest { page_size: 500, ..Default::default() }).await
    });
    jobs.await.is_some_and(|page| page.jobs.iter().all(|job| job.end_time.is_some()))
}

/// Starts again what ends by itself, and says how far it has got.
async fn watch_over(installation: Arc<Installation>, books: Arc<Books>) {
    loop {
        for _ in 0..PROGRESS.as_secs() * 2 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            for revived in installation.revive().await {
                books.note("processes that ended by themselves", 1);
                books.say(revived);
            }
        }
        let stands = match overview(&installation).await {
            None => "no engine answers".to_owned(),
            Some(overview) => format!(
                "{} live, {} held, {} in the outbox",
                live(&overview),
                overview.held_legs,
                overview.outbox_depth
            ),
        };
        let (submitted, acknowledged) = (books.count_submitted(), books.count_acknowledged());
        books.say(format_args!("submitted {submitted}, acknowledged {acknowledged}; {stands}"));
    }
}

async fn judge(installation: &Installation, books: &Books) -> Verdict {
    let mut seen = None;
    for _ in 0..5 {
        for api in &installation.front {
            match api.everything().await {
                Ok(all) => seen = Some(all),
                Err(status) => books.say(format_args!("not readable: {status}")),
            }
            if seen.is_some() {
                break;
            }
        }
    }
    let seen = seen.expect("a gateway that answers");
    let mut effects = Effects::new();
    for department in &installation.cast.departments {
        effects.extend(installation.record(department.id).await);
    }
    let acknowledged = books.all_acknowledged();
    let verdict = Verdict::of(&Evidence { acknowledged: &acknowledged, seen: &seen, effects: &effects, refuses });
    std::fs::write(installation.folder.join("wrong.txt"), histories(&verdict, &seen)).unwrap();
    verdict
}

/// How it came to each wrong: the histories of the transactions that are named.
fn histories(verdict: &Verdict, seen: &[Seen]) -> String {
    let mut text = String::new();
    for case in [&verdict.lost, &verdict.twice, &verdict.illegal, &verdict.stuck].into_iter().flatten() {
        text.push_str(&format!("{case}\n"));
        let named = |seen: &&Seen| {
            let v1::Transaction { name, reference_no, .. } = &seen.transaction;
            case.contains(name) || case.contains(reference_no)
        };
        for event in seen.iter().filter(named).flat_map(|seen| &seen.events) {
            let v1::Event { sequence, leg, from, to, attempt, reason, .. } = event;
            let at = event.time.unwrap_or_default();
            let at = format!("{}.{:03}", at.seconds, at.nanos / 1_000_000);
            text.push_str(&format!("  {sequence:>3} at {at}: {leg} {from} to {to}, attempt {attempt} {reason}\n"));
        }
    }
    text
}

/// Whether the department of this leg says no under this reference.
fn refuses(leg: &v1::Leg, reference: &str) -> bool {
    let department = leg.department.trim_start_matches("departments/");
    DEPARTMENTS.iter().any(|known: &Department| known.id == department && known.refuses(reference))
}

/// What goes wrong at building control all the time; see `tests/peers/municipality/chaos.py`.
fn misbehaviour(seed: u64) -> serde_json::Value {
    json!({
        "cut_after_execute": 0.04, "cut_mid_answer": 0.02, "reset_before_execute": 0.03, "busy": 0.02,
        "slow_before_ms": 150, "slow_after_ms": 100, "slow_probability": 0.3, "seed": seed % 1_000_000,
    })
}

fn show(plan: &Plan, folder: &Path) {
    let lines = plan.faults.iter().map(|fault| {
        let at = fault.at;
        format!("{:>4}.{} s  {fault}\n", at.as_secs(), at.subsec_millis() / 100)
    });
    let text: String = lines.collect();
    std::fs::write(folder.join("plan.txt"), &text).unwrap();
    println!("the plan: {} applications and {} faults\n{text}", plan.submissions.len(), plan.faults.len());
}

fn tell(verdict: &Verdict, books: &Books) {
    let faults: BTreeMap<Kind, usize> = books.faults();
    let mut rows: Vec<(&str, usize)> = faults.into_iter().map(|(kind, count)| (kind.word(), count)).collect();
    rows.extend(books.noted());
    println!("\n| {:<42} | {:>10} |", "faults done, and what else was seen", "");
    for (name, count) in rows {
        println!("| {name:<42} | {count:>10} |");
    }
    println!("\n{verdict}");
}
