//! Operators' jobs: kept as they stand, changed from the version that was read.

use std::sync::Arc;

use jisr_core::id::JobId;
use jisr_core::job::{InHand, Job, JobKind, JobState, Place, Selection};
use jisr_core::text::LocalizedText;

use super::world::{at, id, name};
use crate::{Journal, Version};

fn job(n: u8) -> Job {
    Job {
        id: JobId::from_bytes([n; 16]),
        kind: JobKind::Redrive,
        selection: Selection {
            department: Some(name("municipality")),
            reason: Some("BUSY".into()),
            ..Selection::default()
        },
        note: LocalizedText::bilingual("عاد النظام إلى العمل", "the system is back"),
        created_by: "m.rashid".into(),
        create_time: at(u64::from(n / 2)),
        update_time: at(u64::from(n / 2)),
        end_time: None,
        state: JobState::Running,
        concurrency: 10,
        per_second: 0,
        total: 200,
        done: 0,
        failed: 0,
        passed_over: 0,
        arrived: 0,
        place: None,
        in_hand: Vec::new(),
        runner: "".into(),
        lease: at(0),
    }
}

/// Of two changes of one version one is kept, with every field; a second job with the same id is none.
pub async fn a_job_changes_only_from_the_version_that_was_read(journal: Arc<dyn Journal>) {
    assert_eq!(journal.job(job(1).id).await.expect("job"), None);
    assert!(journal.put_job(&job(1)).await.expect("put"));
    assert!(!journal.put_job(&Job { total: 9, ..job(1) }).await.expect("put"));
    let stored = journal.job(job(1).id).await.expect("job").expect("it is there");
    assert_eq!((stored.version, &stored.job), (Version(1), &job(1)));

    let place = Place { since: at(3), transaction: id(3), leg: 1 };
    let moved = Job {
        kind: JobKind::Discard,
        selection: Selection {
            transaction: Some(id(1)),
            leg: Some(name("permit")),
            operation: Some(name("issue-permit")),
            adapter_version: Some("".into()),
            since: Some(at(1)),
            before: Some(at(2)),
            ..Selection::default()
        },
        done: 3,
        failed: 4,
        passed_over: 5,
        arrived: 6,
        place: Some(place),
        in_hand: vec![InHand { transaction: id(3), leg: 1, attempt: 2 }],
        state: JobState::Cancelled,
        runner: "engine-7".into(),
        lease: at(9_000),
        ..job(1)
    };
    assert_eq!(journal.update_job(&moved, Version(1)).await.expect("update"), Some(Version(2)));
    assert_eq!(journal.update_job(&job(1), Version(1)).await.expect("update"), None);
    assert_eq!(journal.update_job(&job(2), Version(1)).await.expect("update"), None);
    let stored = journal.job(job(1).id).await.expect("job").expect("it is there");
    assert_eq!((stored.version, stored.job), (Version(2), moved));
}

/// The list is paged from the newest; what has not ended is found without it.
pub async fn jobs_list_newest_first_and_open_ones_apart(journal: Arc<dyn Journal>) {
    // Two by two made at the same moment.
    for n in 1..=9 {
        assert!(journal.put_job(&job(n)).await.expect("put"));
    }
    for n in [1, 2, 5] {
        let ended = Job { state: JobState::Done, end_time: Some(at(100)), ..job(n) };
        assert!(journal.update_job(&ended, Version(1)).await.expect("update").is_some());
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = journal.jobs(after, 2).await.expect("jobs");
        let Some(last) = page.last() else { break };
        after = Some((last.job.create_time, last.job.id));
        listed.extend(page.into_iter().map(|stored| stored.job.id));
    }
    let expected: Vec<_> = (1..=9).rev().map(|n| job(n).id).collect();
    assert_eq!(listed, expected);
    let open: Vec<_> = journal.open_jobs().await.expect("open").into_iter().map(|stored| stored.job.id).collect();
    assert_eq!(open, [3, 4, 6, 7, 8, 9].map(|n| job(n).id));
}
