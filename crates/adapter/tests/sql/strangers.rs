//! Peers that are no database, or none to be trusted: certainly nothing was asked of them.

use std::time::Duration;

use jisr_adapter::connectors::Secret;
use jisr_adapter::connectors::sql::{Database, NotDone, SqlError, SqlSettings, Trust};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::world::{World, on_both};

on_both! { a_database_without_tls_is_not_spoken_to_unless_that_is_agreed }

async fn a_database_without_tls_is_not_spoken_to_unless_that_is_agreed(world: World) {
    let database = world.with(|settings| settings.trust = Trust::Verified { authorities_pem: None });
    let error = database.begin().await.unwrap_err();
    assert_eq!((error.code(), error.is_doubtful()), ("CONNECT_FAILED", false), "{error:?}");
    assert_eq!(world.sessions(), 0);
}

fn stranger(scheme: &str, port: u16) -> Database {
    let address = format!("{scheme}://127.0.0.1:{port}/x").parse().unwrap();
    let mut settings = SqlSettings::new(address, "jisr", Secret::new("sesame"));
    settings.trust = Trust::Plain;
    settings.connect_timeout = Duration::from_millis(500);
    Database::new(settings).unwrap()
}

#[tokio::test]
async fn whoever_is_no_database_was_asked_nothing() {
    for scheme in ["postgresql", "mariadb"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = stranger(scheme, port).begin().await.unwrap_err();
        assert!(matches!(silent, SqlError::NotDone(NotDone::ConnectTimeout(_))), "{scheme}: {silent:?}");

        let peer = tokio::spawn(async move {
            let _silent_one = listener.accept().await.unwrap();
            let (mut peer, _) = listener.accept().await.unwrap();
            let _ = peer.write_all(b"HTTP/1.1 400 this is no database\r\n\r\n").await;
            listener
        });
        let garbage = stranger(scheme, port).begin().await.unwrap_err();
        assert!(!garbage.is_doubtful(), "{scheme}: {garbage:?}");
        assert!(matches!(garbage.code(), "CONNECT_FAILED" | "CONNECT_TIMEOUT"), "{scheme}: {garbage:?}");

        drop(peer.await.unwrap());
        let nobody = stranger(scheme, port).begin().await.unwrap_err();
        assert_eq!(nobody.code(), "CONNECT_FAILED", "{scheme}: {nobody:?}");
    }
}
