//! `jisr failures …`: parked work, by cause and leg by leg, tried again or given up.

mod bulk;
mod list;
mod select;
mod show;

use crate::cli::{FailuresCommand, Global};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(global: &Global, command: FailuresCommand, output: Output) -> Result<Exit, Failure> {
    let client = Client::of_operators(global)?;
    // Only they know a transaction by its reference number.
    let front_ends = Client::new(global)?;
    match command {
        FailuresCommand::List(arguments) => {
            let selection = select::selection(&front_ends, &arguments.selection, output).await?;
            list::run(&client, &selection, arguments, output).await
        }
        FailuresCommand::Show(arguments) => {
            let selection = select::parked(&front_ends, &arguments.name).await?;
            show::run(&client, selection, output).await
        }
        FailuresCommand::Redrive(arguments) => {
            let selection = select::stated(&front_ends, &arguments.selection, arguments.bulk.all, output).await?;
            let client = client.acting(arguments.bulk.acting.name());
            bulk::run(&client, bulk::Work::redrive(selection, &arguments), arguments.bulk, output).await
        }
        FailuresCommand::Discard(arguments) => {
            let selection = select::stated(&front_ends, &arguments.selection, arguments.bulk.all, output).await?;
            let client = client.acting(arguments.bulk.acting.name());
            bulk::run(&client, bulk::Work::discard(selection, arguments.note), arguments.bulk, output).await
        }
    }
}
