//! The hospital's messages: plain structures to HL7 v2.5.1 and back. Pure.

use jiff::Timestamp;
use jiff::tz::Offset;
use jisr_adapter::connectors::mllp::{CharacterSet, Content, Message, Problem, Segment, Writer, read_time, write_time};
use serde::Deserialize;

/// The zone of times that carry none. Dubai has been four hours ahead of UTC since 1920, without summer time.
pub const DUBAI: Offset = Offset::constant(4);

/// The hospital's own table of codes, where HL7 has none.
const LOCAL: &str = "99MF";
/// Who numbers our orders (EI.2).
const PLACER: &str = "JISR";

/// Who acknowledges an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The application: AA, AE, AR.
    #[default]
    Original,
    /// The queue in front of it: CA, CE, CR. What the application thinks of it comes as a result.
    Enhanced,
}

/// How the messages of one site look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// MSH-3 to MSH-6.
    pub parties: [String; 4],
    /// MSH-11.
    pub processing: String,
    /// MSH-18, of what we write.
    pub charset: CharacterSet,
    /// MSH-15 and MSH-16.
    pub mode: Mode,
    /// Characters that the hospital keeps of EI.1.
    pub order_number_limit: usize,
}

/// A code with its words: identifier, English, Arabic.
pub type Coded = (&'static str, &'static str, &'static str);

/// An order for an examination; every value fits its type.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// MSH-10: 20 characters, the same for every delivery of one attempt.
    pub control_id: String,
    /// Our reference: what the result is found by.
    pub reference: String,
    /// The receipt's number, which the applicant can show.
    pub receipt: String,
    /// When it is sent.
    pub sent: Timestamp,
    /// When the customer applied.
    pub ordered: Timestamp,
    /// Who is examined.
    pub patient: Patient,
    /// For what.
    pub examination: Coded,
    /// The occupation decides which tests belong to it.
    pub occupation: Coded,
    /// `YYYYMMDD`.
    pub preferred_date: String,
}

/// Who is examined.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// Number, authority, type (table 0203).
    pub identifiers: Vec<[String; 3]>,
    /// Family name, given name, further names, language: Arabic first.
    pub names: Vec<[String; 4]>,
    /// As precise as it is known: `YYYY`, `YYYYMM` or `YYYYMMDD`; empty if it is not.
    pub birth_date: String,
    /// ISO 3166-1 alpha-3; empty if it is not known.
    pub nationality: String,
}

/// A cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// MSH-10.
    pub control_id: String,
    /// Our reference.
    pub reference: String,
    /// When it is sent.
    pub sent: Timestamp,
}

/// Writes a new order.
#[must_use]
pub fn new_order(order: &Order, site: &Site) -> Writer {
    let Order { patient, examination, occupation, .. } = order;
    let identifiers = patient
        .identifiers
        .iter()
        .map(|[number, authority, kind]| Content::components([number.as_str(), "", "", authority, kind]));
    // XPN.7 L: the legal name, in each language; XPN.9 says which.
    let names = patient.names.iter().map(|[family, given, further, language]| {
        Content::components([family.as_str(), given, further, "", "", "", "L", "", language])
    });
    let nationality = [patient.nationality.as_str(), "", "ISO3166_1"];
    let nationality =
        if patient.nationality.is_empty() { Content::default() } else { Content::components(nationality) };
    header(&order.control_id, order.sent, site)
        .segment(
            "PID",
            [
                (1, "1".into()),
                (3, Content::repeated(identifiers)),
                (5, Content::repeated(names)),
                (7, patient.birth_date.as_str().into()),
                (26, nationality),
            ],
        )
        .segment(
            "ORC",
            [
                (1, "NW".into()),
                (2, Content::components([&*order.reference, PLACER])),
                (4, Content::components([&*order.receipt, PLACER])),
                (9, write_time(order.ordered, DUBAI).into()),
            ],
        )
        .segment("TQ1", [(1, "1".into()), (7, order.preferred_date.as_str().into()), (9, "R".into())])
        .segment(
            "OBR",
            [(1, "1".into()), (2, Content::components([&*order.reference, PLACER])), (4, coded(examination))],
        )
        .segment(
            "OBX",
            [
                (1, "1".into()),
                (2, "CE".into()),
                (3, Content::components(["MF-OCCUPATION", "Category of occupation", LOCAL])),
                (5, coded(occupation)),
                // Table 0085: part of the order, not a result.
                (11, "O".into()),
            ],
        )
}

