//! Failures of a call: what the server said, or that it said nothing.

use std::error::Error as _;

use jisr_core::problem::{ERROR_DOMAIN, Reason, Retry};
use jisr_core::text::Locale;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{Failure, Point};
use crate::exit::Exit;
use crate::output::say;

/// The call did not end as the server wished: nobody answered, or the connection broke. What it asked for may have
/// happened or not; with a request id, sending it again is safe.
pub(crate) fn is_lost(status: &Status) -> bool {
    // tonic keeps the cause of what it made up itself; a status that came over the wire has none.
    status.code() == Code::Unavailable || status.source().is_some()
}

/// The reason of our error catalogue that the server gave.
pub(crate) fn reason_of(status: &Status) -> Option<Reason> {
    let info = status.get_details_error_info()?;
    (info.domain == ERROR_DOMAIN).then(|| info.reason.parse().ok()).flatten()
}

impl Failure {
    /// The server at `address`, where `option` said it is, answered with this status, or the call to it was lost.
    pub(crate) fn of_status(status: &Status, address: &str, option: &str, locale: Locale) -> Self {
        let details = status.get_error_details();
        if details.error_info().is_none() && is_lost(status) {
            return Self::unreachable(status, address, option, locale);
        }
        let reason = reason_of(status);
        let said = details.localized_message().map(|said| said.message.clone());
        let mut failure =
            Self::new(Exit::of(status.code(), reason), said.unwrap_or_else(|| status.message().to_owned()));
        failure.0.code = name(status.code());
        failure.0.points = points(&details);
        failure.0.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        failure.0.retry = reason.map(Reason::retry).or_else(|| retry(status.code()));
        if let Some(info) = details.error_info() {
            failure.0.reason.clone_from(&info.reason);
            failure.0.metadata = info.metadata.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        }
        if failure.0.message.is_empty() {
            failure.0.message = failure.0.code.to_owned();
        }
        failure
    }

    fn unreachable(status: &Status, address: &str, option: &str, locale: Locale) -> Self {
        let message = say(locale, "لا يجيب أي خادم جسر على العنوان", "no Jisr server answers at");
        let mut failure = Self::new(Exit::Unavailable, format!("{message} {address}"));
        failure.0.code = "UNAVAILABLE";
        failure.0.retry = Some(Retry::Same);
        failure.0.metadata = [("cause".to_owned(), cause(status))].into();
        failure.advise(match locale {
            Locale::Ar => format!(
                "شغّله بالأمر jisr demo أو jisr serve، أو اذكر عنوانه بالخيار {option}؛ والأمر jisr doctor يبيّن ما ينقص"
            ),
            Locale::En => format!(
                "start it with `jisr demo` or `jisr serve`, or say where it is with {option}; `jisr doctor` shows what \
                 is amiss"
            ),
        })
    }

    /// No answer came in the time allowed.
    pub(crate) fn too_late(address: &str, locale: Locale) -> Self {
        let message = say(locale, "لم يصل الجواب في المهلة المحددة من", "no answer came in time from");
        let mut failure = Self::new(Exit::Unavailable, format!("{message} {address}"));
        failure.0.code = "DEADLINE_EXCEEDED";
        failure.0.retry = Some(Retry::Same);
        failure.advise(say(locale, "يمكن منح وقت أطول بالخيار --timeout", "--timeout gives it longer"))
    }
}

/// The innermost cause: "Connection refused" says more than "transport error".
pub(crate) fn cause(status: &Status) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = status.source();
    let mut text = status.message().to_owned();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}

fn points(details: &ErrorDetails) -> Vec<Point> {
    let fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    let first = details.precondition_failure().map(|failure| failure.violations.as_slice()).unwrap_or_default();
    let fields = fields.iter().map(|field| Point {
        at: field.field.clone(),
        reason: field.reason.clone(),
        message: field.localized_message.as_ref().map_or(&field.description, |said| &said.message).clone(),
    });
    let first = first.iter().map(|first| Point {
        at: first.subject.clone(),
        reason: first.r#type.clone(),
        message: first.description.clone(),
    });
    fields.chain(first).collect()
}

/// What the status alone tells about trying again.
fn retry(code: Code) -> Option<Retry> {
    match code {
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => Some(Retry::Same),
        Code::Aborted => Some(Retry::AfterReading),
        Code::Unauthenticated => Some(Retry::AfterSigningIn),
        Code::InvalidArgument => Some(Retry::No),
        _ => None,
    }
}

/// The standard's own spelling (`google.rpc.Code`).
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
