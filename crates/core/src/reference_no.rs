//! The reference number on a receipt: short, easy to read out over a telephone, guarded by a check character.
//! It is for print and search, never a key.

use std::fmt;
use std::str::FromStr;

use crate::time::Timestamp;
use crate::typed::{ascii_digit, is_direction_mark, is_separator};

/// Crockford's base 32: no I, L, O or U, which are taken for other characters or make words.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 2026-01-01T00:00:00Z in Unix milliseconds: where the ticks begin.
const FIRST_MILLIS: i64 = 1_767_225_600_000;
const TICK_MILLIS: i64 = 16;
const TICK_BITS: u32 = 36;
const SEQUENCE_BITS: u32 = 14;
/// Characters before the check character; each carries five bits.
const LENGTH: usize = 10;

/// A reference number such as `05T8-Q2KD-0A7`.
///
/// Fifty bits: 36 of ticks of 16 ms since 2026 began, then 14 of a sequence that tells apart what was submitted
/// within one tick. After 34 years and 10 months the ticks begin again. The eleventh character is the check
/// character of ISO/IEC 7064's hybrid system with moduli 33 and 32 over Crockford's alphabet. It finds every single
/// wrong character, and every exchange of neighbours but one in 496: that of two values next to each other (0 and 31
/// count as such) at one certain running sum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferenceNo(u64);

/// Why a text is no reference number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceNoError {
    /// A character that is not of the alphabet.
    #[error("a reference number does not hold {0:?}")]
    Character(char),
    /// Not eleven characters, hyphens left out.
    #[error("a reference number has 11 characters, not {0}")]
    Length(usize),
    /// The check character does not fit the others: something was mistyped.
    #[error("the check character does not fit: the reference number was mistyped")]
    Check,
}

impl ReferenceNo {
    /// The number for something submitted now. Of `sequence` the 14 low bits count; to be unique it must differ
    /// within one tick. A time before 2026 counts as its beginning.
    #[must_use]
    pub fn new(now: Timestamp, sequence: u16) -> Self {
        let ticks = u64::try_from((now.as_millis() - FIRST_MILLIS) / TICK_MILLIS).unwrap_or(0);
        let ticks = ticks & ((1 << TICK_BITS) - 1);
        Self(ticks << SEQUENCE_BITS | u64::from(sequence) & ((1 << SEQUENCE_BITS) - 1))
    }

    /// The fifty bits as a number.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The values of the ten characters, the first one first.
    fn values(self) -> [u8; LENGTH] {
        let mut rest = self.0;
        let mut values = [0; LENGTH];
        for value in values.iter_mut().rev() {
            *value = (rest & 31) as u8;
            rest >>= 5;
        }
        values
    }
}

/// One step of the hybrid system: the running sum after a character of this value. Both sums are 1 to 32.
fn step(sum: u8, value: u8) -> u8 {
    let low = (sum + value) % 32;
    let doubled = 2 * if low == 0 { 32 } else { low };
    doubled % 33
}

/// The value of the check character: what brings the last sum to 1 modulo 32.
fn check_value(values: &[u8; LENGTH]) -> u8 {
    let sum = values.iter().fold(32, |sum, &value| step(sum, value));
    (33 - sum) % 32
}

/// Groups of 4, 4 and 3, as one reads numbers out.
impl fmt::Display for ReferenceNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values();
        let mut text = String::with_capacity(LENGTH + 3);
        for (at, value) in values.iter().chain([&check_value(&values)]).enumerate() {
            if at == 4 || at == 8 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value)]));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for ReferenceNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes lower case, hyphens and spaces anywhere or nowhere, O for 0, I and L for 1, and Arabic-Indic digits.
impl FromStr for ReferenceNo {
    type Err = ReferenceNoError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut values = [0; LENGTH + 1];
        let mut count = 0;
        for c in text.trim().chars().filter(|&c| !is_separator(c) && !is_direction_mark(c)) {
            let value = value_of(c).ok_or(ReferenceNoError::Character(c))?;
            if let Some(place) = values.get_mut(count) {
                *place = value;
            }
            count += 1;
        }
        let [first @ .., check] = values;
        if count != values.len() {
            return Err(ReferenceNoError::Length(count));
        }
        if check_value(&first) != check {
            return Err(ReferenceNoError::Check);
        }
        Ok(Self(first.iter().fold(0, |bits, &value| bits << 5 | u64::from(value))))
    }
}

