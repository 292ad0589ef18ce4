//! Failures of this machine: files, configuration, the terminal.

use std::io;

use jisr_core::problem::{Problem, Retry};
use jisr_core::text::Locale;
use jisr_runtime::config::ConfigErrors;

use super::Failure;
use crate::exit::Exit;

impl Failure {
    /// A problem of our own catalogue, found on this side.
    pub(crate) fn of_problem(problem: &Problem, locale: Locale) -> Self {
        let reason = problem.reason();
        let code = tonic::Code::from_i32(reason.grpc().number());
        let mut failure = Self::new(Exit::of(code, Some(reason)), problem.message(locale));
        failure.0.code = reason.grpc().name();
        failure.0.reason = reason.code().to_owned();
        failure.0.retry = Some(reason.retry()).filter(|retry| *retry != Retry::No);
        failure
    }
}

/// Standard output or error could not be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // `jisr tx list | head` is no failure.
            let mut failure = Self::new(Exit::Ok, "");
            failure.0.silent = true;
            return failure;
        }
        Self::new(Exit::Failure, format!("cannot write the result: {error}"))
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let message = match errors.0.len() {
            1 => "the configuration has a mistake".to_owned(),
            count => format!("the configuration has {count} mistakes"),
        };
        errors.0.into_iter().fold(Self::new(Exit::Failure, message), |failure, error| {
            let at = if error.key.is_empty() {
                error.origin.to_string()
            } else {
                format!("{}: {}", error.origin, error.key)
            };
            failure.point(at, error.message)
        })
    }
}

/// The composition's own errors: each level says one thing.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<ConfigErrors>() {
            Ok(errors) => errors.into(),
            Err(error) => Self::new(Exit::Failure, format!("{error:#}")),
        }
    }
}
