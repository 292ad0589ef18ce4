//! `jisr api asyncapi`: an adapter's wire contract as a document.

use std::path::{Path, PathBuf};

use jisr_adapter::Manifest;
use jisr_adapter::proto::adapter::v1 as wire;
use jisr_adapter::proto::json::from_json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Prints the document of the adapter whose manifest is there.
pub(super) fn asyncapi(given: &Path, version: Option<&str>, output: Output) -> Result<Exit, Failure> {
    let path =
        if given.is_file() { given.to_owned() } else { PathBuf::from("adapters").join(given).join("adapter.toml") };
    let wrong = |exit: Exit, why: &dyn std::fmt::Display| Failure::new(exit, format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| {
        wrong(Exit::NotFound, &error).advise("give the path of an adapter.toml, or of a manifest in JSON")
    })?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let manifest: wire::Manifest = if is_json {
        from_json(&text).map_err(|error| wrong(Exit::Failure, &error))?
    } else {
        Manifest::from_toml(&text).map_err(|error| wrong(Exit::Failure, &error))?.to_wire()
    };
    let document = jisr_conform::asyncapi(&manifest, version.unwrap_or(env!("CARGO_PKG_VERSION")));
    output.result(format_args!("{document:#}"))?;
    Ok(Exit::Ok)
}
