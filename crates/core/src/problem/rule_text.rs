//! The sentences for one field, in each language whole: no sentence is a translation pattern of the other's grammar.

use super::fill::isolate;
use super::rule::{Kind, Rule, Thing};
use super::words::{CHARACTERS, ITEMS, count};
use crate::text::Locale;

/// Of a long list of allowed values only so many are read out.
const READ_OUT: usize = 10;

pub(super) fn arabic(rule: &Rule) -> String {
    const AR: Locale = Locale::Ar;
    let value = |value: &str| isolate(value, AR);
    match rule {
        Rule::Required => "هذا الحقل مطلوب. يُرجى تعبئته.".to_owned(),
        Rule::TooLong { max } => {
            format!("النص أطول من المسموح به. الحد الأقصى {}.", count(*max, &CHARACTERS, AR))
        }
        Rule::TooShort { min } => format!("النص أقصر من المطلوب. الحد الأدنى {}.", count(*min, &CHARACTERS, AR)),
        Rule::TooMany { max } => {
            format!("عدد العناصر أكثر من المسموح به. الحد الأقصى {}.", count(*max, &ITEMS, AR))
        }
        Rule::TooFew { min } => format!("عدد العناصر أقل من المطلوب. الحد الأدنى {}.", count(*min, &ITEMS, AR)),
        Rule::Duplicate => "أُدخل العنصر نفسه أكثر من مرة. يُرجى حذف المكرر.".to_owned(),
        Rule::WrongType { expected } => format!("نوع القيمة غير صحيح. المطلوب: {}.", kind(*expected, AR)),
        Rule::Pattern { expected } if expected.is_empty() => {
            "صيغة القيمة غير صحيحة. يُرجى مراجعتها وإعادة إدخالها.".to_owned()
        }
        Rule::Pattern { expected } => format!("صيغة القيمة غير صحيحة. الصيغة المطلوبة: {}.", value(expected)),
        Rule::OutOfRange { min: Some(min), max: Some(max) } => {
            format!("يجب أن تكون القيمة من {} إلى {}.", value(min), value(max))
        }
        Rule::OutOfRange { min: Some(min), max: None } => format!("يجب ألا تقل القيمة عن {}.", value(min)),
        Rule::OutOfRange { min: None, max: Some(max) } => format!("يجب ألا تزيد القيمة على {}.", value(max)),
        Rule::OutOfRange { min: None, max: None } => "القيمة خارج النطاق المسموح به. يُرجى مراجعتها.".to_owned(),
        Rule::NotAbove { limit } => format!("يجب أن تكون القيمة أكبر من {}.", value(limit)),
        Rule::NotBelow { limit } => format!("يجب أن تكون القيمة أصغر من {}.", value(limit)),
        Rule::NotMultipleOf { step } => format!("يجب أن تكون القيمة من مضاعفات {}.", value(step)),
        Rule::NotOneOf { allowed } if allowed.is_empty() => "القيمة غير مسموح بها هنا. يُرجى مراجعتها.".to_owned(),
        Rule::NotOneOf { allowed } => format!("يُرجى اختيار إحدى القيم الآتية: {}.", list(allowed, "، ", AR)),
        Rule::NotInFuture => "يجب أن يكون التاريخ في المستقبل. يُرجى تصحيحه.".to_owned(),
        Rule::NotInPast => "يجب ألا يكون التاريخ في المستقبل. يُرجى تصحيحه.".to_owned(),
        Rule::UnknownField => "هذا الحقل غير معروف لدى هذه الخدمة. يُرجى حذفه أو تصحيح اسمه.".to_owned(),
        Rule::NotAllowed => "لا يُسمح بتعبئة هذا الحقل هنا. يُرجى تركه فارغًا.".to_owned(),
        Rule::ConflictsWith { other } => {
            format!("لا يمكن تعبئة هذا الحقل مع الحقل {}. يُرجى الاكتفاء بأحدهما.", value(other))
        }
        Rule::NotUtf8 => "يحتوي النص على رموز غير مقروءة. يُرجى إعادة كتابته.".to_owned(),
        Rule::Malformed { what } => format!("صيغة {} غير صحيحة.{}", noun(*what, AR), sample(*what, AR)),
        Rule::CheckDigit { what } => {
            format!("يوجد خطأ في كتابة {}. يُرجى مقارنته بالأصل رقمًا رقمًا وإعادة إدخاله.", noun(*what, AR))
        }
        Rule::Placeholder { what } => {
            format!("القيمة المدخلة بديلة ولا تمثل {}. يُرجى ترك الحقل فارغًا إذا لم يتوفر.", noun(*what, AR))
        }
        Rule::NotFound { what } => {
            format!("لم يُعثر على {} بالقيمة المدخلة. يُرجى التحقق منها.", noun(*what, AR))
        }
        Rule::Unmet => "لا تتوافق هذه البيانات مع شروط نموذج الخدمة. يُرجى مراجعتها مع بقية الحقول.".to_owned(),
    }
}

