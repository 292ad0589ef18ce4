//! What can be wrong with one field.

use std::fmt;

use super::rule_text;
use crate::text::{Locale, LocalizedText};

/// One field found wrong, as `google.rpc.BadRequest.FieldViolation` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field as a path from the request, such as `transaction.answers.plot_no`.
    pub field: String,
    /// What is wrong.
    pub rule: Rule,
    /// The field's name on the form, where the form schema gives one.
    pub label: LocalizedText,
}

impl Violation {
    /// A field and what is wrong with it.
    #[must_use]
    pub fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self { field: field.into(), rule, label: LocalizedText::empty() }
    }

    /// Adds the field's name on the form.
    #[must_use]
    pub fn label(mut self, label: LocalizedText) -> Self {
        self.label = label;
        self
    }

    /// What the clerk should do about the field; begins with its name on the form where that is known.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        let text = self.rule.text(locale);
        if self.label.is_empty() { text } else { format!("{}: {text}", self.label.in_locale(locale)) }
    }
}

/// In English, for logs and developers, with the path.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.rule.text(Locale::En))
    }
}

/// What is wrong with a field. Limits are told as the clerk would count them; values are text, exact as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing was given.
    Required,
    /// More characters than `max`.
    TooLong {
        /// The most characters allowed.
        max: u64,
    },
    /// Fewer characters than `min`.
    TooShort {
        /// The fewest characters allowed.
        min: u64,
    },
    /// More items than `max`.
    TooMany {
        /// The most items allowed.
        max: u64,
    },
    /// Fewer items than `min`.
    TooFew {
        /// The fewest items allowed.
        min: u64,
    },
    /// The same item twice.
    Duplicate,
    /// Text where a number belongs, and the like.
    WrongType {
        /// What belongs there.
        expected: Kind,
    },
    /// Not of the form required.
    Pattern {
        /// A mask or sample people understand, such as `784-YYYY-NNNNNNN-C`, never a regular expression; empty when
        /// there is none.
        expected: String,
    },
    /// Below `min` or above `max`, both of which are still allowed.
    OutOfRange {
        /// The least value allowed.
        min: Option<String>,
        /// The greatest value allowed.
        max: Option<String>,
    },
    /// Not greater than the limit.
    NotAbove {
        /// The limit, itself not allowed.
        limit: String,
    },
    /// Not less than the limit.
    NotBelow {
        /// The limit, itself not allowed.
        limit: String,
    },
    /// Not a multiple of the step.
    NotMultipleOf {
        /// The step, such as `0.25`.
        step: String,
    },
    /// Not one of a short list.
    NotOneOf {
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// A moment gone by where a coming one belongs.
    NotInFuture,
    /// A moment still to come where a past one belongs.
    NotInPast,
    /// A field the schema does not have.
    UnknownField,
    /// A field that may not be given here.
    NotAllowed,
    /// May not stand together with another field.
    ConflictsWith {
        /// The other field's path or name.
        other: String,
    },
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// Not the shape of the thing it should be.
    Malformed {
        /// What it should be.
        what: Thing,
    },
    /// The check digit or character does not fit: something was mistyped.
    CheckDigit {
        /// What it should be.
        what: Thing,
    },
    /// A stand-in such as zeros for "no card".
    Placeholder {
        /// What it should be.
        what: Thing,
    },
    /// Names something that does not exist.
    NotFound {
        /// What it should name.
        what: Thing,
    },
    /// Fails a condition of the service's form that spans several fields.
    Unmet,
}

