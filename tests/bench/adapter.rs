//! The department: an adapter that answers at once, so that what is measured is ours. It runs within a bench, or in a
//! process of its own behind RabbitMQ.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::{Adapter, Answer, CallFault, Manifest, Runner, RunnerOptions};
use jisr_bus::rabbit::{Login, Password, Role};
use jisr_bus::{Bus, RabbitBus, RabbitOptions};
use jisr_runtime::SystemClock;
use jisr_testkit::process::Program;
use jisr_testkit::rabbitmq::RabbitMq;
use tokio_util::sync::CancellationToken;

const MANIFEST: &str = r#"
department = "municipality"
titles = { ar = "البلدية", en = "Municipality" }
system = "answers at once"
protocol = "none"
max_pack = 256
[operations.building-noc]
effect = "idempotent"
call_timeout = "10s"
ends_within = "15s"
answer_within = "1h"
max_in_flight = 256
retry = { first = "1s", max = "5m", multiplier_percent = 200, attempts = 12 }
"#;

/// The word that makes this program the adapter.
pub(crate) const WORD: &str = "adapter";

struct AtOnce;

#[async_trait]
impl Adapter for AtOnce {
    async fn execute(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }

    async fn lookup(&self, _: &wire::LegRequest) -> Result<Option<Answer>, CallFault> {
        Ok(None)
    }

    async fn compensate(&self, _: &wire::LegRequest) -> Result<Answer, CallFault> {
        Ok(Answer::Succeeded(Box::default()))
    }
}

/// Serves on this bus until told to stop.
pub(crate) async fn run(bus: Arc<dyn Bus>, stop: CancellationToken) {
    let options = RunnerOptions {
        version: "bench".to_owned(),
        instance: format!("bench-{}", std::process::id()),
        heartbeat: Duration::from_secs(5),
        drain: Duration::from_secs(5),
    };
    let manifest = Manifest::from_toml(MANIFEST).unwrap();
    Runner::new(Arc::new(AtOnce), manifest, bus, Arc::new(SystemClock), options).run(stop).await.unwrap();
}

/// Starts the adapter in a process of its own.
pub(crate) fn start(broker: &RabbitMq, prefix: &str, folder: &Path) -> Program {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([WORD, &broker.address(), prefix]);
    let mut program = Program::start(command, &folder.join(format!("{prefix}adapter.log")));
    program.line(Duration::from_secs(60), |line| (line == "ready").then_some(()));
    program
}

/// What that process does, until its standard input closes.
pub(crate) async fn serve(address: &str, prefix: &str) {
    let login = Login::Password { username: "guest".into(), password: Password::new("guest") };
    let mut options = RabbitOptions::new(address, login, Role::Adapter("municipality".parse().unwrap()));
    prefix.clone_into(&mut options.prefix);
    let bus = Arc::new(RabbitBus::new(options).unwrap());
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    std::thread::spawn(move || {
        // Whatever it says, or fails to say: the bench has gone.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stopping.cancel();
    });
    println!("ready");
    run(bus, stop).await;
}
