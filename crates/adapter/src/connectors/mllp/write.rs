//! Writing messages: everything escaped, everything representable, or an error that names segment, field and character.

use super::charset::CharacterSet;
use super::escape::escape;
use super::message::Separators;

/// A character that the message's character set does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{segment}-{field} holds U+{:04X}, which {charset} does not have", u32::from(*.character))]
pub struct Unrepresentable {
    /// Name of the segment.
    pub segment: &'static str,
    /// Number of the field.
    pub field: usize,
    /// The first such character.
    pub character: char,
    /// The character set, as MSH-18 names it.
    pub charset: &'static str,
}

/// What a field holds: repetitions of components of plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(Vec<Vec<String>>);

impl Content {
    /// One value of several components.
    #[must_use]
    pub fn components<T: Into<String>>(parts: impl IntoIterator<Item = T>) -> Self {
        Self(vec![parts.into_iter().map(Into::into).collect()])
    }

    /// One value after the other.
    #[must_use]
    pub fn repeated(values: impl IntoIterator<Item = Self>) -> Self {
        Self(values.into_iter().flat_map(|value| value.0).collect())
    }

    fn write(&self, separators: &Separators, out: &mut String) {
        for (at, value) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(separators.repetition);
            }
            let filled = value.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
            for (at, part) in value[..filled].iter().enumerate() {
                if at > 0 {
                    out.push(separators.component);
                }
                escape(part, separators, out);
            }
        }
    }
}

impl<T: Into<String>> From<T> for Content {
    fn from(text: T) -> Self {
        Self(vec![vec![text.into()]])
    }
}

/// A message in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    separators: Separators,
    charset: CharacterSet,
    segments: Vec<(&'static str, Vec<String>)>,
}

impl Writer {
    /// An empty message with the usual separators.
    #[must_use]
    pub fn new(charset: CharacterSet) -> Self {
        Self::with(Separators::default(), charset)
    }

    /// An empty message with these separators.
    #[must_use]
    pub fn with(separators: Separators, charset: CharacterSet) -> Self {
        Self { separators, charset, segments: Vec::new() }
    }

    /// Adds a segment. Fields have their numbers, in rising order; those of a header begin with 3.
    #[must_use]
    pub fn segment<const N: usize>(mut self, name: &'static str, fields: [(usize, Content); N]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for (number, content) in fields {
            texts.resize(texts.len().max(number), String::new());
            content.write(&self.separators, &mut texts[number - 1]);
        }
        let filled = texts.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1);
        texts.truncate(filled);
        self.segments.push((name, texts));
        self
    }

    /// The message as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Separators { field, component, repetition, escape, subcomponent } = self.separators;
        let mut out = String::new();
        for (name, fields) in &self.segments {
            out.push_str(name);
            let behind = if *name == "MSH" {
                out.extend([field, component, repetition, escape, subcomponent]);
                2
            } else {
                0
            };
            for text in fields.iter().skip(behind) {
                out.push(field);
                out.push_str(text);
            }
            out.push('\r');
        }
        out
    }

    /// The message as it is sent, without its frame.
    ///
    /// # Errors
    /// [`Unrepresentable`]: nothing is ever replaced.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unrepresentable> {
        self.charset.encode(&self.to_text()).map_err(|character| {
            let place = self.segments.iter().find_map(|(segment, fields)| {
                Some((*segment, fields.iter().position(|text| text.contains(character))? + 1))
            });
            let (segment, field) = place.unwrap_or_default();
            Unrepresentable { segment, field, character, charset: self.charset.label() }
        })
    }
}
