//! The numbers things are known by: transactions, messages, requests, and who asked. Made from a time and random
//! bytes that the caller brings; no randomness here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::{Builder, Uuid, Variant};

use crate::name::{self, LegId};
use crate::time::Timestamp;

/// The text is not the id it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 32 hexadecimal digits with hyphens in the places of RFC 9562.
    #[error("not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
    NotUuid,
    /// A UUID of another version than 7.
    #[error("not a version 7 UUID")]
    NotVersion7,
    /// All zeros, which AIP-155 keeps for "none".
    #[error("the UUID is all zeros")]
    Nil,
    /// A resource name that is not of the form expected.
    #[error("the resource name is not of the form {0}")]
    NotResource(&'static str),
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $name:ident, $check:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// From 16 bytes that were one before, such as those the journal stores; not checked again.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, most significant first.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        /// Lower case with hyphens.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// Only the hyphenated form, in either case, so that one id has one spelling.
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if text.len() != 36 {
                    return Err(IdError::NotUuid);
                }
                let uuid = Uuid::try_parse(text).map_err(|_| IdError::NotUuid)?;
                $check(&uuid)?;
                Ok(Self(uuid))
            }
        }
    )*};
}

uuids! {
    /// A transaction: a UUIDv7, so transactions sort by the millisecond they were submitted in.
    TransactionId, version_7;
    /// A message on the bus. Ours are UUIDv7; one that an adapter in another language made may be of any version.
    MessageId, not_nil;
    /// What a front end marks a write with, so that it may safely send it again (AIP-155): any UUID but zero.
    RequestId, not_nil;
    /// Bulk work of an operator. It is the id of the request that began it, so the same request begins it once.
    JobId, not_nil;
}

fn version_7(uuid: &Uuid) -> Result<(), IdError> {
    let fits = uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122;
    if fits { Ok(()) } else { Err(IdError::NotVersion7) }
}

fn not_nil(uuid: &Uuid) -> Result<(), IdError> {
    if uuid.is_nil() { Err(IdError::Nil) } else { Ok(()) }
}

/// UUIDv7 of RFC 9562: 48 bits of Unix milliseconds, then random bits (6 of the 80 given make room for version and
/// variant). A time before 1970 counts as 1970.
fn uuid_v7(now: Timestamp, random: [u8; 10]) -> Uuid {
    Builder::from_unix_timestamp_millis(u64::try_from(now.as_millis()).unwrap_or(0), &random).into_uuid()
}

impl TransactionId {
    /// The collection of its resource names.
    pub const COLLECTION: &'static str = "transactions";

    /// A new id from the present moment and ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(uuid_v7(now, random))
    }

    /// The moment it was made, to the millisecond.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        let millis = self.as_bytes()[..6].iter().fold(0, |sum, &byte| sum << 8 | i64::from(byte));
        Timestamp::from_millis(millis)
    }

    /// `transactions/{uuid}`.
    #[must_use]
    pub fn resource_name(&self) -> String {
        format!("{}/{self}", Self::COLLECTION)
    }

    /// Reads `transactions/{uuid}`.
    ///
    /// # Errors
    /// [`IdError`] when the form is another or the id is no UUIDv7.
    pub fn from_resource_name(resource_name: &str) -> Result<Self, IdError> {
        name::id_in(Self::COLLECTION, resource_name).ok_or(IdError::NotResource("transactions/{uuid}"))?.parse()
    }

    /// `transactions/{uuid}/legs/{leg}`.
    #[must_use]
    pub fn leg_name(&self, leg: &LegId) -> String {
        format!("{}/{self}/legs/{leg}", Self::COLLECTION)
    }

    /// Reads `transactions/{uuid}/legs/{leg}`.
    ///
    /// # Errors
    /// [`IdError`] when the form is another or one of the two ids is none.
    pub fn from_leg_name(leg_name: &str) -> Result<(Self, LegId), IdError> {
        let other_form = IdError::NotResource("transactions/{uuid}/legs/{leg}");
        let (transaction, leg) = leg_name.split_once("/legs/").ok_or(other_form)?;
        let transaction = name::id_in(Self::COLLECTION, transaction).ok_or(other_form)?.parse()?;
        Ok((transaction, LegId::new(leg).map_err(|_| other_form)?))
    }
}

impl MessageId {
    /// A new id from the present moment and ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(uuid_v7(now, random))
    }
}

/// Who calls, as authentication established it: a client's or an operator's lasting id. Never a person's number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller(Arc<str>);

impl Caller {
    /// The caller of this id.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0x017f_22e2_79b0);

    #[test]
    fn a_transaction_id_is_a_version_7_uuid() {
        // The example of RFC 9562, appendix A.6.
        let random = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
        let id = TransactionId::new(NOW, random);
        assert_eq!(id.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assert_eq!(id.made_at(), NOW);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(TransactionId::from_bytes(*id.as_bytes()), id);
        assert!(TransactionId::new(NOW.plus(std::time::Duration::from_millis(1)), [0; 10]) > id);
    }

    #[test]
    fn resource_names_round_trip() {
        let id = TransactionId::new(NOW, [7; 10]);
        let leg = LegId::new("site-inspection").unwrap();
        assert_eq!(TransactionId::from_resource_name(&id.resource_name()), Ok(id));
        assert_eq!(TransactionId::from_leg_name(&id.leg_name(&leg)), Ok((id, leg)));
        for bad in ["transactions/", "parties/019ca7", "transactions/x/legs", &id.leg_name(&LegId::new("a").unwrap())] {
            assert!(TransactionId::from_resource_name(bad).is_err(), "{bad}");
        }
        assert!(TransactionId::from_leg_name(&format!("{}/legs/A", id.resource_name())).is_err());
    }

    #[test]
    fn refuses_other_uuids_and_other_spellings() {
        let four = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(four.parse::<TransactionId>(), Err(IdError::NotVersion7));
        assert!(four.parse::<RequestId>().is_ok() && four.parse::<MessageId>().is_ok());
        assert_eq!("00000000-0000-0000-0000-000000000000".parse::<RequestId>(), Err(IdError::Nil));
        for bad in ["0f8fad5bd9cb469fa16570867728950e", "{0f8fad5b-d9cb-469f-a165-70867728950e}", "", "رقم"] {
            assert_eq!(bad.parse::<RequestId>(), Err(IdError::NotUuid), "{bad}");
        }
    }
}
