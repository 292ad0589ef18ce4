//! What each fault of business licensing means: the department's no, a fault that may pass, one that will not, or doubt.

use std::error::Error;

use jisr_adapter::connectors::sql::{ConstraintKind, LegacyText, Refusal, RefusalKind, SqlError};
use jisr_adapter::core::fault::{Fault, FaultClass};
use jisr_adapter::proto::adapter::v1::Refused;
use jisr_adapter::{Answer, CallFault};

use crate::mapping::localized;

/// What a call came to when it brought no decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The department's no to the customer.
    Refused(Refused),
    /// A technical fault, certain or doubtful.
    Fault(CallFault),
}

impl Verdict {
    /// What an error of the connection or the database means here.
    #[must_use]
    pub fn of(error: SqlError, text: LegacyText) -> Self {
        let detail = chain(&error);
        let class = if error.is_transient() { FaultClass::Transient } else { FaultClass::Permanent };
        match &error {
            SqlError::Refused(refusal) => of_refusal(refusal, text),
            SqlError::Doubtful(_) => Self::Fault(CallFault::Doubtful { detail }),
            SqlError::NotDone(_) => Self::Fault(CallFault::NotDone(Fault::new(class, error.code()).detail(detail))),
        }
    }

    /// An answer that is not what was agreed. It was read before COMMIT, so the work was not done.
    #[must_use]
    pub fn unreadable(why: &str) -> Self {
        let detail = format!("the answer cannot be read, and was not committed: {why}");
        Self::Fault(CallFault::NotDone(Fault::new(FaultClass::Transient, "ANSWER_GARBAGE").detail(detail)))
    }

    /// As the SDK wants it.
    ///
    /// # Errors
    /// Everything but a refusal.
    pub fn into_answer(self) -> Result<Answer, CallFault> {
        match self {
            Self::Refused(refused) => Ok(Answer::Refused(refused)),
            Self::Fault(fault) => Err(fault),
        }
    }
}

/// Refusals we have words for; the department raises Arabic ones only, and short ones.
const REFUSALS: [(&str, &str, &str); 4] = [
    (
        "EC202",
        "رمز أحد الأنشطة غير معروف لدى دائرة الاقتصاد، يرجى التحقق من رموز الأنشطة",
        "An activity code is not known to the department; please check the activity codes",
    ),
    ("EC203", "أحد الأنشطة المطلوبة غير مسموح به", "One of the requested activities is not permitted"),
    (
        "EC211",
        "رقم الرخصة غير موجود في سجل الرخص، يرجى التحقق منه",
        "The licence number is not in the register; please check it",
    ),
    (
        "EC212",
        "الرخصة موقوفة بقرار من الدائرة، ولا تجدد قبل رفع الإيقاف",
        "The licence is suspended by the department; it is not renewed before that is lifted",
    ),
];

/// The fault table. Whatever the database refuses was rolled back, so each of them is certain.
fn of_refusal(refusal: &Refusal, text: LegacyText) -> Verdict {
    let not_done =
        |class, code: &str, detail: &str| Verdict::Fault(CallFault::NotDone(Fault::new(class, code).detail(detail)));
    if refusal.kind == RefusalKind::Constraint(ConstraintKind::Unique)
        && refusal.constraint.as_deref() == Some("trade_name_reserved")
    {
        return Verdict::Refused(Refused {
            code: "TRADE_NAME_RESERVED".into(),
            reason: localized(
                Some("الاسم التجاري محجوز لمنشأة أخرى، يرجى اختيار اسم آخر"),
                Some("The trade name is reserved for another business; please choose another name"),
            ),
            legacy_refs: Vec::new(),
        });
    }
    let message = text.message(&refusal.message);
    let (code, words) = match message.split_once(':') {
        Some((code, words)) if is_code(code) => (Some(code), words.trim()),
        _ => (None, ""),
    };
    match (refusal.kind, code) {
        (RefusalKind::Raised, Some(code)) if code.starts_with("EC2") => Verdict::Refused(refused(code, words)),
        (RefusalKind::Raised, Some(code)) if code.starts_with("EC9") => {
            not_done(FaultClass::Transient, code, "business licensing is closed or busy")
        }
        (RefusalKind::Raised, Some("EC409")) => {
            not_done(FaultClass::Permanent, "EC409", "our reference stands for another application there")
        }
        (RefusalKind::Raised, Some(code)) => {
            not_done(FaultClass::Permanent, code, "a code that the fault table does not know")
        }
        (RefusalKind::Raised, None) => {
            not_done(FaultClass::Permanent, "RAISED", &format!("an error without a code of licensing ({refusal})"))
        }
        (RefusalKind::Constraint(_), _) => {
            not_done(FaultClass::Permanent, "CONSTRAINT", &format!("a rule of the tables is violated ({refusal})"))
        }
    }
}

