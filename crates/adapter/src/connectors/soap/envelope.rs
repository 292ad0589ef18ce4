//! Writes a SOAP 1.1 envelope as UTF-8. Pure.

use bytes::Bytes;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::tree::{Element, Node};
use super::{ENVELOPE_NAMESPACE, SCHEMA_INSTANCE_NAMESPACE};

/// A value that no XML 1.0 document can hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// A control character, surrogate or non-character, which XML 1.0 cannot carry even when escaped.
    #[error("the value of {element} holds U+{character:04X}, which XML cannot carry")]
    Character {
        /// The local name of the element or attribute.
        element: String,
        /// The code point.
        character: u32,
    },
    /// An element or attribute name that is no XML name; a mistake in the adapter.
    #[error("{0:?} is no XML name")]
    Name(String),
}

/// Writes the envelope: `headers` in `soap:Header` (left out if there are none) and `body` in `soap:Body`.
///
/// Line feeds stay as they are, carriage returns are escaped, so that text arrives as it was given.
///
/// # Errors
/// A value or name that XML 1.0 cannot hold.
pub fn write_envelope(headers: &[Element], body: &Element) -> Result<Bytes, EnvelopeError> {
    let mut envelope = Element::new(ENVELOPE_NAMESPACE, "Envelope");
    if !headers.is_empty() {
        let header = Element::new(ENVELOPE_NAMESPACE, "Header");
        envelope = envelope.with_child(headers.iter().cloned().fold(header, Element::with_child));
    }
    envelope = envelope.with_child(Element::new(ENVELOPE_NAMESPACE, "Body").with_child(body.clone()));

    let mut prefixes = Prefixes(vec![ENVELOPE_NAMESPACE.into()]);
    prefixes.collect(&envelope);
    let mut writer = Writer::new(Vec::with_capacity(2048));
    emit(&mut writer, Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    write_element(&mut writer, &envelope, &prefixes, true)?;
    Ok(Bytes::from(writer.into_inner()))
}

/// The namespaces of a document; all are declared on the root, under the prefix of their position.
struct Prefixes(Vec<String>);

impl Prefixes {
    fn collect(&mut self, element: &Element) {
        let of_attributes = element.attributes.iter().filter_map(|attribute| attribute.namespace.as_ref());
        for namespace in element.namespace.iter().chain(of_attributes) {
            if !self.0.contains(namespace) {
                self.0.push(namespace.clone());
            }
        }
        element.elements().for_each(|child| self.collect(child));
    }

    fn prefix(&self, position: usize) -> String {
        match self.0.get(position).map(String::as_str) {
            Some(ENVELOPE_NAMESPACE) => "soap".into(),
            Some(SCHEMA_INSTANCE_NAMESPACE) => "xsi".into(),
            _ => format!("n{position}"),
        }
    }

    fn qualify(&self, namespace: Option<&str>, name: &str) -> Result<String, EnvelopeError> {
        if !is_name(name) {
            return Err(EnvelopeError::Name(name.into()));
        }
        let position = namespace.and_then(|wanted| self.0.iter().position(|known| known == wanted));
        Ok(position.map_or_else(|| name.into(), |position| format!("{}:{name}", self.prefix(position))))
    }
}

fn write_element(
    writer: &mut Writer<Vec<u8>>,
    element: &Element,
    prefixes: &Prefixes,
    root: bool,
) -> Result<(), EnvelopeError> {
    let name = prefixes.qualify(element.namespace.as_deref(), &element.name)?;
    let mut start = BytesStart::new(name.as_str());
    if root {
        for (position, namespace) in prefixes.0.iter().enumerate() {
            start.push_attribute((format!("xmlns:{}", prefixes.prefix(position)).as_str(), namespace.as_str()));
        }
    }
    for attribute in &element.attributes {
        check(&attribute.name, &attribute.value)?;
        let name = prefixes.qualify(attribute.namespace.as_deref(), &attribute.name)?;
        start.push_attribute((name.as_str(), attribute.value.as_str()));
    }
    if element.children.is_empty() {
        emit(writer, Event::Empty(start));
        return Ok(());
    }
    emit(writer, Event::Start(start));
    for node in &element.children {
        match node {
            Node::Element(child) => write_element(writer, child, prefixes, false)?,
            Node::Text(text) => {
                check(&element.name, text)?;
                emit(writer, Event::Text(BytesText::new(text)));
            }
        }
    }
    emit(writer, Event::End(BytesEnd::new(name)));
    Ok(())
}

fn emit(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer.write_event(event).expect("writing to memory cannot fail");
}

/// Holds a value against the production `Char` of XML 1.0.
fn check(element: &str, value: &str) -> Result<(), EnvelopeError> {
    let carried =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    match value.chars().find(|&c| !carried(c)) {
        None => Ok(()),
        Some(c) => Err(EnvelopeError::Character { element: element.into(), character: c.into() }),
    }
}

/// A subset of `NCName` that is enough for every message an adapter states in its source.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &Element) -> String {
        String::from_utf8(write_envelope(&[], body).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn writes_arabic_and_escapes_markup() {
        let body = Element::new("urn:bc", "Submit")
            .with_child(Element::new("urn:bc", "text").with_text("بناء <فيلا> & \"سور\"\r\nمُلحَق ﷲ"))
            .with_child(Element::unqualified("empty"));
        assert_eq!(
            written(&body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:n1=\"urn:bc\">\
             <soap:Body><n1:Submit><n1:text>بناء &lt;فيلا&gt; &amp; &quot;سور&quot;&#13;\nمُلحَق ﷲ</n1:text>\
             <empty/></n1:Submit></soap:Body></soap:Envelope>"
        );
    }

    #[test]
    fn headers_precede_the_body_and_attributes_are_qualified() {
        let header = Element::new("urn:h", "H").with_attribute(Some(ENVELOPE_NAMESPACE), "mustUnderstand", "1");
        let bytes = write_envelope(&[header], &Element::unqualified("b")).unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains("<soap:Header><n1:H soap:mustUnderstand=\"1\"/></soap:Header><soap:Body><b/>"), "{text}");
    }

    #[test]
    fn a_character_that_xml_cannot_carry_is_named() {
        let body = Element::unqualified("work").with_text("سطر\u{000B}آخر");
        let error = write_envelope(&[], &body).unwrap_err();
        assert_eq!(error, EnvelopeError::Character { element: "work".into(), character: 0x0B });
        assert_eq!(error.to_string(), "the value of work holds U+000B, which XML cannot carry");
    }

    #[test]
    fn a_name_cannot_smuggle_markup() {
        assert_eq!(write_envelope(&[], &Element::unqualified("a><b")), Err(EnvelopeError::Name("a><b".into())));
    }
}
