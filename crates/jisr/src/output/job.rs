//! Bulk work as it stands: what is done to which legs, how far it is, and what it did not manage.

use jiff::tz::TimeZone;
use jisr_core::text::Locale;
use jisr_proto::operations::v1::{FailureSelection, Job, JobKind, JobState};

use super::style::{Mood, paint};
use super::{bidi, one_field, parked, say, table, when, words};

/// Jobs, one line for each, with headings.
pub(crate) fn list(jobs: &[Job], zone: &TimeZone, locale: Locale) -> Vec<String> {
    let titles = [
        ("العمل", "WORK"),
        ("الحالة", "STATE"),
        ("أُنجز", "DONE"),
        ("توقفت ثانية", "PARKED AGAIN"),
        ("تُجووزت", "PASSED OVER"),
        ("جارية", "IN HAND"),
        ("توقفت بعده", "NEW SINCE"),
        ("المشغِّل", "BY"),
        ("بدأ", "BEGAN"),
        ("الاسم", "NAME"),
    ];
    let mut rows = vec![titles.map(|(ar, en)| (say(locale, ar, en).to_owned(), Mood::Heading)).to_vec()];
    for job in jobs {
        let plain = |text: &str| (bidi::isolate(text, locale), Mood::Plain);
        let bad = |count: i64, mood: Mood| {
            (bidi::isolate(&count.to_string(), locale), if count > 0 { mood } else { Mood::Plain })
        };
        rows.push(vec![
            (kind(job, locale).to_owned(), Mood::Plain),
            state(job, locale),
            plain(&format!("{}/{}", job.done_count, job.total_count)),
            bad(job.failed_count, Mood::Bad),
            bad(job.passed_over_count, Mood::Waiting),
            plain(&job.in_hand_count.to_string()),
            bad(job.arrived_count, Mood::Waiting),
            plain(&job.operator),
            plain(&when::local(job.create_time.as_ref(), zone)),
            (bidi::isolate(&job.name, locale), Mood::Quiet),
        ]);
    }
    table(&rows, locale)
}

/// One job with everything there is to know.
pub(crate) fn human(job: &Job, zone: &TimeZone, locale: Locale) -> Vec<String> {
    let text = |text: &str| bidi::isolate(text, locale);
    let (state, mood) = state(job, locale);
    let mut head = vec![paint(&state, mood), kind(job, locale).to_owned()];
    // A job that was only tried out has no name.
    head.extend((!job.name.is_empty()).then(|| paint(&text(&job.name), Mood::Quiet)));
    let began = text(&when::local(job.create_time.as_ref(), zone));
    let took = when::between(job.create_time.as_ref(), job.end_time.as_ref());
    let began = match took {
        Some(took) => {
            format!("{began}{} {} {}", say(locale, "،", ","), say(locale, "واستغرق", "took"), when::span(took, locale))
        }
        None => began,
    };
    let by = format!("{} {}", text(&job.operator), words::quoted(&text(&job.reason), locale));
    let rows = [
        (("الخطوات", "legs"), counts(job, locale)),
        (("أيّها", "which"), selection(job.selection.as_ref(), zone, locale)),
        (("الوتيرة", "pace"), pace(job, locale)),
        (("المشغِّل", "by"), by.trim_end().to_owned()),
        (("بدأ", "began"), began),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|((ar, en), value)| vec![(format!("  {}", say(locale, ar, en)), Mood::Quiet), (value, Mood::Plain)])
        .collect();
    let mut lines = vec![bidi::line(&head.join(" · "), locale)];
    lines.extend(table(&rows, locale));
    if job.arrived_count > 0 {
        let words = say(
            locale,
            "توقفت خطوات أخرى بعد بدء العمل، وليست منه:",
            "more were parked since it began, and are not part of it:",
        );
        let line = format!("  {words} {}", parked::legs_counted(job.arrived_count, locale));
        lines.push(bidi::line(&paint(&line, Mood::Waiting), locale));
    }
    lines
}

