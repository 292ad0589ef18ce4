//! `jisr tx cancel`: only after it is certain that this one is meant.

use jisr_core::reference_no::ReferenceNo;
use jisr_proto::v1;

use super::{confirm, find, show};
use crate::cli::CancelArgs;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, bidi, summary, words};

pub(super) async fn run(client: &Client, arguments: CancelArgs, output: Output) -> Result<Exit, Failure> {
    let found = find::transaction(client, arguments.name).await?;
    if arguments.dry_run {
        let words = if words::is_terminal(found.state()) {
            output.say("انتهت المعاملة ولا يمكن إلغاؤها:", "has ended, and cannot be cancelled:")
        } else {
            output.say("كانت ستُلغى (لم يتغير شيء):", "would be cancelled (nothing was changed):")
        };
        output.talk(bidi::line(words, output.locale))?;
        show::whole(&found, &find::titles(client, output).await, output)?;
        return Ok(Exit::Ok);
    }
    match arguments.confirm {
        Some(number) if !is_of(&found, number) => return Err(mismatch(&found, output)),
        Some(_) => {}
        None => ask(&found, output)?,
    }
    let message = v1::CancelTransactionRequest {
        name: found.name,
        request_id: arguments.request_id.map_or_else(super::new_request_id, |id| id.to_string()),
        etag: arguments.etag,
        reason: arguments.reason,
    };
    let cancelled = client
        .call_again(output, message, |request| async move { client.transactions().cancel_transaction(request).await })
        .await?;
    show::whole(&cancelled, &find::titles(client, output).await, output)?;
    Ok(Exit::Ok)
}

fn is_of(found: &v1::Transaction, number: ReferenceNo) -> bool {
    found.reference_no.parse() == Ok(number)
}

/// Asks for the reference number: `y` is typed too easily.
fn ask(found: &v1::Transaction, output: Output) -> Result<(), Failure> {
    let prompt = output.say("اكتب الرقم المرجعي لإلغائها:", "type the reference number to cancel it:");
    let shown = [bidi::line(&summary::head(found, output.locale), output.locale)];
    let Some(typed) = confirm::typed(&shown, prompt, output)? else {
        let words = output.say(
            "الإلغاء يحتاج إلى تأكيد: أضف --confirm=<الرقم المرجعي>",
            "cancelling needs to be confirmed: add --confirm=<reference number>",
        );
        return Err(Failure::new(Exit::Usage, words));
    };
    match typed.parse() {
        Ok(number) if is_of(found, number) => Ok(()),
        _ => Err(mismatch(found, output)),
    }
}

/// The number that is right is not told: it is the proof that the caller knows which one is meant.
fn mismatch(found: &v1::Transaction, output: Output) -> Failure {
    let words = output.say(
        "الرقم المرجعي ليس رقم هذه المعاملة؛ لم يُلغَ شيء:",
        "the reference number is not this transaction's; nothing was cancelled:",
    );
    Failure::new(Exit::Usage, format!("{words} {}", bidi::isolate(&found.name, output.locale)))
}
