//! The entity `Application` of the permit system, as it is sent and as it comes back. Pure: no I/O, no clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jisr_adapter::Reference;
use jisr_adapter::connectors::odata::{Json, Map, Value};

/// The entity set.
pub const APPLICATIONS: &str = "Applications";

/// An application to the directorate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The entity's key.
    pub reference: Reference,
    /// Whose residence file it is.
    pub holder: Holder,
    /// What is applied for.
    pub work: Work,
    /// When the customer applied.
    pub submitted: Timestamp,
}

/// The person on the residence file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name in Arabic.
    pub name_ar: String,
    /// The name in English, where it is given.
    pub name_en: Option<String>,
    /// `784-NNNN-NNNNNNN-N`.
    pub emirates_id: String,
}

/// What is applied for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Renewal of a residence permit.
    Renewal {
        /// `NNN/NNNN/N/NNNNNNN`.
        file_no: String,
        /// 1 to 3.
        years: u8,
        /// The sponsor's file, where it is given.
        sponsor_file_no: Option<String>,
        /// Who sponsors, where it is somebody else than the holder.
        sponsor_name_ar: Option<String>,
        /// The licence of a sponsor that is an organisation.
        sponsor_licence_no: Option<String>,
    },
    /// Change of the address on the residence file.
    AddressChange {
        /// Ten digits.
        makani_no: String,
        /// Flat or villa.
        unit: Option<String>,
        /// Day of the move.
        move_date: Date,
    },
}

impl Application {
    /// The entity as it is put.
    #[must_use]
    pub fn body(&self) -> Value {
        let text = |text: &String| Value::from(text.as_str());
        let maybe = |given: &Option<String>| given.as_ref().map_or(Value::Null, text);
        let mut properties = vec![
            ("Reference", Value::from(self.reference.to_string())),
            ("HolderNameAr", text(&self.holder.name_ar)),
            ("HolderNameEn", maybe(&self.holder.name_en)),
            ("HolderEmiratesId", text(&self.holder.emirates_id)),
            ("SubmittedAt", Value::from(self.submitted.to_string())),
        ];
        properties.extend(match &self.work {
            Work::Renewal { file_no, years, sponsor_file_no, sponsor_name_ar, sponsor_licence_no } => vec![
                ("Kind", Value::from("RENEWAL")),
                ("ResidenceFileNo", text(file_no)),
                ("Years", Value::from(*years)),
                ("SponsorFileNo", maybe(sponsor_file_no)),
                ("SponsorNameAr", maybe(sponsor_name_ar)),
                ("SponsorLicenceNo", maybe(sponsor_licence_no)),
            ],
            Work::AddressChange { makani_no, unit, move_date } => vec![
                ("Kind", Value::from("ADDRESS_CHANGE")),
                ("MakaniNo", text(makani_no)),
                ("Unit", maybe(unit)),
                ("MoveDate", Value::from(move_date.to_string())),
            ],
        });
        Value::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    }

    /// Whether the stored application says the same. When it was submitted says nothing about what was.
    #[must_use]
    pub fn is_stored_as(&self, stored: &Json) -> bool {
        let Value::Object(properties) = self.body() else { return false };
        properties.iter().filter(|(name, _)| *name != "SubmittedAt").all(|(name, value)| match value {
            Value::Null => stored.get(name).is_none(),
            Value::String(text) => stored.text(name) == Some(text),
            Value::Number(number) => stored.decimal(name) == Some(&number.to_string()),
            _ => false,
        })
    }
}

/// What the directorate has made of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing yet.
    Pending,
    /// Done.
    Approved,
    /// No.
    Refused,
    /// The customer is to add something.
    InformationRequired,
    /// Withdrawn, by us or at the directorate.
    Withdrawn,
}

/// An application as the permit system has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// As the system has it; only those of ours can be read.
    pub reference: String,
    /// Whether it is a renewal.
    pub is_renewal: bool,
    /// Where it stands.
    pub status: Status,
    /// Number of the permit.
    pub permit_no: Option<String>,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Last day of validity.
    pub valid_until: Option<Date>,
    /// A decimal as text.
    pub fee_paid: Option<String>,
    /// Why not.
    pub refusal_code: Option<String>,
    /// Names of the properties that the customer is to complete.
    pub required_fields: Vec<String>,
    /// In the directorate's words.
    pub remarks_ar: Option<String>,
    /// In the directorate's words.
    pub remarks_en: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// Reads an entity.
///
/// # Errors
/// What is wrong, quoting nothing.
pub fn record(entity: &Json) -> Result<Record, String> {
    let text = |name: &str| entity.text(name).map(ToOwned::to_owned);
    let instant = |name: &str| match entity.text(name) {
        Some(text) => text.parse().map(Some).map_err(|_| format!("{name} is no DateTimeOffset")),
        None => Ok(None),
    };
    let date = |name: &str| match entity.text(name) {
        Some(text) => text.parse().map(Some).map_err(|_| format!("{name} is no Date")),
        None => Ok(None),
    };
    let status = match entity.text("Status") {
        Some("PENDING") => Status::Pending,
        Some("APPROVED") => Status::Approved,
        Some("REFUSED") => Status::Refused,
        Some("INFORMATION_REQUIRED") => Status::InformationRequired,
        Some("WITHDRAWN") => Status::Withdrawn,
        Some(_) => return Err("a Status that is not known".into()),
        None => return Err("without Status".into()),
    };
    let is_renewal = match entity.text("Kind") {
        Some("RENEWAL") => true,
        Some("ADDRESS_CHANGE") => false,
        _ => return Err("without Kind, or with one that is not known".into()),
    };
    let record = Record {
        reference: text("Reference").ok_or("without Reference")?,
        is_renewal,
        status,
        permit_no: text("PermitNo").filter(|number| !number.trim().is_empty()),
        valid_from: date("ValidFrom")?,
        valid_until: date("ValidUntil")?,
        fee_paid: entity.decimal("FeePaid").map(ToOwned::to_owned),
        refusal_code: text("RefusalCode"),
        required_fields: entity.text("RequiredFields").map(fields).unwrap_or_default(),
        remarks_ar: text("RemarksAr"),
        remarks_en: text("RemarksEn"),
        decided_at: instant("DecidedAt")?,
        withdrawn_at: instant("WithdrawnAt")?,
    };
    if record.status == Status::Approved && record.is_renewal && record.permit_no.is_none() {
        return Err("approved, but without PermitNo".into());
    }
    Ok(record)
}

/// Names separated by commas.
fn fields(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
