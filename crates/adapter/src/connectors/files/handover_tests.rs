//! The hand-over in a local folder: what counts, what does not, and what a late trigger finds.

use std::path::Path;
use std::time::Duration;

use super::super::{Limits, LocalFolder, Transport};
use super::*;

const NAMES: Names = Names { data: ".dat", trigger: ".ok" };

async fn open(folder: &Path) -> Box<dyn Session> {
    std::fs::create_dir_all(folder.join("in")).unwrap();
    LocalFolder::new(folder, Limits { max_file_bytes: 64, max_entries: 8, ..Limits::default() }).open().await.unwrap()
}

async fn stems(session: &mut dyn Session) -> (Vec<String>, Vec<String>) {
    complete(&session.list("in").await.unwrap(), NAMES)
}

#[tokio::test]
async fn a_file_counts_once_its_trigger_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path()).await;
    assert_eq!(stems(&mut *session).await, (vec![], vec![]));
    stage(&mut *session, NAMES, "in", "A", "سجل".as_bytes()).await.unwrap();
    assert_eq!(stems(&mut *session).await, (vec![], vec!["A".to_owned()]));
    trigger(&mut *session, NAMES, "in", "A").await.unwrap();
    assert_eq!(stems(&mut *session).await, (vec!["A".to_owned()], vec![]));
    assert_eq!(session.read("in/A.dat").await.unwrap(), "سجل".as_bytes());
}

#[tokio::test]
async fn nothing_takes_the_place_of_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path()).await;
    stage(&mut *session, NAMES, "in", "A", b"first").await.unwrap();
    let error = stage(&mut *session, NAMES, "in", "A", b"second").await.unwrap_err();
    assert_eq!((error.code(), error.is_doubtful()), ("FILE_EXISTS", false));
    assert_eq!(session.read("in/A.dat").await.unwrap(), b"first");
    trigger(&mut *session, NAMES, "in", "A").await.unwrap();
    assert_eq!(trigger(&mut *session, NAMES, "in", "A").await.unwrap_err().code(), "FILE_EXISTS");
}

#[tokio::test]
async fn what_was_never_announced_is_taken_back_and_what_was_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path()).await;
    stage(&mut *session, NAMES, "in", "A", b"a").await.unwrap();
    assert!(withdraw(&mut *session, NAMES, "in", "A").await.unwrap());
    assert!(withdraw(&mut *session, NAMES, "in", "A").await.unwrap(), "again");
    // The trigger that comes late finds nothing to announce.
    trigger(&mut *session, NAMES, "in", "A").await.unwrap();
    assert_eq!(stems(&mut *session).await, (vec![], vec![]));
    stage(&mut *session, NAMES, "in", "B", b"b").await.unwrap();
    trigger(&mut *session, NAMES, "in", "B").await.unwrap();
    assert!(!withdraw(&mut *session, NAMES, "in", "B").await.unwrap());
    assert_eq!(stems(&mut *session).await, (vec!["B".to_owned()], vec![]));
}

#[tokio::test]
async fn limits_hold_and_paths_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = open(folder.path()).await;
    std::fs::write(folder.path().join("in/huge"), vec![0; 65]).unwrap();
    assert_eq!(session.read("in/huge").await.unwrap_err().code(), "FILE_TOO_LARGE");
    assert_eq!(session.read("in/none").await.unwrap_err().code(), "FILE_MISSING");
    for path in ["../huge", "in/../../huge", "/etc/passwd", "", "in/", "in/a\0b", "in\\huge"] {
        assert_eq!(session.read(path).await.unwrap_err().code(), "PATH_UNUSABLE", "{path:?}");
    }
    for number in 0..8 {
        std::fs::write(folder.path().join(format!("in/{number}")), "").unwrap();
    }
    assert_eq!(session.list("in").await.unwrap_err().code(), "FOLDER_TOO_LARGE");
    let gone = LocalFolder::new(
        folder.path().join("gone"),
        Limits { connect_timeout: Duration::from_secs(1), ..Limits::default() },
    );
    assert_eq!(gone.open().await.err().unwrap().code(), "CONNECT_FAILED");
}
