//! Code pages against `iconv`, over generated Arabic text, and against what they are known to lack.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

/// `iconv` of the C library, which was not written here.
fn iconv(from: &str, to: &str, input: &[u8]) -> Vec<u8> {
    // -c leaves out what cannot be converted.
    let mut child = Command::new("iconv")
        .args(["-c", "-f", from, "-t", to])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("iconv is part of libc-bin");
    child.stdin.take().expect("its input").write_all(input).expect("it reads");
    child.wait_with_output().expect("it ends").stdout
}

fn every_byte() -> impl Iterator<Item = u8> {
    0..=u8::MAX
}

/// Every byte of the page as one text, told apart by a separator that each page has where ASCII has it.
fn separated(of: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    every_byte().flat_map(|byte| [of(byte), vec![b'|']].concat()).collect()
}

#[test]
fn all_bytes_are_what_iconv_says() {
    for (label, theirs, characters) in [
        ("windows-1256", "CP1256", 256),
        ("iso-8859-6", "ISO-8859-6", 210),
        ("windows-1251", "CP1251", 255),
        ("koi8-r", "KOI8-R", 256),
    ] {
        let page = CodePage::of(label).unwrap();
        let ours = separated(|byte| match page.decode(&[byte]) {
            // What the Standard fills with a control character is empty in the page itself.
            Ok(text) if label == "windows-1251" && text == "\u{98}" => Vec::new(),
            Ok(text) => text.into_bytes(),
            Err(error) => {
                assert_eq!((error.position, error.byte), (0, byte));
                Vec::new()
            }
        });
        let expected = iconv(theirs, "UTF-8", &separated(|byte| vec![byte]));
        assert_eq!(String::from_utf8(ours.clone()), String::from_utf8(expected), "{label} to text");
        let held: String =
            every_byte().filter_map(|byte| page.decode(&[byte]).ok()).filter(|c| c != "\u{98}").collect();
        assert_eq!(held.chars().count(), characters, "{label}");
        assert_eq!(page.encode(&held).unwrap(), iconv("UTF-8", theirs, held.as_bytes()), "{label} to bytes");
    }
}

#[test]
fn windows_1256_has_every_byte_and_gives_it_back() {
    let all: Vec<u8> = every_byte().collect();
    let text = CodePage::WINDOWS_1256.decode(&all).unwrap();
    assert_eq!(text.chars().count(), 256);
    assert_eq!(CodePage::WINDOWS_1256.encode(&text).unwrap(), all);
}

#[test]
fn a_real_sentence_is_the_bytes_it_always_was() {
    let text = "رقم المبنى 582104376، دبي";
    let bytes = iconv("UTF-8", "CP1256", text.as_bytes());
    assert_eq!(CodePage::WINDOWS_1256.encode(text).as_ref(), Ok(&bytes));
    assert_eq!(CodePage::of("CP1256").unwrap().decode(&bytes).as_deref(), Ok(text));
}

#[test]
fn what_the_page_lacks_is_named() {
    use CharacterKind as Kind;
    for (text, position, kind) in [
        ("فيلا ٧", 5, Kind::ArabicIndicDigit),
        ("۷", 0, Kind::ExtendedArabicIndicDigit),
        ("عبد \u{fdf2}", 4, Kind::PresentationForm),
        ("\u{feea}\u{fe8e}", 0, Kind::PresentationForm),
        ("050\u{202c}", 3, Kind::BidirectionalControl),
        ("\u{2067}دبي\u{2069}", 0, Kind::BidirectionalControl),
        ("دبي\u{61c}", 3, Kind::BidirectionalControl),
        ("هذ\u{670}ا", 2, Kind::KoranicMark),
        ("ٱلله", 0, Kind::OtherArabic),
        ("علی", 2, Kind::OtherArabic),
        ("50٪", 2, Kind::OtherArabic),
        ("مبنى 🏠", 5, Kind::Other),
    ] {
        let error = CodePage::WINDOWS_1256.encode(text).unwrap_err();
        assert_eq!((error.position, error.kind), (position, kind), "{text:?}");
        assert_eq!(Some(error.character), text.chars().nth(position), "{text:?}");
        assert!(!CodePage::WINDOWS_1256.holds(error.character));
    }
    // The only invisible ones that it has, and the letters of Urdu that Windows added.
    for character in "\u{200c}\u{200d}\u{200e}\u{200f}ـپچژگٹ،؛؟".chars() {
        assert!(CodePage::WINDOWS_1256.holds(character), "{character:?}");
    }
}

