//! Departments: how they are, and stopping and going on.

use crate::desk::{Desk, Papers};
use crate::support::{at, code, err, jisr, out};
use jisr_proto::operations::v1::{DepartmentPause, DepartmentStatus};
use jisr_proto::v1::{DepartmentState, LocalizedText};

fn department(id: &str, state: DepartmentState) -> DepartmentStatus {
    let title = |text: &str, code: &str| LocalizedText { text: text.to_owned(), language_code: code.to_owned() };
    DepartmentStatus {
        department: format!("departments/{id}"),
        titles: vec![title("جهة", "ar"), title("A department", "en")],
        state: state.into(),
        adapter_version: "0.1.0".to_owned(),
        legs_waiting: 7,
        oldest_waiting_time: Some(at(0)),
        ..DepartmentStatus::default()
    }
}

fn papers() -> Papers {
    let pause = DepartmentPause { operator: "a.saleh".to_owned(), time: Some(at(0)), reason: Vec::new() };
    let paused = DepartmentStatus { pause: Some(pause), ..department("utilities", DepartmentState::Down) };
    Papers { departments: vec![department("municipality", DepartmentState::Up), paused], ..Papers::default() }
}

async fn departments(address: &str, arguments: &[&str]) -> std::process::Output {
    jisr(&[&["department"], arguments, &["--operations-address", address]].concat()).await
}

#[tokio::test]
async fn departments_are_listed_in_each_form() {
    let (_, address) = Desk::start(papers()).await;
    let people = departments(&address, &["list"]).await;
    assert_eq!((code(&people), err(&people).as_str()), (0, ""));
    for part in ["municipality  A department  Up  ", "Down, paused", "utilities: by a.saleh"] {
        assert!(out(&people).contains(part), "{part}\n{}", out(&people));
    }
    let plain = departments(&address, &["list", "--plain"]).await;
    assert!(out(&plain).lines().all(|line| line.split('\t').count() == 14), "{}", out(&plain));
    let json = departments(&address, &["list", "--json"]).await;
    let json: Vec<serde_json::Value> = out(&json).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json[1]["pause"]["operator"], "a.saleh");
    assert_eq!(json[0]["legsWaiting"], "7");
}

#[tokio::test]
async fn pausing_and_resuming_say_who_and_why() {
    let (desk, address) = Desk::start(papers()).await;
    let paused = departments(&address, &["pause", "municipality", "--note", " نقل قاعدة البيانات "]).await;
    assert_eq!(code(&paused), 0, "{}", err(&paused));
    assert!(out(&paused).contains("municipality: by m.rashid"), "{}", out(&paused));
    assert!(err(&paused).contains("jisr department resume municipality"), "{}", err(&paused));
    let again = departments(&address, &["pause", "departments/utilities", "--note", "again"]).await;
    assert!(err(&again).contains("was paused before"), "{}", err(&again));
    let resumed = departments(&address, &["resume", "utilities", "--lang", "ar"]).await;
    assert!(code(&resumed) == 0 && out(&resumed).contains("لا يجيب"), "{}", out(&resumed));
    let idle = departments(&address, &["resume", "municipality"]).await;
    assert!(code(&idle) == 0 && err(&idle).contains("was not paused"), "{}", err(&idle));
    let papers = desk.papers();
    assert_eq!(papers.paused[0].reason[0].language_code, "ar");
    assert_eq!(papers.paused[0].reason[0].text, "نقل قاعدة البيانات");
    assert_eq!(papers.paused[1].reason[0].language_code, "en");
    assert_eq!((papers.paused.len(), papers.resumed.len()), (2, 2));
}

#[tokio::test]
async fn a_slip_touches_no_department_and_neither_does_a_dry_run() {
    let (desk, address) = Desk::start(papers()).await;
    let slip = departments(&address, &["pause", "municipalty"]).await;
    assert_eq!((code(&slip), out(&slip).as_str()), (3, ""));
    assert!(err(&slip).contains("did you mean municipality?"), "{}", err(&slip));
    let strange = departments(&address, &["resume", "customs", "--json"]).await;
    let error: serde_json::Value = serde_json::from_str(&err(&strange)).unwrap();
    assert_eq!(error["error"]["reason"], "DEPARTMENT_NOT_FOUND");
    assert_eq!(error["error"]["advice"][0], "there are: municipality, utilities");
    for verb in ["pause", "resume"] {
        let dry = departments(&address, &[verb, "utilities", "--dry-run"]).await;
        assert!(code(&dry) == 0 && err(&dry).contains("nothing was changed"), "{}", err(&dry));
    }
    assert!(desk.papers().paused.is_empty() && desk.papers().resumed.is_empty());
}
