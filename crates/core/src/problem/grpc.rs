//! The status codes of gRPC, as numbers, so that the catalogue can name them without a transport.

/// A gRPC status code (`google.rpc.Code`); the number is the one on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum GrpcCode {
    /// The request is wrong whatever the state of things.
    InvalidArgument = 3,
    /// Time ran out before the answer.
    DeadlineExceeded = 4,
    /// The thing named does not exist.
    NotFound = 5,
    /// It exists already.
    AlreadyExists = 6,
    /// The caller is known and may not.
    PermissionDenied = 7,
    /// A limit or budget is used up.
    ResourceExhausted = 8,
    /// Things are not in the state the request needs.
    FailedPrecondition = 9,
    /// Another change came between.
    Aborted = 10,
    /// No such method.
    Unimplemented = 12,
    /// Our fault.
    Internal = 13,
    /// Down for the moment.
    Unavailable = 14,
    /// The caller is not known.
    Unauthenticated = 16,
}

impl GrpcCode {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The name in the standard's own spelling: `INVALID_ARGUMENT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }
}
