//! What can be said without a server; the rest is shown against OpenSSH.

use super::*;

const PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM4ldpXJER7rtvx2mxTB39BPtxOCze71B8/vk0QRLoki somebody";

fn settings(host_keys: Vec<HostKey>, login: Login) -> SftpSettings {
    let limits = Limits { connect_timeout: Duration::from_millis(300), ..Limits::default() };
    SftpSettings { host: "127.0.0.1".into(), port: 1, user: "jisr".into(), login, host_keys, limits }
}

fn password() -> Login {
    Login::Password(Secret::new("sesame"))
}

#[test]
fn host_keys_are_read_in_both_forms() {
    let key: HostKey = PUBLIC.parse().unwrap();
    let HostKey::Key(public) = &key else { panic!("{key:?}") };
    let fingerprint: HostKey = public.fingerprint(HashAlg::Sha256).to_string().parse().unwrap();
    assert!(key.is(public) && fingerprint.is(public));
    let mut other = public.to_bytes().unwrap();
    *other.last_mut().unwrap() ^= 1;
    let other = PublicKey::from_bytes(&other).unwrap();
    assert!(!key.is(&other) && !fingerprint.is(&other));
    for text in ["", "SHA256:", "SHA256:short", "ssh-ed25519", "ssh-ed25519 AAAA", "MD5:00"] {
        assert_eq!(text.parse::<HostKey>(), Err(HostKeyError), "{text:?}");
    }
}

#[test]
fn an_unknown_server_cannot_be_configured() {
    let error = Sftp::new(settings(Vec::new(), password())).unwrap_err().to_string();
    assert!(error.contains("no host key"), "{error}");
    let login = Login::Key { key: Secret::new("no key"), passphrase: None };
    let error = Sftp::new(settings(vec![PUBLIC.parse().unwrap()], login)).unwrap_err().to_string();
    assert!(error.contains("our key cannot be read") && !error.contains("no key "), "{error}");
}

#[tokio::test]
async fn nobody_there_or_nobody_talking_is_certain() {
    let closed = Sftp::new(settings(vec![PUBLIC.parse().unwrap()], password())).unwrap();
    assert_eq!(closed.open().await.err().unwrap().code(), "CONNECT_FAILED");
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let settings = SftpSettings { port, ..settings(vec![PUBLIC.parse().unwrap()], password()) };
    let error = Sftp::new(settings).unwrap().open().await.err().unwrap();
    assert_eq!((error.code(), error.is_doubtful()), ("CONNECT_TIMEOUT", false));
}
