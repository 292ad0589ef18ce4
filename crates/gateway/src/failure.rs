//! From a problem to the status that leaves the server. What it was caused by stays in the log.

use std::error::Error;

use jisr_core::problem::{GrpcCode, Problem};
use jisr_core::text::Locale;
use jisr_proto::codec::locale;
use tonic::Status;

/// Tells a problem in the language of the call.
pub(crate) fn told(problem: Problem) -> Status {
    told_in(&problem, locale())
}

/// Tells a problem in this language: for streams, which outlive the call.
pub(crate) fn told_in(problem: &Problem, locale: Locale) -> Status {
    if matches!(problem.reason().grpc(), GrpcCode::Internal | GrpcCode::Unavailable) && problem.source().is_some() {
        tracing::error!(reason = problem.reason().code(), cause = chain(problem), "request failed");
    }
    jisr_proto::status::status(problem, locale)
}

/// The causes of an error, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use jisr_core::problem::Reason;

    use super::*;

    #[test]
    fn causes_are_for_the_log_only() {
        let problem = Problem::new(Reason::JournalDown).caused_by("disk full");
        assert_eq!(chain(&problem), "disk full");
        assert!(!told(problem).message().contains("disk"));
    }
}
