//! TLS and login by certificate, with certificates made here.

use jisr_bus::rabbit::{ClientCertificate, Login, Password, Role};
use jisr_bus::{Bus, RabbitBus, RabbitOptions};
use jisr_testkit::rabbitmq::{RabbitMq, Setup};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::world::{department, id, message, next};

const USER: &str = "jisr-engine";

/// A certificate authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate and its key for a name; `host` is where a server is.
    fn issue(&self, name: &str, host: Option<&str>) -> (String, String) {
        let mut params = CertificateParams::new(host.map(str::to_owned).into_iter().collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn start(authority: &Authority, folder: &std::path::Path) -> (RabbitMq, String) {
    let (certificate, key) = authority.issue("broker", Some("127.0.0.1"));
    let port = jisr_testkit::free_port();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let config = format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\n\
         ssl_options.keyfile = {}\nssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n\
         auth_mechanisms.1 = EXTERNAL\nauth_mechanisms.2 = PLAIN\nssl_cert_login_from = common_name\n",
        file("ca.pem", &authority.pem),
        file("broker.pem", &certificate),
        file("broker.key", &key),
    );
    let broker = RabbitMq::start_with(&Setup { config, plugins: vec!["rabbitmq_auth_mechanism_ssl"] });
    broker.ctl(&["add_user", USER, "nobody knows"]);
    broker.ctl(&["clear_password", USER]);
    broker.ctl(&["set_permissions", USER, ".*", ".*", ".*"]);
    (broker, format!("amqps://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_enough_and_a_foreign_one_is_not() {
    let (authority, folder) = (Authority::new("Government Root"), tempfile::tempdir().unwrap());
    let (_broker, address, authority, _folder) = tokio::task::spawn_blocking(move || {
        let (broker, address) = start(&authority, folder.path());
        (broker, address, authority, folder)
    })
    .await
    .unwrap();
    let stranger = Authority::new("Government Root");
    let options = |trusted: &Authority, shown: &Authority, name: &str| {
        let login = Login::Certificate { username: name.into() };
        let (chain, key) = shown.issue(name, None);
        RabbitOptions {
            authorities: Some(trusted.pem.clone()),
            certificate: Some(ClientCertificate { chain, key: Password::new(key) }),
            ..RabbitOptions::new(&address, login, Role::Engine { departments: vec![id("municipality")] })
        }
    };
    let connect = async |trusted, shown, name| RabbitBus::connect(options(trusted, shown, name)).await;

    let bus = connect(&authority, &authority, USER).await.unwrap();
    let to = department("municipality");
    let mut consumer = bus.consume(&to, 10).await.unwrap();
    bus.publisher().await.unwrap().publish(&to, message(1)).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.message.attempt, 1, "its user-id is the certificate's name, or the broker had refused it");
    delivery.acknowledge();

    assert!(connect(&stranger, &authority, USER).await.is_err(), "a broker we do not believe");
    assert!(connect(&authority, &stranger, USER).await.is_err(), "a certificate the broker does not believe");
    assert!(connect(&authority, &authority, "nobody").await.is_err(), "a certificate of no user");
    let mut anonymous = options(&authority, &authority, USER);
    anonymous.certificate = None;
    anonymous.login = Login::Password { username: "guest".into(), password: Password::new("guest") };
    assert!(RabbitBus::connect(anonymous).await.is_err(), "no certificate at all");
    let mut by_password = options(&authority, &authority, USER);
    by_password.login = Login::Password { username: USER.into(), password: Password::new("") };
    assert!(RabbitBus::connect(by_password).await.is_err(), "a user without a password has not an empty one");
}
