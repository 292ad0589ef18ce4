//! Staying with a job to its end. Leaving off, by Ctrl-C or a lost connection, does not stop it.

use std::time::Duration;

use jisr_proto::operations::v1::{GetJobRequest, Job, JobState};
use tokio::time::Instant;

use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::follow::enough;
use crate::output::progress::Progress;
use crate::output::{Format, Output, bidi, when};

/// The job is looked at again after so long, and less often while nothing moves.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(1);

/// A job as last seen.
pub(in crate::commands) struct Follow<'a> {
    client: &'a Client,
    job: Job,
    output: Output,
    progress: Progress,
}

impl<'a> Follow<'a> {
    pub(in crate::commands) fn new(client: &'a Client, job: Job, output: Output) -> Self {
        Self { client, job, output, progress: Progress::new(output) }
    }

    /// Until it has ended, for at most `wait`, or until the reader interrupts.
    ///
    /// In JSON one `jisr.operations.v1.Job` on each line, whenever it has got further; the last one is the job as it
    /// ended, or as it was left.
    pub(in crate::commands) async fn run(mut self, wait: Option<Duration>) -> Result<Exit, Failure> {
        let ended = tokio::select! {
            // First, so that from the first thing shown an interruption only leaves off.
            biased;
            () = enough(wait) => None,
            ended = self.until_end() => Some(ended),
        };
        self.progress.clear()?;
        match ended {
            Some(Ok(())) => {
                if self.output.format == Format::Human {
                    super::one(&self.job, self.output)?;
                }
                self.what_is_parked()?;
                Ok(exit(&self.job))
            }
            Some(Err(failure)) => Err(failure.advise(go_on(&self.job, self.output).remove(0))),
            None => {
                if self.output.format == Format::Human {
                    super::one(&self.job, self.output)?;
                }
                how_to_go_on(&self.job, self.output)?;
                Ok(Exit::Pending)
            }
        }
    }

    async fn until_end(&mut self) -> Result<(), Failure> {
        self.moved()?;
        let mut last_sign = Instant::now();
        let mut pause = SOONEST;
        while self.job.end_time.is_none() {
            tokio::time::sleep(pause).await;
            let client = self.client;
            let message = GetJobRequest { name: self.job.name.clone() };
            let found = client.call(message, |request| async move { client.operations().get_job(request).await }).await;
            pause = (pause * 2).min(LATEST);
            match found {
                Ok(found) => {
                    last_sign = Instant::now();
                    if found == self.job {
                        self.progress.draw(&self.job, false)?;
                    } else {
                        pause = SOONEST;
                        self.job = found;
                        self.moved()?;
                    }
                }
                // The server may be starting anew, and goes on with the job when it is back.
                Err(failure)
                    if failure.exit() == Exit::Unavailable && last_sign.elapsed() + pause < client.timeout() =>
                {
                    self.progress.draw(&self.job, true)?;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Where to look for what the job did not manage and what came since.
    fn what_is_parked(&self) -> Result<(), Failure> {
        if self.job.failed_count + self.job.arrived_count == 0 {
            return Ok(());
        }
        let words = self.output.say("ما توقف منذ بدئه:", "what was parked since it began:");
        let began = when::exact(self.job.create_time.as_ref());
        let command = bidi::isolate(&format!("jisr failures list --since {began}"), self.output.locale);
        Ok(self.output.talk(bidi::line(&format!("{words} {command}"), self.output.locale))?)
    }

    fn moved(&mut self) -> Result<(), Failure> {
        match self.output.format {
            Format::Human => self.progress.draw(&self.job, false)?,
            Format::Plain | Format::Json => super::one(&self.job, self.output)?,
        }
        Ok(())
    }
}

/// A job that left something undone is no success, whoever's fault it is.
fn exit(job: &Job) -> Exit {
    match job.state() {
        _ if job.failed_count > 0 => Exit::Partial,
        JobState::Cancelled => Exit::Conflict,
        _ if job.passed_over_count > 0 => Exit::Partial,
        _ => Exit::Ok,
    }
}

/// Says how to follow or stop a job that goes on by itself.
pub(in crate::commands) fn how_to_go_on(job: &Job, output: Output) -> Result<(), Failure> {
    for line in go_on(job, output) {
        output.talk(bidi::line(&line, output.locale))?;
    }
    Ok(())
}

fn go_on(job: &Job, output: Output) -> Vec<String> {
    let command = |verb: &str| bidi::isolate(&format!("jisr job {verb} {}", job.name), output.locale);
    let follow = output.say("العمل ماضٍ بنفسه. للمتابعة:", "the job goes on by itself. To follow it:");
    let cancel = output.say("لإلغائه:", "to cancel it:");
    vec![format!("{follow} {}", command("watch")), format!("{cancel} {}", command("cancel"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_undone_is_no_success() {
        let ended = |state: JobState, failed_count, passed_over_count| {
            exit(&Job { state: state.into(), failed_count, passed_over_count, ..Job::default() })
        };
        assert_eq!(ended(JobState::Done, 0, 0), Exit::Ok);
        assert_eq!(ended(JobState::Done, 1, 0), Exit::Partial);
        assert_eq!(ended(JobState::Done, 0, 1), Exit::Partial);
        assert_eq!(ended(JobState::Cancelled, 0, 1), Exit::Conflict);
        assert_eq!(ended(JobState::Cancelled, 1, 0), Exit::Partial);
    }
}
