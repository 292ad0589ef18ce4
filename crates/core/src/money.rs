//! Amounts of money: exact, in one currency, no floating point anywhere.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

const NANOS_PER_UNIT: i128 = 1_000_000_000;
/// One fils, the hundredth part of a dirham.
const NANOS_PER_FILS: i128 = 10_000_000;

/// An ISO 4217 currency code of three capital letters. Whether the code is in use is not checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The UAE dirham.
    pub const AED: Self = Self(*b"AED");

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// How many decimals amounts are customarily written with.
    fn decimals(self) -> usize {
        match &self.0 {
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLP" | b"ISK" | b"JPY" | b"KRW" | b"UGX" | b"VND" | b"XAF" | b"XOF" => 0,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let code = <[u8; 3]>::try_from(code.as_bytes()).map_err(|_| MoneyError::Currency)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(MoneyError::Currency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an amount could not be made or reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("not an ISO 4217 currency code")]
    Currency,
    /// Nanos beyond a unit, or of another sign than the units.
    #[error("nanos must be below one unit and of the same sign as the units")]
    Nanos,
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be reckoned together")]
    Mixed(Currency, Currency),
    /// More units than 64 bits hold.
    #[error("the amount is out of range")]
    OutOfRange,
    /// Not digits with at most nine decimals.
    #[error("not a decimal amount")]
    Decimal,
}

/// An amount in one currency, in the form of `google.type.Money`: whole units and billionths of one.
///
/// Units and nanos never differ in sign, so each amount has one form and equality is exact.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    currency: Currency,
    units: i64,
    nanos: i32,
}

impl Money {
    /// From the fields of `google.type.Money`.
    ///
    /// # Errors
    /// [`MoneyError::Nanos`] when the nanos reach a unit or differ in sign from the units.
    pub fn new(currency: Currency, units: i64, nanos: i32) -> Result<Self, MoneyError> {
        let below_a_unit = nanos.unsigned_abs() < 1_000_000_000;
        let same_sign = units == 0 || nanos == 0 || (units < 0) == (nanos < 0);
        if below_a_unit && same_sign { Ok(Self { currency, units, nanos }) } else { Err(MoneyError::Nanos) }
    }

