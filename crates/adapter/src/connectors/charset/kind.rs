//! What kind of character a code page lacks: the words that tell an operator what to have changed. Pure.

use std::fmt;

/// The kinds that turn up in Arabic text and that old pages lack. windows-1256 lacks all of them; of the invisible
/// controls it has only U+200C to U+200F.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharacterKind {
    /// ٠ to ٩, which a keyboard set to Arabic gives: old systems store the digits 0 to 9.
    ArabicIndicDigit,
    /// ۰ to ۹, as in Persian and Urdu.
    ExtendedArabicIndicDigit,
    /// A letter in one of its printed shapes, as text copied from a PDF has them, and ligatures such as ﷲ.
    PresentationForm,
    /// Turns the direction of text and shows nothing: comes along when a number is copied from a browser.
    BidirectionalControl,
    /// A sign of the Koran's orthography, or a vowel sign that the page does not have.
    KoranicMark,
    /// Another letter or sign of the Arabic script, for instance of Persian, Pashto or Sindhi.
    OtherArabic,
    /// Anything else.
    Other,
}

impl CharacterKind {
    /// The kind of one character.
    #[must_use]
    pub const fn of(character: char) -> Self {
        match character {
            '\u{660}'..='\u{669}' => Self::ArabicIndicDigit,
            '\u{6f0}'..='\u{6f9}' => Self::ExtendedArabicIndicDigit,
            '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => Self::PresentationForm,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                Self::BidirectionalControl
            }
            '\u{610}'..='\u{61a}' | '\u{653}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => Self::KoranicMark,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{870}'..='\u{8ff}' => Self::OtherArabic,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for CharacterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ArabicIndicDigit => "an Arabic-Indic digit",
            Self::ExtendedArabicIndicDigit => "an extended Arabic-Indic digit",
            Self::PresentationForm => "an Arabic presentation form",
            Self::BidirectionalControl => "a bidirectional control",
            Self::KoranicMark => "a Koranic mark",
            Self::OtherArabic => "an Arabic character of another language",
            Self::Other => "a character",
        })
    }
}
