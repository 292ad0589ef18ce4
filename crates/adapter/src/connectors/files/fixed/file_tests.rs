//! Whole files, halves, and files that count wrongly.

use super::super::{Field, Form};
use super::*;
use crate::connectors::charset::CodePage;

const HEADER: &[Field] = &[kind("H")];
const DETAIL: &[Field] = &[kind("D"), Field { name: "name", offset: 1, length: 15, form: Form::Text }];
const TRAILER: &[Field] = &[kind("T"), Field { name: "count", offset: 1, length: 6, form: Form::Number }];

const fn kind(text: &'static str) -> Field {
    Field { name: "kind", offset: 0, length: 1, form: Form::Constant(text) }
}

fn layout() -> FileLayout {
    let part = |fields| Layout::new(CodePage::WINDOWS_1256, 16, fields).unwrap();
    FileLayout { header: part(HEADER), detail: part(DETAIL), trailer: part(TRAILER), count: "count", max_records: 5 }
}

fn file(names: &[&str], count: usize) -> Vec<u8> {
    let details: Vec<_> = names.iter().map(|name| layout().detail.write(&[("name", name)]).unwrap()).collect();
    let trailer = layout().trailer.write(&[("count", &count.to_string())]).unwrap();
    layout().write(&layout().header.write(&[]).unwrap(), &details, &trailer)
}

#[test]
fn a_whole_file_gives_its_records() {
    let read = layout().read(&file(&["مريم", "راشد"], 2)).unwrap();
    let names: Vec<_> = read.details.iter().map(|record| record.as_ref().unwrap().get("name")).collect();
    assert_eq!(names, ["مريم", "راشد"]);
    assert_eq!(layout().read(&file(&[], 0)).unwrap().details, []);
}

#[test]
fn every_cut_is_noticed() {
    let whole = file(&["مريم", "راشد"], 2);
    for length in 0..whole.len() {
        assert!(matches!(layout().read(&whole[..length]), Err(FileError::Half(_))), "cut after {length} bytes");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let read = |file: Vec<u8>| layout().read(&file);
    assert_eq!(read(file(&["مريم"], 2)), Err(FileError::Count { says: 2, holds: 1 }));
    assert_eq!(read(file(&["a"; 6], 6)), Err(FileError::TooMany(5)));
    let mut shifted = file(&["مريم", "راشد"], 2);
    shifted.insert(20, b'x');
    assert!(matches!(read(shifted), Err(FileError::Ending(1))));
    let mut headless = file(&["مريم"], 1);
    headless[0] = b'D';
    assert_eq!(read(headless), Err(FileError::Frame("header", RecordError::Kind("kind"))));
    assert_eq!(read("سجل بترميز آخر".into()), Err(FileError::Utf8("windows-1256")));
    assert!(read(vec![0x98; 4 * 18]).is_err());
}

#[test]
fn one_bad_record_spoils_no_other() {
    let mut bad = file(&["مريم", "راشد"], 2);
    bad[18] = b'?';
    let read = layout().read(&bad).unwrap();
    assert_eq!(read.details[0], Err(RecordError::Kind("kind")));
    assert_eq!(read.details[1].as_ref().unwrap().get("name"), "راشد");
}
