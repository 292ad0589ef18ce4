//! A process of the installation: killed, frozen, and started again as a service manager does it.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout};

/// Runs a program and kills it when our end of its standard input closes: also when the ledger itself is killed.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
echo "child $child"
{ read -r word <&3; kill -KILL "$child"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"#;

/// One start may take so long.
const READY: Duration = Duration::from_secs(30);
/// A process that does not start because something it needs is away is started again for so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between one try and the next.
const PAUSE: Duration = Duration::from_millis(250);

/// See the module. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Member {
    name: String,
    command: Vec<String>,
    folder: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    guard: Child,
    child: u32,
    _leash: ChildStdin,
}

impl Member {
    /// One that runs this command in a folder, where it also has its log; not started.
    pub(crate) fn new(name: &str, command: Vec<String>, folder: PathBuf) -> Self {
        Self { name: name.to_owned(), command, folder, running: None }
    }

    /// Starts it, again and again, until it says that it is ready.
    ///
    /// # Panics
    /// When it never does.
    pub(crate) async fn start(&mut self) {
        let began = Instant::now();
        loop {
            match self.launch().await {
                Ok(running) => {
                    self.running = Some(running);
                    return;
                }
                Err(why) => {
                    assert!(began.elapsed() < PATIENCE, "{} does not start: {why}\n{}", self.name, self.log());
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn launch(&self) -> Result<Running, String> {
        let log = File::options().create(true).append(true).open(self.path()).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).args(&self.command).current_dir(&self.folder);
        // A group of its own: an interrupt from the terminal ends the ledger, and the guard then does its work.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0);
        let mut guard = command.spawn().unwrap();
        let leash = guard.stdin.take().unwrap();
        let mut lines = BufReader::new(guard.stdout.take().unwrap()).lines();
        let child = line(&mut lines, |line| line.strip_prefix("child ")?.parse().ok()).await?;
        let running = Running { guard, child, _leash: leash };
        line(&mut lines, |line| line.contains("ready").then_some(())).await?;
        // Its output is read to the end, lest it wait for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(running)
    }

    /// Kills it as a power cut would.
    pub(crate) async fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        signal("-KILL", running.child).await;
        running.guard.wait().await.unwrap();
    }

    /// Stops it where it stands; connections stay open.
    pub(crate) async fn freeze(&self) {
        if let Some(running) = &self.running {
            signal("-STOP", running.child).await;
        }
    }

    /// Lets it go on.
    pub(crate) async fn thaw(&self) {
        if let Some(running) = &self.running {
            signal("-CONT", running.child).await;
        }
    }

    /// Whether it has ended although nobody killed it.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.guard.try_wait().unwrap().is_some())
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let text = String::from_utf8_lossy(&std::fs::read(self.path()).unwrap_or_default()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }
}

/// The first line that `wanted` makes something of.
async fn line<T>(lines: &mut Lines<BufReader<ChildStdout>>, wanted: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let found = timeout(READY, async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(found) = wanted(&line) {
                return Some(found);
            }
        }
        None
    });
    match found.await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err("it has ended".to_owned()),
        Err(_) => Err(format!("it is not ready after {READY:?}")),
    }
}

async fn signal(which: &str, process: u32) {
    // It may have ended by itself.
    let _ = Command::new("kill").args([which, &process.to_string()]).stderr(Stdio::null()).status().await;
}