/// `EC` and three digits.
fn is_code(text: &str) -> bool {
    text.len() == 5 && text.starts_with("EC") && text.bytes().skip(2).all(|byte| byte.is_ascii_digit())
}

/// The words for a refusal: ours where we have better ones than the department's.
pub(crate) fn refused(code: &str, words: &str) -> Refused {
    let known = REFUSALS.iter().find(|(known, _, _)| *known == code);
    let (arabic, english) = known.map_or((words, None), |(_, arabic, english)| (*arabic, Some(*english)));
    Refused { code: code.into(), reason: localized(Some(arabic), english), legacy_refs: Vec::new() }
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
    use jisr_adapter::connectors::sql::{DatabaseFault, Doubtful, HeldAs, NotDone, Trouble};
    use std::time::Duration;

    use super::*;

    fn text() -> LegacyText {
        LegacyText::new("windows-1256", HeldAs::Latin1).unwrap()
    }

    fn refusal(kind: RefusalKind, constraint: Option<&str>, message: &str) -> Verdict {
        let bytes = text().encode(message).unwrap();
        let refusal = Refusal {
            kind,
            sqlstate: "P0001".into(),
            number: None,
            constraint: constraint.map(str::to_owned),
            // As the database shows it.
            message: bytes.iter().map(|byte| char::from(*byte)).collect(),
        };
        Verdict::of(SqlError::Refused(Box::new(refusal)), text())
    }

    #[test]
    fn every_family_of_codes_has_its_meaning() {
        let class = |message| match refusal(RefusalKind::Raised, None, message) {
            Verdict::Fault(CallFault::NotDone(fault)) => Some((fault.class, fault.code.to_string())),
            _ => None,
        };
        assert_eq!(class("EC901: النظام مغلق"), Some((FaultClass::Transient, "EC901".into())));
        assert_eq!(class("EC409: مرجع"), Some((FaultClass::Permanent, "EC409".into())));
        assert_eq!(class("EC777: جديد"), Some((FaultClass::Permanent, "EC777".into())));
        assert_eq!(class("بلا رمز"), Some((FaultClass::Permanent, "RAISED".into())));
        assert_eq!(class("EC203: النشاط"), None, "a refusal");
    }

    #[test]
    fn refusals_speak_to_the_customer() {
        let said = |verdict| match verdict {
            Verdict::Refused(refused) => {
                (refused.code, refused.reason.into_iter().map(|text| text.text).collect::<Vec<_>>())
            }
            other => panic!("{other:?}"),
        };
        let (code, words) = said(refusal(RefusalKind::Raised, None, "EC203: النشاط غير مسموح به"));
        assert_eq!((code.as_str(), words.len()), ("EC203", 2));
        let (code, words) = said(refusal(RefusalKind::Raised, None, "EC299: سبب جديد"));
        assert_eq!((code.as_str(), words), ("EC299", vec!["سبب جديد".to_owned()]));
        let unique = RefusalKind::Constraint(ConstraintKind::Unique);
        let (code, words) = said(refusal(unique, Some("trade_name_reserved"), "Key (…) exists"));
        assert_eq!((code.as_str(), words.len()), ("TRADE_NAME_RESERVED", 2));
        let other = refusal(unique, Some("licence_pkey"), "Key (…)=(سر) exists");
        let Verdict::Fault(CallFault::NotDone(fault)) = other else { panic!("{other:?}") };
        assert!(!fault.detail.unwrap().contains("سر"));
    }

    #[test]
    fn only_a_lost_commit_is_doubt() {
        let doubt = Verdict::of(SqlError::Doubtful(Doubtful::Timeout(Duration::from_secs(2))), text());
        assert!(matches!(doubt, Verdict::Fault(CallFault::Doubtful { .. })));
        let class = |not_done| match Verdict::of(SqlError::NotDone(not_done), text()) {
            Verdict::Fault(CallFault::NotDone(fault)) => (fault.class, fault.code.to_string()),
            other => panic!("{other:?}"),
        };
        let of = |trouble| NotDone::Database(DatabaseFault { trouble, sqlstate: "x".into(), number: None });
        assert_eq!(class(of(Trouble::Credentials)), (FaultClass::Transient, "CREDENTIALS_REFUSED".into()));
        assert_eq!(class(of(Trouble::Definition)), (FaultClass::Permanent, "STATEMENT_UNFIT".into()));
        assert_eq!(class(NotDone::Timeout(Duration::from_secs(8))), (FaultClass::Transient, "WORK_TIMEOUT".into()));
    }
}
