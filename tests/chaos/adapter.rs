//! An adapter of the ledger's own, on the SDK like any other: any department, any effect contract, in front of a
//! stand-in's HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, StatusCode};
use jisr_adapter::connectors::http::{CallError, HttpClient, HttpSettings};
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::rabbit::Role;
use jisr_core::fault::{Fault, FaultClass};
use jisr_proto::adapter::v1 as wire;
use jisr_runtime::{Shutdown, SystemClock};
use prost::bytes::Bytes;
use serde_json::{Value, json};

/// What the command line says of it.
pub(crate) struct Options {
    /// The text of its `adapter.toml`.
    pub(crate) manifest: String,
    /// Which of several it is.
    pub(crate) instance: String,
    /// Port of the department's system.
    pub(crate) department: u16,
    /// Port of the broker.
    pub(crate) broker: u16,
}

/// Serves until told to stop.
pub(crate) async fn run(options: Options) {
    let manifest = Manifest::from_toml(&options.manifest).unwrap();
    let call_timeout = manifest.operations.iter().map(|operation| operation.call_timeout).max().unwrap_or_default();
    let settings = HttpSettings { call_timeout, connect_timeout: Duration::from_secs(1), ..HttpSettings::default() };
    let client = HttpClient::new(settings).unwrap();
    let address = format!("http://127.0.0.1:{}", options.department);
    let adapter = Arc::new(StandIn { client, address, instance: options.instance.clone() });
    let bus = crate::bus(options.broker, Role::Adapter(manifest.department.clone()), "");
    let shutdown = Shutdown::new();
    shutdown.on_signals().unwrap();
    let options = RunnerOptions {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: options.instance,
        heartbeat: Duration::from_secs(2),
        drain: Duration::from_secs(2),
    };
    println!("ready");
    let runner = Runner::new(adapter, manifest, Arc::new(bus), Arc::new(SystemClock), options);
    runner.run(shutdown.token()).await.unwrap();
}

struct StandIn {
    client: HttpClient,
    address: String,
    instance: String,
}

impl StandIn {
    async fn call(&self, path: &str, request: &wire::LegRequest) -> Result<Result<Value, wire::Refused>, CallFault> {
        let reference = format!("{}/{}", request.reference_no, request.leg);
        // The department keeps it with what it does, for whoever asks how that came about.
        let by = format!("{}, attempt {}, message {}", self.instance, request.attempt, request.message_id);
        let call = Request::post(format!("{}{path}", self.address))
            .header("content-type", "application/json")
            .body(Bytes::from(json!({ "reference": reference, "by": by }).to_string()))
            .unwrap();
        let answer = self.client.call(call).await.map_err(|error| fault(&error))?;
        let body = || serde_json::from_slice::<Value>(answer.body());
        match answer.status() {
            StatusCode::OK => body().map(Ok).map_err(|_| fault(&CallError::garbage("no JSON"))),
            StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(Err(wire::Refused { code: "NOT_THIS_ONE".to_owned(), ..Default::default() }))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let busy = Fault::new(FaultClass::Transient, "BUSY").retry_after(Duration::from_millis(700));
                Err(CallFault::NotDone(busy))
            }
            status => Err(CallFault::Doubtful { detail: format!("answered with {status}") }),
        }
    }
}

fn fault(error: &CallError) -> CallFault {
    if error.is_doubtful() {
        return CallFault::Doubtful { detail: error.code().to_owned() };
    }
    let class = if error.is_transient() { FaultClass::Transient } else { FaultClass::Permanent };
    CallFault::NotDone(Fault::new(class, error.code()))
}

#[async_trait]
impl Adapter for StandIn {
    async fn execute(&self, request: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(match self.call("/execute", request).await? {
            Ok(_) => Answer::Succeeded(Box::default()),
            Err(refused) => Answer::Refused(refused),
        })
    }

    async fn lookup(&self, request: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        let answer = self.call("/lookup", request).await?;
        let found = answer.is_ok_and(|answer| answer["found"] == true);
        Ok(found.then(|| Answer::Succeeded(Box::default())))
    }

    async fn compensate(&self, request: &wire::LegRequest) -> Result<Answer, CallFault> {
        self.call("/undo", request).await.map(|_| Answer::Succeeded(Box::default()))
    }
}
