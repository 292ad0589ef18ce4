//! How people name a transaction: by resource name, by its UUID, or by the reference number on the receipt.

use std::str::FromStr;

use jisr_core::id::TransactionId;
use jisr_core::name::id_in;
use jisr_core::reference_no::ReferenceNo;

/// A transaction as it was named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionName {
    /// `transactions/<uuid>` or the bare UUID.
    Id(TransactionId),
    /// What is printed on the receipt.
    ReferenceNo(ReferenceNo),
}

impl FromStr for TransactionName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let id = id_in(TransactionId::COLLECTION, text);
        // A UUID has 32 digits and four hyphens; no reference number comes near.
        if id.is_some() || text.len() >= 32 {
            return id.unwrap_or(text).parse().map(Self::Id).map_err(|error| format!("{error}; {WAYS}"));
        }
        text.parse().map(Self::ReferenceNo).map_err(|error| format!("{error}; {WAYS}"))
    }
}

const WAYS: &str = "give transactions/<uuid>, the uuid alone, or the reference number on the receipt";

#[cfg(test)]
mod tests {
    use super::*;
    use jisr_core::time::Timestamp;

    #[test]
    fn takes_each_of_the_three_ways() {
        let id = "019ca77b-46fb-7fff-bfff-ffffffffffff";
        let expected = TransactionName::Id(id.parse().unwrap());
        for text in [id.to_owned(), id.to_uppercase(), format!("transactions/{id}"), format!(" {id} ")] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        let number = ReferenceNo::new(Timestamp::from_millis(1_772_336_400_123), 9_999);
        for text in [number.to_string(), number.to_string().to_lowercase(), number.to_string().replace('-', "")] {
            assert_eq!(text.parse(), Ok(TransactionName::ReferenceNo(number)), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_what_would_be_right() {
        for (text, part) in [
            ("", "has 11 characters, not 0"),
            ("0000-0000-000U", "does not hold 'U'"),
            ("transactions/x", "not a UUID"),
            ("0f8fad5b-d9cb-469f-a165-70867728950e", "not a version 7 UUID"),
            ("transactions/019ca77b-46fb-7fff-bfff-ffffffffffff/legs/noc", "not a UUID"),
        ] {
            let error = text.parse::<TransactionName>().unwrap_err();
            assert!(error.contains(part) && error.contains("the reference number on the receipt"), "{text}: {error}");
        }
        let number = ReferenceNo::new(Timestamp::from_millis(1_772_336_400_123), 9_999).to_string();
        let last = if number.ends_with('0') { '1' } else { '0' };
        let mistyped = format!("{}{last}", &number[..number.len() - 1]);
        assert!(mistyped.parse::<TransactionName>().unwrap_err().contains("mistyped"));
    }
}
