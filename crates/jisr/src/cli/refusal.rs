//! A command line that is not carried out: help was asked for, or it is wrong.

use std::ffi::OsString;
use std::io::Write as _;

use clap::error::{ContextKind, ErrorKind};
use serde_json::json;

use crate::exit::Exit;

/// What to print instead of doing something.
#[derive(Debug)]
pub(crate) struct Refusal {
    error: clap::Error,
    json: bool,
}

impl Refusal {
    pub(super) fn new(error: clap::Error, arguments: &[OsString]) -> Self {
        // A line that cannot be read may still say in which form it wants to be told so.
        let json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
        Self { error, json }
    }

    /// Prints it: help and version as results, all else as talk.
    pub(crate) fn tell(&self) -> Exit {
        let asked_for = matches!(self.error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        // Where it cannot be printed there is nobody to tell.
        let _ = if self.json && !asked_for {
            writeln!(anstream::stderr(), "{}", self.to_json())
        } else {
            self.error.print()
        };
        if asked_for { Exit::Ok } else { Exit::Usage }
    }

    fn to_json(&self) -> serde_json::Value {
        let whole = self.error.render().to_string();
        let first = whole.lines().next().unwrap_or_default();
        let suggestion = |kind| self.error.get(kind).map(ToString::to_string);
        let suggestion = suggestion(ContextKind::SuggestedArg).or_else(|| suggestion(ContextKind::SuggestedSubcommand));
        let mut error = json!({
            "exitCode": Exit::Usage.number(),
            "message": first.strip_prefix("error: ").unwrap_or(first),
        });
        if let Some(suggestion) = suggestion {
            error["suggestion"] = suggestion.into();
        }
        json!({ "error": error })
    }
}
