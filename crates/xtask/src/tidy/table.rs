//! The rules as data: who may use whom, who alone may name what, and what must not be in the tree at all.

/// Own crates and the own crates each may depend on. A row uses only rows above it.
pub(super) const MAY_USE: &[(&str, &[&str])] = &[
    ("jisr-core", &[]),
    ("jisr-proto", &["jisr-core"]),
    ("jisr-runtime", &["jisr-core"]),
    ("jisr-journal", &["jisr-core"]),
    ("jisr-journal-sql", &["jisr-core", "jisr-proto", "jisr-journal"]),
    ("jisr-bus", &["jisr-core", "jisr-proto"]),
    ("jisr-engine", &["jisr-core", "jisr-proto", "jisr-journal", "jisr-bus"]),
    ("jisr-gateway", &["jisr-core", "jisr-proto", "jisr-engine"]),
    ("jisr-console", &["jisr-core", "jisr-proto", "jisr-engine"]),
    ("jisr-adapter", &["jisr-core", "jisr-proto", "jisr-bus", "jisr-runtime"]),
    ("jisr-conform", &["jisr-core", "jisr-proto", "jisr-bus"]),
];

/// What every crate under `adapters/` may depend on: the SDK, and the vocabulary it speaks.
pub(super) const ADAPTER_MAY_USE: &[&str] = &["jisr-adapter", "jisr-core", "jisr-proto"];

/// Crates that wire or test the others and so may depend on all of them.
pub(super) const MAY_USE_ALL: &[&str] = &["jisr", "jisr-testkit", "jisr-tests"];

/// Crates that no other may depend on, not even in tests (adapters are forbidden by their folder).
pub(super) const USED_BY_NONE: &[&str] = &["jisr-tests", "xtask"];

/// The only crates of others that the pure core may use.
pub(super) const CORE_MAY_USE: &[&str] = &["bytes", "thiserror", "uuid"];

/// Crates of others that exactly one own crate may name, tests included, and why.
pub(super) const ONLY: &[(&str, &str, &str)] = &[
    ("rusqlite", "jisr-journal-sql", "databases are behind the journal's traits"),
    ("sqlx", "jisr-adapter", "departments' databases are behind the SDK's connector"),
    ("tokio-postgres", "jisr-journal-sql", "databases are behind the journal's traits"),
    ("lapin", "jisr-bus", "AMQP is behind the bus's traits"),
    ("fe2o3-amqp", "jisr-adapter", "departments' AMQP 1.0 is behind the SDK's connector"),
];

/// The crates whose tests may name what [`ONLY`] another may, and what.
pub(super) const RAW: &[(&str, &str)] = &[
    // `tests/bench` measures the broker and the database with nothing of ours between.
    ("jisr-tests", "lapin"),
    ("jisr-tests", "tokio-postgres"),
];

/// Crates that must not be in the tree, however they got there, and why.
pub(super) const NOWHERE: &[(&str, &str)] = &[
    ("native-tls", "TLS is rustls on aws-lc-rs everywhere"),
    ("openssl", "TLS is rustls on aws-lc-rs everywhere"),
    ("openssl-sys", "TLS is rustls on aws-lc-rs everywhere"),
    ("ring", "one cryptography library: aws-lc-rs"),
    ("rsa", "its timing side channel has no fix (RUSTSEC-2023-0071)"),
];

/// The longest a source file may be.
pub(super) const MAX_LINES: usize = 500;

/// What no source file may contain. The words are cut in two so that this file does not contain them.
pub(super) const UNFINISHED: &[(&str, &str)] = &[
    (concat!("todo", "!("), "unfinished code"),
    (concat!("unimplemented", "!("), "unfinished code"),
    (concat!("#[ig", "nore"), "a test that does not run"),
];

/// What no file may contain: marks of one machine. Cut in two likewise.
pub(super) const LOCAL: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi.", "org/simple"),
];

/// Where every locked package comes from.
pub(super) const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";
