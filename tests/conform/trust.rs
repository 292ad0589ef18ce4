//! A verdict from the kit to the engine: signed, announced, and asked for.

use std::path::Path;
use std::time::Duration;

use jisr_proto::v1::{GetTransactionRequest, TransactionState};
use jisr_testkit::jisr::Server;
use jisr_testkit::peer::BuildingControl;
use jisr_testkit::repository;
use jisr_tests::{QUICK, application, client, submission, terminal};
use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::Value;

use crate::{conform, failures, report};

/// Long enough for a request to reach an adapter that it must not reach.
const WHILE: Duration = Duration::from_secs(5);

/// The configuration of a server that believes this key only.
fn config(folder: &Path, peer: &BuildingControl, key: &str) -> String {
    let verdicts = folder.display();
    format!("[conformance]\nrequire = true\nkeys = [\"{key}\"]\nverdicts = \"{verdicts}\"\n{}", peer.config(QUICK))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_municipalitys_adapter_conforms_and_only_then_is_sent_work() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("examiner.pem");
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let verdict = folder.path().join("municipality.json");
    let cases = repository().join("adapters/municipality/conformance");
    let (key_path, verdict_path) = (key.display().to_string(), verdict.display().to_string());
    let done = tokio::task::block_in_place(|| conform(&cases, &["--key", &key_path, "--verdict", &verdict_path]));
    let report = report(&done);
    assert_eq!(failures(&report), [], "{report:#}");
    assert_eq!((done.status.code(), &report["passed"]), (Some(0), &Value::Bool(true)));

    let written: Value = serde_json::from_str(&std::fs::read_to_string(&verdict).unwrap()).unwrap();
    assert_eq!(written["adapterVersion"], report["adapterVersion"]);
    let public = base64(pair.public_key_raw());
    let peer = BuildingControl::start(folder.path());

    // The same verdict, with one check more: nobody has signed that.
    let forged = written.to_string().replace(&format!("\"checks\":{}", written["checks"]), "\"checks\":1000");
    assert_ne!(forged, written.to_string());
    std::fs::write(&verdict, forged).unwrap();
    let mut server = Server::start(folder.path(), &config(folder.path(), &peer, &public));
    let mut front_end = client(&server.address).await;
    let name = front_end.submit_transaction(submission(application("345-1207"))).await.unwrap().into_inner().name;
    tokio::time::sleep(WHILE).await;
    let waiting = front_end.get_transaction(GetTransactionRequest { name: name.clone() }).await.unwrap().into_inner();
    assert_eq!(waiting.state(), TransactionState::Processing);
    assert!(peer.submissions().await.is_empty(), "sent to an adapter that nobody vouches for");

    // As it was signed: what waited goes on by itself.
    std::fs::write(&verdict, written.to_string()).unwrap();
    server.terminate();
    server.restart();
    let done = terminal(&client(&server.address).await, &name).await;
    assert_eq!(done.state(), TransactionState::Completed, "{done:?}");
    assert_eq!(peer.submissions().await.len(), 1);
}

/// RFC 4648, for 32 bytes.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = usize::try_from(group >> (18 - 6 * place) & 63).unwrap();
            text.push(if place <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}
