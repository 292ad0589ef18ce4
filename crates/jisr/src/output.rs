//! What people and programs read: results on standard output, talk on standard error, in three forms and two languages.

pub(crate) mod bidi;
pub(crate) mod conformance;
pub(crate) mod department;
pub(crate) mod event;
pub(crate) mod failure;
pub(crate) mod job;
pub(crate) mod parked;
pub(crate) mod progress;
mod ready;
mod style;
pub(crate) mod summary;
mod table;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod transaction;
pub(crate) mod when;
pub(crate) mod words;

use std::fmt::Display;
use std::io::{self, Write as _};

use jisr_core::text::Locale;

pub(crate) use ready::demo_ready;
pub(crate) use style::{Mood, paint};
pub(crate) use table::table;

use crate::cli::Global;

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people: aligned, coloured on a terminal, in their language.
    Human,
    /// For simple scripts: values separated by tabs, codes instead of words, times in RFC 3339.
    Plain,
    /// For programs: proto3 JSON of the schema's messages. Stable.
    Json,
}

/// Where a command puts what it has to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) locale: Locale,
}

impl Output {
    /// As the options say.
    pub(crate) fn of(global: &Global) -> Self {
        if global.no_color {
            anstream::ColorChoice::Never.write_global();
        }
        let format = match (global.json, global.plain) {
            (true, _) => Format::Json,
            (_, true) => Format::Plain,
            _ => Format::Human,
        };
        Self { format, locale: global.locale() }
    }

    /// A line of the result. Colours are taken out where no terminal shows them.
    pub(crate) fn result(self, line: impl Display) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{line}")?;
        // A pipe wants each event as it happens.
        out.flush()
    }

    /// Several lines of the result.
    pub(crate) fn results<T: Display>(self, lines: impl IntoIterator<Item = T>) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    /// A line of talk, left out in JSON: there, standard error holds an error or nothing.
    pub(crate) fn talk(self, line: impl Display) -> io::Result<()> {
        if self.format == Format::Json {
            return Ok(());
        }
        writeln!(anstream::stderr(), "{line}")
    }

    /// The wording in the language of the command.
    pub(crate) fn say(self, ar: &'static str, en: &'static str) -> &'static str {
        say(self.locale, ar, en)
    }
}

/// The wording in this language.
pub(crate) const fn say(locale: Locale, ar: &'static str, en: &'static str) -> &'static str {
    match locale {
        Locale::Ar => ar,
        Locale::En => en,
    }
}

/// A value that is one field of one line, whatever it holds.
pub(crate) fn one_field(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
