//! Peers that are no database, or none to be trusted: certainly nothing was asked of them.

use std::time::Duration;

use jisr_adapter::connectors::Secret;
use jisr_adapter::connectors::sql::{Database, NotDone, SqlError, SqlSettings, Trust};
use jisr_testkit::postgres::{Postgres, Setup};
use tempfile::TempDir;
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

/// A certificate authority of its own, and the certificate of `localhost` that it signed.
struct Signed {
    folder: TempDir,
    authority_pem: Vec<u8>,
}

fn signed() -> Signed {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let folder = tempfile::tempdir().unwrap();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem().into_bytes();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    // The server reads its key only if nobody else can.
    for (name, text) in [("server.pem", leaf.pem()), ("server.key", key.serialize_pem())] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Postgres::give(&path);
    }
    Postgres::give(folder.path());
    Signed { folder, authority_pem }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_must_be_the_hosts_and_signed_by_somebody_we_trust() {
    let signed = signed();
    let file = |name: &str| signed.folder.path().join(name).display().to_string();
    let config = format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\nlisten_addresses = 'localhost'",
        file("server.pem"),
        file("server.key")
    );
    let server = Postgres::start_with(&Setup { durable: false, config });
    let connect = async |host: &str, authorities_pem: Option<&[u8]>| {
        let address = format!("postgresql://{host}:{}/jisr", server.port).parse().unwrap();
        let mut settings = SqlSettings::new(address, "jisr", Secret::new(server.password.as_str()));
        settings.trust = Trust::Verified { authorities_pem: authorities_pem.map(<[u8]>::to_vec) };
        settings.connect_timeout = Duration::from_secs(20);
        Database::new(settings).unwrap().begin().await
    };
    let mut work = connect("localhost", Some(&signed.authority_pem)).await.unwrap();
    let rows = work.run("SELECT CASE WHEN ssl THEN 1 END FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await;
    assert_eq!(rows.unwrap()[0].integer(0), Ok(Some(1)));
    for (host, authorities, why) in [
        ("localhost", None, "nobody we know signed it"),
        ("127.0.0.1", Some(signed.authority_pem.as_slice()), "it is another host's"),
    ] {
        let error = connect(host, authorities).await.unwrap_err();
        assert_eq!((error.code(), error.is_doubtful()), ("CONNECT_FAILED", false), "{why}: {error:?}");
    }
}
