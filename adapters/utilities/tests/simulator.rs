//! The stand-in for the demo behaves as the adapter expects of the mainframe.
#![cfg(feature = "simulator")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::time::Duration;

use jisr_adapter::proto::adapter::v1::LegRequest;
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer};
use jisr_testkit::wait::until;
use jisr_utilities::{Utilities, simulator};

fn request(case: &str) -> LegRequest {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    from_json(&std::fs::read_to_string(format!("{folder}/{case}/request.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_short_night_decides_about_what_was_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("folder = \"{}\"\ngather = \"50ms\"", folder.path().display());
    let adapter = Utilities::new(&toml::from_str(&config).unwrap()).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let night = Duration::from_millis(100);
    let mainframe = tokio::spawn(simulator::run(folder.path().to_owned(), night, async {
        let _ = stopped.await;
    }));
    until("the folders are there", Duration::from_secs(20), async || {
        folder.path().join("archive").exists().then_some(())
    })
    .await;
    for case in ["supply-connect/accepted-arabic", "account-transfer/accepted-arabic"] {
        let request = request(case);
        assert_eq!(adapter.lookup(&request).await, Ok(None));
        assert!(matches!(adapter.execute(&request).await, Ok(Answer::InProgress(_))));
        let decided = until("the night is over", Duration::from_secs(20), async || {
            adapter.lookup(&request).await.unwrap().filter(|answer| !matches!(answer, Answer::InProgress(_)))
        });
        assert!(matches!(decided.await, Answer::Succeeded(_)), "{case}");
    }
    stop.send(()).unwrap();
    mainframe.await.unwrap().unwrap();
}
