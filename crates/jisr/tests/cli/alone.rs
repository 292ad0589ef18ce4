//! What the program does without a server: usage, checks of files, and what it says when nobody answers.

use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use crate::support::{ID, code, err, jisr, out};

/// An address nobody listens on, and nobody else gets as long as the socket is held.
fn nobody() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().expect("a socket can be had");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    let address = format!("http://{}", socket.local_addr().expect("it is bound"));
    (socket, address)
}

#[tokio::test]
async fn a_wrong_command_line_exits_2_and_suggests() {
    for (arguments, part) in [
        (&["tx", "submit", "a.json", "--wathc"][..], "--watch"),
        (&["tx", "sumbit"][..], "submit"),
        (&["tx", "get", "nonsense"][..], "the reference number on the receipt"),
        (&[][..], "Usage:"),
    ] {
        let done = jisr(arguments).await;
        assert_eq!((code(&done), out(&done).as_str()), (2, ""), "{arguments:?}");
        assert!(err(&done).contains(part), "{arguments:?}\n{}", err(&done));
    }
    let json = jisr(&["tx", "submit", "a.json", "--wathc", "--json"]).await;
    let error: serde_json::Value = serde_json::from_str(&err(&json)).unwrap();
    assert_eq!((&error["error"]["exitCode"], &error["error"]["suggestion"]), (&2.into(), &"--watch".into()));
}

#[tokio::test]
async fn help_and_version_and_completions_are_results() {
    for arguments in [&["--help"][..], &["tx", "submit", "-h"], &["--version"], &["completions", "bash"]] {
        let done = jisr(arguments).await;
        assert_eq!((code(&done), err(&done).as_str()), (0, ""), "{arguments:?}");
        assert!(out(&done).contains("jisr") && !out(&done).contains('\u{1b}'), "{arguments:?}");
    }
}

#[tokio::test]
async fn where_nobody_answers_it_exits_6_within_the_timeout() {
    let (_held, address) = nobody();
    // This one takes the connection and then says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_address = format!("http://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    std::fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();
    let mut trials = tokio::task::JoinSet::new();
    for arguments in [["tx", "get", ID], ["tx", "submit", file], ["tx", "watch", ID], ["tx", "list", "--all"]] {
        for address in [&address, &silent_address] {
            let arguments: Vec<String> = arguments
                .into_iter()
                .chain(["--timeout", "1s", "--address", address, "--json"])
                .map(str::to_owned)
                .collect();
            trials.spawn(async move {
                let began = Instant::now();
                let done = jisr(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
                assert_eq!(code(&done), 6, "{arguments:?} {}", err(&done));
                assert!(began.elapsed() < Duration::from_secs(15), "{arguments:?} took {:?}", began.elapsed());
                let error: serde_json::Value = serde_json::from_str(&err(&done)).unwrap();
                assert_eq!(error["error"]["retry"], "SAME", "{arguments:?}");
            });
        }
    }
    trials.join_all().await;
    let done = jisr(&["tx", "get", ID, "--lang", "ar", "--address", &address]).await;
    assert!(err(&done).contains("لا يجيب أي خادم جسر"), "{}", err(&done));
}

/// The shipped catalogue with one department more, for which this program has no adapter, and a service of it.
#[allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]
fn with_a_department_of_no_adapter() -> tempfile::TempDir {
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/catalogue");
    let folder = tempfile::tempdir().unwrap();
    for kind in ["departments", "services", "centres"] {
        std::fs::create_dir(folder.path().join(kind)).unwrap();
        for file in std::fs::read_dir(shipped.join(kind)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(kind).join(file.file_name())).unwrap();
        }
    }
    let of = |file: &str| std::fs::read_to_string(shipped.join(file)).unwrap();
    let department = of("departments/economy.yaml").replace("id: economy", "id: customs");
    std::fs::write(folder.path().join("departments/customs.yaml"), department).unwrap();
    let service = of("services/trade-licence-renew.yaml")
        .replace("id: trade-licence-renew", "id: goods-release")
        .replace("department: economy", "department: customs");
    std::fs::write(folder.path().join("services/goods-release.yaml"), service).unwrap();
    folder
}

