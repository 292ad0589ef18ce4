//! `jisr adapter …`: run one, examine one.

use std::path::PathBuf;

use clap::Subcommand;

/// `jisr adapter …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AdapterCommand {
    /// Run one department's adapter as a process of its own
    #[command(before_help = "\
Examples:
  jisr adapter run municipality --config /etc/jisr/municipality.toml
")]
    Run {
        /// The department
        department: String,
    },
    /// Put an adapter, in whatever language, through the conformance suite: what does not conform exits 9
    #[command(before_help = "\
Examples:
  jisr adapter conform --cases adapters/municipality/conformance
  jisr adapter conform ./adapter.py --cases conformance --json
  jisr adapter conform --cases conformance --key examiner.pem --verdict data/conformance/library.json
  jisr adapter conform amqp://127.0.0.1:5672/kit --cases conformance     it runs there already
")]
    Conform(Box<ConformArgs>),
}

/// `jisr adapter conform`.
#[derive(Debug, clap::Args)]
pub(crate) struct ConformArgs {
    /// The program to start, or amqp://… of the broker where the adapter runs already [default: adapter.program in
    /// conformance.toml]
    pub(crate) adapter: Option<String>,
    /// The folder with conformance.toml and <operation>/<case>.json
    #[arg(long, value_name = "DIR")]
    pub(crate) cases: PathBuf,
    /// A value in place of the one that conformance.toml has under [values]; may be repeated
    #[arg(long = "value", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) values: Vec<(String, String)>,
    /// The broker to examine at; nothing else may be at work in its virtual host [default: RabbitMQ is started]
    #[arg(long, value_name = "URL")]
    pub(crate) broker: Option<String>,
    /// Our user at that broker, with an engine's rights
    #[arg(long, value_name = "NAME", default_value = "guest")]
    pub(crate) broker_username: String,
    /// File with the user's password [default: the password is guest]
    #[arg(long, value_name = "FILE")]
    pub(crate) broker_password_file: Option<PathBuf>,
    /// Write the verdict here, as the adapter is to announce it
    #[arg(long, value_name = "FILE")]
    pub(crate) verdict: Option<PathBuf>,
    /// Sign the verdict with this Ed25519 key (PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` makes one)
    #[arg(long, value_name = "FILE", requires = "verdict")]
    pub(crate) key: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// `jisr api …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiCommand {
    /// An adapter's wire contract as an AsyncAPI 3.0 document, made of its manifest
    #[command(before_help = "\
Examples:
  jisr api asyncapi municipality                       adapters/municipality/adapter.toml
  jisr api asyncapi path/to/adapter.toml
  jisr api asyncapi manifest.json                      as an adapter of another language announces it
")]
    Asyncapi {
        /// A department with its adapter under adapters/, or the file with a manifest
        manifest: PathBuf,
        /// Version of the adapter [default: this program's]
        #[arg(long, value_name = "VERSION")]
        adapter_version: Option<String>,
    },
}
