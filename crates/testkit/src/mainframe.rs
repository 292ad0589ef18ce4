//! The electricity and water authority's mainframe: OpenSSH in front, a nightly batch in COBOL behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::repository;
use crate::sshd::Sshd;

/// A mainframe in a folder. Its batch runs when [`Mainframe::night`] says so, and at no other time.
#[derive(Debug)]
pub struct Mainframe {
    /// Its file server.
    pub sshd: Sshd,
    folder: PathBuf,
}

impl Mainframe {
    /// Starts one that keeps everything in `folder`.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let folder = folder.join("mainframe");
        for part in ["root/in", "root/out", "root/archive", "control"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        Self { sshd: Sshd::start(&folder, &folder.join("root")), folder }
    }

    /// The configuration that reaches it by `port`, its own or that of a proxy in front; `more` is TOML for the same table.
    #[must_use]
    pub fn config(&self, port: u16, more: &str) -> String {
        let sshd = &self.sshd;
        format!(
            "{more}\n[sftp]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"{}\"\nkey = {{ file = \"{}\" }}\n\
             host_keys = [\"{}\"]\n",
            sshd.user,
            sshd.client_key().display(),
            sshd.host_key(),
        )
    }

    /// What the other side sees: `in`, `out` and `archive`.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// Names of the files in one of its folders, in order.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root().join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Records of the batches that are announced and not yet worked through.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let inbox = self.root().join("in");
        let names = self.files("in");
        let announced = names.iter().filter_map(|name| name.strip_suffix(".ok"));
        let size = |stem: &str| fs::metadata(inbox.join(format!("{stem}.dat"))).map_or(0, |about| about.len());
        // Between header and trailer; each record takes 302 bytes.
        announced.map(|stem| usize::try_from(size(stem) / 302).unwrap().saturating_sub(2)).sum()
    }

    /// The nightly run: gives the number of batches worked through. Another job has these premises locked.
    #[must_use]
    pub fn night(&self, locked: &[String]) -> usize {
        let control = self.folder.join("control");
        fs::write(control.join("locked.txt"), locked.iter().map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
        let run = Command::new(repository().join("tests/peers/utilities/nightly.sh"))
            .arg(program())
            .arg(self.root())
            .arg(&control)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}: {}", run.status, String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap().trim().parse().unwrap()
    }

    /// Our reference of every record that it has carried out, in order; one that is there twice was carried out twice.
    #[must_use]
    pub fn carried_out(&self) -> Vec<String> {
        let master = fs::read_to_string(self.folder.join("control/master.txt")).unwrap_or_default();
        master.lines().map(|line| line.split('|').next().unwrap().to_owned()).collect()
    }
}

/// The batch program, compiled by GnuCOBOL from this checkout.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
        let folder = target.join("peers");
        fs::create_dir_all(&folder).unwrap();
        let (program, mine) =
            (folder.join("utilities-batch"), folder.join(format!("utilities-batch-{}", std::process::id())));
        let made = Command::new("cobc")
            .args(["-x", "-free", "-o"])
            .arg(&mine)
            .arg(repository().join("tests/peers/utilities/batch.cob"))
            .output()
            .expect("cobc is missing: run tests/peers/setup.sh (make test does)");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // Several tests may compile at a time.
        fs::rename(&mine, &program).unwrap();
        program
    })
}
