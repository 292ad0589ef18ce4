//! Bulk work under way: looking, leaving off without stopping it, and stopping it.

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::desk::{Desk, JOB, Papers, job};
use crate::support::{code, command, ended, err, jisr, out, start};
use jisr_proto::operations::v1::{Job, JobState, ListJobsResponse};

async fn jobs(address: &str, arguments: &[&str]) -> std::process::Output {
    jisr(&[&["job"], arguments, &["--operations-address", address]].concat()).await
}

#[tokio::test]
async fn jobs_are_listed_and_shown() {
    let page = |count, next: &str| ListJobsResponse { jobs: vec![job(4, 2); count], next_page_token: next.to_owned() };
    let papers = Papers {
        job_pages: [page(2, "next"), page(2, "next"), page(1, ""), page(0, "")].into(),
        jobs: [Ok(Job { arrived_count: 3, ..job(4, 2) })].into(),
        ..Papers::default()
    };
    let (desk, address) = Desk::start(papers).await;
    let first = jobs(&address, &["list"]).await;
    assert_eq!((code(&first), out(&first).lines().count()), (0, 3), "{}", err(&first));
    assert!(out(&first).contains("Running, legs park again  4/12"), "{}", out(&first));
    assert!(err(&first).contains("--page-token next"), "{}", err(&first));
    let all = jobs(&address, &["list", "--all", "--json"]).await;
    assert_eq!((out(&all).lines().count(), err(&all).as_str()), (3, ""));
    assert_eq!(err(&jobs(&address, &["list"]).await), "no jobs\n");

    let shown = jobs(&address, &["show", JOB]).await;
    assert_eq!(code(&shown), 0);
    assert!(out(&shown).contains("12: 4 done, 2 parked again, 2 in hand, 4 left"), "{}", out(&shown));
    assert!(out(&shown).contains("are not part of it: 3 legs"), "{}", out(&shown));
    let arabic = jobs(&address, &["show", JOB, "--lang", "ar"]).await;
    assert!(out(&arabic).contains("جارٍ، وخطوات تتوقف ثانية"), "{}", out(&arabic));
    desk.papers().jobs.clear();
    assert_eq!(code(&jobs(&address, &["show", JOB]).await), 3);
}

#[tokio::test]
async fn a_watch_that_ends_first_leaves_the_job_running() {
    let (_, address) = Desk::start(Papers { jobs: [Ok(job(4, 0))].into(), ..Papers::default() }).await;
    let left = jobs(&address, &["watch", JOB, "--wait", "300ms"]).await;
    assert_eq!(code(&left), 8, "{}", err(&left));
    for verb in ["watch", "cancel"] {
        assert!(err(&left).contains(&format!("jisr job {verb} {JOB}")), "{}", err(&left));
    }

    let mut child = start(command(&["job", "watch", JOB, "--plain", "--operations-address", &address]));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().unwrap().starts_with(JOB));
    let id = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    let interrupted = ended(child).await;
    assert_eq!(code(&interrupted), 8, "{}", err(&interrupted));
    assert!(err(&interrupted).contains("the job goes on by itself"), "{}", err(&interrupted));
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up_but_not_the_job() {
    let away = Err(tonic::Status::unavailable("stopping"));
    let (_, address) = Desk::start(Papers { jobs: [Ok(job(4, 0)), away].into(), ..Papers::default() }).await;
    let lost = jobs(&address, &["watch", JOB, "--timeout", "1s"]).await;
    assert_eq!(code(&lost), 6, "{}", err(&lost));
    assert!(err(&lost).contains(&format!("jisr job watch {JOB}")), "{}", err(&lost));
    assert!(err(&lost).contains("--operations-address"), "{}", err(&lost));
}

#[tokio::test]
async fn a_job_is_cancelled_once_and_not_after_its_end() {
    let stopping = Job { state: JobState::Cancelled.into(), ..job(4, 0) };
    let (desk, address) = Desk::start(Papers { cancelled: Some(stopping.clone()), ..Papers::default() }).await;
    let cancelled = jobs(&address, &["cancel", JOB]).await;
    assert_eq!(code(&cancelled), 0, "{}", err(&cancelled));
    assert!(out(&cancelled).starts_with("Cancelled, finishing"), "{}", out(&cancelled));
    assert!(err(&cancelled).contains(&format!("jisr job watch {JOB}")), "{}", err(&cancelled));
    assert_eq!(desk.papers().callers[0].0, "m.rashid");
    desk.papers().jobs = [Ok(Job { end_time: job(12, 0).end_time, passed_over_count: 1, ..stopping })].into();
    assert_eq!(code(&jobs(&address, &["watch", JOB]).await), 5, "somebody stopped it");
    desk.papers().cancelled = Some(job(12, 0));
    let late = jobs(&address, &["cancel", JOB]).await;
    assert_eq!(code(&late), 5);
    assert!(err(&late).contains("had ended before"), "{}", err(&late));
    desk.papers().cancelled = None;
    assert_eq!(code(&jobs(&address, &["cancel", JOB]).await), 3);
}
