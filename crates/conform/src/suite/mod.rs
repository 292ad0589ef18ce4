//! The suite: every check, in its order. What each asks is in `check.rs`; what a right answer is, is in the contract
//! (`proto/jisr/adapter/v1/leg.proto`).

mod effects;
mod ends;
mod faults;
mod first;
mod overall;
mod requests;
mod subject;

use std::path::Path;

use jisr_proto::adapter::v1::OperationManifest;

use crate::Trouble;
use crate::check::{self, Check};
use crate::report::{Finding, Outcome};
use crate::stand::{Stand, Wrong};

use self::subject::Subject;

/// Notes down how checks ended.
pub(crate) struct Notes<'a>(&'a mut dyn FnMut(Finding));

impl Notes<'_> {
    fn note(&mut self, check: Check, about: &str, result: Result<(), Wrong>) -> bool {
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(Wrong::Adapter(why)) => Outcome::Failed(why),
            Err(Wrong::Kit(trouble)) => Outcome::NotAsked(trouble.0),
        };
        let passed = outcome == Outcome::Passed;
        (self.0)(Finding { check, about: about.to_owned(), outcome });
        passed
    }
}

/// Makes every check.
pub(crate) async fn run(stand: &mut Stand, work: &Path, tell: &mut dyn FnMut(Finding)) -> Result<(), Trouble> {
    let mut notes = Notes(tell);
    stand.start(work)?;
    if !notes.note(check::ANNOUNCED, "", first::announced(stand).await) {
        // Nothing that follows could be told apart from this.
        return Ok(());
    }
    let manifest = stand.announced().and_then(|announced| announced.manifest).unwrap_or_default();
    notes.note(check::MANIFEST, "", first::manifest(stand, &manifest));
    for operation in &manifest.operations {
        of_operation(stand, operation, &mut notes).await;
        if manifest.max_pack > 1 {
            notes.note(check::PACKED, &operation.operation, requests::packed(stand, operation).await);
        }
    }
    if let Some(operation) = manifest.operations.first() {
        let of_any = requests::unknown_operation(stand, operation).await;
        notes.note(check::UNKNOWN_OPERATION, "", of_any);
    }
    notes.note(check::GARBAGE_BODY, "", ends::garbage_body(stand).await);
    ends::of_the_process(stand, &manifest, work, &mut notes).await;
    overall::of_the_run(stand, &mut notes).await;
    notes.note(check::NOTHING_LEFT, "", ends::nothing_left(stand).await);
    Ok(())
}

async fn of_operation(stand: &Stand, operation: &OperationManifest, notes: &mut Notes<'_>) {
    let id = operation.operation.as_str();
    if !notes.note(check::CASES, id, first::cases(stand, id)) {
        return;
    }
    let Some(base) = stand.cases.of(id).iter().find(|case| case.is_done()) else { return };
    let subject = Subject { stand, operation, base };
    requests::cases(&subject, notes).await;
    notes.note(check::UNKNOWN_KIND, id, requests::unknown_kind(&subject).await);
    notes.note(check::UNKNOWN_FIELDS, id, requests::unknown_fields(&subject).await);
    notes.note(check::OVERSIZE, id, requests::oversize(&subject).await);
    notes.note(check::ODD_CHARACTERS, id, requests::odd_characters(&subject).await);
    notes.note(check::WRONG_VERSION, id, requests::wrong_version(&subject).await);
    effects::of(&subject, notes).await;
    faults::of(&subject, notes).await;
}
