//! The shipped catalogue is good, and each way a file can be bad is named with file, line and field.

use std::path::{Path, PathBuf};

use jisr_core::problem::{Kind, Rule, Thing};
use jisr_core::text::Locale;
use serde_json::{Value, json};

use super::*;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/catalogue")
}

fn load() -> Catalogue {
    let (catalogue, warnings) = Catalogue::load(&shipped())
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    assert_eq!(warnings, [], "the shipped catalogue deserves no second look");
    catalogue
}

#[test]
fn the_shipped_catalogue_is_good() {
    let catalogue = load();
    assert_eq!(catalogue.departments().len(), 6);
    assert_eq!(catalogue.services().len(), 11);
    assert_eq!(catalogue.centres().len(), 3);
    let noc = catalogue.service("building-noc").unwrap();
    assert_eq!(noc.plan.len(), 1);
    assert_eq!(noc.plan[0].department, "municipality");
    assert_eq!(noc.due_within().as_secs(), 5 * 86_400);
    assert_eq!(noc.form.schema()["properties"]["plot_no"]["x-title-ar"], "رقم قطعة الأرض");
}

#[test]
fn fees_depend_on_channel_and_category() {
    use jisr_proto::v1::{ChannelKind, CustomerCategory};
    let catalogue = load();
    let noc = catalogue.service("building-noc").unwrap();
    let total = |channel, category| noc.fees_for(channel, category).map(|fee| fee.amount.units()).sum::<i64>();
    assert_eq!(total(ChannelKind::Counter, CustomerCategory::IndividualResident), 550);
    assert_eq!(total(ChannelKind::Web, CustomerCategory::IndividualResident), 520);
    assert_eq!(total(ChannelKind::Web, CustomerCategory::Government), 20);
}

#[test]
fn a_department_without_adapter_is_a_warning() {
    let catalogue = load();
    let all = ["municipality", "economy", "utilities", "health", "residency", "civil-defence"];
    assert_eq!(catalogue.without_adapter(all), []);
    let warnings = catalogue.without_adapter(["municipality", "economy", "utilities", "residency", "civil-defence"]);
    let shown = warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown.len(), 1, "{shown:?}");
    let expected = "plan[0].department: no adapter is known for department health: work is accepted and waits";
    assert!(shown[0].contains("services/medical-fitness.yaml:") && shown[0].ends_with(expected), "{}", shown[0]);
}

fn check_answers(answers: &Value, expected: &[(&str, Rule)]) {
    let catalogue = load();
    let violations = catalogue.service("building-noc").unwrap().check_answers(answers);
    let found: Vec<(&str, Rule)> = violations.iter().map(|v| (v.field.as_str(), v.rule.clone())).collect();
    assert_eq!(found, expected, "{answers}");
}

#[test]
fn answers_are_checked_and_each_fault_has_its_rule() {
    let good = json!({
        "plot_no": "345-0678",
        "building_type": "villa",
        "floors": 1,
        "built_area_sqm": "512.50",
        "work_description": "إضافة ملحق خارجي",
    });
    let with = |key: &str, value: Value| {
        let mut answers = good.clone();
        answers[key] = value;
        answers
    };
    check_answers(&good, &[]);
    // A protobuf Struct has only doubles.
    check_answers(&with("floors", json!(2.0)), &[]);
    check_answers(&with("work_description", json!("ب".repeat(2000))), &[]);

    let plot = "transaction.answers.plot_no";
    let pattern = || Rule::Pattern { expected: "345-0678".to_owned() };
    check_answers(&with("plot_no", json!("3450678")), &[(plot, pattern())]);
    check_answers(&with("plot_no", json!("٣٤٥-٠٦٧٨")), &[(plot, pattern())]);
    check_answers(&with("plot_no", json!("345-0678\n")), &[(plot, Rule::TooLong { max: 8 })]);
    check_answers(&with("plot_no", json!(3_450_678)), &[(plot, Rule::WrongType { expected: Kind::Text })]);
    check_answers(&with("plot_no", Value::Null), &[(plot, Rule::Required)]);
    let allowed = ["villa", "commercial", "industrial"].map(str::to_owned).to_vec();
    let kind = "transaction.answers.building_type";
    check_answers(&with("building_type", json!("tent")), &[(kind, Rule::NotOneOf { allowed })]);
    let floors = "transaction.answers.floors";
    let range = || Rule::OutOfRange { min: Some("1".to_owned()), max: Some("200".to_owned()) };
    check_answers(&with("floors", json!(0)), &[(floors, range())]);
    check_answers(&with("floors", json!(201)), &[(floors, range())]);
    check_answers(&with("floors", json!(2.5)), &[(floors, Rule::WrongType { expected: Kind::WholeNumber })]);
    let work = "transaction.answers.work_description";
    check_answers(&with("work_description", json!("ب".repeat(2001))), &[(work, Rule::TooLong { max: 2000 })]);
    check_answers(&with("work_description", json!("")), &[(work, Rule::Required)]);
    check_answers(&with("colour", json!("red")), &[("transaction.answers.colour", Rule::UnknownField)]);
    let area = "transaction.answers.built_area_sqm";
    check_answers(&json!({}), &[kind, area, floors, plot, work].map(|field| (field, Rule::Required)));
    check_answers(&json!([]), &[("transaction.answers", Rule::WrongType { expected: Kind::Group })]);
}

