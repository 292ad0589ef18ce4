//! What an examination found, as data.

use jisr_core::time::Timestamp;
use jisr_proto::adapter::v1 as wire;
use jisr_proto::convert;
use serde_json::{Value, json};

use crate::KIT_VERSION;
use crate::check::Check;

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the contract has it.
    Passed,
    /// Not so, and how.
    Failed(String),
    /// It could not be asked, and why. A verdict needs all of them.
    NotAsked(String),
}

/// One check with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Of which operation, or operation and case; empty for the adapter as a whole.
    pub about: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Finding {
    /// Its name in a verdict.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.check.name;
        if self.about.is_empty() { name.to_owned() } else { format!("{name}/{}", self.about) }
    }
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Id of the department.
    pub department: String,
    /// What the adapter announced; nothing if it never did.
    pub announcement: Option<wire::AdapterAnnouncement>,
    /// Every check that was made.
    pub findings: Vec<Finding>,
    /// When it began.
    pub time: Timestamp,
}

impl Report {
    /// Whether the adapter conforms: nothing failed, and nothing was left out.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|finding| finding.outcome == Outcome::Passed)
    }

    /// As a verdict, not signed.
    #[must_use]
    pub fn verdict(&self) -> wire::ConformanceVerdict {
        let announced = self.announcement.as_ref();
        let failures = self.findings.iter().filter(|finding| finding.outcome != Outcome::Passed);
        wire::ConformanceVerdict {
            passed: self.passed(),
            kit_version: KIT_VERSION.to_owned(),
            checks: u32::try_from(self.findings.len()).unwrap_or(u32::MAX),
            failures: failures.map(Finding::name).collect(),
            time: Some(convert::timestamp(self.time)),
            adapter_version: announced.map(|announced| announced.adapter_version.clone()).unwrap_or_default(),
            manifest_hash: announced
                .and_then(|announced| announced.manifest.as_ref())
                .map(convert::promise_hash)
                .unwrap_or_default(),
            key_id: String::new(),
            signature: Vec::new().into(),
        }
    }

    /// As JSON. Stable.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let verdict = self.verdict();
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                let (outcome, detail) = match &finding.outcome {
                    Outcome::Passed => ("passed", ""),
                    Outcome::Failed(why) => ("failed", why.as_str()),
                    Outcome::NotAsked(why) => ("not-asked", why.as_str()),
                };
                json!({ "check": finding.check.name, "about": finding.about, "outcome": outcome, "detail": detail })
            })
            .collect();
        json!({
            "department": self.department,
            "adapterVersion": verdict.adapter_version,
            "manifestHash": verdict.manifest_hash,
            "kitVersion": verdict.kit_version,
            "time": self.time.to_string(),
            "passed": verdict.passed,
            "findings": findings,
        })
    }
}
