//! The department's system, as the kit has it: behind a proxy, and counted.

use std::path::PathBuf;
use std::time::Duration;

use crate::declaration::SystemDeclaration;
use crate::placeholders::Placeholders;
use crate::program::{Program, output};
use crate::proxy::{Proxy, Weather};
use crate::{Trouble, trouble};

/// A system of old may take its time to start.
const START: Duration = Duration::from_secs(60);

/// See the module.
pub(crate) struct System {
    proxy: Proxy,
    _program: Option<Program>,
    effects: Vec<String>,
    folder: PathBuf,
}

impl System {
    /// Starts it, if it is to be started, and stands before it. Says where it is by `{system…}`.
    pub(crate) async fn start(
        declared: &SystemDeclaration,
        folder: PathBuf,
        names: &mut Placeholders,
    ) -> Result<Self, Trouble> {
        let (program, address) = match &declared.address {
            Some(address) => (None, names.fill(address)),
            None => {
                let command = names.fill_all(&declared.command);
                let Some((name, arguments)) = command.split_first() else { return Err(trouble("system.command")) };
                let mut program = Program::start(name, arguments, [], &folder)?;
                let port = |line: &str| line.strip_prefix(&declared.listening)?.trim().parse::<u16>().ok();
                let port = program.line("its port", START, port).await?;
                (Some(program), format!("127.0.0.1:{port}"))
            }
        };
        let proxy = Proxy::start(address.clone(), declared.proxy_port.unwrap_or(0), declared.greeting_bytes).await?;
        names.set("system_direct", address);
        names.set("system", format!("127.0.0.1:{}", proxy.port));
        names.set("system_host", "127.0.0.1");
        names.set("system_port", proxy.port.to_string());
        Ok(Self { proxy, _program: program, effects: names.fill_all(&declared.effects), folder })
    }

    /// How many effects of an operation it has had so far.
    pub(crate) async fn effects(&self, operation: &str) -> Result<u64, Trouble> {
        let command: Vec<String> = self.effects.iter().map(|word| word.replace("{operation}", operation)).collect();
        let printed = output(&command, &self.folder).await?;
        printed.parse().map_err(|_| trouble(format!("system.effects printed {printed:?}, not one whole number")))
    }

    pub(crate) fn set(&self, weather: Weather) {
        self.proxy.set(weather);
    }

    /// Bytes that it was asked so far.
    pub(crate) fn asked(&self) -> u64 {
        self.proxy.asked()
    }
}
