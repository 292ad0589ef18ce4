//! The inspection system's messages as text: the grammar, written and read strictly. Pure.
//!
//! ```text
//! message = "CDI/1" SP verb EOL *( key "=" value EOL ) "END=" lines [EOL]
//! verb    = "INSPECT" / "STATUS" / "WITHDRAW"          ; ours
//!         / "DECISION" / "ANSWER"                      ; theirs
//! key     = 1*16( A-Z / "_" )                          ; each at most once, never END
//! value   = *1000( any character but a control )
//! lines   = 1*DIGIT                                    ; lines before this one, the first included: a cut message shows
//! EOL     = CR LF / LF                                 ; CR LF is written, both are read
//! ```

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// The system's clock: Dubai, no summer time.
pub const DUBAI: Offset = Offset::constant(4);
/// The first word of every message.
const EDITION: &str = "CDI/1";
/// The most lines that are read.
const MAX_LINES: usize = 64;
/// The longest value that is read, in characters.
const MAX_VALUE: usize = 1_000;
const MAX_KEY: usize = 16;

/// An inspection as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Our reference.
    pub reference: String,
    /// When the customer applied, local time.
    pub date: DateTime,
    /// Name of the organisation, in Arabic.
    pub name_ar: String,
    /// Name of the organisation, in English; may be empty.
    pub name_en: String,
    /// Telephone number.
    pub phone: String,
    /// Where, in words; may be empty if there is a parcel.
    pub address: String,
    /// Plot number of the land register; may be empty.
    pub parcel: String,
    /// Code of the use.
    pub usage: &'static str,
    /// Square metres, a decimal text.
    pub area: String,
    /// Storeys.
    pub storeys: u8,
    /// Whom the inspector should call; may be empty.
    pub contact: String,
}

/// What the inspection system says about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Our reference, as it was given to it.
    pub reference: String,
    /// How the case stands.
    pub state: State,
    /// Its own number; empty for a case it does not know.
    pub case_no: String,
    /// When that was decided, local time.
    pub date: Option<DateTime>,
    /// When an inspector visits, local time.
    pub visit: Option<DateTime>,
    /// Number of the certificate.
    pub certificate: String,
    /// Last day of the certificate.
    pub valid_to: Option<Date>,
    /// Code of a refusal or an error.
    pub code: String,
    /// Its words in Arabic.
    pub text_ar: String,
    /// Its words in English.
    pub text_en: String,
    /// Keys of INSPECT that it wants completed.
    pub ask: Vec<String>,
}

/// How a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It knows nothing under our reference.
    Unknown,
    /// Taken, not decided.
    Open,
    /// The premises meet the rules.
    Passed,
    /// They do not.
    Failed,
    /// The customer has to add something.
    More,
    /// Withdrawn.
    Withdrawn,
    /// The message was no good; somebody has to see to it.
    Error,
}

impl State {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "UNKNOWN" => Self::Unknown,
            "OPEN" => Self::Open,
            "PASSED" => Self::Passed,
            "FAILED" => Self::Failed,
            "MORE" => Self::More,
            "WITHDRAWN" => Self::Withdrawn,
            "ERROR" => Self::Error,
            _ => return None,
        })
    }
}

/// `INSPECT`.
#[must_use]
pub fn inspect(application: &Application) -> String {
    write(
        "INSPECT",
        &[
            ("REF", &application.reference),
            ("DATE", &local(application.date)),
            ("NAME_AR", &application.name_ar),
            ("NAME_EN", &application.name_en),
            ("PHONE", &application.phone),
            ("ADDRESS", &application.address),
            ("PARCEL", &application.parcel),
            ("USE", application.usage),
            ("AREA", &application.area),
            ("STOREYS", &application.storeys.to_string()),
            ("CONTACT", &application.contact),
        ],
    )
}

/// `STATUS`: asks for the case under our reference.
#[must_use]
pub fn status(reference: &str) -> String {
    write("STATUS", &[("REF", reference)])
}

/// `WITHDRAW`.
#[must_use]
pub fn withdraw(reference: &str, reason: &str) -> String {
    write("WITHDRAW", &[("REF", reference), ("REASON", reason)])
}

/// Reads a `DECISION` or an `ANSWER`, as `verb` says.
///
/// # Errors
/// Why it is none; quotes nothing from it.
pub fn report(text: &str, verb: &str) -> Result<Report, String> {
    let fields = read(text, verb)?;
    let value = |key: &str| fields.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| *value);
    let moment = |key: &str| match value(key) {
        "" => Ok(None),
        text => text.parse::<DateTime>().map(Some).map_err(|_| format!("{key} is no time")),
    };
    let reference = value("REF").to_owned();
    if reference.is_empty() {
        return Err("REF is missing".to_owned());
    }
    Ok(Report {
        reference,
        state: State::of(value("STATE")).ok_or("STATE is missing or none that is known")?,
        case_no: value("CASE").to_owned(),
        date: moment("DATE")?,
        visit: moment("VISIT")?,
        certificate: value("CERT").to_owned(),
        valid_to: match value("VALID_TO") {
            "" => None,
            text => Some(text.parse().map_err(|_| "VALID_TO is no date")?),
        },
        code: value("CODE").to_owned(),
        text_ar: value("TEXT_AR").to_owned(),
        text_en: value("TEXT_EN").to_owned(),
        ask: value("ASK").split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect(),
    })
}

fn local(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

fn write(verb: &str, fields: &[(&str, &str)]) -> String {
    let mut text = format!("{EDITION} {verb}\r\n");
    let mut lines = 1;
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{key}={value}\r\n");
        lines += 1;
    }
    let _ = write!(text, "END={lines}\r\n");
    text
}

fn read<'a>(text: &'a str, verb: &str) -> Result<Vec<(&'a str, &'a str)>, String> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if first.strip_prefix(EDITION).map(str::trim) != Some(verb) {
        return Err(format!("it does not begin with {EDITION} {verb}"));
    }
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for line in lines.by_ref().take(MAX_LINES) {
        let number = fields.len() + 2;
        let (key, value) = line.split_once('=').ok_or_else(|| format!("line {number} is no KEY=value"))?;
        if key == "END" {
            let counted = value.parse() == Ok(fields.len() + 1);
            return match lines.next() {
                _ if !counted => Err("END counts other lines than there are".to_owned()),
                Some(_) => Err("something follows END".to_owned()),
                None => Ok(fields),
            };
        }
        let plain = key.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if key.is_empty() || key.len() > MAX_KEY || !plain {
            return Err(format!("line {number} has no key that can be one"));
        }
        if value.chars().count() > MAX_VALUE || value.chars().any(char::is_control) {
            return Err(format!("{key} is too long, or holds a control character"));
        }
        if fields.iter().any(|(known, _)| *known == key) {
            return Err(format!("{key} is there twice"));
        }
        fields.push((key, value));
    }
    Err("it has no END: it was cut".to_owned())
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
