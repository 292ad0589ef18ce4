//! Language tags of any language, for words that are not ours.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Locale;

/// A BCP 47 language tag; Arabic and English without region are the fast cases.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// `ar`.
    Ar,
    /// `en`.
    En,
    /// Any other tag, regional ones (`ar-AE`) included. Made by parsing only, which brings its letters' case in order.
    Other(Tag),
}

/// A well-formed language tag in the case RFC 5646 section 2.1.1 recommends: `ur-PK`, `zh-Hant-TW`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Arc<str>);

/// The text is not a well-formed BCP 47 language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a BCP 47 language tag")]
pub struct LanguageError;

impl Language {
    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ar => "ar",
            Self::En => "en",
            Self::Other(tag) => &tag.0,
        }
    }

    /// The language without script or region: `ar` of `ar-AE`.
    #[must_use]
    pub fn primary(&self) -> &str {
        let tag = self.as_str();
        tag.split('-').next().unwrap_or(tag)
    }
}

impl From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Ar => Self::Ar,
            Locale::En => Self::En,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let well_formed = tag.len() <= 35
            && tag.split('-').enumerate().all(|(at, part)| match at {
                0 => (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic()),
                _ => (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            });
        if !well_formed {
            return Err(LanguageError);
        }
        let mut tag = tag.to_ascii_lowercase();
        let mut from = 0;
        let mut after_singleton = false;
        for part in tag.clone().split('-') {
            match part.len() {
                2 if from > 0 && !after_singleton => tag[from..from + 2].make_ascii_uppercase(),
                4 if from > 0 && !after_singleton => tag[from..from + 1].make_ascii_uppercase(),
                _ => {}
            }
            after_singleton |= part.len() == 1;
            from += part.len() + 1;
        }
        Ok(match tag.as_str() {
            "ar" => Self::Ar,
            "en" => Self::En,
            _ => Self::Other(Tag(tag.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_language_tags() {
        for (tag, canonical) in [("AR", "ar"), ("ar-ae", "ar-AE"), ("ZH-HANT-tw", "zh-Hant-TW"), ("en-x-AB", "en-x-ab")]
        {
            assert_eq!(tag.parse::<Language>().unwrap().as_str(), canonical);
        }
        for bad in ["", "a", "ar_AE", "ar-", "عربي", "ar-toolongpart", "12"] {
            assert_eq!(bad.parse::<Language>(), Err(LanguageError), "{bad}");
        }
    }
}
