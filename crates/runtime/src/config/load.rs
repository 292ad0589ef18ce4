//! Lays the layers over one another, or says everything that stands in the way.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::check;
use super::error::{ConfigError, ConfigErrors, Origin};
use super::settings::Settings;
use super::sources::Sources;

/// A complete, checked configuration that remembers where each value came from.
#[derive(Debug, Clone)]
pub struct Configuration {
    settings: Settings,
    pub(super) values: Table,
    pub(super) origins: BTreeMap<String, Origin>,
}

impl Configuration {
    /// Reads and checks every layer. Nothing else of the process needs to have started.
    ///
    /// # Errors
    /// All mistakes of all layers at once.
    ///
    /// # Panics
    /// Never: the defaults are plain values that TOML can hold, as a test proves.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let defaults = Table::try_from(Settings::default()).expect("the defaults are plain TOML values");
        // Sections that may be left out as a whole have keys too.
        let sample = Settings::with_every_section();
        let known = check::known_keys(&sample);
        let mut errors = Vec::new();
        let mut values = defaults.clone();
        let mut origins = BTreeMap::new();
        for entry in sources.entries(&defaults, &mut errors) {
            match check::entry(&entry, &known, &sample) {
                Ok(()) => {
                    check::set(&mut values, &entry.path, entry.value.clone());
                    origins.insert(entry.key(), entry.origin);
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        let at = |key: &str| origins.get(key).cloned().unwrap_or(Origin::BuiltIn);
        let settings: Settings = serde_path_to_error::deserialize(values.clone()).map_err(|error| {
            let key = error.path().to_string();
            ConfigErrors(vec![ConfigError { origin: at(&key), key, message: error.inner().message().to_owned() }])
        })?;
        let faults = check::whole(&settings).into_iter();
        let errors: Vec<ConfigError> =
            faults.map(|(key, message)| ConfigError { origin: at(key), key: key.to_owned(), message }).collect();
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        Ok(Self { settings, values, origins })
    }

    /// The typed settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Departments that have a table under `[adapters]`. The composition refuses those it does not know.
    pub fn adapters(&self) -> impl Iterator<Item = &str> {
        self.settings.adapters.keys().map(String::as_str)
    }

    /// Reads `[adapters.<department>]` as the adapter's own type; a missing table reads as an empty one.
    ///
    /// The type should carry `#[serde(deny_unknown_fields)]`, so that a typo is found here too.
    ///
    /// # Errors
    /// The first mistake, with its key and where it was written.
    pub fn adapter<T: DeserializeOwned>(&self, department: &str) -> Result<T, ConfigErrors> {
        let table = self.settings.adapters.get(department).cloned().unwrap_or_default();
        serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
            let key = match error.path().to_string().as_str() {
                "." => format!("adapters.{department}"),
                path => format!("adapters.{department}.{path}"),
            };
            let message = error.inner().message().to_owned();
            ConfigErrors(vec![ConfigError { origin: self.origin_of(&key), key, message }])
        })
    }

    /// Where the value of `key`, or the nearest thing around it, was written.
    fn origin_of(&self, key: &str) -> Origin {
        let mut around = key;
        loop {
            let below = format!("{around}.");
            let found = self.origins.iter().find(|(k, _)| *k == around || k.starts_with(&below));
            if let Some((_, origin)) = found {
                return origin.clone();
            }
            match around.rsplit_once('.') {
                // `[adapters]` as a whole is nobody's line.
                Some((outer, _)) if outer.contains('.') => around = outer,
                _ => return Origin::BuiltIn,
            }
        }
    }
}
