//! From the flags to the selection the server understands, and what was probably meant when it fits nothing.

use std::collections::BTreeSet;

use jisr_core::name::{DepartmentId, LegId};
use jisr_core::time::Clock as _;
use jisr_proto::convert;
use jisr_proto::operations::v1::{FailureGroup, FailureSelection, ListFailureGroupsRequest};
use jisr_runtime::SystemClock;

use crate::cli::SelectionArgs;
use crate::client::Client;
use crate::commands::suggest;
use crate::commands::tx::find;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::leg_name::{LegFlag, ParkedName};
use crate::output::{Output, words};
use crate::transaction_name::TransactionName;

/// What the flags select; nothing given selects all.
pub(super) async fn selection(
    front_ends: &Client,
    arguments: &SelectionArgs,
    output: Output,
) -> Result<FailureSelection, Failure> {
    let now = SystemClock.now();
    let transaction = match (arguments.transaction, &arguments.leg) {
        (None, None) => String::new(),
        (Some(transaction), None) => name(front_ends, transaction, None).await?,
        (Some(transaction), Some(LegFlag::Alone(leg))) => name(front_ends, transaction, Some(leg)).await?,
        (None, Some(LegFlag::Whole(transaction, leg))) => name(front_ends, *transaction, Some(leg)).await?,
        (None, Some(LegFlag::Alone(_))) => {
            let words = output.say(
                "لا تُعرف الخطوة باسمها وحده: أضف --transaction، أو اكتب --leg <المعاملة>/legs/<الخطوة>",
                "a leg's name alone says nothing: add --transaction, or write --leg <transaction>/legs/<leg>",
            );
            return Err(Failure::new(Exit::Usage, words));
        }
        (Some(_), Some(LegFlag::Whole(..))) => {
            let words = output.say(
                "في --leg معاملتها: احذف --transaction، أو اكتب في --leg اسم الخطوة وحده",
                "--leg names its transaction: leave --transaction out, or give --leg the leg's name alone",
            );
            return Err(Failure::new(Exit::Usage, words));
        }
    };
    let moment = |given: Option<crate::cli::Moment>| given.map(|given| convert::timestamp(given.given(now)));
    Ok(FailureSelection {
        transaction,
        department: arguments.department.as_ref().map(DepartmentId::resource_name).unwrap_or_default(),
        operation: arguments.operation.as_ref().map(ToString::to_string).unwrap_or_default(),
        reason: arguments.reason.clone().unwrap_or_default(),
        adapter_version: arguments.adapter_version.clone(),
        since_time: moment(arguments.since),
        before_time: moment(arguments.before),
    })
}

/// As [`selection`]; all of them only where that was said.
pub(super) async fn stated(
    front_ends: &Client,
    arguments: &SelectionArgs,
    all: bool,
    output: Output,
) -> Result<FailureSelection, Failure> {
    if arguments.is_empty() && !all {
        let words = output.say(
            "اذكر أي الخطوات: --department أو --operation أو --reason أو --adapter-version أو --transaction أو --leg أو \
             --since أو --before، أو --all للكل",
            "say which legs: --department, --operation, --reason, --adapter-version, --transaction, --leg, --since or \
             --before, or --all for all of them",
        );
        let advice =
            output.say("الأمر jisr failures list يعرض ما هو متوقف", "`jisr failures list` shows what is parked");
        return Err(Failure::new(Exit::Usage, words).advise(advice));
    }
    selection(front_ends, arguments, output).await
}

/// A leg, or all of a transaction's.
pub(super) async fn parked(front_ends: &Client, parked: &ParkedName) -> Result<FailureSelection, Failure> {
    let transaction = name(front_ends, parked.transaction, parked.leg.as_ref()).await?;
    Ok(FailureSelection { transaction, ..FailureSelection::default() })
}

async fn name(front_ends: &Client, transaction: TransactionName, leg: Option<&LegId>) -> Result<String, Failure> {
    let id = find::id(front_ends, transaction).await?;
    Ok(leg.map_or_else(|| id.resource_name(), |leg| id.leg_name(leg)))
}

/// All causes within the selection.
pub(super) async fn groups(client: &Client, selection: FailureSelection) -> Result<Vec<FailureGroup>, Failure> {
    let message = ListFailureGroupsRequest { selection: Some(selection) };
    let answer =
        client.call(message, |request| async move { client.operations().list_failure_groups(request).await }).await?;
    Ok(answer.groups)
}

/// For a selection that fits nothing: the flags nothing is parked for, each with what was probably meant.
pub(super) async fn near_misses(
    client: &Client,
    selection: &FailureSelection,
    output: Output,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let all = groups(client, FailureSelection::default()).await?;
    let names = |of: fn(&FailureGroup) -> &str| all.iter().map(of).collect::<BTreeSet<_>>();
    let given = [
        ("--department", words::id_of(&selection.department), names(|group| words::id_of(&group.department))),
        ("--operation", selection.operation.as_str(), names(|group| &group.operation)),
        ("--reason", selection.reason.as_str(), names(|group| &group.reason)),
        (
            "--adapter-version",
            selection.adapter_version.as_deref().unwrap_or_default(),
            names(|group| &group.adapter_version),
        ),
    ];
    let told = given.into_iter().filter_map(|(flag, given, known)| {
        if given.is_empty() || known.contains(given) {
            return None;
        }
        let known: Vec<&str> = known.into_iter().filter(|name| !name.is_empty()).collect();
        let hint = suggest::instead_of(given, &known, output);
        (!hint.is_empty()).then_some((flag, hint))
    });
    Ok(told.collect())
}