#[test]
fn faults_in_lists_and_formats_name_their_place_and_label() {
    let catalogue = load();
    let licence = catalogue.service("trade-licence-issue").unwrap();
    let found = licence
        .check_answers(&json!({"trade_name_ar": "مطعم الجسر", "legal_form": "branch", "activities": ["5610001", "x"]}));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].field, "transaction.answers.activities[1]");
    let tenancy = catalogue.service("tenancy-registration").unwrap();
    let found = tenancy.check_answers(&json!(
        {"premises_no": "582104376", "start_date": "31/12/2026", "end_date": "2027-02-28", "annual_rent": "85000"}
    ));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].rule, Rule::Malformed { what: Thing::Date });
    assert!(found[0].text(Locale::Ar).starts_with("تاريخ بداية العقد: "), "{}", found[0].text(Locale::Ar));
}

/// A copy of the shipped catalogue in which one file is changed.
struct Broken(tempfile::TempDir);

impl Broken {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for kind in ["departments", "services", "centres"] {
            std::fs::create_dir(folder.path().join(kind)).unwrap();
            for entry in std::fs::read_dir(shipped().join(kind)).unwrap() {
                let path = entry.unwrap().path();
                std::fs::copy(&path, folder.path().join(kind).join(path.file_name().unwrap())).unwrap();
            }
        }
        Self(folder)
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(file), bytes).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(shipped().join(file)).unwrap();
        assert!(text.contains(from), "{file} does not contain {from}");
        self.write(file, text.replacen(from, to, 1).as_bytes());
    }

    fn errors(&self) -> Vec<String> {
        let here = format!("{}/", self.0.path().display());
        let errors = Catalogue::load(self.0.path()).unwrap_err();
        errors.iter().map(|error| error.to_string().replace(&here, "")).collect()
    }
}

/// Where `needle` stands in a file once `from` is `to`, as `line:column`.
fn place_of(file: &str, from: &str, to: &str, needle: &str) -> String {
    let text = std::fs::read_to_string(shipped().join(file)).unwrap().replacen(from, to, 1);
    let at = text.find(needle).unwrap();
    let line = text[..at].rsplit('\n').next().unwrap();
    format!("{}:{}", 1 + text[..at].matches('\n').count(), 1 + line.chars().count())
}

/// One change, one error: at `needle`, about `field`, saying `message`.
fn check(file: &str, from: &str, to: &str, needle: &str, field: &str, message: &str) {
    let broken = Broken::new();
    broken.replace(file, from, to);
    let place = place_of(file, from, to, needle);
    let found = broken.errors();
    let expected = format!("{file}:{place}: {field}: ");
    assert!(
        found.len() == 1 && found[0].starts_with(&expected) && found[0].contains(message),
        "expected {expected}{message}\n{}",
        found.join("\n")
    );
}

const NOC: &str = "services/building-noc.yaml";
const TWAR: &str = "centres/al-twar.yaml";

#[test]
fn a_field_nobody_knows_or_that_is_missing() {
    check(
        NOC,
        "version: 2026-01",
        "version: 2026-01\nchanels: [WEB]",
        "chanels",
        "chanels",
        "did you mean `channels`?",
    );
    check(NOC, "    currency: AED", "    curency: AED\n    currency: AED", "curency", "fees[0].curency", "`currency`");
    check(NOC, "version: 2026-01\n", "", "id:", "version", "is missing");
    check(NOC, "  ar: شهادة عدم ممانعة للبناء\n", "", "en: Building", "titles.ar", "is missing");
    check(NOC, "  ar: شهادة عدم ممانعة للبناء\n", "  ar: ''\n", "''", "titles.ar", "must not be empty");
    check(TWAR, "  friday: [\"07:30-12:00\"]\n", "", "time_zone", "opening_hours.friday", "is missing");
}

