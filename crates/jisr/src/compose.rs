//! Composition: which parts a process has and how they are wired. Nothing is decided here.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jisr_adapter::{Adapter, Manifest, Runner, RunnerOptions};
use jisr_bus::{Bus, ProcessBus};
use jisr_core::time::Clock;
use jisr_engine::catalogue::Catalogue;
use jisr_engine::{Engine, EngineOptions};
use jisr_gateway::Gateway;
use jisr_journal_sql::SqliteJournal;
use jisr_municipality::Municipality;
use jisr_runtime::config::{Configuration, Settings};
use jisr_runtime::{Shutdown, SystemClock};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Departments whose adapters are compiled in.
pub(crate) const ADAPTERS: &[&str] = &["municipality"];

/// How often an adapter says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// An adapter with its manifest, ready to run.
pub(crate) type Ready = (Manifest, Arc<dyn Adapter>);

fn adapter(configuration: &Configuration, department: &str) -> Result<Ready> {
    match department {
        "municipality" => {
            let config = configuration.adapter::<jisr_municipality::config::Config>(department)?;
            municipality(&config).context("adapters.municipality")
        }
        other => bail!("adapters.{other}: this program has no such adapter; it has {}", ADAPTERS.join(", ")),
    }
}

/// The municipality's adapter with this configuration.
pub(crate) fn municipality(config: &jisr_municipality::config::Config) -> Result<Ready> {
    Ok((Municipality::manifest(config)?, Arc::new(Municipality::new(config)?)))
}

/// Everything that is checked before a port opens.
pub(crate) struct Plan {
    settings: Settings,
    catalogue: Catalogue,
    adapters: Vec<Ready>,
}

impl Plan {
    /// Checks settings, catalogue and the adapters' own settings.
    fn of(configuration: &Configuration) -> Result<Self> {
        let adapters = configuration.adapters().map(|department| adapter(configuration, department));
        Self::with(configuration, adapters.collect::<Result<_>>()?)
    }

    /// The same, with adapters that are ready already.
    pub(crate) fn with(configuration: &Configuration, adapters: Vec<Ready>) -> Result<Self> {
        let settings = configuration.settings().clone();
        let running: Vec<_> = adapters.iter().map(|(manifest, _)| manifest.department.as_str()).collect();
        let catalogue = catalogue(&settings.catalogue.path, &running)?;
        Ok(Self { settings, catalogue, adapters })
    }
}

fn catalogue(path: &Path, adapters: &[&str]) -> Result<Catalogue> {
    match Catalogue::load(path) {
        Ok((catalogue, warnings)) => {
            let waiting = catalogue.without_adapter(adapters.iter().copied());
            warnings.into_iter().chain(waiting).for_each(|warning| tracing::info!("{warning}"));
            Ok(catalogue)
        }
        Err(errors) => {
            let list: Vec<_> = errors.iter().map(ToString::to_string).collect();
            bail!("the catalogue in {} cannot be used:\n{}", path.display(), list.join("\n"))
        }
    }
}

/// A running Jisr.
pub(crate) struct Running {
    /// Where front ends reach it.
    pub(crate) gateway: SocketAddr,
    /// Where operators reach it.
    pub(crate) operations: SocketAddr,
    tasks: JoinSet<()>,
    shutdown: Shutdown,
    drain: Duration,
}

/// Starts every part in this process.
///
/// # Errors
/// A port that is taken, a journal that cannot be opened.
pub(crate) async fn start(plan: Plan, shutdown: &Shutdown) -> Result<Running> {
    let Plan { settings, catalogue, adapters } = plan;
    let journal = SqliteJournal::open(&settings.journal.path).context("journal.path")?;
    let gateway = listen(settings.gateway.listen.get(), "gateway.listen").await?;
    let operations = listen(settings.operations.listen.get(), "operations.listen").await?;
    let (gateway_address, operations_address) = (gateway.local_addr()?, operations.local_addr()?);
    let bus: Arc<dyn Bus> = Arc::new(ProcessBus::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (mut tasks, stop) = (JoinSet::new(), shutdown.token());
    let catalogue = Arc::new(catalogue);
    let options = options(&settings);
    let engine =
        Engine::start(Arc::new(journal), bus.clone(), clock.clone(), catalogue, options, &mut tasks, &stop).await?;
    let drain = settings.shutdown.drain.get();
    for ready in adapters {
        run_adapter(ready, bus.clone(), clock.clone(), drain, &mut tasks, stop.clone());
    }
    let (edge, token) = (engine.clone(), stop.clone());
    tasks.spawn(async move {
        if let Err(error) = Gateway::serve(gateway, edge, token).await {
            tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "gateway stopped");
        }
    });
    tasks.spawn(async move {
        if let Err(error) = jisr_console::Console::serve(operations, engine, stop).await {
            tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "operators' edge stopped");
        }
    });
    Ok(Running { gateway: gateway_address, operations: operations_address, tasks, shutdown: shutdown.clone(), drain })
}

fn options(settings: &Settings) -> EngineOptions {
    EngineOptions {
        batch: u16::try_from(settings.engine.max_batch.get()).unwrap_or(u16::MAX),
        window: settings.engine.window_per_department.get(),
        start_within: Some(settings.engine.start_within.get()),
        adapter_silence: settings.engine.adapter_silence.get(),
        keep_requests: settings.engine.keep_requests.get(),
        ..EngineOptions::default()
    }
}

fn run_adapter(
    (manifest, adapter): Ready,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    drain: Duration,
    tasks: &mut JoinSet<()>,
    stop: CancellationToken,
) {
    let department = manifest.department.clone();
    let options = RunnerOptions {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: format!("{department}-{}", std::process::id()),
        heartbeat: HEARTBEAT,
        drain,
    };
    tasks.spawn(async move {
        if let Err(error) = Runner::new(adapter, manifest, bus, clock, options).run(stop).await {
            tracing::error!(%department, %error, "adapter stopped");
        }
    });
}

async fn listen(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{key}: {address} cannot be listened on"))
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
pub(crate) async fn serve(configuration: &Configuration) -> Result<()> {
    let plan = Plan::of(configuration)?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let running = start(plan, &shutdown).await?;
    writeln!(anstream::stdout(), "ready: front ends {}, operators {}", running.gateway, running.operations)?;
    running.until_stopped().await
}
