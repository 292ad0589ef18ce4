//! Every reason there is, each with its entry in the catalogue.

use std::fmt;
use std::str::FromStr;

use super::catalogue::{access, missing, request, state, system};
use super::grpc::GrpcCode;
use crate::text::Locale;

/// One text of the catalogue in both languages.
///
/// `{key}` stands for a particular of the problem; `[…]` is left out when a particular inside it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// In Arabic.
    pub ar: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Text {
    /// The wording in this language, placeholders not filled.
    #[must_use]
    pub const fn in_locale(self, locale: Locale) -> &'static str {
        match locale {
            Locale::Ar => self.ar,
            Locale::En => self.en,
        }
    }
}

/// What a caller may do with a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retry {
    /// The same request fails again: correct it first, and send it with a new `request_id`.
    No,
    /// Send the very same request again, with the same `request_id`, after the delay given.
    Same,
    /// Read the resource again, then decide; a changed request needs a new `request_id`.
    AfterReading,
    /// Sign in anew, then send the very same request again.
    AfterSigningIn,
}

/// What the catalogue holds for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The reason in SCREAMING_SNAKE, as `google.rpc.ErrorInfo.reason` has it. Never changes.
    pub code: &'static str,
    /// The gRPC status.
    pub grpc: GrpcCode,
    /// The HTTP status (RFC 9110).
    pub http: u16,
    /// Whether to try again.
    pub retry: Retry,
    /// For the clerk at the counter: what to do.
    pub clerk: Text,
    /// For the IT of the front end or department: where to look.
    pub it_hint: Text,
    /// For the operator: the next step.
    pub operator_step: Text,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $entry:path;)*) => {
        /// Why a request failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, grouped by kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its entry in the catalogue.
            #[must_use]
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$name => &$entry,)*
                }
            }
        }
    };
}

reasons! {
    /// Fields are missing or wrong; the violations name them.
    FieldInvalid = request::FIELD_INVALID;
    /// The `filter` of a list is no AIP-160 filter over known fields.
    FilterInvalid = request::FILTER_INVALID;
    /// An identifier of a person or thing has not the shape of its scheme.
    IdentifierMalformed = request::IDENTIFIER_MALFORMED;
    /// The page token belongs to another filter or caller, or is none of ours.
    PageTokenMismatch = request::PAGE_TOKEN_MISMATCH;
    /// The resume token of a watch is none of ours or too old.
    ResumeTokenInvalid = request::RESUME_TOKEN_INVALID;
    /// The `request_id` was used before for other content.
    RequestIdReused = request::REQUEST_ID_REUSED;
    /// The body is not the JSON or protobuf it should be.
    MessageMalformed = request::MESSAGE_MALFORMED;
    /// The message is larger than the limit.
    MessageTooLarge = request::MESSAGE_TOO_LARGE;
    /// The content type is one we do not read.
    ContentTypeUnsupported = request::CONTENT_TYPE_UNSUPPORTED;
    /// There is no such method or path.
    MethodNotFound = request::METHOD_NOT_FOUND;
    /// The path exists, but not for this HTTP method.
    MethodNotAllowed = request::METHOD_NOT_ALLOWED;

    /// Neither token nor client certificate.
    CredentialsMissing = access::CREDENTIALS_MISSING;
    /// The token cannot be trusted.
    TokenInvalid = access::TOKEN_INVALID;
    /// The token's time is over.
    TokenExpired = access::TOKEN_EXPIRED;
    /// The client certificate is good but belongs to no known client.
    CertificateNotMapped = access::CERTIFICATE_NOT_MAPPED;
    /// The client has no grant for this service.
    ServiceNotGranted = access::SERVICE_NOT_GRANTED;
    /// The operator's role does not allow this.
    RoleNotGranted = access::ROLE_NOT_GRANTED;
    /// The resource belongs to another client, or the operation is not in the grant.
    AccessDenied = access::ACCESS_DENIED;
    /// The customer's identity was verified too weakly for this service.
    AssuranceTooLow = access::ASSURANCE_TOO_LOW;

    /// No such transaction.
    TransactionNotFound = missing::TRANSACTION_NOT_FOUND;
    /// No such leg in the transaction.
    LegNotFound = missing::LEG_NOT_FOUND;
    /// No such service.
    ServiceNotFound = missing::SERVICE_NOT_FOUND;
    /// No such department.
    DepartmentNotFound = missing::DEPARTMENT_NOT_FOUND;
    /// No such centre.
    CentreNotFound = missing::CENTRE_NOT_FOUND;
    /// No such person or organisation.
    PartyNotFound = missing::PARTY_NOT_FOUND;
    /// No such document.
    EvidenceNotFound = missing::EVIDENCE_NOT_FOUND;
    /// No such webhook endpoint.
    WebhookEndpointNotFound = missing::WEBHOOK_ENDPOINT_NOT_FOUND;
    /// No such failed message or failure group.
    FailureNotFound = missing::FAILURE_NOT_FOUND;
    /// No such bulk job.
    JobNotFound = missing::JOB_NOT_FOUND;

    /// The same application is already on its way.
    DuplicateTransaction = state::DUPLICATE_TRANSACTION;
    /// Something of this name exists already.
    AlreadyExists = state::ALREADY_EXISTS;
    /// The transaction's or leg's state does not allow this.
    StateTransitionNotAllowed = state::STATE_TRANSITION_NOT_ALLOWED;
    /// A fee is not paid, or its payment not settled.
    PaymentNotSettled = state::PAYMENT_NOT_SETTLED;
    /// The payment's amount or currency is not what is due.
    PaymentMismatch = state::PAYMENT_MISMATCH;
    /// A required document is missing.
    EvidenceMissing = state::EVIDENCE_MISSING;
    /// The customer does not meet the service's conditions.
    NotEligible = state::NOT_ELIGIBLE;
    /// The service exists but takes no applications now.
    ServiceNotOpen = state::SERVICE_NOT_OPEN;
    /// A severe operator action was not confirmed by name.
    ConfirmationRequired = state::CONFIRMATION_REQUIRED;
    /// Someone changed the resource since it was read.
    EtagMismatch = state::ETAG_MISMATCH;
    /// The first request of this `request_id` is still at work.
    RequestInProgress = state::REQUEST_IN_PROGRESS;

    /// The client's budget of requests is used up.
    RateLimited = system::RATE_LIMITED;
    /// So much waits for this department that no more is taken.
    DepartmentBacklog = system::DEPARTMENT_BACKLOG;
    /// The journal cannot be written or read.
    JournalDown = system::JOURNAL_DOWN;
    /// This server is stopping.
    ShuttingDown = system::SHUTTING_DOWN;
    /// The caller's deadline passed.
    DeadlineExceeded = system::DEADLINE_EXCEEDED;
    /// A department's system answered with a fault; its words are kept back.
    LegacyFault = system::LEGACY_FAULT;
    /// A value has no place in a department's format.
    MappingLoss = system::MAPPING_LOSS;
    /// Our own error.
    Internal = system::INTERNAL;
}

impl Reason {
    /// The code in SCREAMING_SNAKE.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// The gRPC status.
    #[must_use]
    pub fn grpc(self) -> GrpcCode {
        self.entry().grpc
    }

    /// The HTTP status.
    #[must_use]
    pub fn http(self) -> u16 {
        self.entry().http
    }

    /// Whether to try again.
    #[must_use]
    pub fn retry(self) -> Retry {
        self.entry().retry
    }
}

/// The code.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The code is none of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reason of the catalogue")]
pub struct ReasonError;

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code).ok_or(ReasonError)
    }
}
