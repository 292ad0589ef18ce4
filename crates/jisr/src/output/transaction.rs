//! Transactions in lists, and one for simple scripts.

use jiff::tz::TimeZone;
use jisr_core::text::Locale;
use jisr_proto::v1;

use super::style::Mood;
use super::{bidi, one_field, say, table, when, words};

/// One line for each, with headings.
pub(crate) fn human(transactions: &[v1::Transaction], zone: &TimeZone, locale: Locale) -> Vec<String> {
    let titles = [
        ("الرقم المرجعي", "REFERENCE"),
        ("الحالة", "STATE"),
        ("الخدمة", "SERVICE"),
        ("قُدِّمت", "SUBMITTED"),
        ("آخر تغيير", "CHANGED"),
        ("الاسم", "NAME"),
    ];
    let mut rows = vec![titles.map(|(ar, en)| (say(locale, ar, en).to_owned(), Mood::Heading)).to_vec()];
    for transaction in transactions {
        let plain = |text: &str| (bidi::isolate(text, locale), Mood::Plain);
        rows.push(vec![
            plain(&transaction.reference_no),
            words::transaction_state(words::short(transaction.state()), locale),
            plain(words::id_of(&transaction.service)),
            plain(&when::local(transaction.submit_time.as_ref(), zone)),
            plain(&when::local(transaction.update_time.as_ref(), zone)),
            (bidi::isolate(&transaction.name, locale), Mood::Quiet),
        ]);
    }
    table(&rows, locale)
}

/// One line: name, reference number, state, reason, service, submitted, changed, ended.
pub(crate) fn plain(transaction: &v1::Transaction) -> String {
    [
        transaction.name.clone(),
        transaction.reference_no.clone(),
        words::short(transaction.state()).to_owned(),
        transaction.state_reason.clone(),
        transaction.service.clone(),
        when::exact(transaction.submit_time.as_ref()),
        when::exact(transaction.update_time.as_ref()),
        when::exact(transaction.complete_time.as_ref()),
    ]
    .map(|value| one_field(&value))
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::{completed, shown};

    #[test]
    fn a_list_is_a_table_for_people_and_fields_for_scripts() {
        let zone = TimeZone::fixed(jiff::tz::offset(4));
        let lines: Vec<String> =
            human(&[completed()], &zone, Locale::En).iter().map(|line| shown(line).to_string()).collect();
        assert_eq!(
            lines,
            [
                "REFERENCE      STATE      SERVICE       SUBMITTED            CHANGED              NAME",
                "05T8-Q2KD-0A7  Completed  building-noc  2026-01-01 04:00:00  2026-01-01 04:00:01  \
                 transactions/019ca77b-46fb-7fff-bfff-ffffffffffff",
            ]
        );
        assert_eq!(
            plain(&completed()),
            "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff\t05T8-Q2KD-0A7\tCOMPLETED\t\tservices/building-noc\t\
             2026-01-01T00:00:00.000000Z\t2026-01-01T00:00:01.250000Z\t2026-01-01T00:00:01.250000Z"
        );
    }
}