#[test]
fn a_wrong_value() {
    check(NOC, "id: building-noc", "id: building-nocs", "building-nocs", "id", "is not the file's name");
    check(NOC, "id: building-noc", "id: Building", "Building\n", "id", "must begin with a letter from a to z");
    check(
        NOC,
        "amount: \"500.00\"",
        "amount: 500.00",
        "500.00",
        "fees[0].amount",
        "expected text (put the value in quotes)",
    );
    check(NOC, "amount: \"500.00\"", "amount: \"5,00\"", "\"5,00\"", "fees[0].amount", "not a decimal amount: write");
    check(
        NOC,
        "code: knowledge",
        "code: noc-review",
        "noc-review\n    titles: {ar: درهم المعرفة",
        "fees[1].code",
        "twice",
    );
    check(NOC, "[COUNTER, WEB,", "[COUNTER, WEBB,", "WEBB", "channels[1]", "no such channel");
    check(NOC, "due_within: 5d", "due_within: 5", "5\n", "plan[0].due_within", "expected text");
    check(NOC, "due_within: 5d", "due_within: five", "five", "plan[0].due_within", "5d, 8h or 30m");
    check(NOC, "operation: building-noc", "operation: Issue_NOC", "Issue_NOC", "plan[0].operation", "must begin");
    check(TWAR, "\"2\", ", "\"1\", ", "\"1\", \"3\"", "counters[0].numbers[1]", "counter `1` is written twice");
    check(TWAR, "07:30-12:00", "12:00-07:30", "\"12:00-07:30\"", "opening_hours.friday[0]", "an interval of one day");
}

#[test]
fn a_plan_that_cannot_work() {
    check(
        NOC,
        "department: municipality\n    operation",
        "department: municipalty\n    operation",
        "municipalty",
        "plan[0].department",
        "did you mean `municipality`?",
    );
    check(NOC, "- answers.floors", "- answers.flors", "answers.flors", "plan[0].needs[6]", "did you mean `floors`?");
    check(
        NOC,
        "- applicant.person.names",
        "- applicant.person.name",
        "applicant.person.name\n",
        "plan[0].needs[0]",
        "did you mean `names`?",
    );
    check(NOC, "- answers.floors", "- answers.*", "answers.*", "plan[0].needs[6]", "name each field");
    check(
        NOC,
        "    due_within: 5d",
        "    depends_on: [inspection]\n    due_within: 5d",
        "inspection]",
        "plan[0].depends_on[0]",
        "no leg `inspection`",
    );
    check(
        NOC,
        "    due_within: 5d",
        "    depends_on: [building-noc]\n    due_within: 5d",
        "building-noc]",
        "plan[0].depends_on[0]",
        "cannot depend on itself",
    );
}

fn plan(steps: &[(&str, &[&str])]) -> String {
    let text = std::fs::read_to_string(shipped().join(NOC)).unwrap();
    let head = text.split("plan:\n").next().unwrap();
    let steps = steps.iter().map(|(leg, after)| {
        format!(
            "  - {{leg: {leg}, department: municipality, operation: check, depends_on: [{}], needs: [], due_within: 1d}}\n",
            after.join(", ")
        )
    });
    format!("{head}plan:\n{}", steps.collect::<String>())
}

#[test]
fn a_plan_may_fork_and_join_but_not_run_in_a_circle() {
    let broken = Broken::new();
    broken.write(NOC, plan(&[("d", &["b", "c"]), ("b", &["a"]), ("c", &["a"]), ("a", &[])]).as_bytes());
    let (catalogue, _) = Catalogue::load(broken.0.path()).unwrap();
    let noc = catalogue.service("building-noc").unwrap();
    let order: Vec<_> = noc.plan.iter().map(|step| (step.leg.as_str(), step.depends_on.as_slice())).collect();
    assert_eq!(order, [("a", &[][..]), ("b", &[0][..]), ("c", &[0][..]), ("d", &[1, 2][..])]);
    assert_eq!(noc.due_within().as_secs(), 3 * 86_400);

    broken.write(NOC, plan(&[("a", &[]), ("b", &["a", "d"]), ("c", &["b"]), ("d", &["c"])]).as_bytes());
    let found = broken.errors();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("plan[1].depends_on") && found[0].ends_with("in a circle: b -> d -> c -> b"),
        "{}",
        found[0]
    );
}

