//! What only a terminal is shown: progress, and the question whether it is meant. `script` lends one.

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::desk::{Desk, JOB, Papers, groups, job};
use crate::support::{by_user, code, ended, out, start};

/// Runs `jisr` on a terminal of its own, at which this is typed; both its streams arrive as one.
async fn on_a_terminal(arguments: &str, typed: &str) -> std::process::Output {
    let line = format!("exec {} {arguments}", env!("CARGO_BIN_EXE_jisr"));
    let command = by_user(Command::new("script"), &["--quiet", "--return", "--command", &line, "/dev/null"]);
    let mut child = start(command);
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(typed.as_bytes()).await.expect("it has not ended before it asked");
    let done = ended(child).await;
    // Held until now: the end of input would end the terminal.
    drop(stdin);
    done
}

#[tokio::test]
async fn progress_is_drawn_in_its_place_and_taken_away() {
    let (_, address) =
        Desk::start(Papers { jobs: [Ok(job(3, 0)), Ok(job(6, 0)), Ok(job(12, 0))].into(), ..Papers::default() }).await;
    let done = on_a_terminal(&format!("job watch {JOB} --operations-address {address}"), "").await;
    let shown = out(&done);
    assert_eq!(code(&done), 0, "{shown}");
    assert!(shown.contains("redriving ██████████░░░░░░░░░░ 6/12"), "{shown}");
    let (progress, result) = shown.rsplit_once("\r\u{1b}[2K").unwrap();
    assert!(progress.contains("3/12") && result.contains("Done"), "{shown}");
}

#[tokio::test]
async fn a_person_is_asked_and_has_to_name_the_department() {
    let jobs = [Ok(job(12, 0))].into();
    let (desk, address) = Desk::start(Papers { groups: groups(), jobs, ..Papers::default() }).await;
    let redrive = format!("failures redrive --department municipality --operations-address {address}");
    let refused = on_a_terminal(&redrive, "y\n").await;
    assert_eq!(code(&refused), 2, "{}", out(&refused));
    assert!(out(&refused).contains("15 legs · to have these tried again, type the department:"), "{}", out(&refused));
    assert!(desk.papers().redriven.is_empty());
    let done = on_a_terminal(&redrive, "municipality\n").await;
    assert_eq!(code(&done), 0, "{}", out(&done));
    assert_eq!(desk.papers().redriven.len(), 1);
}
