//! One event on one line: when, who, what moved, why, and what was said about it.

use std::collections::BTreeMap;

use jisr_core::text::Locale;
use jisr_proto::v1;
use unicode_width::UnicodeWidthStr as _;

use super::style::{Mood, paint};
use super::{bidi, say, when, words};

/// What departments are called, by their resource names. What is not in it is shown by its id.
pub(crate) type Titles = BTreeMap<String, Vec<v1::LocalizedText>>;

/// Widths of the columns that come before texts of any length.
const WHEN: usize = 12;
const WHO: usize = 22;

/// The department's name in the reader's language.
pub(crate) fn department(name: &str, titles: &Titles, locale: Locale) -> String {
    let title = titles.get(name).map(|title| words::pick(title, locale)).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| bidi::isolate(words::id_of(name), locale))
}

/// The event for people. `start` is when the first one happened.
pub(crate) fn human(
    event: &v1::Event,
    start: Option<&prost_types::Timestamp>,
    titles: &Titles,
    locale: Locale,
) -> String {
    let after = when::between(start, event.time.as_ref()).map(|span| match locale {
        Locale::Ar => format!("بعد {}", when::span(span, locale)),
        Locale::En => format!("+{}", when::span(span, locale)),
    });
    let after = after.unwrap_or_default();
    let who = who(event.actor.as_ref(), titles, locale);
    let mut line = format!("{}{after}  {who}{}  {}", gap(&after, WHEN), gap(&who, WHO), what(event, locale));
    if event.attempt > 1 {
        let word = say(locale, "المحاولة", "attempt");
        line.push_str(&format!(" ({word} {})", bidi::isolate(&event.attempt.to_string(), locale)));
    }
    if !event.reason.is_empty() {
        line.push_str("  ");
        line.push_str(&paint(&bidi::isolate(&event.reason, locale), Mood::Quiet));
    }
    let note = words::pick(&event.note, locale);
    if !note.is_empty() {
        line.push_str(&format!("  {}", words::quoted(&note, locale)));
    }
    bidi::line(&line, locale)
}

fn gap(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

fn who(actor: Option<&v1::Actor>, titles: &Titles, locale: Locale) -> String {
    let Some(actor) = actor else { return String::new() };
    let id = bidi::isolate(words::id_of(&actor.id), locale);
    match actor.kind() {
        v1::ActorKind::Client => format!("{} {id}", say(locale, "الواجهة", "front end")),
        v1::ActorKind::Operator => format!("{} {id}", say(locale, "المشغِّل", "operator")),
        v1::ActorKind::Department => {
            let name = format!("departments/{}", words::id_of(&actor.id));
            department(&name, titles, locale)
        }
        v1::ActorKind::System => say(locale, "جسر", "Jisr").to_owned(),
        v1::ActorKind::Unspecified => id,
    }
}

fn what(event: &v1::Event, locale: Locale) -> String {
    let state = if event.leg.is_empty() { words::transaction_state } else { words::leg_state };
    let subject = match event.leg.as_str() {
        "" => say(locale, "المعاملة", "application").to_owned(),
        leg => bidi::isolate(leg, locale),
    };
    let (to, mood) = state(&event.to, locale);
    let to = paint(&to, mood);
    if event.from.is_empty() || event.from == event.to {
        return format!("{subject}: {to}");
    }
    // The arrow points the way one reads.
    let arrow = say(locale, "←", "→");
    format!("{subject}: {} {arrow} {to}", state(&event.from, locale).0)
}

/// The event for simple scripts: sequence, time, kind of actor, actor, leg, from, to, attempt, reason, note.
pub(crate) fn plain(event: &v1::Event, locale: Locale) -> String {
    let actor = event.actor.as_ref();
    let kind = actor.map_or("", |actor| actor.kind().as_str_name().trim_start_matches("ACTOR_KIND_"));
    let note = jisr_proto::convert::text_from(&event.note);
    [
        event.sequence.to_string(),
        when::exact(event.time.as_ref()),
        kind.to_owned(),
        actor.map(|actor| actor.id.clone()).unwrap_or_default(),
        event.leg.clone(),
        event.from.clone(),
        event.to.clone(),
        event.attempt.to_string(),
        event.reason.clone(),
        note.in_locale(locale).to_owned(),
    ]
    .map(|value| super::one_field(&value))
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{events, shown, titles};

    #[test]
    fn the_timeline_reads_right_in_english() {
        let events = events();
        let start = events[0].time;
        let lines: Vec<String> =
            events.iter().map(|event| shown(&human(event, start.as_ref(), &titles(), Locale::En))).collect();
        assert_eq!(
            lines,
            [
                "       +0 ms  front end al-twar-7     application: Submitted",
                "       +4 ms  Jisr                    application: Submitted → Accepted",
                "      +12 ms  Jisr                    site-noc: Failed → Sent (attempt 2)  RETRIED",
                "    +1.250 s  Dubai Municipality      site-noc: Sent → Done (attempt 2)  “Certificate issued”",
                " +2 min 05 s  operator m.rashid       application: Processing",
            ]
        );
    }

    #[test]
    fn the_timeline_reads_right_in_arabic() {
        let events = events();
        let start = events[0].time;
        let line = |at: usize| shown(&human(&events[at], start.as_ref(), &titles(), Locale::Ar));
        assert_eq!(
            line(0),
            "\u{200f}   بعد \u{2066}0\u{2069} م.ث  الواجهة \u{2066}al-twar-7\u{2069}       المعاملة: مُستلَمة"
        );
        assert_eq!(
            line(2),
            "\u{200f}  بعد \u{2066}12\u{2069} م.ث  جسر                     \u{2066}site-noc\u{2069}: عطل فني ← أُرسلت \
             (المحاولة \u{2066}2\u{2069})  \u{2066}RETRIED\u{2069}"
        );
        assert_eq!(
            line(3),
            "\u{200f} بعد \u{2066}1.250\u{2069} ث  \u{2067}بلدية دبي\u{2069}               \u{2066}site-noc\u{2069}: \
             أُرسلت ← أُنجزت (المحاولة \u{2066}2\u{2069})  «\u{2067}صدرت الشهادة\u{2069}»"
        );
    }

    #[test]
    fn plain_events_have_ten_fields_whatever_they_hold() {
        for event in events() {
            assert_eq!(plain(&event, Locale::En).split('\t').count(), 10);
        }
        let mut event = events().remove(3);
        event.note[1].text = "two\tfields\nand lines".to_owned();
        assert_eq!(
            plain(&event, Locale::En),
            "4\t2026-01-01T00:00:01.250000Z\tDEPARTMENT\tmunicipality\tsite-noc\tDISPATCHED\tSUCCEEDED\t2\t\ttwo fields and lines"
        );
    }
}
