//! Records against bytes counted by hand, and over generated values.

use proptest::prelude::*;

use super::*;
use crate::connectors::charset::CodePage;

const fn field(name: &'static str, offset: usize, length: usize, form: Form) -> Field {
    Field { name, offset, length, form }
}

const FIELDS: &[Field] = &[
    field("kind", 0, 1, Form::Constant("D")),
    field("number", 1, 6, Form::Number),
    field("name", 8, 20, Form::Text),
    field("code", 28, 2, Form::Text),
];

fn layout() -> Layout {
    Layout::new(CodePage::WINDOWS_1256, 32, FIELDS).unwrap()
}

#[test]
fn bytes_are_where_the_layout_says() {
    let record = layout().write(&[("number", "42"), ("name", "دبي"), ("code", "A1")]).unwrap();
    let expected = [b"D000042 ".as_slice(), b"\xcf\xc8\xed                 ", b"A1  "].concat();
    assert_eq!(record, expected);
    let read = layout().read(&record).unwrap();
    assert_eq!((read.number("number"), read.get("name"), read.get("code")), (Some(42), "دبي", "A1"));
    assert_eq!(read.get("unknown"), "");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let write = |number: &str, name: &str| {
        let error = layout().write(&[("number", number), ("name", name), ("code", "")]).unwrap_err();
        (error.field().to_owned(), error.what())
    };
    for (number, name, field, what) in [
        ("1234567", "", "number", "is longer than 6 characters"),
        ("12a", "", "number", "holds U+0061 at character 2; allowed: the digits 0 to 9"),
        ("٤٢", "", "number", "holds U+0664 at character 0; allowed: the digits 0 to 9"),
        ("1", "اسم طويل جدا لا يتسع له الحقل", "name", "is longer than 20 characters"),
        ("1", "سطر\nآخر", "name", "holds U+000A at character 3; allowed: no control characters"),
        ("1", "دبي ", "name", "ends in a space, which padding would swallow"),
        (
            "1",
            "ﻣﺮﻳﻢ",
            "name",
            "holds U+FEE3 at character 0, an Arabic presentation form that windows-1256 does not have",
        ),
    ] {
        assert_eq!(write(number, name), (field.to_owned(), what.to_owned()), "{number} {name}");
    }
    assert_eq!(layout().write(&[("number", "1")]), Err(FieldError::Missing("name".into())));
    let stranger = [("number", "1"), ("name", ""), ("code", ""), ("kind", "X")];
    assert_eq!(layout().write(&stranger), Err(FieldError::Missing("kind".into())));
}

#[test]
fn what_is_no_record_is_refused_by_name() {
    let good = layout().write(&[("number", "42"), ("name", "دبي"), ("code", "A1")]).unwrap();
    let with = |place: usize, byte: u8| {
        let mut record = good.clone();
        record[place] = byte;
        layout().read(&record)
    };
    assert_eq!(layout().read(&good[1..]), Err(RecordError::Length(31, 32)));
    assert_eq!(with(0, b'H'), Err(RecordError::Kind("kind")));
    assert_eq!(with(3, b' '), Err(RecordError::Number("number")));
    assert_eq!(with(9, 0), Err(RecordError::Control("name")));
    assert_eq!(with(9, b'\n'), Err(RecordError::Control("name")));
    let blank = [b"D".as_slice(), &[b' '; 31]].concat();
    assert_eq!(layout().read(&blank).unwrap().number("number"), None, "nothing is known");
    // In a page with gaps, a byte that is no character.
    let narrow = Layout::new(CodePage::of("iso-8859-6").unwrap(), 32, FIELDS).unwrap();
    let mut record = good;
    record[9] = 0xfb;
    assert!(matches!(narrow.read(&record), Err(RecordError::Text { field: "name", .. })));
}

#[test]
fn a_layout_that_contradicts_itself_is_none() {
    const OVERLAP: &[Field] = &[field("a", 0, 4, Form::Text), field("b", 3, 2, Form::Text)];
    const BEHIND: &[Field] = &[field("a", 0, 11, Form::Text)];
    const CONSTANT: &[Field] = &[field("a", 0, 2, Form::Constant("ABC"))];
    for (fields, expected) in
        [(OVERLAP, LayoutError::Place("b")), (BEHIND, LayoutError::Place("a")), (CONSTANT, LayoutError::Constant("a"))]
    {
        assert_eq!(Layout::new(CodePage::WINDOWS_1256, 10, fields), Err(expected));
    }
}

proptest! {
    #[test]
    fn values_come_back_as_they_went(number in 0_u64..1_000_000, name in "([ء-غف-يA-Z][ء-غف-ي ،0-9]{0,18}[ء-غف-ي])?", code in "[A-Z0-9]{0,2}") {
        let record = layout().write(&[("number", &number.to_string()), ("name", &name), ("code", &code)]).unwrap();
        prop_assert_eq!(record.len(), 32);
        let read = layout().read(&record).unwrap();
        prop_assert_eq!((read.number("number"), read.get("name"), read.get("code")), (Some(number), &*name, &*code));
    }

    #[test]
    fn any_bytes_are_read_or_refused(record in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = layout().read(&record);
    }
}
