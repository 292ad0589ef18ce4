//! HL7 v2 messages as they come: segments, fields, repetitions, components, subcomponents. Strict about what would be
//! misread, patient with what systems are known to do. Nothing is unescaped before it is asked for.

use super::charset::{CharacterSet, CharsetError};
use super::escape::unescape;

/// The characters that separate, as MSH-1 and MSH-2 declare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// MSH-1.
    pub field: char,
    /// MSH-2, first.
    pub component: char,
    /// MSH-2, second.
    pub repetition: char,
    /// MSH-2, third.
    pub escape: char,
    /// MSH-2, fourth.
    pub subcomponent: char,
}

impl Default for Separators {
    /// `|^~\&`.
    fn default() -> Self {
        Self { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
    }
}

/// How large a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message.
    pub message: usize,
    /// Bytes of a segment, once decoded.
    pub segment: usize,
    /// Segments of a message.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 1024 * 1024, segment: 128 * 1024, segments: 2_000 }
    }
}

/// Bytes that are no HL7 message. Quotes nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It does not begin with a header that declares its separators.
    #[error("no MSH segment with its separators at the beginning")]
    Header,
    /// Its character set is unknown, or its bytes are not of it.
    #[error("MSH-18: {0}")]
    Charset(#[from] CharsetError),
    /// A limit; the text says which.
    #[error("{0}")]
    Limit(String),
    /// A segment whose name is none, by its number.
    #[error("segment {0} has no name of three letters or digits")]
    SegmentName(usize),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    separators: Separators,
    charset: CharacterSet,
    /// Each as it stands, its name in front.
    segments: Vec<String>,
}

impl Message {
    /// Reads a message. `charset` is the site's, for messages that do not say.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse(bytes: &[u8], charset: CharacterSet, limits: Limits) -> Result<Self, ParseError> {
        if bytes.len() > limits.message {
            return Err(ParseError::Limit(format!("a message of more than {} bytes", limits.message)));
        }
        let header = Self::header(bytes)?;
        // In a repetition the first is the message's; others may only be switched to, which nobody does.
        let named = header.first("MSH").map(|msh| msh.field(18).text()).filter(|label| !label.trim().is_empty());
        let charset = named.as_deref().map_or(Ok(charset), CharacterSet::named)?;
        let text = charset.decode(bytes)?;
        let mut segments = Vec::new();
        // A line feed is no part of HL7, and yet many systems end segments with it.
        for segment in text.split(['\r', '\n']).filter(|segment| !segment.is_empty()) {
            if segment.len() > limits.segment {
                return Err(ParseError::Limit(format!("a segment of more than {} bytes", limits.segment)));
            }
            if segments.len() == limits.segments {
                return Err(ParseError::Limit(format!("more than {} segments", limits.segments)));
            }
            let name = segment.split(header.separators.field).next().unwrap_or_default();
            if name.len() != 3 || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
                return Err(ParseError::SegmentName(segments.len() + 1));
            }
            segments.push(segment.to_owned());
        }
        Ok(Self { separators: header.separators, charset, segments })
    }

    /// Reads the header alone, whatever comes behind it: enough to say to whom something unreadable belongs. What is
    /// not ASCII in it is replaced.
    ///
    /// # Errors
    /// [`ParseError::Header`].
    pub fn header(bytes: &[u8]) -> Result<Self, ParseError> {
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
        let line = String::from_utf8_lossy(&bytes[..end.min(4096)]).into_owned();
        let mut rest = line.strip_prefix("MSH").ok_or(ParseError::Header)?.chars();
        let separates = |c: char| c.is_ascii_punctuation();
        let field = rest.next().filter(|c| separates(*c)).ok_or(ParseError::Header)?;
        // 2.7 adds a fifth, which marks what was cut.
        let encoding: Vec<char> = rest.take_while(|c| *c != field).collect();
        let [component, repetition, escape, subcomponent] = *encoding.get(..4).ok_or(ParseError::Header)? else {
            return Err(ParseError::Header);
        };
        let all = [field, component, repetition, escape, subcomponent];
        let distinct = (1..all.len()).all(|at| !all[..at].contains(&all[at]));
        if encoding.len() > 5 || !distinct || !all.iter().all(|c| separates(*c)) {
            return Err(ParseError::Header);
        }
        let separators = Separators { field, component, repetition, escape, subcomponent };
        Ok(Self { separators, charset: CharacterSet::UTF_8, segments: vec![line] })
    }

    /// What separates in it.
    #[must_use]
    pub fn separators(&self) -> &Separators {
        &self.separators
    }

    /// In what it is written.
    #[must_use]
    pub fn charset(&self) -> CharacterSet {
        self.charset
    }

    /// All segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().map(|raw| Segment { message: self, raw })
    }

    /// The first segment of this name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Segment<'_>> {
        self.segments().find(|segment| segment.name() == name)
    }

    /// A field of the first segment of this name; empty if there is none.
    #[must_use]
    pub fn field(&self, segment: &str, number: usize) -> Value<'_> {
        self.first(segment).map_or(Value { message: self, raw: "" }, |segment| segment.field(number))
    }

    /// MSH-9, its first two components: `ORU` and `R01`.
    #[must_use]
    pub fn kind(&self) -> (String, String) {
        let kind = self.field("MSH", 9);
        (kind.component(1).text(), kind.component(2).text())
    }

    /// MSH-10.
    #[must_use]
    pub fn control_id(&self) -> String {
        self.field("MSH", 10).text()
    }
}

