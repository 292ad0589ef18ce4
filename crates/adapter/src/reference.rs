//! Our reference as a department keeps it: short, plain, and enough to bring an answer home without any record of ours.

use std::fmt;
use std::str::FromStr;

use jisr_core::id::TransactionId;
use jisr_core::name::LegId;
use jisr_proto::adapter::v1 as wire;

/// Crockford's base 32, as in a receipt's reference number: no letter is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 128 bits, five to a character.
const LENGTH: usize = 26;

/// `<transaction, 26 characters of Crockford's base 32>-<leg>`, the same for every attempt of a leg.
///
/// ASCII, upper case but for the leg; at most 27 characters more than the leg's id. Systems that fold case give it back in
/// capitals: it is read whatever its case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The transaction.
    pub transaction: TransactionId,
    /// The leg within it.
    pub leg: LegId,
}

/// A text is no reference of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reference of ours: 26 characters of base 32, a hyphen, a leg")]
pub struct NotOurs;

impl Reference {
    /// The reference under which the department is given this request's work.
    ///
    /// # Errors
    /// [`NotOurs`] when the request names no transaction or leg.
    pub fn of(request: &wire::LegRequest) -> Result<Self, NotOurs> {
        let transaction = request.transaction.parse().map_err(|_| NotOurs)?;
        Ok(Self { transaction, leg: LegId::new(&request.leg).map_err(|_| NotOurs)? })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(*self.transaction.as_bytes());
        for place in (0..LENGTH).rev() {
            let value = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
            write!(f, "{}", char::from(ALPHABET[value]))?;
        }
        write!(f, "-{}", self.leg)
    }
}

impl FromStr for Reference {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (transaction, leg) = text.split_once('-').ok_or(NotOurs)?;
        if transaction.len() != LENGTH {
            return Err(NotOurs);
        }
        let mut bits = 0_u128;
        for character in transaction.bytes() {
            let value = ALPHABET.iter().position(|known| *known == character.to_ascii_uppercase()).ok_or(NotOurs)?;
            // The first character holds three bits.
            if bits >> 123 != 0 {
                return Err(NotOurs);
            }
            bits = bits << 5 | value as u128;
        }
        let transaction = uuid_text(bits).parse().map_err(|_| NotOurs)?;
        Ok(Self { transaction, leg: LegId::new(leg.to_ascii_lowercase()).map_err(|_| NotOurs)? })
    }
}

fn uuid_text(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use jisr_core::time::Timestamp;

    use super::*;

    #[test]
    fn there_and_back() {
        for seed in 0..200_u8 {
            let transaction =
                TransactionId::new(Timestamp::from_millis(1_790_000_000_000 + i64::from(seed)), [seed; 10]);
            let reference = Reference { transaction, leg: LegId::new("trade-licence").unwrap() };
            let text = reference.to_string();
            assert_eq!((text.len(), text.is_ascii()), (LENGTH + 1 + "trade-licence".len(), true));
            assert_eq!(text.parse(), Ok(reference.clone()));
            assert_eq!(text.to_uppercase().parse(), Ok(reference.clone()), "a system that folds case");
            assert_eq!(text.to_lowercase().parse(), Ok(reference));
        }
    }

    #[test]
    fn what_is_not_ours_is_said_to_be() {
        for text in [
            "",
            "-",
            "noc",
            "01K9ZJ6T0QF5V8ZC2B7J6N4XK-noc",
            "01K9ZJ6T0QF5V8ZC2B7J6N4XKDD-noc",
            "01K9ZJ6T0QF5V8ZC2B7J6N4XKU-noc",
            "ZZZZZZZZZZZZZZZZZZZZZZZZZZ-noc",
            "01K9ZJ6T0QF5V8ZC2B7J6N4XKD-",
            "01K9ZJ6T0QF5V8ZC2B7J6N4XKD- noc",
            "٠1K9ZJ6T0QF5V8ZC2B7J6N4XK-noc",
        ] {
            assert_eq!(text.parse::<Reference>(), Err(NotOurs), "{text:?}");
        }
    }
}
