//! The files' records as agreed with the authority: layouts, our batches, their results. Pure.

use jiff::civil::DateTime;
use jiff::tz::{self, Offset};
use jisr_adapter::connectors::charset::CodePage;
use jisr_adapter::connectors::files::fixed::{Field, FieldError, FileError, FileLayout, Form, Layout, Record};

/// Times in the files are local time in Dubai, without a zone.
pub const DUBAI: Offset = tz::offset(4);
/// More records than any file of theirs holds.
const MAX_RECORDS: usize = 200_000;
const LENGTH: usize = 300;

const fn text(name: &'static str, offset: usize, length: usize) -> Field {
    Field { name, offset, length, form: Form::Text }
}

const fn number(name: &'static str, offset: usize, length: usize) -> Field {
    Field { name, offset, length, form: Form::Number }
}

const fn constant(name: &'static str, offset: usize, text: &'static str) -> Field {
    Field { name, offset, length: text.len(), form: Form::Constant(text) }
}

/// Checked by the compiler.
const fn layout(fields: &'static [Field]) -> Layout {
    match Layout::new(CodePage::WINDOWS_1256, LENGTH, fields) {
        Ok(layout) => layout,
        Err(_) => panic!("the layout contradicts itself"),
    }
}

/// A batch: what we ask for.
pub const BATCH: FileLayout = FileLayout {
    header: layout(&[
        constant("kind", 0, "H"),
        constant("interface", 1, "JISRCIS1"),
        text("batch", 9, 24),
        number("created", 33, 14),
        number("sequence", 47, 13),
    ]),
    detail: layout(&[
        constant("kind", 0, "D"),
        number("number", 1, 6),
        text("reference", 7, 44),
        text("operation", 51, 2),
        text("name_ar", 53, 80),
        text("name_en", 133, 80),
        number("emirates_id", 213, 15),
        text("licence", 228, 20),
        number("premises", 248, 9),
        number("account", 257, 10),
        number("date", 267, 8),
        number("load", 275, 6),
        text("language", 281, 1),
        number("submitted", 282, 14),
    ]),
    trailer: layout(&[constant("kind", 0, "T"), number("count", 1, 6), number("total", 7, 15)]),
    count: "count",
    max_records: MAX_RECORDS,
};

/// A result: what was decided about each record of a batch.
pub const RESULT: FileLayout = FileLayout {
    header: layout(&[
        constant("kind", 0, "R"),
        constant("interface", 1, "CISJISR1"),
        text("batch", 9, 24),
        number("run", 33, 14),
    ]),
    detail: layout(&[
        constant("kind", 0, "A"),
        number("number", 1, 6),
        text("reference", 7, 44),
        text("status", 51, 1),
        text("code", 52, 4),
        number("account", 56, 10),
        number("order", 66, 10),
        number("date", 76, 8),
        text("text_ar", 84, 100),
        text("text_en", 184, 100),
    ]),
    trailer: layout(&[
        constant("kind", 0, "Z"),
        number("count", 1, 6),
        number("accepted", 7, 6),
        number("rejected", 13, 6),
    ]),
    count: "count",
    max_records: MAX_RECORDS,
};

/// One record of a batch: fields as they will stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Our reference.
    pub reference: String,
    /// `SC` or `AT`.
    pub operation: &'static str,
    /// The customer's names.
    pub name_ar: String,
    /// The same in English; may be empty.
    pub name_en: String,
    /// 15 digits; empty for an organisation.
    pub emirates_id: String,
    /// The trade licence of an organisation.
    pub licence: String,
    /// 9 digits.
    pub premises: String,
    /// 10 digits; empty for a new connection.
    pub account: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// Kilowatts; empty if it is not stated.
    pub load: String,
    /// `A` or `E`.
    pub language: &'static str,
    /// `YYYYMMDDHHMMSS`, local time.
    pub submitted: String,
}

impl Application {
    /// Its record, as the given one of its batch.
    ///
    /// # Errors
    /// [`FieldError`], naming the field of the layout.
    pub fn record(&self, number: usize) -> Result<Vec<u8>, FieldError> {
        BATCH.detail.write(&[
            ("number", &number.to_string()),
            ("reference", &self.reference),
            ("operation", self.operation),
            ("name_ar", &self.name_ar),
            ("name_en", &self.name_en),
            ("emirates_id", &self.emirates_id),
            ("licence", &self.licence),
            ("premises", &self.premises),
            ("account", &self.account),
            ("date", &self.date),
            ("load", &self.load),
            ("language", self.language),
            ("submitted", &self.submitted),
        ])
    }
}

