//! What was measured: the median of each figure's several runs, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

/// A figure to be reached.
struct Goal {
    name: &'static str,
    unit: &'static str,
    least: f64,
    aim: f64,
    /// Whether less is better.
    less: bool,
}

const fn goal(name: &'static str, unit: &'static str, least: f64, aim: f64) -> Goal {
    Goal { name, unit, least, aim, less: aim < least }
}

const GOALS: [Goal; 6] = [
    goal("embedded.throughput", "/s", 4_000.0, 11_000.0),
    goal("production.throughput_ratio", "", 0.6, 1.0),
    goal("embedded.idle_p50", "ms", 3.0, 1.5),
    goal("production.idle_p50_ratio", "", 2.0, 1.3),
    goal("growth.throughput_ratio", "", 0.9, 0.97),
    goal("memory.server", "MiB", 150.0, 80.0),
];

/// One figure.
#[derive(Clone)]
struct Row {
    value: f64,
    unit: &'static str,
    /// What it is a ratio to.
    baseline: Option<f64>,
}

/// Everything measured so far.
#[derive(Default)]
pub(crate) struct Report {
    samples: BTreeMap<String, (&'static str, Vec<f64>)>,
    figures: BTreeMap<String, Row>,
}

impl Report {
    /// Adds what one run gave for a figure.
    pub(crate) fn sample(&mut self, name: String, unit: &'static str, value: f64) {
        self.samples.entry(name).or_insert_with(|| (unit, Vec::new())).1.push(value);
    }

    /// The median of a figure's runs.
    ///
    /// # Panics
    /// When it was never measured.
    pub(crate) fn median(&self, name: &str) -> f64 {
        let (_, values) = self.samples.get(name).unwrap_or_else(|| panic!("{name} was never measured"));
        median(values)
    }

    /// Sets one of the figures to be reached.
    pub(crate) fn figure(&mut self, name: &str, value: f64, baseline: Option<f64>) {
        let goal = GOALS.iter().find(|goal| goal.name == name).expect("a figure to be reached");
        self.figures.insert(name.to_owned(), Row { value, unit: goal.unit, baseline });
    }

    /// Prints the table, and writes `bench.json` with `machine.json` beside it. What another bench measured, under names
    /// that begin otherwise, stays in the file.
    pub(crate) fn finish(self, machine: &Value, begins: impl Fn(&str) -> bool) {
        self.print();
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let folder = target.unwrap_or_else(|| jisr_testkit::repository().join("target")).join("bench");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("bench.json");
        let before: Vec<Value> =
            std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let kept = before.into_iter().filter(|row| !row["name"].as_str().is_some_and(&begins));
        let medians = self.samples.iter().map(|(name, (unit, values))| {
            json!({ "name": name, "value": round(median(values)), "unit": unit, "baseline": null })
        });
        let figures = self.figures.iter().map(|(name, row)| {
            json!({ "name": name, "value": round(row.value), "unit": row.unit, "baseline": row.baseline.map(round) })
        });
        let rows: Vec<Value> = figures.chain(kept).chain(medians).collect();
        std::fs::write(&path, format!("{:#}\n", Value::Array(rows))).unwrap();
        std::fs::write(folder.join("machine.json"), format!("{machine:#}\n")).unwrap();
        println!("\nwritten to {}", path.display());
    }

    fn print(&self) {
        println!("\n{:<44} {:>12} {:<5} {:>7}", "detail", "median", "", "runs");
        for (name, (unit, values)) in &self.samples {
            println!("{name:<44} {:>12} {unit:<5} {:>7}", text(median(values)), values.len());
        }
        println!("\n{:<30} {:>10} {:<4} {:>10} {:>10} {:>10}", "figure", "value", "", "baseline", "at least", "aim");
        for goal in &GOALS {
            let Some(row) = self.figures.get(goal.name) else { continue };
            let reached = |limit: f64| if goal.less { row.value <= limit } else { row.value >= limit };
            let verdict = match (reached(goal.aim), reached(goal.least)) {
                (true, _) => "aim reached",
                (false, true) => "enough",
                (false, false) => "NOT REACHED",
            };
            println!(
                "{:<30} {:>10} {:<4} {:>10} {:>10} {:>10}  {verdict}",
                goal.name,
                text(row.value),
                goal.unit,
                row.baseline.map(text).unwrap_or_default(),
                text(goal.least),
                text(goal.aim),
            );
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// As many digits as mean something.
fn round(value: f64) -> f64 {
    if value.abs() >= 100.0 { value.round() } else { (value * 1e3).round() / 1e3 }
}

fn text(value: f64) -> String {
    let digits = if value.abs() >= 100.0 { 0 } else { 2 };
    format!("{value:.digits$}")
}
