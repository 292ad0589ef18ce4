//! Parked work: looking, having it tried again, giving it up, and never by mistake.

use crate::desk::{Desk, JOB, Papers, groups, job, leg, leg_name, missing};
use crate::support::{ID, NAME, Server, State, code, err, jisr, out, reference_no, transaction};
use jisr_proto::operations::v1::ListFailuresResponse;
use jisr_proto::v1;
use tonic::Status;

fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn page(count: usize, next: &str) -> ListFailuresResponse {
    ListFailuresResponse { failures: vec![leg(); count], next_page_token: next.to_owned(), total_size: 3 }
}

async fn failures(address: &str, arguments: &[&str]) -> std::process::Output {
    jisr(&[&["failures"], arguments, &["--operations-address", address]].concat()).await
}

#[tokio::test]
async fn causes_come_first_and_legs_when_asked_for() {
    let pages = [page(2, "next"), page(2, "next"), page(1, "")].into();
    let (desk, address) = Desk::start(Papers { groups: groups(), pages, ..Papers::default() }).await;
    let causes = failures(&address, &["list"]).await;
    assert_eq!(code(&causes), 0, "{}", err(&causes));
    let shown = out(&causes);
    let shown: Vec<&str> = shown.lines().collect();
    assert!(shown.len() == 4 && shown[1].starts_with("12     BC-502        municipality"), "{shown:#?}");
    let redrive = "jisr failures redrive --department municipality --operation building-noc --reason BC-502";
    assert!(err(&causes).contains(redrive), "{}", err(&causes));
    let causes = failures(&address, &["list", "--json", "--department", "departments/utilities"]).await;
    assert_eq!((lines(&out(&causes))[0]["reason"].as_str(), err(&causes).as_str()), (Some("SCHEMA"), ""));

    let legs = failures(&address, &["list", "--legs", "--plain", "--page-size", "2", "--reason", "BC-502"]).await;
    assert_eq!((code(&legs), out(&legs).lines().count()), (0, 2));
    assert!(err(&legs).contains("parked in all: 3 legs") && err(&legs).contains("--page-token next"), "{}", err(&legs));
    let all = failures(&address, &["list", "--legs", "--json", "--all", "--adapter-version="]).await;
    assert_eq!(lines(&out(&all)).iter().map(|leg| leg["name"].clone()).collect::<Vec<_>>(), vec![leg_name(); 3]);
    let papers = desk.papers();
    assert_eq!(papers.grouped[1].department, "departments/utilities");
    assert_eq!((papers.listed[0].page_size, papers.listed[2].page_token.as_str()), (2, "next"));
    assert_eq!(papers.listed[0].selection.as_ref().unwrap().reason, "BC-502");
    assert_eq!(papers.listed[1].selection.as_ref().unwrap().adapter_version.as_deref(), Some(""));
}

#[tokio::test]
async fn a_selection_that_fits_nothing_says_what_was_probably_meant() {
    let (_, address) = Desk::start(Papers { groups: groups(), ..Papers::default() }).await;
    let slip = ["--reason", "BC-520", "--department", "municipalty"];
    let listed = failures(&address, &[&["list"][..], &slip].concat()).await;
    assert_eq!((code(&listed), out(&listed).as_str()), (0, ""));
    for part in ["nothing is parked", "--reason: did you mean BC-502?", "--department: did you mean municipality?"] {
        assert!(err(&listed).contains(part), "{part}\n{}", err(&listed));
    }
    let redriven = failures(&address, &[&["redrive"][..], &slip, &["--json"]].concat()).await;
    assert_eq!(code(&redriven), 3);
    let error = &lines(&err(&redriven))[0]["error"];
    assert_eq!(error["points"][1]["at"], "--reason", "{error}");
    let arabic = failures(&address, &["list", "--reason", "BC-520", "--lang", "ar"]).await;
    assert!(err(&arabic).contains("هل قصدت \u{2066}BC-502\u{2069}؟"), "{}", err(&arabic));
}