#[tokio::test]
async fn lint_names_file_line_and_field() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/catalogue");
    let good = jisr(&["catalogue", "lint", shipped]).await;
    assert_eq!((code(&good), out(&good).as_str()), (0, ""), "every department shipped has its adapter");
    let seventh = with_a_department_of_no_adapter();
    let good = jisr(&["catalogue", "lint", seventh.path().to_str().unwrap()]).await;
    assert_eq!(code(&good), 0, "{}", out(&good));
    assert!(out(&good).lines().all(|line| line.contains(": warning: ")), "{}", out(&good));
    assert!(out(&good).contains("no adapter is known for department customs"), "{}", out(&good));

    let folder = tempfile::tempdir().unwrap();
    for kind in ["departments", "services", "centres"] {
        std::fs::create_dir(folder.path().join(kind)).unwrap();
    }
    let file = folder.path().join("departments/municipality.yaml");
    std::fs::write(&file, "id: municipality\ntitel: { ar: بلدية, en: Municipality }\n").unwrap();
    let dir = folder.path().to_str().unwrap();
    let bad = jisr(&["catalogue", "lint", dir]).await;
    assert_eq!(code(&bad), 9, "{}", out(&bad));
    let expected = format!("{}:2:1: titel: ", file.display());
    assert!(out(&bad).lines().any(|line| line.starts_with(&expected)), "{expected}\n{}", out(&bad));
    let json = jisr(&["catalogue", "lint", dir, "--json"]).await;
    let findings: serde_json::Value = serde_json::from_str(&out(&json)).unwrap();
    assert!(findings["errors"].as_array().unwrap().iter().any(|error| error["field"] == "titel" && error["line"] == 2));
    assert_eq!(code(&jisr(&["catalogue", "lint", "/no/such/folder"]).await), 9);
}

#[tokio::test]
async fn an_adapters_contract_is_a_document() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/municipality/adapter.toml");
    let shown = jisr(&["api", "asyncapi", manifest, "--adapter-version", "2.0.1"]).await;
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    let document: serde_json::Value = serde_json::from_str(&out(&shown)).unwrap();
    assert_eq!((&document["asyncapi"], &document["info"]["version"]), (&"3.0.0".into(), &"2.0.1".into()));
    assert_eq!(document["operations"]["building-noc"]["x-jisr-operation"]["effect"], "EFFECT_LOOKUP");
    let nowhere = jisr(&["api", "asyncapi", "no-such-department"]).await;
    assert_eq!(code(&nowhere), 3, "{}", err(&nowhere));
}

#[tokio::test]
async fn the_configuration_is_shown_with_its_origins_and_its_mistakes() {
    let good = jisr(&["config", "show", "--set", "log.level=debug", "--json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&out(&good)).unwrap();
    assert_eq!(shown["log.level"]["value"], "debug");
    assert_eq!(shown["log.level"]["origin"], "command line log.level");
    let people = jisr(&["config", "show"]).await;
    assert!(out(&people).contains("listen = \"127.0.0.1:50051\" # "), "{}", out(&people));
    let bad = jisr(&["config", "show", "--set", "log.levle=debug"]).await;
    assert_eq!((code(&bad), out(&bad).as_str()), (1, ""));
    assert!(err(&bad).contains("did you mean `log.level`?"), "{}", err(&bad));
    assert_eq!(code(&jisr(&["serve", "--set", "gateway.listen=0.0.0.0:1"]).await), 1);
}

#[tokio::test]
async fn the_doctor_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let journal = format!("journal.path={}", folder.path().join("data/jisr.db").display());
    let seventh = with_a_department_of_no_adapter();
    let catalogue = format!("catalogue.path={}", seventh.path().display());
    let ports = ["--set", "gateway.listen=127.0.0.1:0", "--set", "operations.listen=127.0.0.1:0"];
    let doctor = async |more: &[&str]| {
        let common = ["doctor", "--json", "--set", &journal, "--set", &catalogue];
        let done = jisr(&[&common[..], &ports, more].concat()).await;
        let shown: serde_json::Value = serde_json::from_str(&out(&done)).unwrap();
        (code(&done), shown["checks"].as_array().unwrap().clone())
    };
    let level = |checks: &[serde_json::Value], subject: &str| {
        let found = checks.iter().find(|check| check["subject"] == subject).unwrap();
        found["level"].as_str().unwrap().to_owned()
    };
    let (_held, address) = nobody();
    let (exit, checks) = doctor(&["--address", &address]).await;
    assert_eq!((exit, level(&checks, "server").as_str()), (6, "fail"), "{checks:#?}");
    for (subject, expected) in [("configuration", "ok"), ("catalogue", "warn"), ("journal", "ok"), ("clock", "ok")] {
        assert_eq!(level(&checks, subject), expected, "{checks:#?}");
    }
    for check in checks.iter().filter(|check| check["level"] != "ok") {
        assert_ne!(check["remedy"], "", "{check}");
    }
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = format!("operations.listen={}", taken.local_addr().unwrap());
    let (exit, checks) = doctor(&["--set", &listen, "--address", &address]).await;
    assert_eq!((exit, level(&checks, "operations").as_str()), (1, "fail"), "{checks:#?}");
    let (exit, checks) = doctor(&["--set", "log.levle=debug", "--address", &address]).await;
    assert_eq!((exit, level(&checks, "configuration").as_str()), (1, "fail"), "{checks:#?}");
}
