//! What a failed transfer means for the effect of a call.

use jisr_adapter::CallFault;
use jisr_adapter::connectors::files::TransferError;
use jisr_adapter::core::fault::{Fault, FaultClass};

/// As the SDK wants it. A refused login or an unknown host key concerns every call and is put right once: waiting beats
/// parking each leg.
#[must_use]
pub fn of_transfer(error: &TransferError) -> CallFault {
    let detail = error.chain();
    if error.is_doubtful() {
        return CallFault::Doubtful { detail };
    }
    let class = if error.is_transient() { FaultClass::Transient } else { FaultClass::Permanent };
    CallFault::NotDone(Fault::new(class, error.code()).detail(detail))
}

/// The batch was not announced in time, so nothing of it was handed over.
#[must_use]
pub fn too_late() -> CallFault {
    let detail = "the batch was not announced in time and does not count";
    CallFault::NotDone(Fault::new(FaultClass::Transient, "BATCH_TOO_LATE").detail(detail))
}

/// What was asked for cannot be said before a file is readable.
#[must_use]
pub fn unreadable(file: &str, why: &str) -> CallFault {
    let detail = format!("{file} cannot be read, and may hold the answer: {why}");
    CallFault::NotDone(Fault::new(FaultClass::Transient, "RESULT_UNREADABLE").detail(detail))
}

/// A rejection with a code that the table does not have.
#[must_use]
pub fn unknown_code(code: &str) -> CallFault {
    let detail = format!("rejected with the code {code:?}, which the code table does not have");
    CallFault::NotDone(Fault::new(FaultClass::Permanent, "REJECTION_UNKNOWN").detail(detail))
}
