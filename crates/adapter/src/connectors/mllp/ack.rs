//! Acknowledgements (HL7 v2.5.1, 2.9): original mode (AA, AE, AR) and enhanced mode (CA, CE, CR), read and written.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::charset::CharacterSet;
use super::message::{Message, Segment, Value};
use super::time::write_time;
use super::write::{Content, Writer};

/// MSA-1, HL7 table 0008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckCode {
    /// `AA`: the application has taken it.
    ApplicationAccept,
    /// `AE`: the application found an error in it, or met one.
    ApplicationError,
    /// `AR`: turned away, for reasons other than its content.
    ApplicationReject,
    /// `CA`: kept safely, to be processed.
    CommitAccept,
    /// `CE`: not kept, for a reason that lies with the receiver.
    CommitError,
    /// `CR`: not kept, for a reason that lies in the message.
    CommitReject,
}

impl AckCode {
    const ALL: [(&'static str, Self); 6] = [
        ("AA", Self::ApplicationAccept),
        ("AE", Self::ApplicationError),
        ("AR", Self::ApplicationReject),
        ("CA", Self::CommitAccept),
        ("CE", Self::CommitError),
        ("CR", Self::CommitReject),
    ];

    /// The two letters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, code)| *code == self).map_or("", |(name, _)| name)
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, code)| *code)
    }
}

/// One error that an acknowledgement names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorNote {
    /// Segment and field at fault (ERR-2): `PID` and 5. Empty and 0 where it does not say.
    pub location: (String, usize),
    /// HL7 table 0357 (ERR-3).
    pub code: String,
    /// The application's own code (ERR-5).
    pub application_code: String,
    /// For whoever uses the application (ERR-8).
    pub user_message: String,
}

/// What a system answered to a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// MSA-1.
    pub code: AckCode,
    /// MSA-2: MSH-10 of the message it answers.
    pub control_id: String,
    /// MSA-3.
    pub text: String,
    /// Each ERR; before 2.5, MSA-6 and ERR-1.
    pub errors: Vec<ErrorNote>,
    /// All of it, for answers that carry more (ORG, ORR).
    pub message: Message,
}

impl Acknowledgement {
    /// Reads an acknowledgement.
    ///
    /// # Errors
    /// What is missing; quotes nothing.
    pub fn read(message: &Message) -> Result<Self, &'static str> {
        let msa = message.first("MSA").ok_or("no MSA segment")?;
        let code = AckCode::read(&msa.field(1).text()).ok_or("MSA-1 is none of AA, AE, AR, CA, CE, CR")?;
        let mut errors: Vec<_> = message.segments().filter(|s| s.name() == "ERR").flat_map(notes).collect();
        let before = msa.field(6).text();
        if errors.is_empty() && !before.is_empty() {
            errors.push(ErrorNote { code: before, ..ErrorNote::default() });
        }
        Ok(Self { code, control_id: msa.field(2).text(), text: msa.field(3).text(), errors, message: message.clone() })
    }
}

fn notes(segment: Segment<'_>) -> Vec<ErrorNote> {
    let place = |value: Value<'_>, field: usize| {
        (value.component(1).text(), value.component(field).text().parse().unwrap_or_default())
    };
    if !segment.field(3).raw().is_empty() || !segment.field(5).raw().is_empty() {
        return vec![ErrorNote {
            location: place(segment.field(2), 3),
            code: segment.field(3).text(),
            application_code: segment.field(5).text(),
            user_message: segment.field(8).text(),
        }];
    }
    // Before 2.5: segment, sequence, field, and the code as subcomponents.
    let old = |value: Value<'_>| ErrorNote {
        location: place(value, 3),
        code: value.component(4).text(),
        user_message: value.component(4).subcomponent(2).text(),
        ..ErrorNote::default()
    };
    segment.field(1).repetitions().map(old).collect()
}

/// What is wrong with a message that came to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HL7 table 0357, code and text.
    pub code: (&'static str, &'static str),
    /// Segment and field at fault, if it is one.
    pub location: Option<(&'static str, usize)>,
    /// For whoever runs the sending system; no personal data.
    pub detail: String,
}

impl Problem {
    /// 100: a segment is missing or out of its place.
    pub const SEGMENT_SEQUENCE: (&'static str, &'static str) = ("100", "Segment sequence error");
    /// 101: a field that must be there is not.
    pub const FIELD_MISSING: (&'static str, &'static str) = ("101", "Required field missing");
    /// 102: a field is not what its type says.
    pub const DATA_TYPE: (&'static str, &'static str) = ("102", "Data type error");
    /// 103: a code that is not known.
    pub const TABLE_VALUE: (&'static str, &'static str) = ("103", "Table value not found");
    /// 200: a message that is not taken here.
    pub const MESSAGE_TYPE: (&'static str, &'static str) = ("200", "Unsupported message type");
    /// 204: a number that is not known.
    pub const UNKNOWN_KEY: (&'static str, &'static str) = ("204", "Unknown key identifier");
}

