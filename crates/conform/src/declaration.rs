//! `conformance.toml`: what an adapter's author declares of it, so that the kit can start it and stand before its system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jisr_core::name::DepartmentId;
use serde::Deserialize;

use crate::{Trouble, trouble};

/// Name of the file in the folder of cases.
const FILE: &str = "conformance.toml";

/// What the file holds.
///
/// In every text, `{broker}`, `{username}`, `{password}` and `{password_file}` are the broker's; `{system}`, `{system_host}`
/// and `{system_port}` the place at which the adapter is to look for the department's system (the kit's proxy);
/// `{system_direct}` where it really is; `{work}` a folder that is the run's own; `{here}` the folder of this file; and the
/// names under `[values]` what stands there or was given on the command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Id of the department.
    pub department: String,
    /// Names of the author's own and their usual values.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// How the adapter is started.
    #[serde(default)]
    pub adapter: AdapterDeclaration,
    /// The department's system.
    pub system: SystemDeclaration,
    /// Where the file is.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[adapter]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdapterDeclaration {
    /// The program, where none is given on the command line.
    pub program: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Environment variables it is given beside the kit's own.
    pub environment: BTreeMap<String, String>,
    /// Files written before it starts, by their names in `{work}`.
    pub files: BTreeMap<String, String>,
    /// How long it may take to end once it is told to (SIGTERM), in seconds; 30 unless given.
    pub ends_within_seconds: Option<u64>,
}

/// `[system]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemDeclaration {
    /// Where it is, `host:port`; not needed where `command` is given.
    #[serde(default)]
    pub address: Option<String>,
    /// Starts one. It must print a line that ends with its port, see `listening`.
    #[serde(default)]
    pub command: Vec<String>,
    /// How the line begins in which it prints its port.
    #[serde(default = "listening")]
    pub listening: String,
    /// The port on 127.0.0.1 at which the kit stands before it, for an adapter that was started by somebody else; a free one
    /// unless given.
    #[serde(default)]
    pub proxy_port: Option<u16>,
    /// A command that prints one whole number: how many effects the system has had so far. `{operation}` is the operation.
    pub effects: Vec<String>,
    /// Bytes of an answer that a connection lets through before a fault strikes: greetings, where the protocol has them.
    #[serde(default)]
    pub greeting_bytes: u64,
}

fn listening() -> String {
    "listening ".to_owned()
}

impl Declaration {
    /// Reads the file in a folder.
    ///
    /// # Errors
    /// [`Trouble`], naming the file and the key.
    pub fn read(folder: &Path) -> Result<Self, Trouble> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| trouble(format!("{}: cannot be read: {error}", path.display())))?;
        let wrong = |why: &dyn std::fmt::Display| trouble(format!("{}: {why}", path.display()));
        let mut read: Self = toml::from_str(&text).map_err(|error| wrong(&error))?;
        read.department().map_err(|error| wrong(&error.0))?;
        if read.system.address.is_none() == read.system.command.is_empty() {
            return Err(wrong(&"system: give either address or command"));
        }
        if read.system.effects.is_empty() {
            let why = "system.effects: give a command that prints how many effects the system has had: without it nobody \
                       can tell that nothing was done twice";
            return Err(wrong(&why));
        }
        read.folder = std::path::absolute(folder).map_err(|error| wrong(&error))?;
        Ok(read)
    }

    /// The department.
    ///
    /// # Errors
    /// It is no department's id.
    pub fn department(&self) -> Result<DepartmentId, Trouble> {
        DepartmentId::new(&self.department).map_err(|error| trouble(format!("department: {error}")))
    }

    pub(crate) fn ends_within(&self) -> Duration {
        Duration::from_secs(self.adapter.ends_within_seconds.unwrap_or(30))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Declaration, Trouble> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Declaration::read(folder.path())
    }

    #[test]
    fn mistakes_name_the_key() {
        let good = "department = \"library\"\n[system]\naddress = \"127.0.0.1:1\"\neffects = [\"count\"]\n";
        assert_eq!(read(good).unwrap().ends_within(), Duration::from_secs(30));
        for (from, to, says) in [
            ("library", "Library", "department: "),
            ("address = \"127.0.0.1:1\"\n", "", "either address or command"),
            ("address", "adress", "adress"),
            ("[\"count\"]", "[]", "system.effects"),
        ] {
            let error = read(&good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