#[tokio::test]
async fn a_leg_is_shown_with_what_can_be_done() {
    let pages = [page(1, ""), page(2, ""), page(0, "")].into();
    let (desk, address) = Desk::start(Papers { groups: groups(), pages, ..Papers::default() }).await;
    let shown = failures(&address, &["show", &format!("{ID}/legs/site-noc")]).await;
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    for part in ["certainly not done", "12 legs", "does not pass by itself", "jisr failures redrive --leg"] {
        assert!(out(&shown).contains(part), "{part}\n{}", out(&shown));
    }
    // By the number on the receipt, which only the front ends' edge knows.
    let pages = [v1::ListTransactionsResponse {
        transactions: vec![transaction(v1::TransactionState::Processing)],
        ..v1::ListTransactionsResponse::default()
    }];
    let (_, front_ends) = Server::start(State { pages: pages.into(), ..State::default() }).await;
    let both = failures(&address, &["show", &reference_no(), "--json", "--address", &front_ends]).await;
    assert_eq!((code(&both), lines(&out(&both)).len()), (0, 2), "{}", err(&both));
    let gone = failures(&address, &["show", NAME]).await;
    assert_eq!(code(&gone), 3);
    assert!(err(&gone).contains("is not parked"), "{}", err(&gone));
    let papers = desk.papers();
    let asked: Vec<_> = papers.listed.iter().map(|asked| asked.selection.clone().unwrap().transaction).collect();
    assert_eq!(asked, [leg_name(), NAME.to_owned(), NAME.to_owned()]);
}

#[tokio::test]
async fn nothing_is_tried_again_unless_it_is_certain_what() {
    let (desk, address) = Desk::start(Papers { groups: groups(), ..Papers::default() }).await;
    let redrive = async |more: &[&str]| failures(&address, &[&["redrive"][..], more].concat()).await;
    for (arguments, part) in [
        (&[][..], "--all for all of them"),
        (&["--leg", "site-noc"], "add --transaction"),
        (&["--transaction", ID, "--leg", &leg_name()], "leave --transaction out"),
        (&["--department", "municipality"], "add --confirm=<the department>"),
        (&["--department", "municipality", "--confirm", "utilities"], "does not confirm"),
        (&["--all", "--confirm", "municipality"], "It takes all"),
    ] {
        let refused = redrive(arguments).await;
        assert_eq!((code(&refused), out(&refused).as_str()), (2, ""), "{arguments:?}");
        assert!(err(&refused).contains(part), "{arguments:?}\n{}", err(&refused));
    }
    assert!(desk.papers().redriven.is_empty());
    let dry = redrive(&["--department", "municipality", "--dry-run"]).await;
    assert_eq!(code(&dry), 0, "{}", err(&dry));
    assert!(err(&dry).contains("nothing was changed") && out(&dry).contains("MAPPING_LOSS"), "{}", out(&dry));
    assert!(out(&dry).contains("Not begun · redrive\n"), "no job has been made: {}", out(&dry));
    let papers = desk.papers();
    assert!(papers.redriven.len() == 1 && papers.redriven[0].validate_only);
}

#[tokio::test]
async fn a_redrive_is_followed_to_its_end_and_failures_are_not_hidden() {
    let away = || Err(Status::unavailable("stopping"));
    let jobs = [Ok(job(2, 0)), away(), Ok(job(5, 1)), away(), Ok(job(10, 2))].into();
    let (desk, address) = Desk::start(Papers { groups: groups(), jobs, ..Papers::default() }).await;
    let wish = ["redrive", "--department", "municipality", "--reason", "BC-502", "--confirm=municipality"];
    let pace = ["--concurrency", "2", "--rate", "5", "--note", "عاد نظامهم"];
    let people = failures(&address, &[&wish[..], &pace].concat()).await;
    assert_eq!(code(&people), 7, "{}", err(&people));
    assert!(out(&people).starts_with("Ended with failures · redrive · jobs/"), "{}", out(&people));
    assert!(out(&people).contains("12: 10 done, 2 parked again"), "{}", out(&people));
    assert!(err(&people).contains("jisr failures list --since 2026-01-01T00:00:00.000000Z"), "{}", err(&people));
    assert!(!err(&people).contains('\u{1b}'), "no progress where no terminal is: {}", err(&people));
    assert!(err(&people).contains(&format!("the job has begun: {JOB} · 12 legs")), "{}", err(&people));
    {
        let mut papers = desk.papers();
        let asked = papers.redriven.remove(0);
        assert_eq!((asked.concurrency, asked.per_second, asked.reason.as_str()), (2, 5, "عاد نظامهم"));
        assert_eq!(asked.selection.unwrap().department, "departments/municipality");
        assert_eq!(papers.callers[0], ("m.rashid".to_owned(), "en".to_owned()));
        papers.jobs = [Ok(job(2, 0)), Ok(job(12, 0))].into();
    }
    let program = failures(&address, &[&wish[..], &["--json", "--operator", "a.saleh"]].concat()).await;
    assert_eq!((code(&program), err(&program).as_str()), (0, ""));
    let told: Vec<_> = lines(&out(&program)).iter().map(|job| job["doneCount"].as_str().map(str::to_owned)).collect();
    assert_eq!(told, [None, Some("2".to_owned()), Some("12".to_owned())]);
    assert_eq!(desk.papers().callers.last().unwrap().0, "a.saleh");
}

