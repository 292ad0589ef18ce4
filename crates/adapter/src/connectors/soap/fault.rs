//! A SOAP 1.1 fault (section 4.4).

use std::fmt;

use super::tree::Element;

/// What the system reported instead of an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// `faultcode` without its prefix, for example `Client.BC-404` or `Server`.
    pub code: String,
    /// `faultstring`: the system's own words. May be about a person, so it is not printed by `Debug`.
    pub string: String,
    /// `faultactor`, if any.
    pub actor: Option<String>,
    /// `detail`, if any. Its presence means that the body was processed, its absence that it was not.
    pub detail: Option<Element>,
}

impl Fault {
    /// Reads `soap:Fault`. The parts are unqualified by the standard; qualified ones are accepted.
    #[must_use]
    pub(super) fn read(element: &Element) -> Self {
        let code = element.child_text("faultcode").unwrap_or_default();
        let code = code.trim();
        Self {
            code: code.rsplit_once(':').map_or(code, |(_, local)| local).into(),
            string: element.child_text("faultstring").unwrap_or_default().trim().into(),
            actor: element
                .child_text("faultactor")
                .map(|actor| actor.trim().into())
                .filter(|actor: &String| !actor.is_empty()),
            detail: element.child("detail").cloned(),
        }
    }

    /// The system's own code behind the class of SOAP 1.1's dot notation: `BC-404` of `Client.BC-404`.
    #[must_use]
    pub fn specific_code(&self) -> Option<&str> {
        self.code.split_once('.').map(|(_, specific)| specific)
    }

    /// `true` for the class `Client`: the message was wrong as sent, and repeating it cannot succeed.
    #[must_use]
    pub fn is_client(&self) -> bool {
        self.code.split('.').next() == Some("Client")
    }

    /// All character data of `detail`; empty without one.
    #[must_use]
    pub fn detail_text(&self) -> String {
        self.detail.as_ref().map(|detail| detail.text().trim().to_owned()).unwrap_or_default()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "fault {}", self.code)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Fault").field("code", &self.code).finish_non_exhaustive()
    }
}

impl std::error::Error for Fault {}
