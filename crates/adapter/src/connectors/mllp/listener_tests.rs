//! The listener, and the client with TLS against it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::connectors::http::{ClientIdentity, TlsSettings};

/// Keeps what it gets; says what it is told to say by MSH-3 of the message.
#[derive(Default)]
struct Desk(Mutex<Vec<String>>);

#[async_trait]
impl Receiver for Desk {
    async fn receive(&self, message: &Message) -> Verdict {
        self.0.lock().unwrap().push(message.control_id());
        let problem =
            || Problem { code: Problem::UNKNOWN_KEY, location: Some(("OBR", 2)), detail: "مجهول".to_owned() };
        match message.field("MSH", 3).text().as_str() {
            "WRONG" => Verdict::Wrong(problem()),
            "UNWANTED" => Verdict::Unwanted(problem()),
            "LATER" => Verdict::NotNow,
            _ => Verdict::Taken,
        }
    }
}

struct World {
    desk: Arc<Desk>,
    port: u16,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

async fn world(settings: ListenerSettings) -> World {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (desk, stop) = (Arc::new(Desk::default()), CancellationToken::new());
    let served = serve(listener, settings, desk.clone(), stop.clone());
    World { desk, port, stop, serving: tokio::spawn(async move { served.await.unwrap() }) }
}

fn quick() -> ListenerSettings {
    let limits = Limits { message: 4096, ..Limits::default() };
    ListenerSettings { frame_timeout: Duration::from_millis(300), limits, ..ListenerSettings::default() }
}

fn message(sender: &str, control_id: &str, modes: &str) -> String {
    format!(
        "MSH|^~\\&|{sender}|DHA|JISR|JISR|1||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||{modes}||UNICODE UTF-8\rPID|1|||مريم\r"
    )
}

/// What comes back for these bytes until the far side closes, or `count` frames.
async fn talk(port: u16, bytes: &[u8], count: usize) -> Vec<Acknowledgement> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    for piece in bytes.chunks(9) {
        if stream.write_all(piece).await.is_err() {
            break;
        }
    }
    let (mut framer, mut buffer, mut answers) = (Framer::new(4096), [0; 512], Vec::new());
    while answers.len() < count {
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await.unwrap();
        let Ok(read @ 1..) = read else { break };
        framer.push(&buffer[..read]);
        while let Some(block) = framer.take().unwrap() {
            let message = Message::parse(&block, CharacterSet::UTF_8, Limits::default()).unwrap();
            answers.push(Acknowledgement::read(&message).unwrap());
        }
    }
    answers
}

#[tokio::test]
async fn each_message_gets_its_verdict() {
    let world = world(quick()).await;
    let cases = [
        ("HIS", "|", "AA"),
        ("WRONG", "|", "AE"),
        ("UNWANTED", "|", "AR"),
        ("HIS", "AL|NE", "CA"),
        ("WRONG", "AL|AL", "CE"),
        ("UNWANTED", "ER|NE", "CR"),
        ("HIS", "NE|AL", "AA"),
        ("HIS", "SU|NE", "CA"),
    ];
    // All on one connection, one behind the other.
    let all: Vec<u8> = cases.iter().flat_map(|(who, modes, _)| wrap(message(who, "7", modes).as_bytes())).collect();
    let answers = talk(world.port, &all, cases.len()).await;
    let codes: Vec<_> = answers.iter().map(|answer| answer.code.as_str()).collect();
    assert_eq!(codes, cases.map(|(_, _, code)| code));
    assert!(answers.iter().all(|answer| answer.control_id == "7"));
    assert_eq!((answers[1].errors[0].code.as_str(), &answers[1].errors[0].location), ("204", &("OBR".into(), 2)));
    // Whoever wants none gets none.
    let quiet = [wrap(message("HIS", "8", "NE|NE").as_bytes()), wrap(message("HIS", "9", "|").as_bytes())].concat();
    assert_eq!(talk(world.port, &quiet, 1).await[0].control_id, "9");
    world.stop.cancel();
    world.serving.await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_said_so_or_hung_up_on() {
    let world = world(quick()).await;
    let arabic = CharacterSet::WINDOWS_1256.encode(&message("HIS", "5", "|")).unwrap();
    let answers = talk(world.port, &wrap(&arabic), 1).await;
    assert_eq!((answers[0].code, answers[0].control_id.as_str()), (AckCode::ApplicationError, "5"));
    assert_eq!(answers[0].errors[0].location, ("MSH".into(), 18));
    let whole = wrap(message("HIS", "6", "|").as_bytes());
    let hostile: [(&str, Vec<u8>); 7] = [
        ("no message", wrap("مرحبا".as_bytes())),
        ("not now", wrap(message("LATER", "6", "|").as_bytes())),
        ("half a frame", whole[..whole.len() / 2].to_vec()),
        ("no end block", whole[..whole.len() - 2].to_vec()),
        ("no MLLP", b"GET / HTTP/1.1\r\n".repeat(100)),
        ("too large", wrap(&[b'A'; 8192])),
        ("two beginnings", [&whole[..30], &whole].concat()),
    ];
    for (what, bytes) in hostile {
        assert!(talk(world.port, &bytes, 1).await.is_empty(), "{what}");
    }
    // And goes on all the same.
    assert_eq!(talk(world.port, &whole, 1).await.len(), 1);
    assert_eq!(world.desk.0.lock().unwrap().last().unwrap(), "6");
}

/// An authority, and a certificate of its for this name with its key.
fn certificate(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> ClientIdentity {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    ClientIdentity { chain_pem: certificate.pem().into_bytes(), key_pem: key.serialize_pem().into_bytes() }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

#[tokio::test]
async fn tls_lets_in_whom_it_knows_and_a_refused_certificate_is_certain() {
    let (ours, theirs) = (authority(), authority());
    let tls = ServerTls { identity: certificate(&ours, "localhost"), clients_pem: ours.pem().into_bytes() };
    let world = world(ListenerSettings { tls: Some(tls), frame_timeout: Duration::from_secs(5), ..quick() }).await;
    let client = |authority: &CertifiedIssuer<'_, KeyPair>, identity| {
        let tls = TlsSettings { authorities_pem: Some(authority.pem().into_bytes()), identity };
        let settings = MllpSettings::new(format!("localhost:{}", world.port));
        MllpClient::new(MllpSettings { tls: Some(tls), ..settings }).unwrap()
    };
    let text = message("HIS", "C1", "|");
    let known = client(&ours, Some(certificate(&ours, "jisr")));
    for _ in 0..3 {
        assert_eq!(known.call("C1", text.as_bytes()).await.unwrap().code, AckCode::ApplicationAccept);
        known.settle().await;
    }
    for (what, stranger) in [
        ("a certificate of somebody else's", client(&ours, Some(certificate(&theirs, "jisr")))),
        ("no certificate", client(&ours, None)),
        ("a server we do not trust", client(&theirs, Some(certificate(&ours, "jisr")))),
    ] {
        let error = stranger.call("C1", text.as_bytes()).await.unwrap_err();
        assert_eq!((error.is_doubtful(), error.code()), (false, "CONNECT_FAILED"), "{what}");
    }
    assert_eq!(world.desk.0.lock().unwrap().len(), 3);
}
