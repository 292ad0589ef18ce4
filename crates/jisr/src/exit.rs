//! How a command ends: one number for scripts, the same whatever the command.

use std::process::ExitCode;

use jisr_core::problem::Reason;
use tonic::Code;

/// Exit codes of every command. The numbers are a promise to scripts and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Ok = 0,
    /// Refused or failed; the same again will fail again.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// Not signed in, or not allowed.
    Access = 4,
    /// The state of things does not allow it, or another change came between. Also: a transaction that was followed
    /// to its end and did not end COMPLETED, which is an answer and no failure; and a job that somebody cancelled.
    Conflict = 5,
    /// Nobody answered, or not in time. Safe to try again.
    Unavailable = 6,
    /// Bulk work of which a part was parked again, or could not be touched.
    Partial = 7,
    /// Not ended yet when the command gave up waiting.
    Pending = 8,
    /// A check found errors.
    Verification = 9,
}

impl Exit {
    /// The exit code of a call that ended with this status and, where the server gave one, this reason.
    pub(crate) fn of(code: Code, reason: Option<Reason>) -> Self {
        match (code, reason) {
            // Typed on the command line, unlike the content of a file.
            (_, Some(Reason::FilterInvalid | Reason::ResumeTokenInvalid | Reason::PageTokenMismatch)) => Self::Usage,
            (_, Some(Reason::RequestIdReused)) => Self::Conflict,
            (Code::Ok, _) => Self::Ok,
            (Code::NotFound, _) => Self::NotFound,
            (Code::Unauthenticated | Code::PermissionDenied, _) => Self::Access,
            (Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists, _) => Self::Conflict,
            (Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted, _) => Self::Unavailable,
            _ => Self::Failure,
        }
    }

    /// The number.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_number_scripts_rely_on() {
        for (code, number) in [
            (Code::Ok, 0),
            (Code::Cancelled, 1),
            (Code::Unknown, 1),
            (Code::InvalidArgument, 1),
            (Code::DeadlineExceeded, 6),
            (Code::NotFound, 3),
            (Code::AlreadyExists, 5),
            (Code::PermissionDenied, 4),
            (Code::ResourceExhausted, 6),
            (Code::FailedPrecondition, 5),
            (Code::Aborted, 5),
            (Code::OutOfRange, 1),
            (Code::Unimplemented, 1),
            (Code::Internal, 1),
            (Code::Unavailable, 6),
            (Code::DataLoss, 1),
            (Code::Unauthenticated, 4),
        ] {
            assert_eq!(Exit::of(code, None).number(), number, "{code:?}");
        }
    }

    #[test]
    fn every_reason_of_the_catalogue_agrees_with_its_status_but_for_the_stated_ones() {
        for reason in Reason::ALL.iter().copied() {
            let code = Code::from_i32(reason.grpc().number());
            let expected = match reason {
                Reason::FilterInvalid | Reason::ResumeTokenInvalid | Reason::PageTokenMismatch => Exit::Usage,
                Reason::RequestIdReused => Exit::Conflict,
                _ => Exit::of(code, None),
            };
            assert_eq!(Exit::of(code, Some(reason)), expected, "{reason}");
        }
    }
}
