//! What each acknowledgement means: taken, the hospital's no, a fault that may pass, one that will not, or doubt.

use std::error::Error;

use jisr_adapter::connectors::mllp::{AckCode, Acknowledgement, CallError, ErrorNote, NotSent, Unrepresentable};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::Refused;
use jisr_adapter::{Answer, CallFault};

use crate::mapping::{by_script, localized};

/// What a message came to when it was not simply taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The hospital's no to the customer.
    Refused(Refused),
    /// It has an order under this very number.
    AlreadyTaken,
    /// It has cancelled the order before.
    AlreadyCancelled,
    /// It knows no order under our number.
    UnknownOrder,
    /// A technical fault, certain or doubtful.
    Fault(CallFault),
}

/// Refusals we have words for; the hospital's own are for its staff.
const REFUSALS: [(&str, &str, &str); 2] = [
    (
        "MF-201",
        "يوجد طلب فحص لياقة طبية مفتوح لهذا الشخص، ولا يُقبل طلب ثانٍ قبل إنهائه",
        "A medical fitness examination of this person is already open; a second one is not taken before it is closed",
    ),
    (
        "MF-202",
        "لا يُجرى الفحص لفئة المهنة المختارة في هذا المركز",
        "The centre does not examine for the chosen category of occupation",
    ),
];

impl Verdict {
    /// Reads an acknowledgement; nothing when the message was taken.
    ///
    /// # Errors
    /// Everything but AA and CA.
    pub fn of(acknowledgement: &Acknowledgement) -> Result<(), Self> {
        let application = acknowledgement.errors.iter().find(|error| error.application_code.starts_with("MF-"));
        let standard = acknowledgement.errors.iter().find(|error| !error.code.is_empty());
        let transient = |code: &str, detail: &str| not_done(FaultClass::Transient, code, detail);
        let permanent = |code: &str, detail: &str| not_done(FaultClass::Permanent, code, detail);
        // The hospital's own codes are raised by its checks, before it takes anything.
        if let (Some(error), AckCode::ApplicationError | AckCode::ApplicationReject) =
            (application, acknowledgement.code)
        {
            return Err(of_application(acknowledgement, error));
        }
        Err(match acknowledgement.code {
            AckCode::ApplicationAccept | AckCode::CommitAccept => return Ok(()),
            // Not even kept, so nothing was begun: the queue is full, or its sequence is disturbed.
            AckCode::CommitError => transient("HL7-CE", "the interface engine could not keep the message"),
            AckCode::CommitReject => permanent(&name(standard, "CR"), "the interface engine rejects the message"),
            // Turned away for reasons other than its content (v2.5.1, 2.9.2): not processed, whatever the reason.
            AckCode::ApplicationReject => match standard.map(|error| error.code.as_str()) {
                None | Some("206" | "207") => {
                    transient(&name(standard, "AR"), "the hospital's system turns messages away")
                }
                Some(_) => permanent(&name(standard, "AR"), "the hospital's system rejects this kind of message"),
            },
            AckCode::ApplicationError => of_error(standard),
        })
    }

    /// As the SDK wants it.
    ///
    /// # Errors
    /// Everything but a refusal. What the other words mean only they know who asked.
    pub fn into_answer(self) -> Result<Answer, CallFault> {
        match self {
            Self::Refused(refused) => Ok(Answer::Refused(refused)),
            Self::Fault(fault) => Err(fault),
            // Of a new order neither makes sense: nothing was taken, and repeating does not help.
            Self::UnknownOrder => {
                not_done(FaultClass::Permanent, "HL7-204", "an order number is not known").into_answer()
            }
            Self::AlreadyCancelled => {
                not_done(FaultClass::Permanent, "MF-301", "the order was cancelled before").into_answer()
            }
            // Whoever orders takes it for a success.
            Self::AlreadyTaken => {
                not_done(FaultClass::Permanent, "HL7-205", "the order is there already").into_answer()
            }
        }
    }
}

