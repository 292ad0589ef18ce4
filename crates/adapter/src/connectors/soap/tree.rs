//! A small XML element tree: what adapters write into a body and read out of one. It prints names, never contents.

use std::fmt;

use super::SCHEMA_INSTANCE_NAMESPACE;

/// An element with its namespace resolved; prefixes do not exist here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// The namespace name, if any.
    pub namespace: Option<String>,
    /// The local name.
    pub name: String,
    /// In document order.
    pub attributes: Vec<Attribute>,
    /// In document order; comments and processing instructions are dropped.
    pub children: Vec<Node>,
}

/// An attribute with its namespace resolved.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The namespace name, if any.
    pub namespace: Option<String>,
    /// The local name.
    pub name: String,
    /// The normalised value.
    pub value: String,
}

/// What an element holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    /// A child element.
    Element(Element),
    /// Character data, entities resolved.
    Text(String),
}

impl Element {
    /// An empty element in a namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), name: name.into(), ..Self::default() }
    }

    /// An empty element in no namespace, as systems with unqualified local elements want it.
    pub fn unqualified(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With this text appended.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// With this child appended.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// With this attribute appended; `namespace` as `None` for a plain one.
    #[must_use]
    pub fn with_attribute(mut self, namespace: Option<&str>, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push(Attribute {
            namespace: namespace.map(Into::into),
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// The child elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child of this local name, **in any namespace**: server stacks disagree on qualifying local elements.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// The text of the first child of this local name; `None` if it is absent or `xsi:nil`.
    #[must_use]
    pub fn child_text(&self, name: &str) -> Option<String> {
        self.child(name).filter(|child| !child.is_nil()).map(Self::text)
    }

    /// All character data below this element, in document order.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.collect_text(&mut text);
        text
    }

    fn collect_text(&self, into: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => into.push_str(text),
                Node::Element(element) => element.collect_text(into),
            }
        }
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, namespace: Option<&str>, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name && attribute.namespace.as_deref() == namespace)
            .map(|attribute| attribute.value.as_str())
    }

    /// Whether `xsi:nil` says that there is no value.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self.attribute(Some(SCHEMA_INSTANCE_NAMESPACE), "nil"), Some("true" | "1"))
    }

    /// Whether this is the element of that namespace and local name.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace.as_deref() == Some(namespace)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}>", self.name)?;
        formatter.debug_list().entries(&self.children).finish()
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}=***", self.name)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => element.fmt(formatter),
            Self::Text(_) => formatter.write_str("***"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_and_nil() {
        let nil = Element::unqualified("b").with_attribute(Some(SCHEMA_INSTANCE_NAMESPACE), "nil", "true");
        let tree = Element::new("urn:x", "a")
            .with_child(Element::new("urn:y", "name").with_text("فاطمة ").with_text("المهيري"))
            .with_child(nil);
        assert_eq!(tree.child_text("name").as_deref(), Some("فاطمة المهيري"));
        assert_eq!(tree.child_text("b"), None);
        assert_eq!(tree.child_text("absent"), None);
        assert!(tree.is("urn:x", "a"));
    }

    #[test]
    fn prints_names_only() {
        let tree = Element::unqualified("a").with_child(Element::unqualified("id").with_text("784-1990"));
        assert_eq!(format!("{tree:?}"), "<a>[<id>[***]]");
    }
}
