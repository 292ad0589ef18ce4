//! The entries themselves, by kind of reason. Texts only.

pub(super) mod access;
pub(super) mod missing;
pub(super) mod request;
pub(super) mod state;
pub(super) mod system;

/// Writes the entries of one file: code, gRPC status, HTTP status and retry answer, then the three texts, each in
/// Arabic and English. The name of the constant is the code.
macro_rules! entries {
    ($(
        $code:ident: $grpc:ident, $http:literal, $retry:ident;
            clerk $clerk_ar:literal, $clerk_en:literal;
            it $it_ar:literal, $it_en:literal;
            operator $operator_ar:literal, $operator_en:literal;
    )*) => {$(
        pub(in crate::problem) const $code: crate::problem::Entry = crate::problem::Entry {
            code: stringify!($code),
            grpc: crate::problem::GrpcCode::$grpc,
            http: $http,
            retry: crate::problem::Retry::$retry,
            clerk: crate::problem::Text { ar: $clerk_ar, en: $clerk_en },
            it_hint: crate::problem::Text { ar: $it_ar, en: $it_en },
            operator_step: crate::problem::Text { ar: $operator_ar, en: $operator_en },
        };
    )*};
}
use entries;
