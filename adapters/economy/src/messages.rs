//! What goes to business licensing and what comes from it, in its own terms: arguments, rows, codes. Pure.

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, Offset};
use jisr_adapter::connectors::sql::{Argument, LegacyText, Row};

/// Local time of the department, which knows no summer time.
pub const DUBAI: Offset = tz::offset(4);
/// Most bytes of the department's words; one more has been let through so that too many are seen.
const WORDS_LIMIT: usize = 4_000;

/// The input of `issue_licence`. Bytes are in the department's code page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Our reference.
    pub reference: String,
    /// Who it is for.
    pub owner_name_ar: Vec<u8>,
    /// The same in English.
    pub owner_name_en: Option<Vec<u8>>,
    /// Number of the owner's identity card, passport or licence.
    pub owner_id: String,
    /// The partners' names.
    pub partners_ar: Option<Vec<u8>>,
    /// Two letters.
    pub legal_form: &'static str,
    /// The trade name.
    pub trade_name_ar: Vec<u8>,
    /// The same in English.
    pub trade_name_en: Option<Vec<u8>>,
    /// Codes, separated by commas.
    pub activities: String,
    /// Decimal text.
    pub capital: Option<String>,
    /// Ten digits.
    pub makani_no: Option<String>,
}

impl Issue {
    /// In the order of the procedure.
    #[must_use]
    pub fn arguments(&self) -> Vec<Argument> {
        vec![
            self.reference.as_str().into(),
            self.owner_name_ar.clone().into(),
            Argument::Bytes(self.owner_name_en.clone()),
            self.owner_id.as_str().into(),
            Argument::Bytes(self.partners_ar.clone()),
            self.legal_form.into(),
            self.trade_name_ar.clone().into(),
            Argument::Bytes(self.trade_name_en.clone()),
            self.activities.as_str().into(),
            Argument::Text(self.capital.clone()),
            Argument::Text(self.makani_no.clone()),
        ]
    }
}

/// The input of `renew_licence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Our reference.
    pub reference: String,
    /// Whose licence it is.
    pub holder_ar: Vec<u8>,
    /// Its number.
    pub licence_no: i64,
    /// For how long.
    pub years: i64,
}

impl Renewal {
    /// In the order of the procedure.
    #[must_use]
    pub fn arguments(&self) -> Vec<Argument> {
        vec![self.reference.as_str().into(), self.holder_ar.clone().into(), self.licence_no.into(), self.years.into()]
    }
}

/// Where an application stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 10 received, 20 under review.
    Pending,
    /// 30.
    Approved,
    /// 40.
    Refused,
    /// 50: more is needed.
    MoreNeeded,
    /// 90.
    Revoked,
}

/// What is known there of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where it stands.
    pub status: Status,
    /// Number of the licence.
    pub licence_no: Option<i64>,
    /// First day of validity.
    pub issued_on: Option<Date>,
    /// Last day of validity.
    pub expires_on: Option<Date>,
    /// The department's code.
    pub code: Option<String>,
    /// Its words.
    pub words_ar: Option<String>,
    /// Its words in English.
    pub words_en: Option<String>,
    /// When it was decided, local time in Dubai.
    pub decided_at: Option<DateTime>,
}

/// A line of the status table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, by which it is acknowledged.
    pub number: i64,
    /// The reference it is about, as it stands there.
    pub reference: Option<String>,
    /// What it says; or what is wrong with it, quoting nothing.
    pub decision: Result<Decision, String>,
}

impl Decision {
    /// Reads eight columns from `first` on.
    ///
    /// # Errors
    /// What is not as agreed, quoting nothing.
    pub fn read(row: &Row, first: usize, text: LegacyText) -> Result<Self, String> {
        let said = |error: jisr_adapter::connectors::sql::ColumnError| error.to_string();
        let column = |place: usize| row.text(first + place).map_err(said);
        let words = |place: usize, name: &str| {
            let bytes = row.bytes(first + place).map_err(said)?;
            if bytes.is_some_and(|bytes| bytes.len() > WORDS_LIMIT) {
                return Err(format!("{name} is longer than {WORDS_LIMIT} bytes"));
            }
            bytes.map(|bytes| text.decode(bytes).map_err(|error| format!("{name} {error}"))).transpose()
        };
        let status = match column(0)?.map(str::trim) {
            Some("10" | "20") => Status::Pending,
            Some("30") => Status::Approved,
            Some("40") => Status::Refused,
            Some("50") => Status::MoreNeeded,
            Some("90") => Status::Revoked,
            Some(_) => return Err("status is none that was agreed".into()),
            None => return Err("status is missing".into()),
        };
        let licence_no = row.integer(first + 1).map_err(said)?;
        if licence_no.is_some_and(|number| number <= 0) {
            return Err("licence_no is no number of a licence".into());
        }
        let decision = Self {
            status,
            licence_no,
            issued_on: column(2)?.map(|text| date(text).ok_or("issued_on is no date")).transpose()?,
            expires_on: column(3)?.map(|text| date(text).ok_or("expires_on is no date")).transpose()?,
            code: column(4)?.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()),
            words_ar: words(5, "words_ar")?,
            words_en: words(6, "words_en")?,
            decided_at: column(7)?.map(|text| time(text).ok_or("decided_at is no time")).transpose()?,
        };
        match decision.status {
            Status::Approved if decision.licence_no.is_none() || decision.expires_on.is_none() => {
                Err("it is approved, and licence_no or expires_on is missing".into())
            }
            _ => Ok(decision),
        }
    }
}

impl Line {
    /// Reads a row of the status table.
    ///
    /// # Errors
    /// There is not even a number by which it could be told from others.
    pub fn read(row: &Row, text: LegacyText) -> Result<Self, String> {
        let number = row.integer(0).map_err(|error| error.to_string())?.ok_or("status_no is missing")?;
        let reference = row.text(1).map_err(|error| error.to_string())?.map(|text| text.trim().to_owned());
        Ok(Self { number, reference, decision: Decision::read(row, 2, text) })
    }
}

/// The one column of a revocation's answer; nothing if there was nothing to revoke.
///
/// # Errors
/// What is not as agreed.
pub fn revoked_at(rows: &[Row]) -> Result<Option<DateTime>, String> {
    let text = one(rows)?.text(0).map_err(|error| error.to_string())?;
    text.map(|text| time(text).ok_or_else(|| "revoked_at is no time".to_owned())).transpose()
}

/// The only row there is.
///
/// # Errors
/// There are none, or several.
pub fn one(rows: &[Row]) -> Result<&Row, String> {
    match rows {
        [row] => Ok(row),
        rows => Err(format!("it has {} rows where one was agreed", rows.len())),
    }
}

/// `DD/MM/YYYY`, as the department keeps dates.
fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b'/',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    Date::new(text[6..].parse().ok()?, text[3..5].parse().ok()?, text[..2].parse().ok()?).ok()
}

fn time(text: &str) -> Option<DateTime> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_department_are_read_strictly() {
        assert_eq!(date("28/02/2026"), Some(jiff::civil::date(2026, 2, 28)));
        for text in ["31/02/2026", "2026-02-28", "1/2/2026", "", "٢٨/٠٢/٢٠٢٦", "28/02/20260"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
