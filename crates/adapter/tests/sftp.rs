//! The files connector against OpenSSH: hand-over, limits, strangers, and what a bad network leaves certain.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jisr_adapter::connectors::Secret;
use jisr_adapter::connectors::files::{
    Limits, Login, Names, Session, Sftp, SftpSettings, TransferError, Transport, complete, stage, trigger, withdraw,
};
use jisr_testkit::sshd::Sshd;
use jisr_testkit::tripwire::{Then, Tripwire, Way};
use tempfile::TempDir;

const NAMES: Names = Names { data: ".dat", trigger: ".ok" };
const CONTENT: &str = "رقم المبنى 582104376";

struct World {
    sshd: Sshd,
    // Last: the folder goes when nothing runs in it any more.
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("in")).unwrap();
        Self { sshd: Sshd::start(folder.path(), &root), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("root").join(name)
    }

    fn settings(&self, port: u16, key: &Path) -> SftpSettings {
        SftpSettings {
            host: "127.0.0.1".into(),
            port,
            user: self.sshd.user.clone(),
            login: Login::Key { key: Secret::new(fs::read_to_string(key).unwrap()), passphrase: None },
            host_keys: vec![self.sshd.host_key().parse().unwrap()],
            limits: Limits {
                connect_timeout: Duration::from_secs(20),
                request_timeout: Duration::from_secs(1),
                max_file_bytes: 300_000,
                max_entries: 20,
            },
        }
    }

    async fn open(&self, port: u16) -> Result<Box<dyn Session>, TransferError> {
        Sftp::new(self.settings(port, &self.sshd.client_key())).unwrap().open().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_handed_over_whole_and_once() {
    let world = World::new();
    let mut session = world.open(world.sshd.port).await.unwrap();
    let session = &mut *session;
    let large = CONTENT.repeat(5_000);
    stage(session, NAMES, "in", "A", large.as_bytes()).await.unwrap();
    assert_eq!(fs::read_to_string(world.path("in/A.dat")).unwrap(), large);
    assert_eq!(complete(&session.list("in").await.unwrap(), NAMES), (vec![], vec!["A".to_owned()]));
    trigger(session, NAMES, "in", "A").await.unwrap();
    assert_eq!(complete(&session.list("in").await.unwrap(), NAMES), (vec!["A".to_owned()], vec![]));
    assert_eq!(session.read("in/A.dat").await.unwrap(), large.as_bytes());

    for again in [
        stage(session, NAMES, "in", "A", b"other").await.unwrap_err(),
        trigger(session, NAMES, "in", "A").await.unwrap_err(),
    ] {
        assert_eq!((again.code(), again.is_doubtful()), ("FILE_EXISTS", false));
    }
    assert_eq!(fs::read_to_string(world.path("in/A.dat")).unwrap(), large);
    assert!(!withdraw(session, NAMES, "in", "A").await.unwrap(), "it is announced");

    stage(session, NAMES, "in", "B", b"b").await.unwrap();
    assert!(withdraw(session, NAMES, "in", "B").await.unwrap());
    assert!(!world.path("in/B.dat").exists());
    session.rename("in/A.dat", "A.dat").await.unwrap();
    session.remove("A.dat").await.unwrap();
    assert_eq!(session.read("A.dat").await.unwrap_err().code(), "FILE_MISSING");
    assert_eq!(session.remove("A.dat").await.unwrap_err().code(), "FILE_MISSING");
    assert_eq!(session.list("none").await.unwrap_err().code(), "FILE_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_and_paths_stay_inside() {
    let world = World::new();
    let mut session = world.open(world.sshd.port).await.unwrap();
    fs::write(world.path("in/huge"), vec![b' '; 300_001]).unwrap();
    assert_eq!(session.read("in/huge").await.unwrap_err().code(), "FILE_TOO_LARGE");
    for path in ["../sshd_config", "/etc/passwd", "in/../../host", ""] {
        assert_eq!(session.read(path).await.unwrap_err().code(), "PATH_UNUSABLE", "{path:?}");
    }
    fs::create_dir(world.path("in/folder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", world.path("in/link")).unwrap();
    let names: Vec<_> = session.list("in").await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["huge"], "plain files only");
    for number in 0..20 {
        fs::write(world.path(&format!("in/{number}")), "").unwrap();
    }
    assert_eq!(session.list("in").await.unwrap_err().code(), "FOLDER_TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_on_both_sides() {
    let mut world = World::new();
    let port = world.sshd.port;
    let code = async |settings: SftpSettings| Sftp::new(settings).unwrap().open().await.err().unwrap().code();
    assert_eq!(code(world.settings(port, &world.sshd.stranger_key())).await, "LOGIN_REFUSED");
    let password = Login::Password(Secret::new("sesame"));
    let client_key = world.sshd.client_key();
    assert_eq!(code(SftpSettings { login: password, ..world.settings(port, &client_key) }).await, "LOGIN_REFUSED");
    let other = fs::read_to_string(world.folder.path().join("stranger.pub")).unwrap();
    let settings = SftpSettings { host_keys: vec![other.parse().unwrap()], ..world.settings(port, &client_key) };
    assert_eq!(code(settings).await, "HOST_KEY_UNKNOWN");
    world.sshd.close();
    assert_eq!(code(world.settings(port, &client_key)).await, "CONNECT_FAILED");
    world.sshd.open();
    assert!(world.open(port).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_while_it_is_read_is_not_taken() {
    let world = World::new();
    let (armed, path) = (Arc::new(AtomicBool::new(false)), world.path("in/A.dat"));
    fs::write(&path, CONTENT).unwrap();
    let (writing, target) = (armed.clone(), path.clone());
    let wire = Tripwire::start(world.sshd.port, move |way| {
        if way == Way::Back && writing.load(Ordering::SeqCst) {
            let mut file = fs::File::options().append(true).open(&target).unwrap();
            std::io::Write::write_all(&mut file, b"+").unwrap();
        }
        Then::Pass
    })
    .await;
    let mut session = world.open(wire.port).await.unwrap();
    assert_eq!(session.read("in/A.dat").await.unwrap(), CONTENT.as_bytes());
    armed.store(true, Ordering::SeqCst);
    assert_eq!(session.read("in/A.dat").await.unwrap_err().code(), "FILE_CHANGED");
    armed.store(false, Ordering::SeqCst);
    assert!(session.read("in/A.dat").await.is_ok(), "the connection is not spoilt by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trigger_without_an_answer_is_doubtful() {
    let world = World::new();
    for (then, code) in [(Then::Cut, "ANSWER_BROKEN"), (Then::Hold, "ANSWER_TIMEOUT")] {
        // Bad weather as soon as the first bytes of the file are there.
        let part = world.path("in/A.dat.part");
        let wire = Tripwire::start(world.sshd.port, move |_| if part.exists() { then } else { Then::Pass }).await;
        let mut session = world.open(wire.port).await.unwrap();
        let error = stage(&mut *session, NAMES, "in", "A", CONTENT.as_bytes()).await.unwrap_err();
        assert!(!error.is_doubtful(), "{}", error.chain());
        assert!(!world.path("in/A.dat").exists());
        fs::remove_file(world.path("in/A.dat.part")).unwrap();

        // Bad weather on the way back, once the trigger is there.
        let ok = world.path("in/A.ok");
        let wire = Tripwire::start(
            world.sshd.port,
            move |way| {
                if way == Way::Back && ok.exists() { then } else { Then::Pass }
            },
        )
        .await;
        let mut session = world.open(wire.port).await.unwrap();
        stage(&mut *session, NAMES, "in", "A", CONTENT.as_bytes()).await.unwrap();
        let error = trigger(&mut *session, NAMES, "in", "A").await.unwrap_err();
        assert_eq!((error.code(), error.is_doubtful()), (code, true));
        assert!(world.path("in/A.ok").exists());
        // Nothing more is asked by a connection that owes an answer.
        let after = session.exists("in/A.ok").await.unwrap_err();
        assert_eq!((after.code(), after.is_doubtful()), ("CONNECT_FAILED", false));
        fs::remove_file(world.path("in/A.ok")).unwrap();
        fs::remove_file(world.path("in/A.dat")).unwrap();
    }
}