/// One segment of a message.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    message: &'a Message,
    raw: &'a str,
}

impl<'a> Segment<'a> {
    /// Three letters or digits.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.raw.get(..3).unwrap_or_default()
    }

    /// A field, from 1 as the standard counts; empty if the segment is shorter.
    #[must_use]
    pub fn field(&self, number: usize) -> Value<'a> {
        // MSH-1 is the separator itself, so that in a header everything stands one place earlier.
        let place = if self.name() == "MSH" { number.wrapping_sub(1) } else { number };
        let raw = self.raw.split(self.message.separators.field).nth(place);
        Value { message: self.message, raw: raw.filter(|_| place > 0).unwrap_or_default() }
    }
}

/// A field, or what is left of it: one repetition, one component, one subcomponent.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    message: &'a Message,
    raw: &'a str,
}

impl<'a> Value<'a> {
    /// Each repetition; none of an empty field.
    pub fn repetitions(&self) -> impl Iterator<Item = Self> + use<'a> {
        let message = self.message;
        let parts = self.raw.split(message.separators.repetition).map(move |raw| Self { message, raw });
        parts.filter(|value| !value.raw.is_empty())
    }

    /// A component, from 1; of the first repetition.
    #[must_use]
    pub fn component(&self, number: usize) -> Self {
        let Separators { repetition, component, .. } = self.message.separators;
        let first = self.raw.split(repetition).next().unwrap_or_default();
        self.part(first, component, number)
    }

    /// A subcomponent, from 1; of the first component.
    #[must_use]
    pub fn subcomponent(&self, number: usize) -> Self {
        self.part(self.component(1).raw, self.message.separators.subcomponent, number)
    }

    fn part(&self, raw: &'a str, separator: char, number: usize) -> Self {
        let raw = number.checked_sub(1).and_then(|at| raw.split(separator).nth(at)).unwrap_or_default();
        Self { message: self.message, raw }
    }

    /// Its text, unescaped; of several parts the first, as whoever expects a simple value wants it. HL7's explicit
    /// nothing (`""`) is empty.
    #[must_use]
    pub fn text(&self) -> String {
        match self.subcomponent(1).raw {
            "\"\"" => String::new(),
            raw => unescape(raw, &self.message.separators, self.message.charset),
        }
    }

    /// As it stands, escaped.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }
}