/// Writes the cancellation of an order. It says nothing of the person again.
#[must_use]
pub fn cancel_order(cancellation: &Cancellation, site: &Site) -> Writer {
    let number = || Content::components([&*cancellation.reference, PLACER]);
    header(&cancellation.control_id, cancellation.sent, site)
        .segment("ORC", [(1, "CA".into()), (2, number()), (9, write_time(cancellation.sent, DUBAI).into())])
        .segment("OBR", [(1, "1".into()), (2, number()), (4, Content::components(["MF", "Medical fitness", LOCAL]))])
}

fn header(control_id: &str, sent: Timestamp, site: &Site) -> Writer {
    let [sender, sending_facility, receiver, receiving_facility] = &site.parties;
    let (accept, application) = match site.mode {
        Mode::Original => ("", ""),
        Mode::Enhanced => ("AL", "NE"),
    };
    Writer::new(site.charset).segment(
        "MSH",
        [
            (3, sender.as_str().into()),
            (4, sending_facility.as_str().into()),
            (5, receiver.as_str().into()),
            (6, receiving_facility.as_str().into()),
            (7, write_time(sent, DUBAI).into()),
            (9, Content::components(["OMG", "O19", "OMG_O19"])),
            (10, control_id.into()),
            (11, site.processing.as_str().into()),
            (12, "2.5.1".into()),
            (15, accept.into()),
            (16, application.into()),
            (17, "ARE".into()),
            (18, site.charset.label().into()),
            (19, Content::components(["ar", "Arabic", "ISO639"])),
        ],
    )
}

fn coded((code, english, arabic): &Coded) -> Content {
    Content::components([*code, english, LOCAL, code, arabic, LOCAL])
}

/// What a result says of one order. What was found stays at the hospital: nothing else of it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The placer order number, as the hospital gives it back.
    pub reference: String,
    /// The hospital's number of the order; empty if it says none.
    pub filler: String,
    /// OBR-25, table 0123.
    pub status: String,
    /// When it was reported or last changed.
    pub reported: Option<Timestamp>,
    /// `FIT`, `UNFIT` or a code of the hospital's, with its English and Arabic words.
    pub conclusion: Option<[String; 3]>,
    /// Number of the certificate.
    pub certificate_no: String,
    /// `YYYYMMDD`, last day of validity.
    pub valid_until: String,
}

/// Reads a result: one report per order it tells of.
///
/// # Errors
/// What is missing, for the acknowledgement; quotes no value.
pub fn reports(message: &Message) -> Result<Vec<Report>, Problem> {
    let mut reports: Vec<Report> = Vec::new();
    // The order's own segment may come before the first of its observations' headers.
    let mut order: Option<Segment<'_>> = None;
    for segment in message.segments() {
        match segment.name() {
            "ORC" => order = Some(segment),
            "OBR" => {
                reports.push(report(segment, order)?);
                order = None;
            }
            "OBX" => {
                let report = reports.last_mut().ok_or_else(|| Problem {
                    code: Problem::SEGMENT_SEQUENCE,
                    location: Some(("OBX", 0)),
                    detail: "an OBX without its OBR".to_owned(),
                })?;
                observation(segment, report);
            }
            _ => {}
        }
    }
    if reports.is_empty() {
        let detail = "no OBR".to_owned();
        return Err(Problem { code: Problem::SEGMENT_SEQUENCE, location: Some(("OBR", 0)), detail });
    }
    Ok(reports)
}

fn report(segment: Segment<'_>, order: Option<Segment<'_>>) -> Result<Report, Problem> {
    let either = |number| {
        let own = segment.field(number).text();
        if own.is_empty() { order.map_or(own, |order| order.field(number).text()) } else { own }
    };
    let missing = |field, detail: &str| Problem {
        code: Problem::FIELD_MISSING,
        location: Some(("OBR", field)),
        detail: detail.to_owned(),
    };
    let (reference, status) = (either(2).trim().to_owned(), segment.field(25).text());
    if reference.is_empty() {
        return Err(missing(2, "no placer order number"));
    }
    if status.is_empty() {
        return Err(missing(25, "no result status"));
    }
    let reported = segment.field(22).text();
    Ok(Report {
        reference,
        filler: either(3),
        status,
        reported: read_time(&reported, DUBAI),
        conclusion: None,
        certificate_no: String::new(),
        valid_until: String::new(),
    })
}

fn observation(segment: Segment<'_>, report: &mut Report) {
    let value = segment.field(5);
    match &*segment.field(3).text() {
        "MF-CONCLUSION" => report.conclusion = Some([1, 2, 5].map(|part| value.component(part).text())),
        "MF-CERTIFICATE" => report.certificate_no = value.text(),
        "MF-VALID-UNTIL" => report.valid_until = value.text(),
        _ => {}
    }
}
