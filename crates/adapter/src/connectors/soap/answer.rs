//! Reads a SOAP 1.1 answer out of hostile text: no DTD, bounded depth and size. Pure.

use quick_xml::Reader;
use quick_xml::events::Event;
use roxmltree::{Document, ParsingOptions};

use super::ENVELOPE_NAMESPACE;
use super::fault::Fault;
use super::security::WSSE_NAMESPACE;
use super::tree::{Attribute, Element, Node};

/// Bounds on an answer's shape. Its size in bytes is bounded by the HTTP client.
#[derive(Clone, Copy, Debug)]
pub struct AnswerLimits {
    /// Deepest nesting of elements.
    pub max_depth: usize,
    /// Most nodes (elements, texts, comments).
    pub max_nodes: u32,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self { max_depth: 64, max_nodes: 20_000 }
    }
}

/// Why a text is no SOAP 1.1 answer. Quotes nothing from it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not well-formed XML.
    #[error("not well-formed XML")]
    Malformed,
    /// A document type declaration, which SOAP 1.1 forbids (section 3) and attacks need.
    #[error("a document type declaration")]
    Dtd,
    /// Nested more deeply than the limit.
    #[error("elements nested more than {0} deep")]
    Depth(usize),
    /// More nodes than the limit.
    #[error("more than {0} nodes")]
    Nodes(u32),
    /// Well-formed, but no SOAP 1.1 envelope.
    #[error("no SOAP 1.1 envelope")]
    NoEnvelope,
    /// The body holds no element.
    #[error("an empty SOAP body")]
    EmptyBody,
    /// A header for us that must be understood and is not (section 4.2.3).
    #[error("a mandatory header that is not understood: {0}")]
    NotUnderstood(String),
}

/// Reads the first element of the body, or the fault in its place.
///
/// # Errors
/// The text is no SOAP 1.1 envelope within the limits.
pub fn read_answer(text: &str, limits: AnswerLimits) -> Result<Result<Element, Fault>, AnswerError> {
    check_shape(text, limits.max_depth)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.max_nodes, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => AnswerError::Dtd,
        roxmltree::Error::NodesLimitReached => AnswerError::Nodes(limits.max_nodes),
        _ => AnswerError::Malformed,
    })?;
    let envelope = convert(document.root_element());
    if !envelope.is(ENVELOPE_NAMESPACE, "Envelope") {
        return Err(AnswerError::NoEnvelope);
    }
    let part = |name| envelope.elements().find(|element| element.is(ENVELOPE_NAMESPACE, name));
    if let Some(stranger) = part("Header").and_then(|header| header.elements().find(|block| must_be_refused(block))) {
        return Err(AnswerError::NotUnderstood(stranger.name.clone()));
    }
    let body = part("Body").ok_or(AnswerError::NoEnvelope)?;
    let content = body.elements().next().ok_or(AnswerError::EmptyBody)?;
    Ok(if content.is(ENVELOPE_NAMESPACE, "Fault") { Err(Fault::read(content)) } else { Ok(content.clone()) })
}

/// A first pass that keeps nothing: the tree builder recurses, so depth is bounded before it runs.
fn check_shape(text: &str, max_depth: usize) -> Result<(), AnswerError> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| AnswerError::Malformed)? {
            Event::Start(_) => depth += 1,
            Event::Empty(_) if depth == max_depth => return Err(AnswerError::Depth(max_depth)),
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(_) => return Err(AnswerError::Dtd),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if depth > max_depth {
            return Err(AnswerError::Depth(max_depth));
        }
    }
}

/// A block addressed to us (no actor, or the actor `next`) that insists on being understood.
///
/// `wsse:Security` in an answer holds at most a timestamp here and is let pass; nothing else is known.
fn must_be_refused(block: &Element) -> bool {
    let insists = matches!(block.attribute(Some(ENVELOPE_NAMESPACE), "mustUnderstand"), Some("1" | "true"));
    let ours = matches!(
        block.attribute(Some(ENVELOPE_NAMESPACE), "actor"),
        None | Some("" | "http://schemas.xmlsoap.org/soap/actor/next")
    );
    insists && ours && !block.is(WSSE_NAMESPACE, "Security")
}

fn convert(node: roxmltree::Node<'_, '_>) -> Element {
    Element {
        namespace: node.tag_name().namespace().map(Into::into),
        name: node.tag_name().name().into(),
        attributes: node
            .attributes()
            .map(|attribute| Attribute {
                namespace: attribute.namespace().map(Into::into),
                name: attribute.name().into(),
                value: attribute.value().into(),
            })
            .collect(),
        children: node
            .children()
            .filter_map(|child| match child.text() {
                _ if child.is_element() => Some(Node::Element(convert(child))),
                Some(text) if child.is_text() => Some(Node::Text(text.into())),
                _ => None,
            })
            .collect(),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
