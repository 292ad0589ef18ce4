//! Asking a person who is there; a script is not asked, and says so on the command line.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

use crate::failure::Failure;
use crate::output::{Output, bidi};

/// Shows what it is about and reads what is typed; nothing where nobody can be asked, and then nothing is shown.
pub(super) fn typed(shown: &[impl Display], prompt: &str, output: Output) -> Result<Option<String>, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut out = anstream::stderr().lock();
    for line in shown {
        writeln!(out, "{line}")?;
    }
    write!(out, "{} ", bidi::line(prompt, output.locale))?;
    out.flush()?;
    drop(out);
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(Some(typed.trim().to_owned()))
}
