//! Each way a configuration can be right or wrong, as a person would write it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::secret::Secret;

/// A folder with one file, and sources that read nothing else.
fn with_file(text: &[u8]) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jisr.toml");
    std::fs::write(&path, text).unwrap();
    (folder, Sources { files: vec![path], ..Sources::default() })
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn errors(sources: &Sources) -> Vec<String> {
    Configuration::load(sources).unwrap_err().0.iter().map(ToString::to_string).collect()
}

/// The one error of a file, without the folder in front of the file's name.
fn check_error(text: &str, expected: &str) {
    let (folder, sources) = with_file(text.as_bytes());
    let found = errors(&sources);
    let here = format!("{}/", folder.path().display());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].replace(&here, "").contains(expected), "{text}\n{}\nexpected: {expected}", found[0]);
}

#[test]
fn the_shipped_example_is_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/jisr.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let sources = Sources { files: vec![path], ..Sources::default() };
    let configuration = Configuration::load(&sources).unwrap();
    assert_eq!(configuration.settings(), &Settings::default());
    // Equal because every key is written there, not because it is left out.
    let defaults = toml::Table::try_from(Settings::default()).unwrap();
    let written: toml::Table = text.parse().unwrap();
    assert_eq!(written, defaults);
}

#[test]
fn later_layers_win_and_the_dump_says_where_from() {
    let (_folder, mut sources) = with_file(b"[gateway]\nlisten = \"127.0.0.1:1\"\n[engine]\nmax_batch = 7\n");
    sources.environment = variables(&[
        ("JISR__GATEWAY__LISTEN", "127.0.0.1:2"),
        ("JISR__ENGINE__ADAPTER_SILENCE", "1m 30s"),
        ("JISR__ENGINE__WINDOW_PER_DEPARTMENT", "9"),
        ("PATH", "/nowhere"),
    ]);
    sources.overrides = vec!["gateway.listen=[::1]:3".to_owned(), "log.format=json".to_owned()];
    let configuration = Configuration::load(&sources).unwrap();
    let settings = configuration.settings();
    assert_eq!(settings.gateway.listen.to_string(), "[::1]:3");
    assert_eq!(settings.engine.max_batch.get(), 7);
    assert_eq!(settings.engine.window_per_department.get(), 9);
    assert_eq!(settings.engine.adapter_silence.to_string(), "1m 30s");
    assert_eq!(settings.log.format, LogFormat::Json);

    let dump = configuration.to_toml();
    for line in [
        "listen = \"[::1]:3\" # command line gateway.listen",
        "adapter_silence = \"1m 30s\" # environment variable JISR__ENGINE__ADAPTER_SILENCE",
        "drain = \"10s\" # built-in default",
        "jisr.toml:4",
    ] {
        assert!(dump.contains(line), "{line}\n{dump}");
    }
    assert_eq!(&dump.parse::<toml::Table>().unwrap().try_into::<Settings>().unwrap(), settings);
}

#[test]
fn files_are_given_or_found_and_a_given_one_must_exist() {
    let (_folder, given) = with_file(b"[engine]\nmax_batch = 7\n");
    let found = Sources { search: vec![PathBuf::from("/no/such"), given.files[0].clone()], ..Sources::default() };
    assert_eq!(Configuration::load(&found).unwrap().settings().engine.max_batch.get(), 7);
    let missing = Sources { files: vec![PathBuf::from("/no/such.toml")], search: given.files, ..Sources::default() };
    assert!(errors(&missing)[0].starts_with("/no/such.toml:1: cannot be read"), "{:?}", errors(&missing));
}

