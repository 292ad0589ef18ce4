//! How people name a leg: by its transaction, in any way that is named, and its own name.

use std::str::FromStr;

use jisr_core::name::LegId;

use crate::transaction_name::TransactionName;

/// A parked leg, or all parked legs of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParkedName {
    /// Whose.
    pub(crate) transaction: TransactionName,
    /// Which of them; nothing for all.
    pub(crate) leg: Option<LegId>,
}

impl FromStr for ParkedName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (transaction, leg) = match text.split_once("/legs/") {
            Some((transaction, leg)) => (transaction, Some(leg.parse().map_err(|error| format!("the leg: {error}"))?)),
            None => (text, None),
        };
        Ok(Self { transaction: transaction.parse()?, leg })
    }
}

/// The value of `--leg`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LegFlag {
    /// `<transaction>/legs/<leg>`.
    Whole(TransactionName, LegId),
    /// `<leg>`, beside a transaction.
    Alone(LegId),
}

impl FromStr for LegFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ways = "give <transaction>/legs/<leg>, or <leg> alone beside --transaction";
        if !text.contains('/') {
            return text.trim().parse().map(Self::Alone).map_err(|error| format!("{error}; {ways}"));
        }
        match text.parse()? {
            ParkedName { transaction, leg: Some(leg) } => Ok(Self::Whole(transaction, leg)),
            ParkedName { leg: None, .. } => Err(format!("no leg is named; {ways}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_named_by_its_transaction() {
        let id = "019ca77b-46fb-7fff-bfff-ffffffffffff";
        let transaction: TransactionName = id.parse().unwrap();
        let leg: LegId = "site-noc".parse().unwrap();
        for text in [format!("transactions/{id}/legs/site-noc"), format!(" {id}/legs/site-noc ")] {
            assert_eq!(text.parse(), Ok(ParkedName { transaction, leg: Some(leg.clone()) }), "{text}");
            assert_eq!(text.parse(), Ok(LegFlag::Whole(transaction, leg.clone())), "{text}");
        }
        assert_eq!(id.parse(), Ok(ParkedName { transaction, leg: None }));
        assert_eq!("site-noc".parse(), Ok(LegFlag::Alone(leg)));
    }

    #[test]
    fn a_slip_is_told_with_what_would_be_right() {
        let id = "019ca77b-46fb-7fff-bfff-ffffffffffff";
        for (text, part) in [
            (format!("transactions/{id}"), "no leg is named"),
            ("Site".to_owned(), "beside --transaction"),
            (format!("{id}/legs/Site"), "the leg: the name must begin"),
            ("05T8/legs/site-noc".to_owned(), "the reference number on the receipt"),
        ] {
            let error = text.parse::<LegFlag>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