impl Rule {
    /// A stable code in SCREAMING_SNAKE, for `FieldViolation.reason`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong { .. } => "TOO_LONG",
            Self::TooShort { .. } => "TOO_SHORT",
            Self::TooMany { .. } => "TOO_MANY",
            Self::TooFew { .. } => "TOO_FEW",
            Self::Duplicate => "DUPLICATE",
            Self::WrongType { .. } => "WRONG_TYPE",
            Self::Pattern { .. } => "PATTERN",
            Self::OutOfRange { .. } => "OUT_OF_RANGE",
            Self::NotAbove { .. } => "NOT_ABOVE",
            Self::NotBelow { .. } => "NOT_BELOW",
            Self::NotMultipleOf { .. } => "NOT_MULTIPLE_OF",
            Self::NotOneOf { .. } => "NOT_ONE_OF",
            Self::NotInFuture => "NOT_IN_FUTURE",
            Self::NotInPast => "NOT_IN_PAST",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::ConflictsWith { .. } => "CONFLICTS_WITH",
            Self::NotUtf8 => "NOT_UTF8",
            Self::Malformed { .. } => "MALFORMED",
            Self::CheckDigit { .. } => "CHECK_DIGIT",
            Self::Placeholder { .. } => "PLACEHOLDER",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Unmet => "UNMET",
        }
    }

    /// What the clerk should do, in one or two sentences.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        match locale {
            Locale::Ar => rule_text::arabic(self),
            Locale::En => rule_text::english(self),
        }
    }
}

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A number without a fraction.
    WholeNumber,
    /// True or false.
    YesNo,
    /// An array.
    List,
    /// An object.
    Group,
    /// Null.
    Nothing,
}

macro_rules! things {
    ($($(#[$doc:meta])* $name:ident = $ar:literal, $en:literal, $sample:expr;)*) => {
        /// What a field should hold or name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Thing {
            $($(#[$doc])* $name,)*
        }

        impl Thing {
            /// Every thing.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, in Arabic with the article, in English without.
            #[must_use]
            pub const fn noun(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$name, Locale::Ar) => $ar, (Self::$name, Locale::En) => $en,)*
                }
            }

            /// A well-formed example, where one helps.
            #[must_use]
            pub const fn sample(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => $sample,)*
                }
            }
        }
    };
}

things! {
    /// An Emirates ID number.
    EmiratesId = "رقم الهوية الإماراتية", "Emirates ID number", Some("784-1990-1234567-1");
    /// The reference number of a receipt.
    ReferenceNo = "الرقم المرجعي", "reference number", None;
    /// An identifier of another scheme.
    Identifier = "رقم التعريف", "identifier", None;
    /// A resource name (AIP-122).
    ResourceName = "اسم المورد", "resource name", Some("services/building-permit");
    /// A UUID.
    Uuid = "المعرّف الفريد", "UUID", Some("f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
    /// An RFC 3339 moment.
    Timestamp = "التاريخ والوقت", "date and time", Some("2026-03-01T07:30:00Z");
    /// A calendar date.
    Date = "التاريخ", "date", Some("2026-03-01");
    /// A BCP 47 language tag.
    Language = "رمز اللغة", "language code", Some("ar");
    /// An ISO 3166 alpha-3 country code.
    Country = "رمز الدولة", "country code", Some("ARE");
    /// An ISO 4217 currency code.
    Currency = "رمز العملة", "currency code", Some("AED");
    /// An amount of money.
    Amount = "المبلغ", "amount", Some("120.00");
    /// An e-mail address.
    Email = "عنوان البريد الإلكتروني", "e-mail address", Some("name@example.ae");
    /// An E.164 telephone number.
    Phone = "رقم الهاتف", "telephone number", Some("+971501234567");
    /// A URI.
    Uri = "الرابط الإلكتروني", "web address", Some("https://example.ae/documents/1");
    /// A SHA-256 digest in hexadecimal.
    Sha256 = "بصمة الملف", "SHA-256 digest", None;
    /// A department.
    Department = "الجهة", "department", None;
    /// A service.
    Service = "الخدمة", "service", None;
    /// A customer-service centre.
    Centre = "مركز الخدمة", "service centre", None;
    /// A person or organisation.
    Party = "المتعامل", "customer", None;
    /// A document shown.
    Evidence = "المستند", "document", None;
    /// A transaction.
    Transaction = "المعاملة", "transaction", None;
}
