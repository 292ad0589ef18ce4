//! What is submitted: applications of a known length, for a service made for it.

use std::path::{Path, PathBuf};

use jisr_proto::v1;
use prost::Message as _;
use prost_types::value::Kind;
use prost_types::{ListValue, Value};

/// Bytes of a small application, encoded, and of a long one.
pub(crate) const SIZES: [(&str, usize); 2] = [("1k", 1024), ("32k", 32 * 1024)];
const SENTENCE: &str = "بناء فيلا سكنية من طابقين مع ملحق خارجي ومواقف مظللة للسيارات. ";
/// Letters of a paragraph; the form allows more.
const PARAGRAPH: usize = 900;

/// The shipped catalogue with our service in it, as a copy in `folder`.
pub(crate) fn catalogue(folder: &Path) -> PathBuf {
    let (from, to) = (jisr_testkit::repository().join("deploy/catalogue"), folder.join("catalogue"));
    for kind in ["departments", "services", "centres"] {
        std::fs::create_dir_all(to.join(kind)).unwrap();
        for file in std::fs::read_dir(from.join(kind)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(kind).join(file.file_name())).unwrap();
        }
    }
    std::fs::write(to.join("services/bench.yaml"), include_str!("service.yaml")).unwrap();
    to
}

/// An application that is so long as it travels, to a byte or two.
pub(crate) fn application(bytes: usize) -> v1::Transaction {
    let mut application = jisr_tests::application("345-0678");
    application.service = "services/bench".to_owned();
    let fields = &mut application.answers.as_mut().unwrap().fields;
    fields.retain(|name, _| name == "plot_no");
    let mut paragraphs = Vec::new();
    loop {
        let with = |paragraphs: &[String]| {
            let values = paragraphs.iter().map(|text| Value { kind: Some(Kind::StringValue(text.clone())) });
            let list = Value { kind: Some(Kind::ListValue(ListValue { values: values.collect() })) };
            let mut whole = application.clone();
            whole.answers.as_mut().unwrap().fields.insert("paragraphs".to_owned(), list);
            whole
        };
        let mut paragraph: String = SENTENCE.chars().cycle().take(PARAGRAPH).collect();
        paragraphs.push(paragraph.clone());
        if with(&paragraphs).encoded_len() < bytes {
            continue;
        }
        while with(&paragraphs).encoded_len() > bytes && paragraph.chars().count() > 1 {
            paragraph.pop();
            *paragraphs.last_mut().unwrap() = paragraph.clone();
        }
        return with(&paragraphs);
    }
}