/// A whole batch.
///
/// # Errors
/// [`FieldError`]; what a mapping made can be written.
pub fn batch<'a>(
    name: &str,
    sequence: u64,
    created: DateTime,
    applications: impl Iterator<Item = &'a Application>,
) -> Result<Vec<u8>, FieldError> {
    let (mut details, mut total) = (Vec::new(), 0_u64);
    for (place, application) in applications.enumerate() {
        details.push(application.record(place + 1)?);
        total += application.premises.parse::<u64>().unwrap_or_default();
    }
    let header =
        BATCH.header.write(&[("batch", name), ("created", &stamp(created)), ("sequence", &sequence.to_string())])?;
    let trailer = BATCH.trailer.write(&[("count", &details.len().to_string()), ("total", &total.to_string())])?;
    Ok(BATCH.write(&header, &details, &trailer))
}

/// Our references in a batch of ours.
///
/// # Errors
/// [`FileError`]; one record that cannot be read makes the whole useless.
pub fn references(file: &[u8]) -> Result<Vec<String>, FileError> {
    let read = BATCH.read(file)?;
    let reference = |record: &Result<Record, _>| match record {
        Ok(record) => Ok(Record::get(record, "reference").to_owned()),
        Err(error) => {
            Err(FileError::Frame("detail", jisr_adapter::connectors::files::fixed::RecordError::clone(error)))
        }
    };
    read.details.iter().map(reference).collect()
}

/// A result file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// The batch that it answers.
    pub batch: String,
    /// When it was worked through, local time.
    pub run: Option<DateTime>,
    /// What was decided, record by record.
    pub decisions: Vec<Decision>,
    /// What is wrong with records that cannot be read.
    pub unreadable: Vec<String>,
}

/// What was decided about one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Our reference.
    pub reference: String,
    /// Whether it was carried out.
    pub accepted: bool,
    /// Why not.
    pub code: String,
    /// The account; nothing if there is none.
    pub account: Option<String>,
    /// The work order; nothing if there is none.
    pub order: Option<String>,
    /// `YYYYMMDD`; nothing if there is none.
    pub date: Option<String>,
    /// Their words in Arabic.
    pub text_ar: String,
    /// Their words in English.
    pub text_en: String,
}

/// Takes a result file apart.
///
/// # Errors
/// [`FileError`]: half a file, another layout, another code page.
pub fn results(file: &[u8]) -> Result<Results, FileError> {
    let read = RESULT.read(file)?;
    let mut results = Results {
        batch: read.header.get("batch").to_owned(),
        run: DateTime::strptime("%Y%m%d%H%M%S", read.header.get("run")).ok(),
        decisions: Vec::with_capacity(read.details.len()),
        unreadable: Vec::new(),
    };
    for (place, record) in read.details.iter().enumerate() {
        match record.as_ref().map_err(ToString::to_string).and_then(decision) {
            Ok(decision) => results.decisions.push(decision),
            Err(why) => results.unreadable.push(format!("record {}: {why}", place + 1)),
        }
    }
    Ok(results)
}

fn decision(record: &Record) -> Result<Decision, String> {
    let number =
        |name| Some(record.get(name)).filter(|text| text.bytes().any(|digit| digit != b'0')).map(str::to_owned);
    let accepted = match record.get("status") {
        "A" => true,
        "R" if !record.get("code").is_empty() => false,
        _ => return Err("neither accepted nor rejected with a code".to_owned()),
    };
    Ok(Decision {
        reference: record.get("reference").to_owned(),
        accepted,
        code: record.get("code").to_owned(),
        account: number("account"),
        order: number("order"),
        date: number("date"),
        text_ar: record.get("text_ar").to_owned(),
        text_en: record.get("text_en").to_owned(),
    })
}

/// A local time as the files write it.
#[must_use]
pub fn stamp(time: DateTime) -> String {
    time.strftime("%Y%m%d%H%M%S").to_string()
}