/// Writes the acknowledgement of a message, in its own separators and character set. Of a message that could not be read its
/// [`Message::header`] is enough.
#[must_use]
pub fn acknowledge(to: &Message, code: AckCode, problem: Option<&Problem>, control_id: &str) -> Vec<u8> {
    let msh = |number| to.field("MSH", number);
    let parts = |value: Value<'_>| Content::components((1..=3).map(|at| value.component(at).text()));
    // Without a name it was read as the site writes; under a name that is not known nothing but ASCII is safe.
    let label = msh(18).text();
    let charset =
        if label.is_empty() { to.charset() } else { CharacterSet::named(&label).unwrap_or(CharacterSet::ASCII) };
    let mut writer = Writer::with(*to.separators(), charset)
        .segment(
            "MSH",
            [
                (3, parts(msh(5))),
                (4, parts(msh(6))),
                (5, parts(msh(3))),
                (6, parts(msh(4))),
                (7, write_time(Timestamp::now(), Offset::UTC).into()),
                (9, Content::components(["ACK".to_owned(), msh(9).component(2).text(), "ACK".to_owned()])),
                (10, control_id.into()),
                (11, parts(msh(11))),
                (12, msh(12).text().into()),
                (18, label.as_str().into()),
            ],
        )
        .segment("MSA", [(1, code.as_str().into()), (2, msh(10).text().into())]);
    if let Some(Problem { code: (code, text), location, detail }) = problem {
        let place = location.map_or(Content::default(), |(segment, field)| {
            let field = if field == 0 { String::new() } else { field.to_string() };
            Content::components([segment.to_owned(), "1".to_owned(), field])
        });
        writer = writer.segment(
            "ERR",
            [
                (2, place),
                (3, Content::components([*code, *text, "HL70357"])),
                (4, "E".into()),
                (7, detail.as_str().into()),
            ],
        );
    }
    // What a header read in part could not show is a question mark; nothing else in it is not the sender's own.
    writer.to_bytes().unwrap_or_else(|_| {
        let ascii = writer.to_text().replace(|c: char| !c.is_ascii(), "?");
        ascii.into_bytes()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::mllp::message::Limits;

    const OURS: &str = "MSH|^~\\&|JISR|JISR|HIS|DHA|20260301||OMG^O19^OMG_O19|C1|P|2.5.1||||||UNICODE UTF-8\r";

    fn parse(text: &str) -> Message {
        Message::parse(text.as_bytes(), CharacterSet::UTF_8, Limits::default()).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let detail = "الرقم غير معروف | ORC-2".to_owned();
        let problem = Problem { code: Problem::UNKNOWN_KEY, location: Some(("ORC", 2)), detail };
        let bytes = acknowledge(&parse(OURS), AckCode::ApplicationError, Some(&problem), "A1");
        let message = parse(&String::from_utf8(bytes).unwrap());
        assert_eq!(message.kind(), ("ACK".into(), "O19".into()));
        assert_eq!((message.field("MSH", 3).text(), message.field("MSH", 5).text()), ("HIS".into(), "JISR".into()));
        let read = Acknowledgement::read(&message).unwrap();
        assert_eq!((read.code, read.control_id.as_str()), (AckCode::ApplicationError, "C1"));
        assert_eq!((read.errors[0].code.as_str(), &read.errors[0].location), ("204", &("ORC".into(), 2)));
    }

    #[test]
    fn each_form_of_an_error_is_read() {
        let head = "MSH|^~\\&|HIS|DHA|JISR|JISR|1||ACK|9|P|2.5.1\r";
        let read = |rest: &str| Acknowledgement::read(&parse(&format!("{head}{rest}"))).unwrap();
        let new = read("MSA|AR|C1|نص\rERR||PID^1^5|103^Table^HL70357|E|MF-201^x^L|||راجع المركز\r");
        assert_eq!((new.code, new.text.as_str()), (AckCode::ApplicationReject, "نص"));
        assert_eq!((new.errors[0].application_code.as_str(), &*new.errors[0].user_message), ("MF-201", "راجع المركز"));
        let old = read("MSA|AE|C1\rERR|ORC^1^2^205&Duplicate\r").errors;
        assert_eq!((old[0].code.as_str(), &old[0].location), ("205", &("ORC".into(), 2)));
        assert_eq!(read("MSA|AE|C1||||207^internal\r").errors[0].code, "207");
        assert_eq!(read("MSA|CA|C1\r").code, AckCode::CommitAccept);
    }

    #[test]
    fn what_acknowledges_nothing_is_refused() {
        assert!(Acknowledgement::read(&parse(OURS)).is_err());
        assert!(Acknowledgement::read(&parse(&format!("{OURS}MSA|OK|C1\r"))).is_err());
    }
}
