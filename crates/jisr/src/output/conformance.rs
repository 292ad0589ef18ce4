//! What an examination found, for people and simple scripts.

use jisr_conform::{Finding, Outcome, Report};
use jisr_core::text::Locale;

use super::style::{Mood, paint};
use super::{bidi, one_field, say};

/// One finding on one line, and beneath it what is wrong.
pub(crate) fn line(finding: &Finding, locale: Locale) -> String {
    let (mark, mood) = match &finding.outcome {
        Outcome::Passed => ("✓", Mood::Good),
        Outcome::Failed(_) => ("✗", Mood::Bad),
        Outcome::NotAsked(_) => ("?", Mood::Waiting),
    };
    let title = say(locale, finding.check.ar, finding.check.en);
    let about = if finding.about.is_empty() {
        String::new()
    } else {
        format!(" {}", paint(&bidi::isolate(&format!("[{}]", finding.about), locale), Mood::Quiet))
    };
    let first = bidi::line(&format!("{} {title}{about}", paint(mark, mood)), locale);
    match &finding.outcome {
        Outcome::Passed => first,
        Outcome::Failed(why) | Outcome::NotAsked(why) => {
            let lines: Vec<String> = why.lines().map(|line| format!("    {}", bidi::isolate(line, locale))).collect();
            format!("{first}\n{}", lines.join("\n"))
        }
    }
}

/// One line: outcome, check, what it is about, what is wrong.
pub(crate) fn plain(finding: &Finding) -> String {
    let (outcome, detail) = match &finding.outcome {
        Outcome::Passed => ("passed", ""),
        Outcome::Failed(why) => ("failed", why.as_str()),
        Outcome::NotAsked(why) => ("not-asked", why.as_str()),
    };
    [outcome, finding.check.name, &finding.about, detail].map(one_field).join("\t")
}

/// How it ended.
pub(crate) fn summary(report: &Report, locale: Locale) -> Vec<String> {
    let count =
        |wanted: fn(&Outcome) -> bool| report.findings.iter().filter(|finding| wanted(&finding.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let not_asked = count(|outcome| matches!(outcome, Outcome::NotAsked(_)));
    let (word, mood) = if report.passed() {
        (say(locale, "مطابق", "conforms"), Mood::Good)
    } else {
        (say(locale, "غير مطابق", "does not conform"), Mood::Bad)
    };
    let verdict = report.verdict();
    let name = bidi::isolate(&format!("{} {}", report.department, verdict.adapter_version), locale);
    let counts = match locale {
        Locale::Ar => format!("الفحوص {}، الفاشلة {failed}، غير المجراة {not_asked}", report.findings.len()),
        Locale::En => format!("{} checks, {failed} failed, {not_asked} not asked", report.findings.len()),
    };
    vec![String::new(), bidi::line(&format!("{name}: {} ({counts})", paint(word, mood)), locale)]
}

#[cfg(test)]
mod tests {
    use jisr_conform::CHECKS;

    use super::*;

    #[test]
    fn a_finding_says_what_was_asked_and_what_is_wrong() {
        let check = CHECKS.iter().find(|check| check.name == "fence").copied().unwrap();
        let finding = |outcome| Finding { check, about: "card".to_owned(), outcome };
        let plainly = |text: &str| anstream::adapter::strip_str(text).to_string();
        let shown = plainly(&line(&finding(Outcome::Failed("answered SUCCEEDED".to_owned())), Locale::En));
        assert_eq!(shown, "✗ nothing is begun after the fence: EXPIRED [card]\n    answered SUCCEEDED");
        let shown = plainly(&line(&finding(Outcome::Passed), Locale::Ar));
        assert!(shown.contains("بعد الموعد الأخير لا يبدأ شيء"), "{shown}");
        assert_eq!(plain(&finding(Outcome::NotAsked("a\tb".to_owned()))), "not-asked\tfence\tcard\ta b");
    }
}
