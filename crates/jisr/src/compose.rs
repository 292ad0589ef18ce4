//! Composition: which parts a process has and how they are wired. Nothing is decided here.

mod backends;
mod plan;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use jisr_adapter::proto::adapter::v1::ConformanceVerdict;
use jisr_adapter::{Runner, RunnerOptions};
use jisr_bus::Bus;
use jisr_core::name::DepartmentId;
use jisr_core::time::Clock;
use jisr_engine::{Engine, EngineOptions, Trust};
use jisr_gateway::Gateway;
use jisr_runtime::config::{Configuration, Settings};
use jisr_runtime::{Shutdown, SystemClock};
pub(crate) use plan::{Plan, compiled_in};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::backends::Buses;
pub(crate) use self::backends::options as postgres_options;
use self::plan::Ready;
use crate::cli::ServeRole;

/// How often an adapter says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Every part there is.
pub(crate) const ALL: [ServeRole; 4] =
    [ServeRole::Gateway, ServeRole::Engine, ServeRole::Operations, ServeRole::Adapters];

/// A running Jisr.
pub(crate) struct Running {
    /// Where front ends reach it.
    pub(crate) gateway: Option<SocketAddr>,
    /// Where operators reach it.
    pub(crate) operations: Option<SocketAddr>,
    tasks: JoinSet<()>,
    shutdown: Shutdown,
    drain: Duration,
}

/// Starts these parts in this process.
///
/// # Errors
/// A port that is taken, a journal that cannot be opened, parts that cannot be apart with these settings.
pub(crate) async fn start(plan: Plan, roles: &[ServeRole], shutdown: &Shutdown) -> Result<Running> {
    let Plan { settings, catalogue, adapters } = plan;
    let has = |role| roles.contains(&role);
    if settings.bus.rabbitmq.is_none() && !(has(ServeRole::Adapters) && has(ServeRole::Engine)) {
        bail!(
            "--roles: engine and adapters in processes of their own are reached through bus.rabbitmq; say where it is"
        );
    }
    if settings.journal.postgres.is_none() && !has(ServeRole::Engine) {
        bail!("--roles: processes beside the engine's share its journal through journal.postgres; say where it is");
    }
    let departments = catalogue.departments().map(|department| department.id.clone()).collect();
    let buses = Buses::of(&settings, departments)?;
    let gateway = listen(has(ServeRole::Gateway), settings.gateway.listen.get(), "gateway.listen").await?;
    let operations = listen(has(ServeRole::Operations), settings.operations.listen.get(), "operations.listen").await?;
    let address = |listener: &Option<TcpListener>| listener.as_ref().map(TcpListener::local_addr).transpose();
    let (gateway_address, operations_address) = (address(&gateway)?, address(&operations)?);
    let journal = backends::journal(&settings.journal).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (mut tasks, stop) = (JoinSet::new(), shutdown.token());
    let options = EngineOptions { settles: has(ServeRole::Engine), ..options(&settings)? };
    let catalogue = Arc::new(catalogue);
    let engine = Engine::start(journal, buses.engine(), clock.clone(), catalogue, options, &mut tasks, &stop).await?;
    let drain = settings.shutdown.drain.get();
    if has(ServeRole::Adapters) {
        for ready in adapters {
            let bus = buses.adapter(&ready.0.department)?;
            let verdict = verdict(&settings, &ready.0.department)?;
            let (clock, stop) = (clock.clone(), stop.clone());
            tasks.spawn(run_adapter(ready, verdict, bus, clock, drain, stop));
        }
    }
    if let Some(listener) = gateway {
        let (edge, token) = (engine.clone(), stop.clone());
        tasks.spawn(async move {
            if let Err(error) = Gateway::serve(listener, edge, token).await {
                tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "gateway stopped");
            }
        });
    }
    if let Some(listener) = operations {
        tasks.spawn(async move {
            if let Err(error) = jisr_console::Console::serve(listener, engine, stop).await {
                tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "operators' edge stopped");
            }
        });
    }
    Ok(Running { gateway: gateway_address, operations: operations_address, tasks, shutdown: shutdown.clone(), drain })
}

