//! What the stand-in remembers and by which rules it decides.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::messages::DUBAI;

/// Elements of a result, in the order of the schema.
pub(super) type Fields = Vec<(&'static str, String)>;

/// A fault raised by a rule of the house.
#[derive(Clone, Copy)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) arabic: &'static str,
    pub(super) english: &'static str,
}

#[derive(Clone)]
struct Record {
    result: Fields,
    withdrawn: Option<String>,
}

/// Applications by our reference.
#[derive(Default)]
pub(super) struct Ledger(Mutex<HashMap<String, Record>>);

impl Ledger {
    fn records(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executes, always anew. The fields are those that decide.
    pub(super) fn submit(&self, reference: &str, fields: &[(&str, String)]) -> Result<Fields, Refusal> {
        for (name, value) in fields {
            if let Some((.., refusal)) = RULES.iter().find(|(of, begins, _)| of == name && value.starts_with(begins)) {
                return Err(*refusal);
            }
        }
        let floors = fields.iter().find(|(name, _)| *name == "floors").map_or("", |(_, floors)| floors);
        let mut records = self.records();
        let now = local_now();
        let result = if floors.parse().is_ok_and(|floors: u32| floors > 100) {
            vec![
                ("status", "REFUSED".into()),
                ("remarksAr", "عدد الطوابق يتجاوز الحد المسموح به".into()),
                ("remarksEn", "The number of floors exceeds the permitted limit".into()),
            ]
        } else {
            vec![
                ("nocNumber", format!("BC-{}-{:06}", now.get(..4).unwrap_or_default(), records.len() + 1)),
                ("status", "APPROVED".into()),
                ("remarksAr", "تمت الموافقة على الطلب".into()),
                ("remarksEn", "The application is approved".into()),
                ("issueDate", now),
            ]
        };
        records.insert(reference.into(), Record { result: result.clone(), withdrawn: None });
        Ok(result)
    }

    pub(super) fn find(&self, reference: &str) -> Result<Fields, Refusal> {
        let record = self.records().get(reference).cloned().ok_or(UNKNOWN)?;
        let withdrawn = record.withdrawn.map(|date| ("withdrawnDate", date));
        Ok(record.result.into_iter().chain(withdrawn).collect())
    }

    pub(super) fn withdraw(&self, reference: &str) -> Result<Fields, Refusal> {
        let mut records = self.records();
        let record = records.get_mut(reference).ok_or(UNKNOWN)?;
        let date = record.withdrawn.get_or_insert_with(local_now).clone();
        Ok(vec![("withdrawnDate", date)])
    }
}

/// By what a field begins with, what is refused.
const RULES: [(&str, &str, Refusal); 4] = [
    ("plotNo", "999", Refusal { code: "BC-201", arabic: "قطعة الأرض محل نزاع", english: "The plot is under dispute" }),
    (
        "plotNo",
        "000",
        Refusal {
            code: "BC-202", arabic: "رقم قطعة الأرض غير مسجل", english: "The plot number is not registered"
        },
    ),
    (
        "tradeLicenceNo",
        "999",
        Refusal {
            code: "BC-203", arabic: "الرخصة التجارية موقوفة", english: "The trade licence is suspended"
        },
    ),
    (
        "premisesNo",
        "999",
        Refusal {
            code: "BC-204", arabic: "الوحدة مؤجرة بعقد سارٍ", english: "The premises are let already"
        },
    ),
];

const UNKNOWN: Refusal =
    Refusal {
        code: "BC-404", arabic: "لا توجد معاملة بهذا المرجع", english: "No application under this reference"
    };

fn local_now() -> String {
    Timestamp::now().to_zoned(TimeZone::fixed(DUBAI)).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}
