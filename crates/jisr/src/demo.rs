//! `jisr demo`: everything in one process, with a stand-in for the department's system, open on loopback only.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, bail};
use jisr_municipality::config::{Config, ElementForm};
use jisr_municipality::simulator;
use jisr_runtime::config::Configuration;
use jisr_runtime::{Secret, Shutdown};
use tokio::net::TcpListener;

use crate::compose::{self, Plan};

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// What is wrong with the configuration, or why a part ended.
pub(crate) async fn run(configuration: &Configuration) -> Result<()> {
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let building_control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the stand-in")?;
    let config = Config {
        endpoint: format!("http://{}/BuildingControl", building_control.local_addr()?),
        username: "jisr".to_owned(),
        // The stand-in takes any; there is nobody to keep it from.
        password: Secret::new("demo"),
        digest: true,
        element_form: ElementForm::default(),
        authorities_file: None,
        connect_timeout: None,
        call_timeout: None,
        ends_within: None,
        begin_within: None,
        calendar: None,
    };
    let plan = Plan::with(configuration, vec![jisr_municipality::connect(&config)?])?;
    let stop = shutdown.token();
    let stand_in = tokio::spawn(simulator::serve(building_control, async move { stop.cancelled().await }));
    let running = compose::start(plan, &compose::ALL, &shutdown).await?;
    let (Some(gateway), Some(operations)) = (running.gateway, running.operations) else {
        bail!("the demo has every part");
    };
    crate::output::demo_ready(gateway, operations, &config.endpoint)?;
    running.until_stopped().await?;
    stand_in.await?.context("the stand-in for building control stopped")
}
