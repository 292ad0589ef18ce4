//! A program that the kit starts, and that ends with it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

use crate::{Trouble, trouble};

/// The end of what it said, as far as it is shown when something goes wrong.
const LINES: usize = 20;

/// A running program. Dropped, it is killed, or its standard input is closed, if it is one that ends by that.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    _stdin: Option<ChildStdin>,
    name: String,
    said: Said,
}

#[derive(Clone, Debug)]
struct Said {
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Sender<usize>,
}

impl Said {
    async fn take(self, stream: impl AsyncRead + Unpin) {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            self.count.send_modify(|count| *count += 1);
        }
    }

    fn find<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().find_map(|line| wanted(line))
    }
}

impl Program {
    /// Starts a program in a folder.
    pub(crate) fn start(
        program: &str,
        arguments: &[String],
        environment: impl IntoIterator<Item = (String, String)>,
        folder: &Path,
    ) -> Result<Self, Trouble> {
        let mut command = Command::new(path_of(program, folder));
        command.args(arguments).envs(environment).current_dir(folder).kill_on_drop(true);
        Self::launch(command, program)
    }

    /// Starts a shell script that ends what it began once its standard input is closed.
    pub(crate) fn guard(
        script: &str,
        argument: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        folder: &Path,
    ) -> Result<Self, Trouble> {
        let mut command = Command::new("sh");
        command.args(["-c", script, "guard", argument]).envs(environment).current_dir(folder);
        // An interrupt from the terminal ends the kit, and the guard then does its work.
        command.process_group(0);
        Self::launch(command, "sh")
    }

    fn launch(mut command: Command, program: &str) -> Result<Self, Trouble> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| trouble(format!("{program} cannot be started: {error}")))?;
        let said = Said { lines: Arc::default(), count: watch::Sender::new(0) };
        // Kept apart: whoever waits for the child would close it.
        let stdin = child.stdin.take();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(said.clone().take(stdout));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(said.clone().take(stderr));
        }
        Ok(Self { child, _stdin: stdin, name: program.to_owned(), said })
    }

    /// The first line of which `wanted` makes something.
    pub(crate) async fn line<T>(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Trouble> {
        let mut news = self.said.count.subscribe();
        let found = tokio::time::timeout(limit, async {
            loop {
                news.borrow_and_update();
                if let Some(found) = self.said.find(&wanted) {
                    return Some(found);
                }
                tokio::select! {
                    _ = news.changed() => {}
                    _ = self.child.wait() => return self.said.find(&wanted),
                }
            }
        });
        match found.await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.complaint(&format!("ended before it printed {what}"))),
            Err(_) => Err(self.complaint(&format!("printed no {what} within {limit:?}"))),
        }
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it at once, as a power cut would.
    pub(crate) async fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }

    /// Asks it to end (SIGTERM), and waits for that.
    pub(crate) async fn terminate(&mut self, limit: Duration) -> Result<ExitStatus, Trouble> {
        let Some(id) = self.child.id() else {
            return self.child.wait().await.map_err(|error| trouble(error.to_string()));
        };
        let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        asked.map_err(|error| trouble(format!("kill cannot be started: {error}")))?;
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(ended) => ended.map_err(|error| trouble(error.to_string())),
            Err(_) => Err(trouble(format!("still runs {limit:?} after SIGTERM"))),
        }
    }

    /// What happened, with the end of what it said.
    pub(crate) fn complaint(&self, what: &str) -> Trouble {
        let lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let end = lines[lines.len().saturating_sub(LINES)..].join("\n  ");
        trouble(format!("{}: {what}; it said:\n  {end}", self.name))
    }
}

/// A command that prints one line, run to its end.
pub(crate) async fn output(command: &[String], folder: &Path) -> Result<String, Trouble> {
    let Some((program, arguments)) = command.split_first() else { return Err(trouble("an empty command")) };
    let mut run = Command::new(path_of(program, folder));
    run.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    let done = run.output().await.map_err(|error| trouble(format!("{program} cannot be started: {error}")))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(trouble(format!("{program}: {}: {said}", done.status)));
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// A name is looked for where programs are, a path from where the command is given.
fn path_of(program: &str, folder: &Path) -> PathBuf {
    if program.contains('/') { folder.join(program) } else { PathBuf::from(program) }
}