fn options(settings: &Settings) -> Result<EngineOptions> {
    let conformance = &settings.conformance;
    if conformance.require && conformance.keys.is_empty() {
        bail!("conformance.keys: say whose verdicts are believed, or no adapter is ever sent anything");
    }
    let trust = conformance.require.then(|| Trust::in_keys(&conformance.keys)).transpose();
    let trust = trust.map_err(|error| anyhow!("conformance.keys: {error}"))?;
    Ok(EngineOptions {
        trust,
        batch: u16::try_from(settings.engine.max_batch.get()).unwrap_or(u16::MAX),
        window: settings.engine.window_per_department.get(),
        start_within: Some(settings.engine.start_within.get()),
        adapter_silence: settings.engine.adapter_silence.get(),
        keep_requests: settings.engine.keep_requests.get(),
        ..EngineOptions::default()
    })
}

async fn run_adapter(
    (manifest, adapter): Ready,
    verdict: Option<ConformanceVerdict>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    drain: Duration,
    stop: CancellationToken,
) {
    let department = manifest.department.clone();
    let options = RunnerOptions {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: uuid::Uuid::new_v4().to_string(),
        heartbeat: HEARTBEAT,
        drain,
    };
    if let Err(error) = Runner::new(adapter, manifest, bus, clock, options).with_verdict(verdict).run(stop).await {
        tracing::error!(%department, %error, "adapter stopped");
    }
}

/// What the conformance kit has found of a department's adapter, if it was examined.
fn verdict(settings: &Settings, department: &DepartmentId) -> Result<Option<ConformanceVerdict>> {
    let path = settings.conformance.verdicts.join(format!("{department}.json"));
    if !path.exists() {
        return Ok(None);
    }
    jisr_conform::read_verdict(&path).map(Some).context("conformance.verdicts")
}

async fn listen(wanted: bool, address: SocketAddr, key: &str) -> Result<Option<TcpListener>> {
    if !wanted {
        return Ok(None);
    }
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("{key}: {address} cannot be listened on"))
}

impl Running {
    /// Runs until told to stop, then lets work already begun finish. A part that ends by itself ends the process: a
    /// Jisr that is half alive hides more than one that is restarted.
    ///
    /// # Errors
    /// A part ended by itself.
    pub(crate) async fn until_stopped(mut self) -> Result<()> {
        let failed = tokio::select! {
            () = self.shutdown.triggered() => false,
            _ = self.tasks.join_next() => !self.shutdown.is_triggered(),
        };
        self.shutdown.trigger();
        let drained = tokio::time::timeout(self.drain, async { while self.tasks.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(left = self.tasks.len(), "stopped before all work ended; it resumes at the next start");
        }
        if failed {
            bail!("a part of the process ended by itself; see the log");
        }
        Ok(())
    }
}

/// `jisr serve`: what the configuration says, until SIGTERM or SIGINT.
///
/// # Errors
/// What is wrong with the configuration, or why a part ended.
pub(crate) async fn serve(configuration: &Configuration, roles: &[ServeRole]) -> Result<()> {
    let plan = Plan::of(configuration)?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let running = start(plan, roles, &shutdown).await?;
    let parts = [("front ends", running.gateway), ("operators", running.operations)];
    let parts: Vec<_> = parts.iter().filter_map(|(name, at)| at.map(|at| format!("{name} {at}"))).collect();
    let parts = if parts.is_empty() { "no port of its own".to_owned() } else { parts.join(", ") };
    writeln!(anstream::stdout(), "ready: {parts}")?;
    running.until_stopped().await
}

/// `jisr adapter run`: one department's adapter and nothing else, until SIGTERM or SIGINT.
///
/// # Errors
/// What is wrong with the configuration, or why it ended.
pub(crate) async fn run_alone(configuration: &Configuration, department: &str) -> Result<()> {
    let ready = plan::adapter(configuration, department)?;
    let bus = backends::alone(configuration.settings(), &ready.0.department)?;
    let verdict = verdict(configuration.settings(), &ready.0.department)?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let drain = configuration.settings().shutdown.drain.get();
    let stop = shutdown.token();
    writeln!(anstream::stdout(), "ready: adapter of {department}")?;
    run_adapter(ready, verdict, bus, Arc::new(SystemClock), drain, stop.clone()).await;
    if !stop.is_cancelled() {
        bail!("the adapter ended by itself; see the log");
    }
    Ok(())
}