pub(super) fn english(rule: &Rule) -> String {
    const EN: Locale = Locale::En;
    let value = |value: &str| isolate(value, EN);
    match rule {
        Rule::Required => "This field is required. Please fill it in.".to_owned(),
        Rule::TooLong { max } => format!("The text is too long. At most {}.", count(*max, &CHARACTERS, EN)),
        Rule::TooShort { min } => format!("The text is too short. At least {}.", count(*min, &CHARACTERS, EN)),
        Rule::TooMany { max } => format!("There are too many items. At most {}.", count(*max, &ITEMS, EN)),
        Rule::TooFew { min } => format!("There are too few items. At least {}.", count(*min, &ITEMS, EN)),
        Rule::Duplicate => "The same item was entered more than once. Please remove the repetition.".to_owned(),
        Rule::WrongType { expected } => {
            format!("This is the wrong kind of value. Please enter {}.", kind(*expected, EN))
        }
        Rule::Pattern { expected } if expected.is_empty() => {
            "The value is not written in the right form. Please check it and enter it again.".to_owned()
        }
        Rule::Pattern { expected } => {
            format!("The value is not written in the right form. Please write it like this: {}.", value(expected))
        }
        Rule::OutOfRange { min: Some(min), max: Some(max) } => {
            format!("Please enter a value from {} to {}.", value(min), value(max))
        }
        Rule::OutOfRange { min: Some(min), max: None } => {
            format!("Please enter a value of at least {}.", value(min))
        }
        Rule::OutOfRange { min: None, max: Some(max) } => {
            format!("Please enter a value of at most {}.", value(max))
        }
        Rule::OutOfRange { min: None, max: None } => {
            "The value is outside the range allowed. Please check it.".to_owned()
        }
        Rule::NotAbove { limit } => format!("Please enter a value greater than {}.", value(limit)),
        Rule::NotBelow { limit } => format!("Please enter a value less than {}.", value(limit)),
        Rule::NotMultipleOf { step } => format!("Please enter a multiple of {}.", value(step)),
        Rule::NotOneOf { allowed } if allowed.is_empty() => {
            "This value is not allowed here. Please check it.".to_owned()
        }
        Rule::NotOneOf { allowed } => format!("Please choose one of these: {}.", list(allowed, ", ", EN)),
        Rule::NotInFuture => "The date must be in the future. Please correct it.".to_owned(),
        Rule::NotInPast => "The date must not be in the future. Please correct it.".to_owned(),
        Rule::UnknownField => "This service has no such field. Please remove it or correct its name.".to_owned(),
        Rule::NotAllowed => "This field may not be filled in here. Please leave it empty.".to_owned(),
        Rule::ConflictsWith { other } => {
            format!("This field cannot be given together with {}. Please fill in only one.", value(other))
        }
        Rule::NotUtf8 => "The text contains unreadable characters. Please type it again.".to_owned(),
        Rule::Malformed { what } => format!("This is not a valid {}.{}", noun(*what, EN), sample(*what, EN)),
        Rule::CheckDigit { what } => format!(
            "The {} was mistyped. Please compare it with the original character by character and enter it again.",
            noun(*what, EN)
        ),
        Rule::Placeholder { what } => {
            format!("This stands in for a missing {}. Please leave the field empty if there is none.", noun(*what, EN))
        }
        Rule::NotFound { what } => {
            format!("No {} was found for what was entered. Please check it.", noun(*what, EN))
        }
        Rule::Unmet => {
            "These details do not meet the conditions of the service's form. Please check them with the other fields."
                .to_owned()
        }
    }
}

fn noun(what: Thing, locale: Locale) -> &'static str {
    what.noun(locale)
}

fn sample(what: Thing, locale: Locale) -> String {
    match (what.sample(), locale) {
        (None, Locale::Ar) => " يُرجى مراجعة الأصل وإعادة الإدخال.".to_owned(),
        (None, Locale::En) => " Please check the original and enter it again.".to_owned(),
        (Some(sample), Locale::Ar) => format!(" مثال على الصيغة الصحيحة: {}.", isolate(sample, locale)),
        (Some(sample), Locale::En) => format!(" A correct example: {sample}."),
    }
}

fn kind(kind: Kind, locale: Locale) -> &'static str {
    let (ar, en) = match kind {
        Kind::Text => ("نص", "text"),
        Kind::Number => ("رقم", "a number"),
        Kind::WholeNumber => ("عدد صحيح بلا كسور", "a whole number"),
        Kind::YesNo => ("نعم أو لا", "yes or no"),
        Kind::List => ("قائمة", "a list"),
        Kind::Group => ("مجموعة حقول", "a group of fields"),
        Kind::Nothing => ("ترك الحقل فارغًا", "nothing"),
    };
    match locale {
        Locale::Ar => ar,
        Locale::En => en,
    }
}

fn list(values: &[String], separator: &str, locale: Locale) -> String {
    let read_out: Vec<_> = values.iter().take(READ_OUT).map(|value| isolate(value, locale)).collect();
    let more = if values.len() > READ_OUT { format!("{separator}…") } else { String::new() };
    read_out.join(separator) + &more
}
