//! Colour, by what a thing means and not by what it is called.

use clap::builder::styling::{AnsiColor, Style};

/// What a text tells, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Ended well.
    Good,
    /// Under way.
    Busy,
    /// Someone has to do something, or the answer was no. Never the colour of a technical fault.
    Waiting,
    /// A technical fault.
    Bad,
    /// A heading.
    Heading,
    /// Worth little attention.
    Quiet,
    /// Ordinary text.
    Plain,
}

/// The text in the colour of its mood; a stream that is no terminal takes the colour out again.
pub(crate) fn paint(text: &str, mood: Mood) -> String {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    let style = match mood {
        Mood::Good => colour(AnsiColor::Green),
        Mood::Busy => colour(AnsiColor::Cyan),
        Mood::Waiting => colour(AnsiColor::Yellow),
        Mood::Bad => colour(AnsiColor::Red).bold(),
        Mood::Heading => Style::new().bold(),
        Mood::Quiet => Style::new().dimmed(),
        Mood::Plain => return text.to_owned(),
    };
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}
