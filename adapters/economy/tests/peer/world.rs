//! A house of the department, a network to it, and an adapter of ours.

use jisr_adapter::core::fault::FaultClass;
use jisr_adapter::proto::adapter::v1::{LegRequest, Succeeded};
use jisr_adapter::proto::json::from_json;
use jisr_adapter::{Adapter, Answer, CallFault, Reference};
use jisr_economy::Economy;
use jisr_economy::config::Config;
pub(crate) use jisr_testkit::licensing::Dialect;
use jisr_testkit::licensing::Licensing;
use jisr_testkit::proxy::Proxy;
use prost_types::value::Kind;
use prost_types::{ListValue, Value};
use tempfile::TempDir;

/// Makes each of these a test of both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::Dialect::Postgres).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::Dialect::MariaDb).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// However slow the machine: what has not happened by then does not happen.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Everything one test needs.
pub(crate) struct World {
    pub(crate) licensing: Licensing,
    pub(crate) network: Proxy,
    // Last: the folder goes when nothing uses it any more.
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let licensing = Licensing::shared(dialect, folder.path());
        let network = Proxy::start(licensing.port()).await;
        Self { licensing, network, _folder: folder }
    }

    /// Settings that lead through the network.
    pub(crate) fn config(&self, more: &str) -> Config {
        toml::from_str(&self.licensing.settings(self.network.port, more)).unwrap()
    }

    /// An adapter with nothing kept from before.
    pub(crate) fn adapter(&self) -> Economy {
        self.adapter_with("call_timeout = \"20s\"\nends_within = \"30s\"")
    }

    pub(crate) fn adapter_with(&self, more: &str) -> Economy {
        Economy::new(&self.config(more)).unwrap()
    }
}

/// An application for a licence, the `number`th.
pub(crate) fn issue(number: u32, activities: &[&str]) -> LegRequest {
    let mut request = fixture("licence-issue/approved-english");
    number_it(&mut request, number);
    let texts = activities.iter().map(|code| text(code));
    answer(&mut request, "activities", Kind::ListValue(ListValue { values: texts.collect() }));
    answer(&mut request, "trade_name_ar", Kind::StringValue(format!("بقالة النخيل، الفرع {}", words(number))));
    request
}

/// A renewal of this licence, the `number`th.
pub(crate) fn renew(number: u32, licence_no: &str) -> LegRequest {
    let mut request = fixture("licence-renew/approved");
    number_it(&mut request, number);
    answer(&mut request, "trade_licence_no", Kind::StringValue(licence_no.to_owned()));
    request
}

/// Sets one answer of the form.
pub(crate) fn answer(request: &mut LegRequest, name: &str, kind: Kind) {
    let answers = request.input.as_mut().and_then(|input| input.answers.as_mut()).unwrap();
    answers.fields.insert(name.to_owned(), Value { kind: Some(kind) });
}

fn text(text: &str) -> Value {
    Value { kind: Some(Kind::StringValue(text.to_owned())) }
}

/// Numbers in letters, which windows-1256 has and names of shops hold.
fn words(number: u32) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| ["ا", "ب", "ج", "د", "ه", "و", "ز", "ح", "ط", "ي"][usize::from(digit - b'0')])
        .collect()
}

fn number_it(request: &mut LegRequest, number: u32) {
    request.transaction = format!("0198c5a0-7c1e-7d3a-9b52-{number:012x}");
}

fn fixture(name: &str) -> LegRequest {
    let path = format!("{}/fixtures/{name}/request.json", env!("CARGO_MANIFEST_DIR"));
    from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Our reference as the department keeps it.
pub(crate) fn reference(request: &LegRequest) -> String {
    Reference::of(request).unwrap().to_string()
}

/// Executes, and expects a licence.
pub(crate) async fn licensed(adapter: &Economy, request: &LegRequest) -> Succeeded {
    match adapter.execute(request).await {
        Ok(Answer::Succeeded(succeeded)) => *succeeded,
        other => panic!("{other:?}"),
    }
}

/// Executes, and expects to be told that it was certainly not done.
pub(crate) async fn not_done(adapter: &Economy, request: &LegRequest) -> (FaultClass, String) {
    match adapter.execute(request).await {
        Err(CallFault::NotDone(fault)) => (fault.class, fault.code.to_string()),
        other => panic!("{other:?}"),
    }
}

/// A text of an outcome.
pub(crate) fn outcome(succeeded: &Succeeded, name: &str) -> String {
    match succeeded.outcome.as_ref().and_then(|outcome| outcome.fields.get(name)).and_then(|value| value.kind.clone()) {
        Some(Kind::StringValue(text)) => text,
        other => panic!("{name}: {other:?}"),
    }
}
