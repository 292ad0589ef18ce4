//! What goes wrong for people, told to three readers in two languages: the clerk at the counter, the department's or
//! front end's IT, and the operator. One catalogue; only texts and codes here, no transport.

mod catalogue;
mod fill;
mod grpc;
mod reason;
mod rule;
mod rule_text;
mod words;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use grpc::GrpcCode;
pub use reason::{Entry, Reason, ReasonError, Retry, Text};
pub use rule::{Kind, Rule, Thing, Violation};

use crate::text::{Locale, LocalizedText};

/// The domain of every reason in `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "jisr";

/// One refusal or failure, ready to be told: a reason of the catalogue and the particulars of this case.
///
/// Cheap to move. Its particulars reach front ends, so they hold ids and limits and no personal data; what only
/// operators may see goes in the source.
#[derive(Clone, Debug)]
pub struct Problem(Box<Particulars>);

#[derive(Clone, Debug)]
struct Particulars {
    reason: Reason,
    metadata: Vec<(&'static str, String)>,
    shown: Vec<(&'static str, LocalizedText)>,
    violations: Vec<Violation>,
    preconditions: Vec<Precondition>,
    resource: Option<Resource>,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The thing a problem is about, as `google.rpc.ResourceInfo` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its type, such as `jisr.v1/Transaction`.
    pub kind: &'static str,
    /// Its resource name, such as `transactions/019ca77b-46fb-7fff-bfff-ffffffffffff`.
    pub name: String,
}

/// One thing that must be so first, as `google.rpc.PreconditionFailure.Violation` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// Its type in SCREAMING_SNAKE, such as `EVIDENCE`.
    pub kind: &'static str,
    /// What it is about: the requirement, fee or rule, such as `evidence/title-deed`.
    pub subject: String,
    /// What the clerk should bring about.
    pub description: LocalizedText,
}

impl Problem {
    /// A problem of this reason, no particulars yet.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self(Box::new(Particulars {
            reason,
            metadata: Vec::new(),
            shown: Vec::new(),
            violations: Vec::new(),
            preconditions: Vec::new(),
            resource: None,
            retry_after: None,
            source: None,
        }))
    }

    /// [`Reason::FieldInvalid`] for one field.
    #[must_use]
    pub fn field(field: impl Into<String>, rule: Rule) -> Self {
        Self::new(Reason::FieldInvalid).violation(Violation::new(field, rule))
    }

    /// [`Reason::FieldInvalid`] for every field found wrong; nothing when there is none.
    ///
    /// # Errors
    /// The problem, when there is at least one violation.
    pub fn fields(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() {
            return Ok(());
        }
        let mut problem = Self::new(Reason::FieldInvalid);
        problem.0.violations = violations;
        Err(problem)
    }

    /// Adds a particular. Keys are lower snake case, as the catalogue's texts name them.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.metadata.push((key, value.to_string()));
        self
    }

    /// Gives a particular words for people: the state's name, the service's title. Texts show them in place of the
    /// raw value.
    #[must_use]
    pub fn shown(mut self, key: &'static str, words: LocalizedText) -> Self {
        self.0.shown.push((key, words));
        self
    }

    /// Adds a field found wrong.
    #[must_use]
    pub fn violation(mut self, violation: Violation) -> Self {
        self.0.violations.push(violation);
        self
    }

    /// Adds something that must be so first.
    #[must_use]
    pub fn precondition(mut self, kind: &'static str, subject: impl Into<String>, description: LocalizedText) -> Self {
        self.0.preconditions.push(Precondition { kind, subject: subject.into(), description });
        self
    }

    /// Names the thing the problem is about.
    #[must_use]
    pub fn resource(mut self, kind: &'static str, name: impl Into<String>) -> Self {
        self.0.resource = Some(Resource { kind, name: name.into() });
        self
    }

    /// Says when the same request may be tried again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Keeps what caused it, for the log only.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// The reason, which gives the codes and whether to try again.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The particulars, for `google.rpc.ErrorInfo.metadata`.
    #[must_use]
    pub fn metadata(&self) -> &[(&'static str, String)] {
        &self.0.metadata
    }

    /// The fields found wrong, in the order found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// What must be so first.
    #[must_use]
    pub fn preconditions(&self) -> &[Precondition] {
        &self.0.preconditions
    }

    /// The thing the problem is about.
    #[must_use]
    pub fn about(&self) -> Option<&Resource> {
        self.0.resource.as_ref()
    }

    /// How long to wait before the same request is tried again.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The sentence for the clerk. The fields' own sentences are [`Violation::text`].
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        self.fill(self.0.reason.entry().clerk, locale)
    }

    /// The hint for the department's or front end's IT.
    #[must_use]
    pub fn it_hint(&self, locale: Locale) -> String {
        self.fill(self.0.reason.entry().it_hint, locale)
    }

    /// The operator's next step.
    #[must_use]
    pub fn operator_step(&self, locale: Locale) -> String {
        self.fill(self.0.reason.entry().operator_step, locale)
    }

    fn fill(&self, text: Text, locale: Locale) -> String {
        fill::fill(text.in_locale(locale), locale, |key| self.value(key, locale))
    }

    fn value(&self, key: &str, locale: Locale) -> Option<String> {
        let shown = self.0.shown.iter().find(|(known, _)| *known == key);
        let raw = || self.0.metadata.iter().find(|(known, _)| *known == key);
        match key {
            "code" => Some(self.0.reason.code().to_owned()),
            "name" => self.0.resource.as_ref().map(|resource| resource.name.clone()),
            "retry_after" => self.0.retry_after.map(|delay| words::duration(delay, locale)),
            _ => shown
                .map(|(_, words)| words.in_locale(locale).to_owned())
                .or_else(|| raw().map(|(_, value)| value.clone())),
        }
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

/// In English, for logs and developers; its own level only, without the source.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason.code(), self.message(Locale::En))?;
        self.0.violations.iter().try_for_each(|violation| write!(f, " {violation}"))
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests;
