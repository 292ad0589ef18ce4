//! The codec of our servers: small messages only, and decode errors a clerk can act on.

use std::marker::PhantomData;

use bytes::Buf;
use jisr_core::text::Locale;
use prost::{Message, Name};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
use tonic_prost::ProstEncoder;

use crate::MAX_MESSAGE_BYTES;
use crate::decode_error;

tokio::task_local! {
    /// The language of the caller of the current request; a layer at the edge sets it around the handler.
    /// Where nobody has set it, texts are in English.
    pub static LOCALE: Locale;
}

/// The caller's language by [`LOCALE`].
#[must_use]
pub fn locale() -> Locale {
    LOCALE.try_with(|locale| *locale).unwrap_or(Locale::En)
}

/// `application/grpc+proto` as [`tonic_prost::ProstCodec`] speaks it, stricter in what it takes.
///
/// A message of more than [`MAX_MESSAGE_BYTES`] is `MESSAGE_TOO_LARGE`; one that does not decode is `FIELD_INVALID` with
/// the field, or `MESSAGE_MALFORMED` where no field can be named. Told as [`crate::status`] tells every problem.
#[derive(Debug, Clone)]
pub struct StrictCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for StrictCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for StrictCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Name + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = StrictDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::new(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        StrictDecoder(PhantomData)
    }
}

/// The decoding half of [`StrictCodec`].
#[derive(Debug, Clone)]
pub struct StrictDecoder<U>(PhantomData<U>);

impl<U: Message + Default + Name> Decoder for StrictDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        decode(source).map(Some)
    }
}

/// Decodes one message under the codec's rules; the whole of `source` is the message.
///
/// # Errors
/// As [`StrictCodec`].
pub fn decode<U: Message + Default + Name>(source: impl Buf) -> Result<U, Status> {
    if source.remaining() > MAX_MESSAGE_BYTES {
        return Err(decode_error::too_large(&U::full_name(), source.remaining(), locale()));
    }
    U::decode(source).map_err(|error| decode_error::malformed(&U::full_name(), &error, locale()))
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::*;
    use crate::v1::{SubmitTransactionRequest, Transaction};

    /// Field 1 (`transaction`) holding field 5 (`service`) of two bytes that are no UTF-8.
    const BAD_SERVICE: &[u8] = &[0x0a, 0x04, 0x2a, 0x02, 0xff, 0xfe];

    fn submit(bytes: &[u8]) -> Status {
        decode::<SubmitTransactionRequest>(bytes).unwrap_err()
    }

    #[test]
    fn the_field_is_named_by_its_path() {
        // `transaction.applicant.person.names[].full_name`: 11 -> 2 -> 1 -> 2.
        let name = [0x12, 0x01, 0xc3];
        let deep = [&[0x0a, 0x09, 0x5a, 0x07, 0x12, 0x05, 0x0a, 0x03][..], &name[..]].concat();
        for (bytes, field) in [
            (BAD_SERVICE, "transaction.service"),
            (&deep[..], "transaction.applicant.person.names.full_name"),
            (&[0x12, 0x01, 0xc3][..], "request_id"),
            (&[0x0a, 0x7f][..], "transaction"),
        ] {
            let status = submit(bytes);
            assert_eq!(status.code(), Code::InvalidArgument, "{field}");
            let info = status.get_details_error_info().unwrap();
            assert_eq!((info.reason.as_str(), info.domain.as_str()), ("FIELD_INVALID", "jisr"));
            assert_eq!(info.metadata["field"], field);
            let violations = status.get_details_bad_request().unwrap().field_violations;
            assert_eq!(violations.len(), 1);
            assert_eq!(violations[0].field, field);
            let expected = if field == "transaction" { "PATTERN" } else { "NOT_UTF8" };
            assert_eq!(violations[0].reason, expected, "{field}");
        }
        // A wire type that does not exist belongs to no field.
        let info = submit(&[0x07]).get_details_error_info().unwrap();
        assert_eq!(info.reason, "MESSAGE_MALFORMED");
        assert_eq!(info.metadata["message"], "jisr.v1.SubmitTransactionRequest");
    }

    #[tokio::test]
    async fn the_sentence_is_in_the_callers_language() {
        let said = |status: Status| {
            let field = status.get_details_bad_request().unwrap().field_violations.remove(0);
            (status.get_details_localized_message().unwrap().locale, field.description)
        };
        let arabic = LOCALE.scope(Locale::Ar, async { said(submit(BAD_SERVICE)) }).await;
        assert_eq!(arabic, ("ar".to_owned(), "يحتوي النص على رموز غير مقروءة. يُرجى إعادة كتابته.".to_owned()));
        let english = LOCALE.scope(Locale::En, async { said(submit(BAD_SERVICE)) }).await;
        assert_eq!(english.0, "en");
        assert_eq!(said(submit(BAD_SERVICE)), english, "nobody set a language");
    }

    #[test]
    fn a_message_over_one_mebibyte_is_refused_before_it_is_read() {
        let of_length = |bytes: usize| {
            // Key and length of a string between 2^14 and 2^21 bytes take 1 + 3.
            let transaction = Transaction { etag: "x".repeat(bytes - 4), ..Transaction::default() };
            transaction.encode_to_vec()
        };
        let fits = of_length(MAX_MESSAGE_BYTES);
        assert_eq!(fits.len(), MAX_MESSAGE_BYTES);
        assert!(decode::<Transaction>(&fits[..]).is_ok());
        let status = decode::<Transaction>(&of_length(MAX_MESSAGE_BYTES + 1)[..]).unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "MESSAGE_TOO_LARGE");
        assert_eq!(info.metadata["max_bytes"], "1048576");
        assert_eq!(info.metadata["message"], "jisr.v1.Transaction");
    }

    #[test]
    fn nothing_of_the_value_is_repeated() {
        // A name cut in the middle of a letter: what could be read of it must not come back.
        let bytes = [&[0x12, 0x05][..], "مر".as_bytes(), &[0xd9]].concat();
        let status = submit(&bytes);
        assert!(!status.message().contains('م'));
        assert!(!status.get_details_bad_request().unwrap().field_violations[0].description.contains('م'));
    }
}