#[test]
fn a_form_that_would_let_mistakes_through() {
    let at = |property: &str| format!("form.properties.{property}");
    check(NOC, "type: integer", "type: intger", "intger", &at("floors.type"), "not a JSON Schema");
    check(NOC, "maximum: 200", "maximum: many", "many", &at("floors.maximum"), "not a JSON Schema");
    check(NOC, "'^\\d{3}-\\d{4}$'", "'^(\\d{3}$'", "'^(", &at("plot_no.pattern"), "not a JSON Schema");
    check(
        NOC,
        "      maxLength: 2000",
        "      maxLenght: 2000\n      maxLength: 2000",
        "maxLenght",
        &at("work_description.maxLenght"),
        "did you mean `maxLength`?",
    );
    check(
        NOC,
        "      maxLength: 2000\n",
        "",
        "type: string\n      title: Description of",
        &at("work_description"),
        "needs `maxLength`",
    );
    check(
        NOC,
        "      x-title-ar: وصف الأعمال\n",
        "",
        "type: string\n      title: Description of",
        &at("work_description.x-title-ar"),
        "is missing",
    );
    check(NOC, "type: integer", "type: number", "type: number", &at("floors"), "lose digits");
    check(
        NOC,
        "additionalProperties: false",
        "additionalProperties: true",
        "type: object",
        "form",
        "additionalProperties: false",
    );
    check(NOC, "required: [plot_no,", "required: [plot_number,", "plot_number", "form.required[0]", "no such property");
    check(
        NOC,
        "examples: [\"345-0678\"]",
        "examples: [\"3450678\"]",
        "\"3450678\"",
        &at("plot_no.examples[0]"),
        "refuses this example",
    );
    check(
        NOC,
        "        villa: {ar: فيلا, en: Villa}\n",
        "",
        "type: string\n      title: Type of",
        &at("building_type"),
        "no names (ar, en) for `villa`",
    );
}

#[test]
fn a_file_that_is_no_yaml_or_no_utf_8() {
    let file_error = |bytes: &[u8]| {
        let broken = Broken::new();
        broken.write("departments/health.yaml", bytes);
        let found = broken.errors();
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    };
    let tab = file_error(b"id: health\ntitles:\n\tar: x\n");
    assert!(tab.starts_with("departments/health.yaml:3:"), "{tab}");
    let garbage = file_error(b"id: health\n]]{{ \n");
    assert!(garbage.starts_with("departments/health.yaml:2:"), "{garbage}");
    let twice = file_error(b"id: health\nid: health\n");
    assert!(twice.starts_with("departments/health.yaml:2:1: "), "{twice}");
    assert_eq!(file_error(b""), "departments/health.yaml:1:1: the file is empty");
    // "id: health", then an Arabic title in windows-1256.
    let encoding = file_error(b"id: health\ntitles:\n  ar: \xE5\xED\xC6\xC9\n");
    assert_eq!(
        encoding,
        "departments/health.yaml:3:7: the byte 0xE5 is not UTF-8: save the file as UTF-8 (it may be windows-1256)"
    );
}

#[test]
fn all_files_are_told_of_at_once() {
    let broken = Broken::new();
    broken.replace(NOC, "version: 2026-01", "version: 2026-01\nfoo: 1");
    broken.replace(TWAR, "id: al-twar", "id: al-tawar");
    broken.write("services/extra.yml", b"");
    std::fs::remove_file(broken.0.path().join("departments/health.yaml")).unwrap();
    let found = broken.errors();
    for part in [
        "services/building-noc.yaml:5:1: foo: unknown field",
        "centres/al-twar.yaml:2:5: id:",
        "services/extra.yml:1:1: would not be read",
        "plan[0].department: no department `health` in the catalogue; add departments/health.yaml",
    ] {
        assert!(found.iter().any(|error| error.contains(part)), "{part}\n{}", found.join("\n"));
    }
    let missing = Catalogue::load(Path::new("/no/such")).unwrap_err();
    assert_eq!(missing.len(), 3);
    assert!(missing[0].to_string().contains("the folder cannot be read"), "{}", missing[0]);
}

#[test]
fn an_arabic_text_in_latin_letters_is_a_warning() {
    let broken = Broken::new();
    broken.replace(NOC, "  ar: شهادة عدم ممانعة للبناء", "  ar: Building NOC");
    let (_, warnings) = Catalogue::load(broken.0.path()).unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].field(), "titles.ar");
    assert!(warnings[0].message().starts_with("has no Arabic letter"));
}

#[test]
fn the_shipped_examples_are_good_applications() {
    let catalogue = load();
    for name in ["building-noc.json", "building-noc-en.json"] {
        let text = std::fs::read_to_string(shipped().join("../examples").join(name)).unwrap();
        let transaction: jisr_proto::v1::Transaction = jisr_proto::json::from_json(&text).unwrap();
        let service = catalogue.service(transaction.service.strip_prefix("services/").unwrap()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(service.check_answers(&json["answers"]), [], "{name}");
        assert!(service.channels.contains(&transaction.channel.as_ref().unwrap().kind()));
        assert!(service.customer_categories.contains(&transaction.customer_category()));
        let asked = |given: &str| service.evidence.iter().any(|wanted| wanted.requirement == given);
        assert!(transaction.evidence.iter().all(|evidence| asked(&evidence.requirement)), "{name}");
    }
}
