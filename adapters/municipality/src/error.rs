//! What each fault of building control means: the department's no, a fault that may pass, one that will not, or doubt.

use std::error::Error;

use jisr_adapter::connectors::http::{CallError, NotSent};
use jisr_adapter::connectors::soap::{Fault as SoapFault, SoapError};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::Refused;
use jisr_adapter::{Answer, CallFault};

use crate::mapping::localized;

/// What a call came to when it brought no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The department's no to the customer.
    Refused(Refused),
    /// Building control knows nothing under our reference.
    NotFound,
    /// A technical fault, certain or doubtful.
    Fault(CallFault),
}

impl Verdict {
    /// As the SDK wants it.
    ///
    /// # Errors
    /// Everything but a refusal. That a reference is unknown is only an answer to those who asked for it.
    pub fn into_answer(self) -> Result<Answer, CallFault> {
        match self {
            Self::Refused(refused) => Ok(Answer::Refused(refused)),
            Self::NotFound => Err(CallFault::NotDone(Fault::new(FaultClass::Permanent, "BC-404"))),
            Self::Fault(fault) => Err(fault),
        }
    }

    /// An answer that is well-formed SOAP and still not what was agreed: the call was executed, its result is unknown.
    #[must_use]
    pub fn unreadable(why: &str) -> Self {
        Self::Fault(CallFault::Doubtful { detail: format!("the answer cannot be read: {why}") })
    }
}

impl From<SoapError> for Verdict {
    fn from(error: SoapError) -> Self {
        match error {
            SoapError::Fault(fault) => of_fault(&fault),
            SoapError::Envelope(error) => {
                let fault = Fault::new(FaultClass::Mapping, "MAPPING_LOSS").detail(error.to_string());
                Self::Fault(CallFault::NotDone(fault))
            }
            SoapError::Call(error) => {
                let detail = chain(&error);
                Self::Fault(match &error {
                    CallError::Doubtful(_) => CallFault::Doubtful { detail },
                    CallError::NotSent(NotSent::Request(_)) => {
                        CallFault::NotDone(Fault::new(FaultClass::Permanent, error.code()).detail(detail))
                    }
                    CallError::NotSent(_) => {
                        CallFault::NotDone(Fault::new(FaultClass::Transient, error.code()).detail(detail))
                    }
                })
            }
        }
    }
}

/// Refusals we have words for; building control's own are too short for a customer.
const REFUSALS: [(&str, &str, &str); 2] = [
    (
        "BC-201",
        "قطعة الأرض محل نزاع، ولا تصدر لها عدم ممانعة قبل انتهائه",
        "The plot is under dispute; no certificate is issued before it is settled",
    ),
    (
        "BC-202",
        "رقم قطعة الأرض غير مسجل لدى البلدية، يرجى التحقق منه",
        "The plot number is not registered with the municipality; please check it",
    ),
];

/// The fault table. Building control raises its own codes before it executes, so each of them is certain.
fn of_fault(fault: &SoapFault) -> Verdict {
    let code = fault.specific_code().filter(|code| code.starts_with("BC-"));
    let not_done =
        |class, code: &str, detail: &str| Verdict::Fault(CallFault::NotDone(Fault::new(class, code).detail(detail)));
    match code {
        Some("BC-404") => Verdict::NotFound,
        // An expired password concerns every call and is put right once: waiting beats parking each leg.
        Some(code @ "BC-401") => not_done(FaultClass::Transient, code, "building control refuses our credentials"),
        Some(code) if code.starts_with("BC-2") => Verdict::Refused(refusal(code, fault)),
        Some(code) if code.starts_with("BC-9") => not_done(FaultClass::Transient, code, "building control is busy"),
        Some(code) if code.starts_with("BC-5") => {
            not_done(FaultClass::Permanent, code, "building control finds the message malformed")
        }
        Some(code) => not_done(FaultClass::Permanent, code, "a code that the fault table does not know"),
        // The class Client says that the message was wrong as sent (SOAP 1.1, 4.4.1), so nothing was executed.
        None if fault.is_client() => {
            not_done(FaultClass::Permanent, "SOAP_CLIENT_FAULT", "the server's stack refuses the message")
        }
        // Anything else may have been raised after the effect.
        None => Verdict::Fault(CallFault::Doubtful { detail: "a fault without a code of building control".into() }),
    }
}

fn refusal(code: &str, fault: &SoapFault) -> Refused {
    let known = REFUSALS.iter().find(|(known, _, _)| *known == code);
    let theirs = |name| fault.detail.as_ref().and_then(|detail| find_text(detail, name));
    let (arabic, english) = match known {
        Some((_, arabic, english)) => (Some((*arabic).to_owned()), Some((*english).to_owned())),
        None => (theirs("textAr").or_else(|| Some(fault.string.clone())), theirs("textEn")),
    };
    Refused { code: code.into(), reason: localized(arabic.as_deref(), english.as_deref()), legacy_refs: Vec::new() }
}

fn find_text(element: &jisr_adapter::connectors::soap::Element, name: &str) -> Option<String> {
    element.child_text(name).or_else(|| element.elements().find_map(|child| find_text(child, name)))
}

/// An error with its causes, outermost first, for operators.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use jisr_adapter::connectors::http::Doubtful;

    use super::*;

    fn fault(code: &str) -> Verdict {
        Verdict::from(SoapError::Fault(Box::new(SoapFault {
            code: code.into(),
            string: "نص من البلدية".into(),
            actor: None,
            detail: None,
        })))
    }

    #[test]
    fn every_family_of_codes_has_its_meaning() {
        let class = |verdict| match verdict {
            Verdict::Fault(CallFault::NotDone(fault)) => Some(fault.class),
            _ => None,
        };
        assert_eq!(class(fault("Server.BC-901")), Some(FaultClass::Transient));
        assert_eq!(class(fault("Client.BC-401")), Some(FaultClass::Transient));
        assert_eq!(class(fault("Client.BC-502")), Some(FaultClass::Permanent));
        assert_eq!(class(fault("Client.BC-777")), Some(FaultClass::Permanent));
        assert_eq!(class(fault("Client.SchemaValidationError")), Some(FaultClass::Permanent));
        assert_eq!(fault("Client.BC-404"), Verdict::NotFound);
        assert!(matches!(fault("Server"), Verdict::Fault(CallFault::Doubtful { .. })));
        assert!(matches!(fault("Server.Unknown"), Verdict::Fault(CallFault::Doubtful { .. })));
    }

    #[test]
    fn refusals_speak_to_the_customer() {
        let reason = |code| match fault(code) {
            Verdict::Refused(refused) => refused.reason.into_iter().map(|text| text.language_code).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("Client.BC-201"), ["ar", "en"]);
        assert_eq!(reason("Client.BC-299"), ["ar"]);
    }

    #[test]
    fn the_transport_decides_about_doubt() {
        let doubt = Verdict::from(SoapError::Call(CallError::Doubtful(Doubtful::Oversized(9))));
        let detail = "the call may have been executed: the answer is larger than 9 bytes".to_owned();
        assert_eq!(doubt, Verdict::Fault(CallFault::Doubtful { detail }));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let certain = Verdict::from(SoapError::Call(CallError::NotSent(NotSent::Connect(refused.into()))));
        assert!(matches!(certain, Verdict::Fault(CallFault::NotDone(fault)) if fault.class == FaultClass::Transient));
    }
}