    /// Nothing, in this currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { currency, units: 0, nanos: 0 }
    }

    /// Dirhams from a number of fils, the form departments' old systems mostly keep.
    #[must_use]
    pub fn from_fils(fils: i64) -> Self {
        Self::from_nanos(Currency::AED, i128::from(fils) * NANOS_PER_FILS).expect("fewer dirhams than fils")
    }

    /// The number of fils; nothing when it is another currency or not a whole number of fils.
    #[must_use]
    pub fn as_fils(self) -> Option<i64> {
        let nanos = self.as_nanos();
        let whole = self.currency == Currency::AED && nanos % NANOS_PER_FILS == 0;
        if whole { i64::try_from(nanos / NANOS_PER_FILS).ok() } else { None }
    }

    /// Reads a decimal such as `120`, `120.5` or `-0.25`: ASCII digits, at most nine decimals, a point, no grouping.
    ///
    /// # Errors
    /// [`MoneyError`] when it is written otherwise or too large.
    pub fn from_decimal(currency: Currency, text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (units, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let only_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !only_digits(units) || !only_digits(fraction) || fraction.len() > 9 {
            return Err(MoneyError::Decimal);
        }
        let units: i128 = units.parse().map_err(|_| MoneyError::OutOfRange)?;
        let nanos: i128 = format!("{fraction:0<9}").parse().map_err(|_| MoneyError::Decimal)?;
        let total = units.checked_mul(NANOS_PER_UNIT).ok_or(MoneyError::OutOfRange)? + nanos;
        Self::from_nanos(currency, if negative { -total } else { total })
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The whole units.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.units
    }

    /// The billionths after them, of the same sign.
    #[must_use]
    pub const fn nanos(self) -> i32 {
        self.nanos
    }

    /// Neither owed nor due.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.units == 0 && self.nanos == 0
    }

    /// Below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.units < 0 || self.nanos < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError`] when the currencies differ or the sum is out of range.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::from_nanos(self.currency, self.as_nanos() + other.as_nanos())
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError`] when the currencies differ or the difference is out of range.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::from_nanos(self.currency, self.as_nanos() - other.as_nanos())
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        let same = self.currency == other.currency;
        if same { Ok(()) } else { Err(MoneyError::Mixed(self.currency, other.currency)) }
    }

    fn as_nanos(self) -> i128 {
        i128::from(self.units) * NANOS_PER_UNIT + i128::from(self.nanos)
    }

    fn from_nanos(currency: Currency, nanos: i128) -> Result<Self, MoneyError> {
        let units = i64::try_from(nanos / NANOS_PER_UNIT).map_err(|_| MoneyError::OutOfRange)?;
        let nanos = i32::try_from(nanos % NANOS_PER_UNIT).expect("a remainder below one unit");
        Ok(Self { currency, units, nanos })
    }
}

/// Amounts of different currencies have no order.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.as_nanos().cmp(&other.as_nanos()))
    }
}

/// `AED 120.50`: the currency's customary decimals, more only where the amount has them.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let fraction = format!("{:09}", self.nanos.unsigned_abs());
        let fraction = &fraction[..fraction.trim_end_matches('0').len().max(self.currency.decimals())];
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{} {sign}{}{point}{fraction}", self.currency, self.units.unsigned_abs())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn aed(text: &str) -> Money {
        Money::from_decimal(Currency::AED, text).unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for (currency, text, printed) in [
            ("AED", "120", "AED 120.00"),
            ("AED", "0.5", "AED 0.50"),
            ("AED", "-0.25", "AED -0.25"),
            ("AED", "1.005", "AED 1.005"),
            ("KWD", "1.5", "KWD 1.500"),
            ("JPY", "700", "JPY 700"),
            ("JPY", "0.000000001", "JPY 0.000000001"),
            ("AED", "9223372036854775807.999999999", "AED 9223372036854775807.999999999"),
        ] {
            assert_eq!(Money::from_decimal(currency.parse().unwrap(), text).unwrap().to_string(), printed);
        }
        for bad in ["", ".", "1.", ".5", "1,000", "+1", "--1", "1.0000000001", "1e3", "١٢٠", "1 "] {
            assert_eq!(Money::from_decimal(Currency::AED, bad), Err(MoneyError::Decimal), "{bad}");
        }
        assert_eq!(Money::from_decimal(Currency::AED, "9223372036854775808"), Err(MoneyError::OutOfRange));
        for bad in ["", "aed", "AE", "AEDX", "درهم"] {
            assert_eq!(bad.parse::<Currency>(), Err(MoneyError::Currency), "{bad}");
        }
    }

    #[test]
    fn one_amount_has_one_form() {
        assert_eq!(Money::new(Currency::AED, -1, -500_000_000), Ok(aed("-1.5")));
        for (units, nanos) in [(1, -1), (-1, 1), (0, 1_000_000_000), (0, i32::MIN)] {
            assert_eq!(Money::new(Currency::AED, units, nanos), Err(MoneyError::Nanos));
        }
        assert_eq!((aed("-0.25").units(), aed("-0.25").nanos()), (0, -250_000_000));
    }

    #[test]
    fn fils_are_ten_million_nanos() {
        assert_eq!(Money::from_fils(1).nanos(), 10_000_000);
        assert_eq!(Money::from_fils(-12_050), aed("-120.50"));
        assert_eq!(aed("0.001").as_fils(), None);
        assert_eq!(Money::zero("USD".parse().unwrap()).as_fils(), None);
    }

    #[test]
    fn currencies_do_not_mix_and_sums_do_not_wrap() {
        let usd = Money::zero("USD".parse().unwrap());
        assert!(matches!(aed("1").checked_add(usd), Err(MoneyError::Mixed(..))));
        assert_eq!(aed("1").partial_cmp(&usd), None);
        assert!(aed("1") > aed("0.99"));
        let most = aed("9223372036854775807.999999999");
        assert_eq!(most.checked_add(aed("0.000000001")), Err(MoneyError::OutOfRange));
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (Money::from_fils(a), Money::from_fils(b));
            prop_assert_eq!(a.checked_add(b).unwrap().checked_sub(b).unwrap(), a);
            prop_assert_eq!(a.checked_sub(b).unwrap().is_negative(), a < b);
            prop_assert_eq!(Money::new(a.currency(), a.units(), a.nanos()), Ok(a));
            prop_assert_eq!(a.as_fils().map(Money::from_fils), Some(a));
        }
    }
}
