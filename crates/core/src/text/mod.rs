//! Texts for people: in Arabic and English, and in whatever language a department wrote its own words.

mod language;
mod locale;

use std::fmt;
use std::sync::Arc;

pub use language::{Language, LanguageError, Tag};
pub use locale::Locale;

/// One text in several languages, at most one wording for each, in the order they were given.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct LocalizedText(Vec<(Language, Arc<str>)>);

impl LocalizedText {
    /// A text in no language yet.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The two wordings every text of our own has.
    #[must_use]
    pub fn bilingual(ar: impl Into<Arc<str>>, en: impl Into<Arc<str>>) -> Self {
        Self(vec![(Language::Ar, ar.into()), (Language::En, en.into())])
    }

    /// One wording, as a department gives its own.
    #[must_use]
    pub fn single(language: Language, text: impl Into<Arc<str>>) -> Self {
        Self(vec![(language, text.into())])
    }

    /// Puts a wording in; one already there in this language is replaced and returned.
    pub fn set(&mut self, language: Language, text: impl Into<Arc<str>>) -> Option<Arc<str>> {
        let text = text.into();
        if let Some((_, old)) = self.0.iter_mut().find(|(known, _)| *known == language) {
            return Some(std::mem::replace(old, text));
        }
        self.0.push((language, text));
        None
    }

    /// The wording in exactly this language.
    #[must_use]
    pub fn get(&self, language: &Language) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == language).map(|(_, text)| &**text)
    }

    /// The best wording for a reader of this language: the same tag, else the same language of another region, else
    /// Arabic, else English, else the first. Nothing only when there is no wording at all.
    #[must_use]
    pub fn pick(&self, language: &Language) -> Option<&str> {
        self.get(language)
            .or_else(|| {
                let close = self.0.iter().find(|(known, _)| known.primary() == language.primary());
                close.map(|(_, text)| &**text)
            })
            .or_else(|| self.get(&Language::Ar))
            .or_else(|| self.get(&Language::En))
            .or_else(|| self.0.first().map(|(_, text)| &**text))
    }

    /// [`Self::pick`] for one of our own two languages; empty when there is no wording at all.
    #[must_use]
    pub fn in_locale(&self, locale: Locale) -> &str {
        self.pick(&locale.into()).unwrap_or_default()
    }

    /// All wordings, in the order they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Language, &str)> {
        self.0.iter().map(|(language, text)| (language, &**text))
    }

    /// True when there is no wording at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for LocalizedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Later wordings replace earlier ones of the same language.
impl FromIterator<(Language, Arc<str>)> for LocalizedText {
    fn from_iter<I: IntoIterator<Item = (Language, Arc<str>)>>(wordings: I) -> Self {
        let mut text = Self::empty();
        for (language, wording) in wordings {
            text.set(language, wording);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_nearest_wording() {
        let regional: Language = "ar-AE".parse().unwrap();
        let urdu: Language = "ur".parse().unwrap();
        let ours = LocalizedText::bilingual("رخصة بناء", "Building permit");
        assert_eq!(ours.pick(&regional), Some("رخصة بناء"));
        assert_eq!(ours.pick(&urdu), Some("رخصة بناء"));
        assert_eq!(ours.in_locale(Locale::En), "Building permit");
        let theirs = LocalizedText::single(regional, "قيد التدقيق");
        assert_eq!(theirs.in_locale(Locale::En), "قيد التدقيق");
        assert_eq!(LocalizedText::empty().in_locale(Locale::Ar), "");
    }

    #[test]
    fn holds_one_wording_for_each_language() {
        let mut text = LocalizedText::bilingual("أ", "a");
        assert_eq!(text.set(Language::En, "b").as_deref(), Some("a"));
        assert_eq!(text.set("fr".parse().unwrap(), "c"), None);
        let tags: Vec<_> = text.iter().map(|(language, text)| format!("{language}={text}")).collect();
        assert_eq!(tags, ["ar=أ", "en=b", "fr=c"]);
    }
}
