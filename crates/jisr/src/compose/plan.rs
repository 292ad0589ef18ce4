//! What is checked before anything is opened: settings, catalogue, and the adapters' own settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jisr_adapter::{Adapter, Manifest};
use jisr_engine::catalogue::Catalogue;
use jisr_runtime::config::{Configuration, Settings};
use serde::de::DeserializeOwned;

/// The departments whose adapters are compiled in, one line each.
const ADAPTERS: &[(&str, Connect)] = &[
    ("municipality", |configuration, department| connect(configuration, department, jisr_municipality::connect)),
    ("economy", |configuration, department| connect(configuration, department, jisr_economy::connect)),
    ("civil-defence", |configuration, department| connect(configuration, department, jisr_civil_defence::connect)),
    ("health", |configuration, department| connect(configuration, department, jisr_health::connect)),
    ("residency", |configuration, department| connect(configuration, department, jisr_residency::connect)),
];

/// An adapter with its manifest, ready to run.
pub(crate) type Ready = (Manifest, Arc<dyn Adapter>);

/// Makes an adapter from its department's settings.
type Connect = fn(&Configuration, &str) -> Result<Ready>;

/// Their names.
pub(crate) fn compiled_in() -> impl Iterator<Item = &'static str> {
    ADAPTERS.iter().map(|(department, _)| *department)
}

/// One department's adapter with its settings.
pub(crate) fn adapter(configuration: &Configuration, department: &str) -> Result<Ready> {
    let Some((_, connect)) = ADAPTERS.iter().find(|(known, _)| *known == department) else {
        let known: Vec<_> = compiled_in().collect();
        bail!("adapters.{department}: this program has no such adapter; it has {}", known.join(", "))
    };
    connect(configuration, department)
}

fn connect<C: DeserializeOwned, E: std::error::Error + Send + Sync + 'static>(
    configuration: &Configuration,
    department: &str,
    connect: fn(&C) -> Result<Ready, E>,
) -> Result<Ready> {
    let config = configuration.adapter::<C>(department)?;
    connect(&config).with_context(|| format!("adapters.{department}"))
}

/// Everything that is checked before a port opens.
pub(crate) struct Plan {
    pub(super) settings: Settings,
    pub(super) catalogue: Catalogue,
    pub(super) adapters: Vec<Ready>,
}

impl Plan {
    /// Checks settings, catalogue and the adapters' own settings.
    pub(super) fn of(configuration: &Configuration) -> Result<Self> {
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