#[test]
fn a_mistake_names_its_file_line_key_and_remedy() {
    check_error(
        "[gateway]\n\nlisen = \"x\"",
        "jisr.toml:3: gateway.lisen: unknown key; did you mean `gateway.listen`?",
    );
    check_error("[gatway]\nlisten = \"127.0.0.1:1\"", "jisr.toml:2: gatway.listen: unknown key; did you mean");
    check_error("[bus.rabbitmq]\nadress = \"x\"", "did you mean `bus.rabbitmq.address`?");
    check_error("[bus.rabbitmq]\nprefix = \"x.\"", "bus.rabbitmq: missing field `address`");
    check_error("[bus.rabbitmq]\naddress = \"amqp://h\"\npasword = 3", "bus.rabbitmq.pasword");
    check_error(
        "[bus.rabbitmq]\naddress = \"amqp://h\"\npassword = \"sesame\"",
        "did you mean `bus.rabbitmq.password.env`?",
    );
    check_error("[engine]\ncolour = 1", "the section has engine.adapter_silence, engine.keep_requests");
    check_error("[zzzzzzzz]\n", "the sections are bus, catalogue, conformance, engine");
    check_error("[gateway]\nlisten = \"0.0.0.0:50051\"", "gateway.listen: 0.0.0.0:50051 can be reached from other");
    check_error("[gateway]\nlisten = \"localhost\"", "`localhost` is not an IP address with a port");
    check_error("[engine]\nmax_batch = 0", "jisr.toml:2: engine.max_batch: invalid value");
    check_error(
        "[engine]\nadapter_silence = 10",
        "engine.adapter_silence: invalid type: integer `10`, expected a duration",
    );
    check_error("[engine]\nadapter_silence = \"10\"", "`10` is not a duration");
    check_error("[engine]\nadapter_silence = \"0s\"", "jisr.toml:2: engine.adapter_silence: must be longer than 0s");
    check_error("[log]\nlevel = \"inof\"", "log.level: `inof` is not a level");
    check_error("[log]\nformat = \"xml\"", "unknown variant `xml`, expected `text` or `json`");
    check_error("gateway = 5", "jisr.toml:1: gateway: invalid type: integer `5`");
    check_error("[gateway]\nlisten = ", "jisr.toml:2: not TOML");
    check_error("[gateway]\nlisten = \"127.0.0.1:9090\"", "operations.listen: 127.0.0.1:9090 is already");
    check_error("adapters.municipality = 5", "adapters.municipality: invalid type: integer `5`");
}

#[test]
fn all_mistakes_of_all_layers_are_told_at_once() {
    let (_folder, mut sources) = with_file(b"[gateway]\nlisen = 1\n[engine]\nmax_batch = \"many\"\n");
    sources.environment =
        variables(&[("JISR__ENGINE__MAX_BACH", "1"), ("JISR__", "1"), ("JISR__ENGINE__MAX_BATCH", "x")]);
    sources.overrides = vec!["log.level".to_owned(), "log.levle=debug".to_owned()];
    let found = errors(&sources);
    assert_eq!(found.len(), 7, "{found:#?}");
    assert!(
        found
            .iter()
            .any(|e| e.starts_with("environment variable JISR__ENGINE__MAX_BACH: engine.max_bach: unknown key"))
    );
    assert!(found.iter().any(|e| e.contains("did you mean `log.level`?")));
}

#[test]
fn a_file_in_another_encoding_is_named_with_its_line() {
    let (folder, sources) = with_file(b"[gateway]\n# \xE3\xD1\xCD\xC8\xC7\n"); // windows-1256
    let expected = format!("{}/jisr.toml:2: not UTF-8 text: save the file as UTF-8", folder.path().display());
    assert_eq!(errors(&sources), [expected]);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Municipality {
    endpoint: String,
    retries: u32,
    password: Secret,
}

#[test]
fn an_adapter_reads_its_own_table() {
    let (folder, mut sources) = with_file(
        b"[adapters.civil-defence]\nendpoint = \"http://127.0.0.1:1/\"\nretries = 1\npassword = { env = \"UNSET\" }\n",
    );
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hunter2\n").unwrap();
    sources.environment = variables(&[
        ("JISR__ADAPTERS__CIVIL_DEFENCE__RETRIES", "3"),
        ("JISR__ADAPTERS__CIVIL_DEFENCE__PASSWORD__FILE", secret.to_str().unwrap()),
    ]);
    let configuration = Configuration::load(&sources).unwrap();
    let adapter: Municipality = configuration.adapter("civil-defence").unwrap();
    assert_eq!((adapter.retries, adapter.password.reveal()), (3, "hunter2"));
    assert_eq!(configuration.adapters().collect::<Vec<_>>(), ["civil-defence"]);
    assert!(!configuration.to_toml().contains("hunter2"));
}

#[test]
fn an_adapters_mistake_is_named_like_any_other() {
    let (_folder, sources) =
        with_file(b"[adapters.municipality]\nendpoint = \"x\"\nretries = 1\npasswrd = \"hunter2\"\n");
    let configuration = Configuration::load(&sources).unwrap();
    let error = configuration.adapter::<Municipality>("municipality").unwrap_err().to_string();
    assert!(error.contains("jisr.toml:4: adapters.municipality.passwrd: unknown field"), "{error}");
    let error = configuration.adapter::<Municipality>("economy").unwrap_err().to_string();
    assert!(error.contains("adapters.economy: missing field"), "{error}");
}

#[test]
fn a_literal_secret_is_masked_even_where_an_adapter_would_take_it() {
    let (_folder, sources) = with_file(b"[adapters.x]\nws_password = \"hunter2\"\n\"odd key\" = 1\n");
    let dump = Configuration::load(&sources).unwrap().to_toml();
    assert!(dump.contains("ws_password = \"***\"") && dump.contains("\"odd key\" = 1"), "{dump}");
}