fn value_of(c: char) -> Option<u8> {
    let letter = match c.to_ascii_uppercase() {
        'O' => b'0',
        'I' | 'L' => b'1',
        letter @ 'A'..='Z' => u8::try_from(letter).ok()?,
        other => ascii_digit(other)?,
    };
    ALPHABET.iter().position(|&known| known == letter).and_then(|at| u8::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPENING: Timestamp = Timestamp::from_millis(FIRST_MILLIS);

    fn spelt(values: &[u8]) -> String {
        values.iter().map(|&value| char::from(ALPHABET[usize::from(value)])).collect()
    }

    fn all_values(number: ReferenceNo) -> Vec<u8> {
        let values = number.values();
        values.into_iter().chain([check_value(&values)]).collect()
    }

    /// The one exchange of neighbours the system cannot see: values `a` and `a + 1` where the sum before is `16 - a`.
    fn is_blind(sum: u8, one: u8, other: u8) -> bool {
        [(one, other), (other, one)].iter().any(|&(a, b)| b == (a + 1) % 32 && (sum + a) % 32 == 16)
    }

    #[test]
    fn bits_stand_where_they_should() {
        assert_eq!(ReferenceNo::new(OPENING, 0).bits(), 0);
        assert_eq!(ReferenceNo::new(Timestamp::MIN, 0xffff).bits(), 0x3fff);
        assert_eq!(ReferenceNo::new(Timestamp::from_millis(FIRST_MILLIS + 16), 5).bits(), 1 << 14 | 5);
        let wrapped = Timestamp::from_millis(FIRST_MILLIS + (16 << 36));
        assert_eq!(ReferenceNo::new(wrapped, 7).bits(), 7);
    }

    #[test]
    fn reads_what_people_type() {
        let number = ReferenceNo::new(Timestamp::from_millis(1_772_336_400_123), 9_999);
        let printed = number.to_string();
        assert_eq!(printed.len(), 13);
        let bare = printed.replace('-', "");
        for text in
            [printed.to_lowercase(), bare.clone(), format!(" {} ", bare.to_lowercase()), printed.replace('-', "–")]
        {
            assert_eq!(text.parse(), Ok(number), "{text}");
        }
        let zero = ReferenceNo::new(OPENING, 1 << 5 | 1);
        let typed = zero.to_string().replace('0', "O").replacen('1', "l", 1).replacen('1', "I", 1);
        assert_eq!(typed.parse(), Ok(zero), "{typed}");
        let arabic = zero.to_string().replace('0', "٠").replace('1', "١");
        assert_eq!(arabic.parse(), Ok(zero), "{arabic}");
    }

    #[test]
    fn refuses_other_texts() {
        assert_eq!("".parse::<ReferenceNo>(), Err(ReferenceNoError::Length(0)));
        assert_eq!("0000-0000-0000".parse::<ReferenceNo>(), Err(ReferenceNoError::Length(12)));
        assert_eq!("0000-0000-00U".parse::<ReferenceNo>(), Err(ReferenceNoError::Character('U')));
        assert_eq!("رقم".parse::<ReferenceNo>(), Err(ReferenceNoError::Character('ر')));
    }

    #[test]
    fn of_all_exchanges_of_neighbours_only_the_stated_ones_are_missed() {
        let mut missed = 0;
        for sum in 1..=32 {
            for one in 0..32 {
                for other in 0..one {
                    let same = step(step(sum, one), other) == step(step(sum, other), one);
                    assert_eq!(same, is_blind(sum, one, other), "sum {sum}, values {one} and {other}");
                    missed += u32::from(same);
                }
            }
        }
        assert_eq!(missed, 32, "one pair of 496 for each of the 32 sums");
    }

    proptest! {
        #[test]
        fn text_round_trips(bits in 0..1_u64 << 50) {
            let number = ReferenceNo(bits);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn every_single_wrong_character_is_found(bits in 0..1_u64 << 50) {
            let right = all_values(ReferenceNo(bits));
            for at in 0..right.len() {
                for value in (0..32).filter(|&value| value != right[at]) {
                    let mut wrong = right.clone();
                    wrong[at] = value;
                    prop_assert_eq!(spelt(&wrong).parse::<ReferenceNo>(), Err(ReferenceNoError::Check));
                }
            }
        }

        #[test]
        fn exchanged_neighbours_are_found_but_for_the_stated_pair(bits in 0..1_u64 << 50) {
            let right = all_values(ReferenceNo(bits));
            let mut sum = 32;
            for at in 0..right.len() - 1 {
                let (one, other) = (right[at], right[at + 1]);
                let mut wrong = right.clone();
                wrong.swap(at, at + 1);
                let accepted = spelt(&wrong).parse::<ReferenceNo>().is_ok();
                prop_assert_eq!(accepted, one == other || is_blind(sum, one, other));
                sum = step(sum, one);
            }
        }
    }
}