#[tokio::test]
async fn one_leg_needs_no_more_ado_and_can_be_left_to_itself() {
    let one = vec![groups().remove(2)];
    let (desk, address) = Desk::start(Papers { groups: one, ..Papers::default() }).await;
    let done = failures(&address, &["redrive", "--leg", &leg_name(), "--detach"]).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    for verb in ["watch", "cancel"] {
        assert!(err(&done).contains(&format!("jisr job {verb} {JOB}")), "{}", err(&done));
    }
    assert_eq!(desk.papers().redriven[0].selection.as_ref().unwrap().transaction, leg_name());
}

#[tokio::test]
async fn giving_up_takes_a_reason_and_the_right_name() {
    let pages = [page(1, ""), page(1, ""), page(1, "")].into();
    let one = vec![groups().remove(2)];
    let jobs = [Ok(job(12, 0))].into();
    let (desk, address) = Desk::start(Papers { groups: one, pages, jobs, ..Papers::default() }).await;
    let discard = async |more: &[&str]| {
        failures(&address, &[&["discard", "--leg", &leg_name(), "--note", "سُوّيت يدويًا"][..], more].concat()).await
    };
    let without = failures(&address, &["discard", "--leg", &leg_name()]).await;
    assert!(code(&without) == 2 && err(&without).contains("--note <TEXT>"), "{}", err(&without));
    let unconfirmed = discard(&["--lang", "ar"]).await;
    assert_eq!(code(&unconfirmed), 2);
    assert!(err(&unconfirmed).contains("--confirm=<الرقم المرجعي>"), "{}", err(&unconfirmed));
    assert_eq!(code(&discard(&["--confirm=municipality"]).await), 2);
    assert!(desk.papers().discarded.is_empty());
    let done = discard(&[&format!("--confirm={}", reference_no())]).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert_eq!(desk.papers().discarded[0].reason, "سُوّيت يدويًا");
}

#[tokio::test]
async fn the_same_request_again_finds_its_job_and_asks_nothing() {
    // What it was about is not parked any more.
    let (desk, address) = Desk::start(Papers { jobs: [Ok(job(12, 0))].into(), ..Papers::default() }).await;
    let id = JOB.trim_start_matches("jobs/");
    let done = failures(&address, &["redrive", "--department", "municipality", "--request-id", id]).await;
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert!(out(&done).starts_with("Done · redrive"), "{}", out(&done));
    assert_eq!(desk.papers().redriven[0].request_id, id);
}

#[tokio::test]
async fn an_answer_that_is_lost_can_be_asked_for_again() {
    let refused = Some(Status::unavailable("stopping"));
    let (desk, address) = Desk::start(Papers { groups: groups(), refused, ..Papers::default() }).await;
    let redrive = ["redrive", "--department", "utilities", "--timeout", "1s"];
    let lost = failures(&address, &redrive).await;
    assert_eq!(code(&lost), 6, "{}", err(&lost));
    let tried: Vec<_> = desk.papers().redriven.drain(..).map(|asked| asked.request_id).collect();
    assert!(tried.len() > 1 && tried.iter().all(|id| *id == tried[0]), "{tried:?}");
    assert!(err(&lost).contains(&format!("--request-id {}", tried[0])), "{}", err(&lost));
    desk.papers().refused = Some(missing("REQUEST_ID_REUSED"));
    let reused = failures(&address, &[&redrive[..], &["--json", "--request-id", &tried[0]]].concat()).await;
    assert_eq!(code(&reused), 5, "{}", err(&reused));
    assert_eq!(lines(&err(&reused))[0]["error"]["metadata"]["request_id"], tried[0].as_str());
}
