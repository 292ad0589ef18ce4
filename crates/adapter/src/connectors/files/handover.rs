//! The hand-over of a file: written under a name that does not count, renamed, and only then announced by its trigger.

use super::{Entry, NotDone, Session, TransferError};

/// How the files of one kind are called: `<stem><data>` with the trigger `<stem><trigger>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Ending of the data file, for instance `.dat`.
    pub data: &'static str,
    /// Ending of the trigger, for instance `.ok`.
    pub trigger: &'static str,
}

/// Ending of what is being written.
const PART: &str = ".part";

impl Names {
    /// The data file of a stem.
    #[must_use]
    pub fn data(&self, folder: &str, stem: &str) -> String {
        format!("{folder}/{stem}{}", self.data)
    }

    /// The trigger of a stem.
    #[must_use]
    pub fn trigger(&self, folder: &str, stem: &str) -> String {
        format!("{folder}/{stem}{}", self.trigger)
    }
}

/// Puts a file in place without announcing it: whoever takes files in does not see it yet.
///
/// # Errors
/// Always [`NotDone`]: what may be left of it counts for nothing.
pub async fn stage(
    session: &mut dyn Session,
    names: Names,
    folder: &str,
    stem: &str,
    content: &[u8],
) -> Result<(), TransferError> {
    let path = names.data(folder, stem);
    let part = format!("{path}{PART}");
    let staged = async {
        session.create(&part, content).await?;
        session.rename(&part, &path).await
    };
    staged.await.map_err(|error| match error {
        TransferError::Doubtful(why) => NotDone::Refused { path, why: why.to_string() }.into(),
        certain => certain,
    })
}

/// Announces a file that is in place. This is the moment at which it is handed over.
///
/// # Errors
/// [`TransferError`]; in doubt if the request may have been carried out.
pub async fn trigger(session: &mut dyn Session, names: Names, folder: &str, stem: &str) -> Result<(), TransferError> {
    session.create(&names.trigger(folder, stem), b"").await
}

/// Takes a file back that was put in place and never announced, so that a trigger that arrives late finds nothing.
/// `false` when it turns out to be announced: it then stays.
///
/// # Errors
/// [`TransferError`]; then neither is certain.
pub async fn withdraw(
    session: &mut dyn Session,
    names: Names,
    folder: &str,
    stem: &str,
) -> Result<bool, TransferError> {
    let (path, aside) = (names.data(folder, stem), format!("{}.void", names.data(folder, stem)));
    match session.rename(&path, &aside).await {
        // Somebody else was here first, or the far side has taken it: the next look says which.
        Err(error) if error.is_missing() => return Ok(!session.exists(&names.trigger(folder, stem)).await?),
        other => other?,
    }
    if session.exists(&names.trigger(folder, stem)).await? {
        session.rename(&aside, &path).await?;
        return Ok(false);
    }
    session.remove(&aside).await.or_else(|error| if error.is_missing() { Ok(()) } else { Err(error) })?;
    Ok(true)
}

/// The stems of a listing: those whose trigger is there, and those that are in place without one.
#[must_use]
pub fn complete(entries: &[Entry], names: Names) -> (Vec<String>, Vec<String>) {
    let mut stems: Vec<&str> = entries.iter().filter_map(|entry| entry.name.strip_suffix(names.data)).collect();
    stems.sort_unstable();
    let announced = |stem: &str| entries.iter().any(|entry| entry.name.strip_suffix(names.trigger) == Some(stem));
    let (announced, waiting): (Vec<_>, Vec<_>) = stems.into_iter().partition(|stem| announced(stem));
    (announced.into_iter().map(str::to_owned).collect(), waiting.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
#[path = "handover_tests.rs"]
mod tests;
