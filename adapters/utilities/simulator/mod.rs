//! A stand-in for the mainframe, for the demo only: the same files and codes in a local folder, and short nights.
//!
//! Tests run against a foreign peer instead: what both sides of a conversation got from one head proves nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jisr_adapter::connectors::files::fixed::Record;
use tokio::fs;

use crate::records::{BATCH, DUBAI, RESULT, stamp};

/// Works through what lies in `folder/in`, again and again after a pause of `night`, until `shutdown` completes. Makes the
/// folders that are missing.
///
/// # Errors
/// The folder cannot be used.
pub async fn run(folder: PathBuf, night: Duration, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
    for part in ["in", "out", "archive"] {
        fs::create_dir_all(folder.join(part)).await?;
    }
    let nights = async {
        loop {
            tokio::time::sleep(night).await;
            work_through(&folder).await?;
        }
    };
    tokio::select! {
        ended = nights => ended,
        () = shutdown => Ok(()),
    }
}

/// Every batch that is announced. Its result is announced before it is removed.
async fn work_through(folder: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(folder.join("in")).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".ok") else { continue };
        let data = folder.join(format!("in/{stem}.dat"));
        // A trigger without data announces nothing.
        let Ok(batch) = fs::read(&data).await else { continue };
        if let Some(result) = result(&batch) {
            let part = folder.join(format!("out/{stem}.res.part"));
            fs::write(&part, result).await?;
            fs::rename(&part, folder.join(format!("out/{stem}.res"))).await?;
            fs::write(folder.join(format!("out/{stem}.ok")), b"").await?;
        }
        fs::remove_file(&data).await?;
        fs::remove_file(entry.path()).await?;
    }
    Ok(())
}

/// Nothing for a batch that cannot be read.
fn result(batch: &[u8]) -> Option<Vec<u8>> {
    let read = BATCH.read(batch).ok()?;
    let now = stamp(Timestamp::now().to_zoned(TimeZone::fixed(DUBAI)).datetime());
    let header = RESULT.header.write(&[("batch", read.header.get("batch")), ("run", &now)]).ok()?;
    let (mut details, mut accepted) = (Vec::new(), 0);
    for record in &read.details {
        let decided = decide(record.as_ref().ok()?);
        accepted += usize::from(decided.1);
        details.push(decided.0?);
    }
    let (count, rejected) = (details.len().to_string(), (details.len() - accepted).to_string());
    let totals = [("count", &*count), ("accepted", &accepted.to_string()), ("rejected", &rejected)];
    Some(RESULT.write(&header, &details, &RESULT.trailer.write(&totals).ok()?))
}

/// The record of the answer, and whether it is a yes.
fn decide(record: &Record) -> (Option<Vec<u8>>, bool) {
    let (premises, account) = (record.get("premises"), record.get("account"));
    let transfer = record.get("operation") == "AT";
    let no = match () {
        () if premises.starts_with("000") => Some(("R10", "رقم المبنى غير مسجل", "Premises number is not registered")),
        () if transfer && account.ends_with("99") => {
            Some(("R11", "توجد مستحقات على الحساب", "There are arrears on the account"))
        }
        () if !transfer && premises.starts_with('9') => {
            Some(("R12", "الخدمة موصولة بالمبنى", "The premises are supplied already"))
        }
        () => None,
    };
    let connected = format!("2{premises}");
    let order = format!("5{premises}");
    let yes = if transfer {
        ("", "تم نقل الحساب", "Account transferred")
    } else {
        ("", "تم اعتماد طلب التوصيل", "Connection approved")
    };
    let (code, arabic, english) = no.unwrap_or(yes);
    let carried_out = no.is_none();
    let given = |value: &str| if carried_out { value.to_owned() } else { String::new() };
    let written = RESULT.detail.write(&[
        ("number", record.get("number")),
        ("reference", record.get("reference")),
        ("status", if carried_out { "A" } else { "R" }),
        ("code", code),
        ("account", &given(if transfer { account } else { &connected })),
        ("order", &given(&order)),
        ("date", &given(record.get("date"))),
        ("text_ar", arabic),
        ("text_en", english),
    ]);
    (written.ok(), carried_out)
}
