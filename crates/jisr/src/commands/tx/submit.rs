//! `jisr tx submit`: from a file to a durable transaction, once, however often it has to be sent.

use std::io::Read as _;
use std::path::Path;

use jisr_proto::{json, v1};

use super::{find, show, watch};
use crate::cli::SubmitArgs;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::event::Titles;
use crate::output::{Format, Output, bidi, summary};

pub(super) async fn run(client: &Client, arguments: SubmitArgs, output: Output) -> Result<Exit, Failure> {
    let transaction = read(&arguments.file, output)?;
    let request_id = arguments.request_id.map_or_else(super::new_request_id, |id| id.to_string());
    if !arguments.validate_only {
        let words = output.say("رقم الطلب، لإعادة الإرسال بأمان:", "request id, to submit it again safely:");
        let option = bidi::isolate(&format!("--request-id {request_id}"), output.locale);
        output.talk(bidi::line(&format!("{words} {option}"), output.locale))?;
    }
    let message = v1::SubmitTransactionRequest {
        transaction: Some(transaction),
        request_id: request_id.clone(),
        validate_only: arguments.validate_only,
    };
    let submitted = client
        .call_again(output, message, |request| async move { client.transactions().submit_transaction(request).await })
        .await
        // In JSON it has not been told yet, and a program needs it to try again.
        .map_err(|failure| failure.with("request_id", request_id))?;
    if arguments.validate_only {
        return valid(&submitted, output);
    }
    if arguments.watch {
        if output.format == Format::Human {
            output.result(bidi::line(&summary::head(&submitted, output.locale), output.locale))?;
        }
        return watch::follow(client, find::id_of(&submitted)?, None, arguments.wait, output).await;
    }
    let titles = find::titles(client, output).await;
    show::whole(&submitted, &titles, output)?;
    let words = output.say("للمتابعة:", "to follow it:");
    let command = bidi::isolate(&format!("jisr tx watch {}", submitted.name), output.locale);
    output.talk(bidi::line(&format!("{words} {command}"), output.locale))?;
    Ok(Exit::Ok)
}

fn valid(checked: &v1::Transaction, output: Output) -> Result<Exit, Failure> {
    if output.format != Format::Human {
        show::whole(checked, &Titles::new(), output)?;
        return Ok(Exit::Ok);
    }
    let words = output.say("الطلب صحيح، ولم يُحفظ شيء", "the application is valid; nothing was stored");
    output.result(bidi::line(words, output.locale))?;
    let warnings = v1::Transaction { warnings: checked.warnings.clone(), ..v1::Transaction::default() };
    // The first line would tell of a state it does not have.
    output.results(summary::human(&warnings, &Titles::new(), output.locale).into_iter().skip(1))?;
    Ok(Exit::Ok)
}

/// The application in the file, or in standard input where the file is `-`.
fn read(file: &Path, output: Output) -> Result<v1::Transaction, Failure> {
    let is_input = file.as_os_str() == "-";
    let name = if is_input { "<stdin>".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = if is_input {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|error| {
        let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failure };
        Failure::new(exit, format!("{name}: {error}"))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let message =
            output.say("ليس نصًّا بترميز UTF-8: احفظ الملف بهذا الترميز", "not UTF-8 text: save the file as UTF-8");
        Failure::new(Exit::Failure, format!("{name}:{line}: {message}"))
    })?;
    // What Windows editors put first is no part of the JSON.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    json::from_json(text).map_err(|error| {
        let words = output.say("ليس طلبًا صحيح البنية", "not an application as the schema has it");
        let at = format!("{name}:{}:{}", error.line, error.column);
        let field = if error.field.is_empty() { at } else { format!("{at}: {}", error.field) };
        Failure::new(Exit::Failure, words).point(field, error.reason)
    })
}
