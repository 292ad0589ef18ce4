//! Everything found wrong with one application, and the one problem it becomes.

use jisr_core::name::CentreId;
use jisr_core::problem::{Problem, Reason, Rule, Thing, Violation};
use jisr_core::text::{Locale, LocalizedText};
use jisr_proto::v1;

use super::path::{Path, ROOT};
use crate::catalogue::EvidenceRequirement;

/// More are not told at once: an answer travels in headers, and nobody reads so many.
const MAX_VIOLATIONS: usize = 100;

/// What was found so far.
#[derive(Default)]
pub(super) struct Found<'c> {
    violations: Vec<Violation>,
    /// A field is wrong in another way than the two below.
    other: bool,
    /// The scheme of an identifier that has not its shape.
    malformed: Option<&'static str>,
    /// A centre that is none of the catalogue.
    absent: Option<CentreId>,
    /// Why the customer may not apply.
    unfit: Option<LocalizedText>,
    /// The documents that are missing.
    missing: Vec<&'c EvidenceRequirement>,
    /// What is doubtful and let through.
    warnings: Vec<v1::Warning>,
}

impl<'c> Found<'c> {
    /// A field is wrong.
    pub(super) fn wrong(&mut self, path: Path<'_>, rule: Rule) {
        self.violation(|| Violation::new(path.to_string(), rule));
    }

    /// A field is wrong; made only when there is room for it.
    pub(super) fn violation(&mut self, violation: impl FnOnce() -> Violation) {
        self.other = true;
        self.push(violation);
    }

    /// An identifier has not the shape of its scheme.
    pub(super) fn malformed(&mut self, path: Path<'_>, scheme: &'static str, what: Thing) {
        self.malformed.get_or_insert(scheme);
        self.push(|| Violation::new(path.to_string(), Rule::Malformed { what }));
    }

    /// The catalogue has no such centre.
    pub(super) fn absent(&mut self, path: Path<'_>, centre: CentreId) {
        self.absent = Some(centre);
        self.push(|| Violation::new(path.to_string(), Rule::NotFound { what: Thing::Centre }));
    }

    /// The service does not serve such customers.
    pub(super) fn unfit(&mut self, why: LocalizedText) {
        self.unfit = Some(why);
    }

    /// A document the service asks for is missing.
    pub(super) fn missing(&mut self, requirement: &'c EvidenceRequirement) {
        self.missing.push(requirement);
    }

    /// A field is doubtful.
    pub(super) fn doubtful(&mut self, path: Path<'_>, rule: &Rule) {
        let wording =
            |locale: Locale| v1::LocalizedText { text: rule.text(locale), language_code: locale.tag().to_owned() };
        self.warnings.push(v1::Warning {
            field: path.within(),
            reason: rule.code().to_owned(),
            message: vec![wording(Locale::Ar), wording(Locale::En)],
        });
    }

    fn push(&mut self, violation: impl FnOnce() -> Violation) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(violation());
        }
    }

    /// The warnings, when nothing is wrong.
    ///
    /// # Errors
    /// One problem that tells all of it. Its reason is the first that applies: fields, an identifier, the centre,
    /// eligibility, evidence.
    pub(super) fn verdict(self) -> Result<Vec<v1::Warning>, Problem> {
        let Self { violations, other, malformed, absent, unfit, missing, warnings } = self;
        let reason = match () {
            () if other || (malformed.is_some() && absent.is_some()) => Reason::FieldInvalid,
            () if malformed.is_some() => Reason::IdentifierMalformed,
            () if absent.is_some() => Reason::CentreNotFound,
            () if unfit.is_some() => Reason::NotEligible,
            () if !missing.is_empty() => Reason::EvidenceMissing,
            () => return Ok(warnings),
        };
        let mut problem = violations.into_iter().fold(Problem::new(reason), Problem::violation);
        if let Some(scheme) = malformed {
            problem = problem.with("scheme", scheme);
        }
        if let Some(centre) = absent {
            problem = problem.resource("jisr/Centre", centre.resource_name());
        }
        if let Some(why) = unfit {
            let subject = ROOT.field("customer_category").to_string();
            problem = problem.with("rule", "customer_category").shown("rule", why.clone());
            // Whoever may not apply need not look for documents.
            return Err(problem.precondition("CUSTOMER_CATEGORY", subject, why));
        }
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|requirement| requirement.requirement.as_str()).collect();
            let titles = |locale, separator: &str| {
                let titles = missing.iter().map(|requirement| requirement.titles.in_locale(locale));
                titles.collect::<Vec<_>>().join(separator)
            };
            let shown = LocalizedText::bilingual(titles(Locale::Ar, "، "), titles(Locale::En, ", "));
            problem = problem.with("evidence", names.join(",")).shown("evidence", shown);
            for requirement in missing {
                let subject = format!("evidence/{}", requirement.requirement);
                problem = problem.precondition("EVIDENCE", subject, requirement.titles.clone());
            }
        }
        Err(problem)
    }
}
