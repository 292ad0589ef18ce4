//! Turns `proto/jisr/**/*.proto` into Rust and a descriptor set, without protoc: `cargo build` needs no other tool.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use tonic_prost_build::Config;

/// Packages with messages of ours: the second pass takes them from the first.
const PACKAGES: [(&str, &str); 5] = [
    (".google.type", "crate::generated::google::r#type"),
    (".jisr.v1", "crate::generated::jisr::v1"),
    (".jisr.adapter.v1", "crate::generated::jisr::adapter::v1"),
    (".jisr.journal.v1", "crate::generated::jisr::journal::v1"),
    (".jisr.operations.v1", "crate::generated::jisr::operations::v1"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root.join("jisr"), &mut files)?;
    files.sort();

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    // From the compiler and not by prost: prost drops custom options, and `(jisr.v1.sensitivity)` is one.
    fs::write(out.join("jisr.descriptors.bin"), compiler.encode_file_descriptor_set())?;
    let descriptors = compiler.file_descriptor_set();

    let mut config = Config::new();
    // Maps in key order: equal messages encode to equal bytes, which goldens and the idempotency hash rely on.
    config.btree_map(["."]).bytes(["."]).enable_type_names();
    tonic_prost_build::configure()
        .build_client(false)
        .codec_path("crate::codec::StrictCodec")
        .compile_fds_with_config(descriptors.clone(), config)?;

    // Clients in a pass of their own: what a server may be sent is limited far more strictly than what it may answer.
    let clients = out.join("client");
    fs::create_dir_all(&clients)?;
    let mut builder = tonic_prost_build::configure().build_server(false).out_dir(&clients);
    for (package, path) in PACKAGES {
        builder = builder.extern_path(package, path);
    }
    builder.compile_fds(descriptors)?;
    Ok(())
}

/// All `.proto` files below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