#[test]
fn a_loss_is_a_fault_that_names_field_and_character() {
    let fault = CodePage::WINDOWS_1256.encode("شقة ٣").unwrap_err().into_fault("answers.flat");
    assert_eq!(
        (fault.class, &*fault.code, fault.field.as_deref()),
        (FaultClass::Mapping, "MAPPING_LOSS", Some("answers.flat"))
    );
    let says = "holds U+0663 at character 4, an Arabic-Indic digit that windows-1256 does not have";
    assert_eq!(fault.detail.as_deref(), Some(says));
}

#[test]
fn a_byte_that_is_no_character_is_named() {
    let page = CodePage::of("iso-8859-6").unwrap();
    let error = page.decode(b"\xc7\xe4\xfb").unwrap_err();
    assert_eq!(error.to_string(), "byte 0xFB at 2 is no character of ISO-8859-6");
}

#[test]
fn utf8_under_the_name_of_a_page_is_noticed() {
    let page = CodePage::WINDOWS_1256;
    let long = "رخصة بناء".repeat(20);
    for text in ["دبي", "رخصة بناء", &long] {
        assert!(looks_like_utf8(text.as_bytes()), "{text}");
        assert!(!looks_like_utf8(&page.encode(text).unwrap()), "{text}");
    }
    for bytes in [b"".as_slice(), b"Dubai 04", "é".as_bytes(), "دبي".as_bytes().split_last().unwrap().1] {
        assert!(!looks_like_utf8(bytes), "{bytes:?}");
    }
}

#[test]
fn only_single_byte_pages_are_taken() {
    for label in ["utf-8", "utf-16le", "gb18030", "shift_jis", "cp864", "cp720", "replacement", "", "windows"] {
        assert_eq!(CodePage::of(label), Err(UnknownPage(label.into())), "{label}");
    }
    for label in ["windows-1256", "CP1256", " x-cp1256 ", "iso-8859-6", "windows-1252"] {
        assert!(CodePage::of(label).is_ok(), "{label}");
    }
}

/// Arabic as people write it: words, vowel signs, tatweel, ASCII and Arabic punctuation, digits, the odd Latin name.
fn arabic() -> impl Strategy<Value = String> {
    "([ء-غـ-ْ]{1,12}[ ،؛؟.0-9A-Za-z/()-]{0,4}){0,20}"
}

proptest! {
    #[test]
    fn arabic_text_comes_back_as_it_went(text in arabic()) {
        let bytes = CodePage::WINDOWS_1256.encode(&text).unwrap();
        prop_assert_eq!(bytes.len(), text.chars().count());
        prop_assert_eq!(CodePage::WINDOWS_1256.decode(&bytes).unwrap(), text);
    }

    #[test]
    fn any_text_comes_back_or_is_refused_at_its_first_stranger(text in any::<String>(), tail in arabic()) {
        let text = format!("{tail}{text}");
        let first = text.chars().position(|character| !CodePage::WINDOWS_1256.holds(character));
        match CodePage::WINDOWS_1256.encode(&text) {
            Ok(bytes) => {
                prop_assert_eq!(first, None);
                prop_assert_eq!(CodePage::WINDOWS_1256.decode(&bytes).unwrap(), text);
            }
            Err(error) => prop_assert_eq!((Some(error.position), Some(error.character)), (first, text.chars().nth(error.position))),
        }
    }

    #[test]
    fn any_bytes_come_back_as_they_were(bytes in any::<Vec<u8>>()) {
        let text = CodePage::WINDOWS_1256.decode(&bytes).unwrap();
        prop_assert_eq!(CodePage::WINDOWS_1256.encode(&text).unwrap(), bytes);
    }
}
