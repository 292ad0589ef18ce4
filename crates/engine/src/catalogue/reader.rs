//! Walks a YAML tree field by field, reporting each mistake where it stands and going on to the next.

use std::time::Duration;

use jisr_core::text::LocalizedText;

use super::node::{Node, Value};
use super::report::{Place, Report};

/// A value with the path that leads to it, such as `plan[0].needs[2]`.
#[derive(Debug, Clone)]
pub(super) struct Item<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// The fields of a table. [`close`](Self::close) reports those nobody asked for.
pub(super) struct Fields<'n> {
    at: Place,
    path: String,
    entries: &'n [(super::node::Key, Node)],
    asked: Vec<&'static str>,
}

impl<'n> Item<'n> {
    pub(super) fn root(node: &'n Node) -> Self {
        Self { node, path: String::new() }
    }

    pub(super) fn error(&self, report: &mut Report, message: impl Into<String>) {
        report.error(self.node.at, &self.path, message);
    }

    fn expected(&self, report: &mut Report, what: &str) {
        self.error(report, format!("expected {what}, found {}", self.node.kind()));
    }

    /// Text with something in it, without spaces around.
    pub(super) fn text(&self, report: &mut Report) -> Option<&'n str> {
        match &self.node.value {
            Value::Text(text) if text.trim().is_empty() => self.error(report, "must not be empty"),
            Value::Text(text) => return Some(text.trim()),
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
                self.expected(report, "text (put the value in quotes)");
            }
            _ => self.expected(report, "text"),
        }
        None
    }

    pub(super) fn boolean(&self, report: &mut Report) -> Option<bool> {
        let Value::Bool(value) = self.node.value else {
            self.expected(report, "true or false");
            return None;
        };
        Some(value)
    }

    /// Text that `read` understands; its error says what would be right.
    pub(super) fn parse<T, E: ToString>(
        &self,
        report: &mut Report,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(report)?;
        read(text).map_err(|error| self.error(report, format!("`{text}`: {}", error.to_string()))).ok()
    }

    /// `5d`, `8h` or `30m`.
    pub(super) fn duration(&self, report: &mut Report) -> Option<Duration> {
        self.parse(report, |text| {
            let unit = |c| match c {
                'd' => Some(86_400),
                'h' => Some(3_600),
                'm' => Some(60),
                _ => None,
            };
            text.char_indices()
                .next_back()
                .and_then(|(at, c)| Some((text[..at].parse::<u32>().ok()?, unit(c)?)))
                .filter(|(count, _)| *count > 0)
                .map(|(count, seconds)| Duration::from_secs(u64::from(count) * seconds))
                .ok_or("write a whole number and one unit: 5d, 8h or 30m")
        })
    }

    pub(super) fn list(&self, report: &mut Report) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            self.expected(report, "a list");
            return None;
        };
        let item = |(index, node)| Self { node, path: format!("{}[{index}]", self.path) };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// A list whose every item `read` understands, none of them twice.
    pub(super) fn set<T: PartialEq>(
        &self,
        report: &mut Report,
        mut read: impl FnMut(&Self, &mut Report) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(report)?;
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(value) = read(item, report) {
                if values.contains(&value) {
                    item.error(report, "is in the list twice");
                }
                values.push(value);
            }
        }
        (values.len() == items.len()).then_some(values)
    }

    pub(super) fn fields(&self, report: &mut Report) -> Option<Fields<'n>> {
        match &self.node.value {
            Value::Map(entries) => {
                let (at, path) = (self.node.at, self.path.clone());
                Some(Fields { at, path, entries, asked: Vec::new() })
            }
            Value::Null if self.path.is_empty() => {
                self.error(report, "the file is empty");
                None
            }
            _ => {
                self.expected(report, "a table of fields");
                None
            }
        }
    }

    /// `{ar: …, en: …}`, both present.
    pub(super) fn localized(&self, report: &mut Report) -> Option<LocalizedText> {
        let mut fields = self.fields(report)?;
        let ar = fields.required("ar", report);
        let en = fields.required("en", report);
        fields.close(report);
        let (ar, en) = (ar?, en?);
        let (arabic, english) = (ar.text(report), en.text(report));
        if arabic.is_some_and(|text| !text.chars().any(is_arabic)) {
            report.warn(ar.node.at, &ar.path, "has no Arabic letter: is this the English text?");
        }
        Some(LocalizedText::bilingual(arabic?, english?))
    }
}

/// A letter of the Arabic block or of its presentation forms.
pub(super) fn is_arabic(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{064A}' | '\u{0671}'..='\u{06D3}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

impl<'n> Fields<'n> {
    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field, or nothing when it is not written or written without a value.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Item<'n>> {
        self.asked.push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        (!matches!(node.value, Value::Null)).then(|| Item { node, path: self.path_of(name) })
    }

    /// The field; its absence is reported.
    pub(super) fn required(&mut self, name: &'static str, report: &mut Report) -> Option<Item<'n>> {
        let item = self.optional(name);
        if item.is_none() {
            report.error(self.at, &self.path_of(name), "is missing");
        }
        item
    }

    /// Reports every field that nobody asked for, with the nearest one that exists.
    pub(super) fn close(self, report: &mut Report) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.asked.contains(&key.name.as_str())) {
            let hint = nearest(&key.name, self.asked.iter().copied())
                .map_or_else(|| format!("expected one of: {}", self.asked.join(", ")), did_you_mean);
            report.error(key.at, &self.path_of(&key.name), format!("unknown field; {hint}"));
        }
    }
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// The candidate that `name` is probably a slip for.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(name.chars().count() / 3))
        .map(|(_, candidate)| candidate)
}
