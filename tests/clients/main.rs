//! Clients in other languages, generated from the schema alone.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use jisr_testkit::{peer, repository};
use jisr_tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_submits_and_watches() {
    let world = World::new();
    let script = repository().join("tests/clients/python/submit_and_watch.py");
    let output = Command::new(peer::python())
        .arg(script)
        .arg(repository().join("proto"))
        .arg(world.server.address.trim_start_matches("http://"))
        .arg(repository().join("deploy/examples/building-noc.json"))
        .current_dir(world.folder.path())
        .output()
        .unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaint}");
    assert!(said.trim_end().ends_with("COMPLETED"), "{said}");
    assert!(said.contains("REQUEST_ID_REUSED"), "{said}");
    assert_eq!(world.peer.submissions().await.len(), 1);
}