/// Codes of the hospital's own table (ERR-5).
fn of_application(acknowledgement: &Acknowledgement, error: &ErrorNote) -> Verdict {
    match error.application_code.as_str() {
        "MF-301" => Verdict::AlreadyCancelled,
        // Expired credentials concern every message and are put right once: waiting beats parking each leg.
        code @ "MF-401" => not_done(FaultClass::Transient, code, "the hospital refuses our credentials"),
        code if code.starts_with("MF-2") => Verdict::Refused(refusal(code, acknowledgement, error)),
        code if code.starts_with("MF-3") => {
            not_done(FaultClass::Permanent, code, "the certificate is in use and not withdrawn")
        }
        code => not_done(FaultClass::Permanent, code, "a code that the fault table does not know"),
    }
}

/// AE with a code of HL7 table 0357. The application looked at the content: what it found wrong with it, it did not take;
/// what went wrong with itself may have gone wrong behind the effect.
fn of_error(error: Option<&ErrorNote>) -> Verdict {
    let code = name(error, "AE");
    match error.map_or("", |error| error.code.as_str()) {
        "100" | "101" | "102" | "103" => {
            let place = error.map(|error| &error.location).filter(|(segment, _)| !segment.is_empty());
            let place = place.map_or(String::new(), |(segment, field)| format!(", at {}-{field}", ascii(segment)));
            not_done(FaultClass::Permanent, &code, &format!("the hospital finds the message malformed{place}"))
        }
        "200" | "201" | "202" | "203" => not_done(FaultClass::Permanent, &code, "the hospital knows no such message"),
        "204" => Verdict::UnknownOrder,
        "205" if error.is_some_and(|error| matches!((&*error.location.0, error.location.1), ("ORC" | "OBR", 2))) => {
            Verdict::AlreadyTaken
        }
        "205" => not_done(FaultClass::Permanent, &code, "a number in the message is in use for something else"),
        "206" => not_done(FaultClass::Transient, &code, "the patient's record is locked"),
        _ => Verdict::Fault(CallFault::Doubtful {
            detail: format!("{code}: an error that does not say whether the order was taken"),
        }),
    }
}

fn name(error: Option<&ErrorNote>, otherwise: &str) -> String {
    format!("HL7-{}", error.map_or(otherwise.to_owned(), |error| ascii(&error.code)))
}

/// What may stand in a code or a detail: nothing that could be anybody's words.
fn ascii(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(16).collect()
}

fn not_done(class: FaultClass, code: &str, detail: &str) -> Verdict {
    Verdict::Fault(CallFault::NotDone(Fault::new(class, code).detail(detail)))
}

fn refusal(code: &str, acknowledgement: &Acknowledgement, error: &ErrorNote) -> Refused {
    let reason = match REFUSALS.iter().find(|(known, ..)| *known == code) {
        Some((_, arabic, english)) => localized(Some(arabic), Some(english)),
        None => by_script(&[&error.user_message, &acknowledgement.text]),
    };
    Refused { code: code.chars().take(32).collect(), reason, legacy_refs: Vec::new() }
}

impl From<CallError> for Verdict {
    fn from(error: CallError) -> Self {
        let detail = chain(&error);
        Self::Fault(match &error {
            CallError::Doubtful(_) => CallFault::Doubtful { detail },
            CallError::NotSent(NotSent::TooLarge(_)) => {
                CallFault::NotDone(Fault::new(FaultClass::Permanent, error.code()).detail(detail))
            }
            CallError::NotSent(_) => CallFault::NotDone(Fault::new(FaultClass::Transient, error.code()).detail(detail)),
        })
    }
}

/// The mapping holds every value against the character set and names the transaction's field; this is for the rest.
impl From<Unrepresentable> for Verdict {
    fn from(error: Unrepresentable) -> Self {
        not_done(FaultClass::Mapping, "MAPPING_LOSS", &error.to_string())
    }
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
    use jisr_adapter::connectors::mllp::{CharacterSet, Doubtful, FrameError, Limits, Message};

