//! What each process of the installation is started with.

use std::path::Path;

use jisr_tests::ledger::cast::Department;

use crate::installation::Layout;

/// What takes applications in and settles replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    /// `jisr serve` in its several roles, over PostgreSQL.
    Several { gateways: usize, engines: usize },
    /// One that answers and acknowledges before it has committed: see `hasty`.
    Hasty,
}

impl Servers {
    /// The names of gateways and engines.
    pub(crate) fn names(self) -> (Vec<String>, Vec<String>) {
        let named = |role: &str, count| (1..=count).map(|number| format!("{role}-{number}")).collect();
        match self {
            Self::Several { gateways, engines } => (named("gateway", gateways), named("engine", engines)),
            Self::Hasty => (named("server", 1), named("server", 1)),
        }
    }
}

/// See the module.
pub(crate) struct Configuration<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) layout: &'a Layout,
    pub(crate) seed: u64,
}

impl Configuration<'_> {
    pub(crate) fn department(&self, department: &Department, port: u16, record: &Path) -> Vec<String> {
        let record = record.display().to_string();
        ours(&[
            "department",
            department.id,
            &port.to_string(),
            department.effect.word(),
            &record,
            &self.seed.to_string(),
        ])
    }

    /// `jisr serve` in these roles; of its ports it listens at those that they need.
    pub(crate) fn server(&self, name: &str, roles: &str, ports: [u16; 3], journal: &str) -> Vec<String> {
        let [gateway, operations, broker] = ports;
        let text = format!(
            "{journal}\n[gateway]\nlisten = \"127.0.0.1:{gateway}\"\n[operations]\nlisten = \"127.0.0.1:{operations}\"\n\
             [catalogue]\npath = \"{}\"\n[engine]\nstart_within = \"{}s\"\n{}",
            jisr_testkit::repository().join("deploy/catalogue").display(),
            self.layout.pace.start_within.as_secs(),
            self.broker(broker),
        );
        self.jisr(name, &text, &["serve", "--roles", roles])
    }

    pub(crate) fn hasty(&self, gateway: u16, operations: u16, broker: u16) -> Vec<String> {
        let journal = self.folder.join("jisr.db").display().to_string();
        let start_within = self.layout.pace.start_within.as_secs().to_string();
        let [gateway, operations, broker] = [gateway, operations, broker].map(|port| port.to_string());
        ours(&["hasty", &journal, &gateway, &operations, &broker, &start_within])
    }

    /// The real adapter of a department, with its table of settings.
    pub(crate) fn adapter(&self, department: &Department, name: &str, table: &str, broker: u16) -> Vec<String> {
        let text = format!("{}{table}", self.broker(broker));
        self.jisr(name, &text, &["adapter", "run", department.id])
    }

    pub(crate) fn stand_in_adapter(&self, department: &Department, name: &str, port: u16, broker: u16) -> Vec<String> {
        let manifest = self.folder.join(format!("{}.adapter.toml", department.id));
        std::fs::write(&manifest, department.manifest(&self.layout.pace)).unwrap();
        ours(&["adapter", &manifest.display().to_string(), name, &port.to_string(), &broker.to_string()])
    }

    fn jisr(&self, name: &str, text: &str, arguments: &[&str]) -> Vec<String> {
        let file = self.folder.join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        let mut command = vec![jisr_testkit::jisr::binary().display().to_string()];
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        command.extend(["--config".to_owned(), file.display().to_string()]);
        command
    }

    fn broker(&self, port: u16) -> String {
        let password = self.folder.join("rabbitmq.password");
        std::fs::write(&password, crate::GUEST).unwrap();
        format!(
            "[bus.rabbitmq]\naddress = \"amqp://127.0.0.1:{port}\"\nusername = \"{}\"\npassword = {{ file = \"{}\" }}\n",
            crate::GUEST,
            password.display()
        )
    }
}

/// This very program, in another part.
fn ours(arguments: &[&str]) -> Vec<String> {
    let mut command = vec![std::env::current_exe().unwrap().display().to_string()];
    command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    command
}
