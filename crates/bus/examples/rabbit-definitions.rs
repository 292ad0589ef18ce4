//! Prints the broker's definitions for the departments named, or for all of `deploy/catalogue`.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::error::Error;
use std::path::Path;

use jisr_bus::rabbit::definitions;
use jisr_core::name::DepartmentId;

fn main() -> Result<(), Box<dyn Error>> {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/catalogue/departments");
        for entry in std::fs::read_dir(folder)? {
            names.push(entry?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let departments = names.iter().map(DepartmentId::new).collect::<Result<Vec<_>, _>>()?;
    println!("{:#}", definitions("jisr", &departments));
    Ok(())
}
