//! Programs started by a test, and ended with it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A running program. Dropped, it is killed; its standard error goes to a log that a failing test shows.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: PathBuf,
    lines: mpsc::Receiver<String>,
}

impl Program {
    /// Starts a program whose standard error goes to `log` (appended to).
    #[must_use]
    pub fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // Whoever waited for a line may be gone; the pipe is read to the end all the same.
                let _ = sender.send(line);
            }
        });
        Self { child, log: log.to_owned(), lines }
    }

    /// The first line of its output that `wanted` makes something of.
    ///
    /// # Panics
    /// When it does not come within `limit`, with the log's end.
    pub fn line<T>(&mut self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            match self.lines.recv_timeout(limit.saturating_sub(start.elapsed())) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return found;
                    }
                }
                Err(error) => panic!("{error} while waiting for its output; it said:\n{}", self.log()),
            }
        }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Panics
    /// When it has not ended within `limit`.
    pub fn terminate(&mut self, limit: Duration) -> ExitStatus {
        let asked = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status().unwrap();
        assert!(asked.success(), "kill -TERM");
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < limit, "still running {limit:?} after SIGTERM; it said:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The end of what it wrote to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        let text = String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let name = self.log.display();
            std::io::Write::write_all(&mut std::io::stderr(), format!("--- {name}\n{}\n", self.log()).as_bytes())
                .unwrap();
        }
    }
}