/// Where it stands, so that a back end that goes on failing is never taken for a job well done.
pub(crate) fn state(job: &Job, locale: Locale) -> (String, Mood) {
    let (word, mood) = match (job.state(), job.end_time.is_some()) {
        // It was only asked what it would be.
        (JobState::Running, _) if job.name.is_empty() => (say(locale, "لم يبدأ", "Not begun"), Mood::Quiet),
        (JobState::Running, _) if job.failed_count > 0 => {
            (say(locale, "جارٍ، وخطوات تتوقف ثانية", "Running, legs park again"), Mood::Bad)
        }
        (JobState::Running, _) => (say(locale, "جارٍ", "Running"), Mood::Busy),
        (JobState::Cancelled, false) => (say(locale, "أُلغي، وما بدأ يُكمَل", "Cancelled, finishing"), Mood::Waiting),
        (JobState::Cancelled, true) => (say(locale, "أُلغي", "Cancelled"), Mood::Waiting),
        (JobState::Done, _) if job.failed_count > 0 => {
            (say(locale, "انتهى، وفيه ما توقف ثانية", "Ended with failures"), Mood::Bad)
        }
        (JobState::Done, _) if job.passed_over_count > 0 => {
            (say(locale, "انتهى، وفيه ما تُجووز", "Ended, some passed over"), Mood::Waiting)
        }
        (JobState::Done, _) => (say(locale, "تمّ", "Done"), Mood::Good),
        (JobState::Unspecified, _) => ("–", Mood::Plain),
    };
    (word.to_owned(), mood)
}

/// What it does, as a noun.
pub(crate) fn kind(job: &Job, locale: Locale) -> &'static str {
    match job.kind() {
        JobKind::Redrive => say(locale, "إعادة محاولة", "redrive"),
        JobKind::Discard => say(locale, "صرف نظر", "discard"),
        JobKind::Unspecified => "–",
    }
}