    use super::*;

    /// What an acknowledgement of these segments comes to.
    fn verdict(code: &str, error: &str) -> Result<(), Verdict> {
        let text = format!("MSH|^~\\&|HIS|DHA|JISR|JISR|1||ACK^O19^ACK|9|P|2.5.1\rMSA|{code}|C1\r{error}\r");
        let message = Message::parse(text.as_bytes(), CharacterSet::UTF_8, Limits::default()).unwrap();
        Verdict::of(&Acknowledgement::read(&message).unwrap())
    }

    fn class(verdict: &Result<(), Verdict>) -> Option<(FaultClass, String)> {
        match verdict {
            Err(Verdict::Fault(CallFault::NotDone(fault))) => Some((fault.class, fault.code.to_string())),
            _ => None,
        }
    }

    #[test]
    fn every_acknowledgement_has_its_meaning() {
        use FaultClass::{Permanent, Transient};
        assert_eq!((verdict("AA", ""), verdict("CA", "")), (Ok(()), Ok(())));
        for (code, error, meaning) in [
            ("CE", "", (Transient, "HL7-CE")),
            ("CR", "ERR|||203", (Permanent, "HL7-203")),
            ("AR", "", (Transient, "HL7-AR")),
            ("AR", "ERR|||207", (Transient, "HL7-207")),
            ("AR", "ERR|||200", (Permanent, "HL7-200")),
            ("AR", "ERR|||||MF-401", (Transient, "MF-401")),
            ("AE", "ERR||PID^1^5|101", (Permanent, "HL7-101")),
            ("AE", "ERR|PID^1^5^103", (Permanent, "HL7-103")),
            ("AE", "ERR||PID^1^3|205", (Permanent, "HL7-205")),
            ("AE", "ERR|||206", (Transient, "HL7-206")),
            ("AE", "ERR|||||MF-302", (Permanent, "MF-302")),
            ("AE", "ERR|||||MF-999", (Permanent, "MF-999")),
        ] {
            let (fault, name) = meaning;
            assert_eq!(class(&verdict(code, error)), Some((fault, name.to_owned())), "{code} {error}");
        }
        // The application broke, or does not say: behind the effect, perhaps.
        for error in ["", "ERR|||207", "ERR|||999"] {
            assert!(matches!(verdict("AE", error), Err(Verdict::Fault(CallFault::Doubtful { .. }))), "{error}");
        }
        assert_eq!(verdict("AE", "ERR||ORC^1^2|205"), Err(Verdict::AlreadyTaken));
        assert_eq!(verdict("AE", "ERR||ORC^1^2|204"), Err(Verdict::UnknownOrder));
        assert_eq!(verdict("AE", "ERR|||||MF-301"), Err(Verdict::AlreadyCancelled));
    }

    #[test]
    fn refusals_speak_to_the_customer() {
        let languages = |error: &str| match verdict("AE", error) {
            Err(Verdict::Refused(refused)) => {
                refused.reason.into_iter().map(|text| text.language_code).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(languages("ERR|||103|E|MF-201"), ["ar", "en"]);
        assert_eq!(languages("ERR|||103|E|MF-299|||يرجى مراجعة المركز"), ["ar"]);
        assert_eq!(languages("ERR|||103|E|MF-299|||Please see the centre"), ["en"]);
    }

    #[test]
    fn the_transport_decides_about_doubt() {
        let doubt = Verdict::from(CallError::Doubtful(Doubtful::Frame(FrameError::Oversized(9))));
        let detail = "the call may have been executed: the answer cannot be read: a frame is larger than 9 bytes";
        assert!(matches!(doubt, Verdict::Fault(CallFault::Doubtful { detail: said }) if said.starts_with(detail)));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let certain = Err(Verdict::from(CallError::NotSent(NotSent::Connect(refused))));
        assert_eq!(class(&certain), Some((FaultClass::Transient, "CONNECT_FAILED".into())));
    }
}
