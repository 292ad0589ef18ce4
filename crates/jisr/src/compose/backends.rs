//! Journal and bus as the settings say: a file or PostgreSQL, inside the process or RabbitMQ.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jisr_bus::rabbit::{ClientCertificate, Login, Password, Role};
use jisr_bus::{Bus, ProcessBus, RabbitBus, RabbitOptions};
use jisr_core::name::DepartmentId;
use jisr_engine::journal::Journal;
use jisr_journal_sql::{PostgresJournal, PostgresOptions, SqliteJournal};
use jisr_runtime::config::{JournalSettings, PostgresSettings, RabbitmqSettings, Settings};

/// The journal the settings name.
pub(super) async fn journal(settings: &JournalSettings) -> Result<Arc<dyn Journal>> {
    Ok(match &settings.postgres {
        Some(postgres) => Arc::new(PostgresJournal::open(&options(postgres)?).await.context("journal.postgres")?),
        None => Arc::new(SqliteJournal::open(&settings.path).context("journal.path")?),
    })
}

/// Where the journal's database is.
pub(crate) fn options(settings: &PostgresSettings) -> Result<PostgresOptions> {
    let authorities = settings.authorities_file.as_deref().map(|path| {
        let unreadable = || format!("journal.postgres.authorities_file: {} cannot be read", path.display());
        std::fs::read_to_string(path).with_context(unreadable)
    });
    let mut options = PostgresOptions::new(&settings.address, &settings.username);
    options.password = settings.password.as_ref().map(|password| password.reveal().into());
    options.authorities = authorities.transpose()?;
    options.schema.clone_from(&settings.schema);
    Ok(options)
}

/// One end of each bus the settings name.
pub(super) struct Buses {
    rabbitmq: Option<RabbitmqSettings>,
    engine: Arc<dyn Bus>,
}

impl Buses {
    pub(super) fn of(settings: &Settings, departments: Vec<DepartmentId>) -> Result<Self> {
        let rabbitmq = settings.bus.rabbitmq.clone();
        let engine: Arc<dyn Bus> = match &rabbitmq {
            None => Arc::new(ProcessBus::new()),
            Some(settings) => Arc::new(rabbit(settings, Role::Engine { departments })?),
        };
        Ok(Self { rabbitmq, engine })
    }

    pub(super) fn engine(&self) -> Arc<dyn Bus> {
        self.engine.clone()
    }

    /// An adapter in this process has an end of its own on the broker, with an adapter's rights.
    pub(super) fn adapter(&self, department: &DepartmentId) -> Result<Arc<dyn Bus>> {
        match &self.rabbitmq {
            None => Ok(self.engine.clone()),
            Some(settings) => Ok(Arc::new(rabbit(settings, Role::Adapter(department.clone()))?)),
        }
    }
}

/// An adapter's end of the broker, for a process that is nothing but this adapter.
pub(super) fn alone(settings: &Settings, department: &DepartmentId) -> Result<Arc<dyn Bus>> {
    let Some(rabbitmq) = &settings.bus.rabbitmq else {
        bail!("bus.rabbitmq: an adapter in a process of its own needs RabbitMQ: say where it is");
    };
    Ok(Arc::new(rabbit(rabbitmq, Role::Adapter(department.clone()))?))
}

fn rabbit(settings: &RabbitmqSettings, role: Role) -> Result<RabbitBus> {
    let read = |key: &str, path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("bus.rabbitmq.{key}: {} cannot be read", path.display()))
    };
    let certificate = match (&settings.certificate_file, &settings.key_file) {
        (None, None) => None,
        (Some(chain), Some(key)) => Some(ClientCertificate {
            chain: read("certificate_file", chain)?,
            key: Password::new(read("key_file", key)?),
        }),
        _ => bail!("bus.rabbitmq: certificate_file and key_file go together"),
    };
    let Some(username) = settings.username.clone() else {
        bail!("bus.rabbitmq.username: say who we are on the broker; with a certificate, the user it stands for");
    };
    let login = match &settings.password {
        Some(password) => Login::Password { username, password: Password::new(password.reveal()) },
        None => Login::Certificate { username },
    };
    let mut options = RabbitOptions::new(&settings.address, login, role);
    options.certificate = certificate;
    options.authorities =
        settings.authorities_file.as_deref().map(|path| read("authorities_file", path)).transpose()?;
    options.prefix.clone_from(&settings.prefix);
    RabbitBus::new(options).context("bus.rabbitmq")
}