/// All of them, and what became of them; what there is none of is left out.
fn counts(job: &Job, locale: Locale) -> String {
    let number = |count: i64| bidi::isolate(&count.to_string(), locale);
    let left = job.total_count - job.done_count - job.failed_count - job.passed_over_count - job.in_hand_count;
    let parts = [
        (job.done_count, ("أُنجزت", "done"), Mood::Good),
        (job.failed_count, ("توقفت ثانية", "parked again"), Mood::Bad),
        (job.passed_over_count, ("تُجووزت", "passed over"), Mood::Waiting),
        (job.in_hand_count, ("جارية", "in hand"), Mood::Busy),
        (left, ("باقية", "left"), Mood::Plain),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0).map(|(count, (ar, en), mood)| {
        let word = say(locale, ar, en);
        paint(&if locale == Locale::Ar { format!("{word} {}", number(count)) } else { format!("{count} {word}") }, mood)
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return number(job.total_count);
    }
    format!("{}: {}", number(job.total_count), parts.join(say(locale, "، ", ", ")))
}

fn pace(job: &Job, locale: Locale) -> String {
    let number = |count: i32| bidi::isolate(&count.to_string(), locale);
    let at_once = format!("{} {}", say(locale, "في آن واحد على الأكثر:", "at most at once:"), number(job.concurrency));
    if job.per_second == 0 {
        return at_once;
    }
    let second = say(locale, "في الثانية:", "in a second:");
    format!("{at_once}{} {second} {}", say(locale, "،", ","), number(job.per_second))
}

/// Which legs, by the names of the flags that select them.
pub(crate) fn selection(selection: Option<&FailureSelection>, zone: &TimeZone, locale: Locale) -> String {
    let given = selection.cloned().unwrap_or_default();
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let moment = |time: Option<&prost_types::Timestamp>| known(&when::local(time, zone));
    let parts = [
        (("الجهة", "department"), known(words::id_of(&given.department))),
        (("العملية", "operation"), known(&given.operation)),
        (("السبب", "reason"), known(&given.reason)),
        (("الموصِّل", "adapter"), given.adapter_version.map(|given| known(&given).unwrap_or_else(|| "–".to_owned()))),
        (("المعاملة", "transaction"), known(&given.transaction)),
        (("منذ", "since"), moment(given.since_time.as_ref())),
        (("قبل", "before"), moment(given.before_time.as_ref())),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|((ar, en), value)| Some(format!("{} {}", say(locale, ar, en), bidi::isolate(&value?, locale))))
        .collect();
    if parts.is_empty() {
        return say(locale, "كل ما هو متوقف", "all that was parked").to_owned();
    }
    parts.join(say(locale, "، ", ", "))
}

/// A job for simple scripts: name, kind, state, total, done, parked again, passed over, in hand, new since, began, ended,
/// operator, reason.
pub(crate) fn plain(job: &Job) -> String {
    [
        job.name.clone(),
        job.kind().as_str_name().trim_start_matches("JOB_KIND_").to_owned(),
        job.state().as_str_name().trim_start_matches("JOB_STATE_").to_owned(),
        job.total_count.to_string(),
        job.done_count.to_string(),
        job.failed_count.to_string(),
        job.passed_over_count.to_string(),
        job.in_hand_count.to_string(),
        job.arrived_count.to_string(),
        when::exact(job.create_time.as_ref()),
        when::exact(job.end_time.as_ref()),
        job.operator.clone(),
        job.reason.clone(),
    ]
    .map(|value| one_field(&value))
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{at, job, shown};

    fn dubai() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(4))
    }

    #[test]
    fn a_back_end_that_goes_on_failing_is_not_hidden() {
        let moods = |job: &Job| state(job, Locale::En);
        let running = job();
        assert_eq!(moods(&running), ("Running, legs park again".to_owned(), Mood::Bad));
        assert_eq!(moods(&Job { name: String::new(), ..job() }).0, "Not begun");
        let done = Job { state: JobState::Done.into(), end_time: at(9_000), ..job() };
        assert_eq!(moods(&done), ("Ended with failures".to_owned(), Mood::Bad));
        let passed = Job { failed_count: 0, passed_over_count: 1, ..done.clone() };
        assert_eq!(moods(&passed).1, Mood::Waiting);
        assert_eq!(moods(&Job { failed_count: 0, ..done.clone() }), ("Done".to_owned(), Mood::Good));
        let cancelled = Job { state: JobState::Cancelled.into(), ..job() };
        assert_eq!(moods(&cancelled).0, "Cancelled, finishing");
        assert_eq!(moods(&Job { end_time: at(9_000), ..cancelled }).0, "Cancelled");
        for state_of in [&running, &done, &passed] {
            assert!(state(state_of, Locale::Ar).0.chars().any(|c| ('\u{0600}'..='\u{06ff}').contains(&c)));
        }
    }

    #[test]
    fn a_job_says_what_became_of_every_leg_and_what_came_since() {
        let ended = Job {
            state: JobState::Done.into(),
            done_count: 10,
            in_hand_count: 0,
            end_time: at(12_345),
            arrived_count: 3,
            ..job()
        };
        let lines: Vec<String> = human(&ended, &dubai(), Locale::En).iter().map(|line| shown(line)).collect();
        assert_eq!(
            lines,
            [
                "Ended with failures · redrive · jobs/0f8fad5b-d9cb-469f-a165-70867728950e",
                "  legs   12: 10 done, 2 parked again",
                "  which  department municipality, reason BC-502",
                "  pace   at most at once: 2, in a second: 5",
                "  by     m.rashid “their schema is back”",
                "  began  2026-01-01 04:00:00, took 12.345 s",
                "  more were parked since it began, and are not part of it: 3 legs",
            ]
        );
        let running: Vec<String> = human(&job(), &dubai(), Locale::Ar).iter().map(|line| shown(line)).collect();
        assert!(running[1].contains("أُنجزت \u{2066}4\u{2069}، توقفت ثانية \u{2066}2\u{2069}"), "{running:#?}");
        assert_eq!(selection(None, &dubai(), Locale::En), "all that was parked");
        let unknown = FailureSelection { adapter_version: Some(String::new()), ..FailureSelection::default() };
        assert_eq!(selection(Some(&unknown), &dubai(), Locale::En), "adapter –");
    }

    #[test]
    fn lists_and_fields_line_up() {
        let lines: Vec<String> = list(&[job()], &dubai(), Locale::En).iter().map(|line| shown(line)).collect();
        assert!(lines[1].starts_with("redrive  Running, legs park again  4/12  2             0            2        0"));
        assert_eq!(plain(&job()).split('\t').count(), 13);
        assert!(plain(&job()).contains("\tREDRIVE\tRUNNING\t12\t4\t2\t0\t2\t0\t"), "{}", plain(&job()));
    }
}
