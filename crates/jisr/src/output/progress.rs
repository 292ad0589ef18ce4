//! A line that shows how far a job is: on a terminal only, never in a log, a pipe or JSON.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use jisr_core::text::Locale;
use jisr_proto::operations::v1::{Job, JobKind};

use super::style::{Mood, paint};
use super::{Format, Output, bidi, say, when};

/// The rate is that of so much time past.
const WINDOW: Duration = Duration::from_secs(30);
/// Below this a rate says more about the moment than about the job.
const SHORTEST: Duration = Duration::from_secs(1);
/// Cells of the bar.
const CELLS: u64 = 20;

/// The line, redrawn in its place.
pub(crate) struct Progress {
    locale: Locale,
    /// Somebody is there to look at it.
    shown: bool,
    drawn: bool,
    pace: Pace,
}

impl Progress {
    /// None where nobody looks.
    pub(crate) fn new(output: Output) -> Self {
        let shown = output.format == Format::Human && io::stderr().is_terminal();
        Self { locale: output.locale, shown, drawn: false, pace: Pace::default() }
    }

    /// Draws it as the job stands; `lost` says that nobody answers at the moment.
    pub(crate) fn draw(&mut self, job: &Job, lost: bool) -> io::Result<()> {
        if !self.shown {
            return Ok(());
        }
        self.pace.note(Instant::now(), settled(job));
        let line = bidi::line(&line(job, self.pace.rate(), lost, self.locale), self.locale);
        let mut out = anstream::stderr().lock();
        // Without automatic wrapping: a line longer than the terminal is wide is cut off, not drawn again below.
        write!(out, "\r\x1b[2K\x1b[?7l{line}\x1b[?7h")?;
        self.drawn = true;
        out.flush()
    }

    /// Takes it away, so that what is printed next has the line to itself.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.drawn) {
            return Ok(());
        }
        let mut out = anstream::stderr().lock();
        write!(out, "\r\x1b[2K")?;
        out.flush()
    }
}

/// Legs that nothing more is done with.
fn settled(job: &Job) -> u64 {
    u64::try_from(job.done_count + job.failed_count + job.passed_over_count).unwrap_or_default()
}

/// How fast it has been going lately.
#[derive(Default)]
struct Pace(VecDeque<(Instant, u64)>);

/// So many legs in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    legs: u64,
    time: Duration,
}

impl Pace {
    fn note(&mut self, now: Instant, settled: u64) {
        while self.0.len() > 2 && self.0.get(1).is_some_and(|(then, _)| now.duration_since(*then) > WINDOW) {
            self.0.pop_front();
        }
        self.0.push_back((now, settled));
    }

    /// Nothing before it can be known.
    fn rate(&self) -> Option<Rate> {
        let ((first, before), (last, now)) = (*self.0.front()?, *self.0.back()?);
        let rate = Rate { legs: now.saturating_sub(before), time: last.duration_since(first) };
        (rate.time >= SHORTEST).then_some(rate)
    }
}

impl Rate {
    /// Legs a second, with one decimal.
    fn per_second(self) -> String {
        let millis = u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX).max(1);
        let tenths = self.legs.saturating_mul(10_000) / millis;
        format!("{}.{}", tenths / 10, tenths % 10)
    }

    /// How long as many as these take; nothing while none has settled.
    fn time_for(self, legs: u64) -> Option<Duration> {
        let millis = u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX);
        millis.saturating_mul(legs).checked_div(self.legs).map(Duration::from_millis)
    }
}

fn line(job: &Job, rate: Option<Rate>, lost: bool, locale: Locale) -> String {
    let number = |number: &str| bidi::isolate(number, locale);
    let total = u64::try_from(job.total_count).unwrap_or_default();
    let settled = settled(job).min(total);
    let work = match job.kind() {
        JobKind::Discard => say(locale, "صرف النظر", "discarding"),
        _ => say(locale, "إعادة المحاولة", "redriving"),
    };
    let full = settled.saturating_mul(CELLS).checked_div(total).unwrap_or(CELLS);
    let cells = |count: u64, cell: &str| cell.repeat(usize::try_from(count).unwrap_or_default());
    let bar = format!("{}{}", cells(full, "█"), cells(CELLS - full, "░"));
    let mut parts = vec![format!("{work} {bar} {}", number(&format!("{settled}/{total}")))];
    if lost {
        parts.push(paint(say(locale, "لا جواب من الخادم، والعمل ماضٍ", "no answer from the server"), Mood::Bad));
    } else if let Some(rate) = rate {
        parts.push(number(&format!("{}/s", rate.per_second())));
        if let Some(left) = rate.time_for(total - settled).filter(|_| settled < total) {
            parts.push(match locale {
                Locale::Ar => format!("بقي نحو {}", when::about(left, locale)),
                Locale::En => format!("about {} left", when::about(left, locale)),
            });
        }
    }
    for (count, (ar, en), mood) in [
        (job.failed_count, ("توقفت ثانية", "parked again"), Mood::Bad),
        (job.passed_over_count, ("تُجووزت", "passed over"), Mood::Waiting),
        (job.in_hand_count, ("جارية", "in hand"), Mood::Plain),
        (job.arrived_count, ("توقفت بعده", "new since"), Mood::Waiting),
    ] {
        if count > 0 {
            let text = match locale {
                Locale::Ar => format!("{ar} {}", number(&count.to_string())),
                Locale::En => format!("{count} {en}"),
            };
            parts.push(paint(&text, mood));
        }
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{job, shown};

    #[test]
    fn the_line_says_how_far_how_fast_and_what_fails() {
        let rate = Some(Rate { legs: 6, time: Duration::from_millis(4_000) });
        assert_eq!(
            shown(&line(&job(), rate, false, Locale::En)),
            "redriving ██████████░░░░░░░░░░ 6/12 · 1.5/s · about 4 s left · 2 parked again · 2 in hand"
        );
        assert_eq!(
            shown(&line(&Job { arrived_count: 3, ..job() }, None, true, Locale::En)),
            "redriving ██████████░░░░░░░░░░ 6/12 · no answer from the server · 2 parked again · 2 in hand · 3 new since"
        );
        let arabic = shown(&line(&job(), rate, false, Locale::Ar));
        assert!(arabic.contains("بقي نحو \u{2066}4\u{2069} ث · توقفت ثانية \u{2066}2\u{2069}"), "{arabic}");
        let empty = Job { total_count: 0, done_count: 0, failed_count: 0, ..job() };
        assert!(shown(&line(&empty, rate, false, Locale::En)).contains("████████████████████ 0/0"));
    }

    #[test]
    fn the_rate_is_that_of_late_and_not_known_at_first() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::default();
        pace.note(at(0), 0);
        assert_eq!(pace.rate(), None);
        pace.note(at(2), 0);
        let stuck = pace.rate().unwrap();
        assert_eq!((stuck.per_second().as_str(), stuck.time_for(10)), ("0.0", None));
        for second in 3..=100 {
            pace.note(at(second), (second - 2) * 4);
        }
        let rate = pace.rate().unwrap();
        assert_eq!((rate.per_second().as_str(), rate.time_for(40)), ("4.0", Some(Duration::from_secs(10))));
    }
}
