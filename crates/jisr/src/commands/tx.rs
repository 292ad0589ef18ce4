//! `jisr tx …`: applications, from the front end's side.

mod cancel;
pub(super) mod find;
mod list;
mod show;
mod submit;
mod watch;

use super::{confirm, more, new_request_id};
use crate::cli::{Global, TxCommand};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(global: &Global, command: TxCommand, output: Output) -> Result<Exit, Failure> {
    let client = Client::new(global)?;
    match command {
        TxCommand::Submit(arguments) => submit::run(&client, arguments, output).await,
        TxCommand::Get(arguments) => show::get(&client, &arguments, output).await,
        TxCommand::List(arguments) => list::run(&client, arguments, output).await,
        TxCommand::Watch(arguments) => watch::run(&client, arguments, output).await,
        TxCommand::Timeline(arguments) => show::timeline(&client, &arguments, output).await,
        TxCommand::Cancel(arguments) => cancel::run(&client, arguments, output).await,
    }
}
