//! Between the wire and the core: times, texts, states, faults, replies, promises, and the view of a transaction.

mod manifest;
mod reply;
mod state;
mod verdict;
mod view;

use std::sync::Arc;
use std::time::Duration;

use jisr_core::fault::{Fault, FaultClass};
use jisr_core::text::{Language, LocalizedText};
use jisr_core::time::Timestamp;
pub use manifest::policy;
pub use reply::{ReplyError, reply};
pub use state::{leg_state, request_kind, transaction_state, transaction_state_from_name};
pub use verdict::{key_id, promise_hash, verdict_statement};
pub use view::{TransactionView, event};

use crate::adapter::v1 as wire;
use crate::v1;

/// A time as the wire has it.
#[must_use]
pub fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = time.as_seconds_nanos();
    prost_types::Timestamp { seconds, nanos }
}

/// A time from the wire, to the microsecond.
#[must_use]
pub fn time(time: &prost_types::Timestamp) -> Timestamp {
    Timestamp::from_seconds_nanos(time.seconds, time.nanos)
}

/// A time from the wire; the earliest there is when none was given, so that a missing fence is a passed one.
#[must_use]
pub fn time_or_min(given: Option<&prost_types::Timestamp>) -> Timestamp {
    given.map_or(Timestamp::MIN, time)
}

/// A duration from the wire; nothing when missing or negative.
#[must_use]
pub fn duration(given: Option<&prost_types::Duration>) -> Option<Duration> {
    given.and_then(|duration| Duration::try_from(*duration).ok())
}

/// A text as the wire has it.
#[must_use]
pub fn text(text: &LocalizedText) -> Vec<v1::LocalizedText> {
    text.iter()
        .map(|(language, text)| v1::LocalizedText { text: text.to_owned(), language_code: language.to_string() })
        .collect()
}

/// A text from the wire. What has no usable language tag is kept as undetermined (`und`).
#[must_use]
pub fn text_from(given: &[v1::LocalizedText]) -> LocalizedText {
    let mut text = LocalizedText::default();
    for entry in given {
        let language = entry.language_code.parse().or_else(|_| "und".parse::<Language>());
        if let Ok(language) = language {
            text.set(language, entry.text.as_str());
        }
    }
    text
}

/// A fault as an adapter reports it.
#[must_use]
pub fn fault_to_wire(fault: &Fault) -> wire::Failed {
    let class = match fault.class {
        FaultClass::Transient => v1::FaultClass::Transient,
        FaultClass::Permanent => v1::FaultClass::Permanent,
        FaultClass::Mapping => v1::FaultClass::Mapping,
        FaultClass::Expired => v1::FaultClass::Expired,
        FaultClass::NotFound => v1::FaultClass::NotFound,
        FaultClass::Unsupported => v1::FaultClass::Unsupported,
    };
    let or_empty = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    wire::Failed {
        fault_class: class.into(),
        code: fault.code.to_string(),
        detail: or_empty(&fault.detail),
        retry_after: fault.retry_after.and_then(|wait| prost_types::Duration::try_from(wait).ok()),
        field: or_empty(&fault.field),
    }
}

/// A fault as an adapter reported it. A class this version does not know is permanent: a person looks at it.
#[must_use]
pub fn fault(failed: &wire::Failed) -> Fault {
    let class = match failed.fault_class() {
        v1::FaultClass::Transient => FaultClass::Transient,
        v1::FaultClass::Mapping => FaultClass::Mapping,
        v1::FaultClass::Expired => FaultClass::Expired,
        v1::FaultClass::NotFound => FaultClass::NotFound,
        v1::FaultClass::Unsupported => FaultClass::Unsupported,
        v1::FaultClass::Permanent | v1::FaultClass::Unspecified => FaultClass::Permanent,
    };
    let some = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
    Fault {
        class,
        code: failed.code.as_str().into(),
        detail: some(&failed.detail),
        field: some(&failed.field),
        retry_after: duration(failed.retry_after.as_ref()),
        adapter_version: None,
    }
}
