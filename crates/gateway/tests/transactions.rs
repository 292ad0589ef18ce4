//! Transactions through the gateway: submit, read, list, cancel; and every refusal names what is wrong.

mod world;

use jisr_proto::v1::{
    CancelTransactionRequest, GetTransactionRequest, ListTransactionEventsRequest, ListTransactionsRequest,
    SubmitTransactionRequest, TransactionState,
};
use tonic::Code;
use tonic_types::StatusExt;
use world::{World, asked, check, submission};

fn list(filter: &str, page_size: i32, page_token: &str) -> ListTransactionsRequest {
    ListTransactionsRequest { page_size, page_token: page_token.to_owned(), filter: filter.to_owned() }
}

fn cancellation(name: &str, number: u32) -> CancelTransactionRequest {
    CancelTransactionRequest {
        name: name.to_owned(),
        request_id: format!("1f8fad5b-d9cb-469f-a165-{number:012}"),
        etag: String::new(),
        reason: String::new(),
    }
}

#[tokio::test]
async fn what_was_answered_is_there() {
    let world = World::start().await;
    let mut client = world.transactions();
    let submitted = world.submit(1).await;
    assert!(submitted.name.starts_with("transactions/") && !submitted.reference_no.is_empty());
    assert_eq!(submitted.channel.as_ref().unwrap().client, "local");
    let found = client.get_transaction(GetTransactionRequest { name: submitted.name.clone() }).await.unwrap();
    assert_eq!(found.into_inner().reference_no, submitted.reference_no);

    let again = world.submit(1).await;
    assert_eq!(again.name, submitted.name, "the same request is answered by the same transaction");
    let other = SubmitTransactionRequest { request_id: submission(1).request_id, ..submission(2) };
    let status = client.submit_transaction(other).await.unwrap_err();
    check(&status, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let checked = SubmitTransactionRequest { validate_only: true, ..submission(3) };
    assert_eq!(client.submit_transaction(checked).await.unwrap().into_inner().name, "");
    let all = client.list_transactions(list("", 0, "")).await.unwrap().into_inner();
    assert_eq!(all.transactions.len(), 1);
}

#[tokio::test]
async fn fifty_times_the_same_request_make_one_transaction() {
    let world = World::start().await;
    let calls = (0..50).map(|_| {
        let mut client = world.transactions();
        tokio::spawn(async move { client.submit_transaction(submission(1)).await.unwrap().into_inner().name })
    });
    let mut names = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        names.push(call.await.unwrap());
    }
    names.dedup();
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn lists_are_paged_and_bound_to_filter_and_caller() {
    let world = World::start().await;
    let mut client = world.transactions();
    let mut submitted = Vec::new();
    for number in 0..5 {
        submitted.push(world.submit(number).await.name);
    }
    let mut theirs = asked(submission(9), &[("jisr-client", "kiosk-7")]);
    theirs.get_mut().request_id = submission(0).request_id;
    let theirs = client.submit_transaction(theirs).await.unwrap().into_inner();
    assert_eq!(theirs.channel.unwrap().client, "kiosk-7", "request ids are each caller's own");

    let filter = "service = services/building-noc AND channel.centre = \"al-twar\"";
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let page = client.list_transactions(list(filter, 2, &token)).await.unwrap().into_inner();
        assert!(page.transactions.len() <= 2);
        seen.extend(page.transactions.into_iter().map(|transaction| transaction.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    submitted.sort();
    seen.sort();
    assert_eq!(seen, submitted);

    let first = client.list_transactions(list(filter, 2, "")).await.unwrap().into_inner();
    for request in [
        asked(list("", 2, &first.next_page_token), &[]),
        asked(list(filter, 2, &first.next_page_token), &[("jisr-client", "kiosk-7")]),
        asked(list(filter, 2, "رمز"), &[]),
    ] {
        let status = client.list_transactions(request).await.unwrap_err();
        check(&status, Code::InvalidArgument, "PAGE_TOKEN_MISMATCH");
    }
    let own = client.list_transactions(asked(list("", 0, ""), &[("jisr-client", "kiosk-7")])).await.unwrap();
    assert_eq!(own.into_inner().transactions[0].name, theirs.name);
    let status = client.get_transaction(GetTransactionRequest { name: theirs.name }).await.unwrap_err();
    check(&status, Code::NotFound, "TRANSACTION_NOT_FOUND");
}

#[tokio::test]
async fn events_are_paged_in_their_order() {
    let world = World::start().await;
    let mut client = world.transactions();
    let parent = world.submit(1).await.name;
    let (mut page_token, mut sequences) = (String::new(), Vec::new());
    loop {
        let request = ListTransactionEventsRequest { parent: parent.clone(), page_size: 1, page_token };
        let page = client.list_transaction_events(request).await.unwrap().into_inner();
        sequences.extend(page.events.iter().map(|event| event.sequence));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(sequences.len() > 1);
    assert_eq!(sequences, (1..=i64::try_from(sequences.len()).unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_transaction_is_cancelled_once() {
    let world = World::start().await;
    let mut client = world.transactions();
    let submitted = world.submit(1).await;
    let stale = CancelTransactionRequest { etag: "999".to_owned(), ..cancellation(&submitted.name, 1) };
    check(&client.cancel_transaction(stale).await.unwrap_err(), Code::Aborted, "ETAG_MISMATCH");

    let wish = CancelTransactionRequest {
        etag: submitted.etag.clone(),
        reason: "اشترى قطعة أرض أخرى".to_owned(),
        ..cancellation(&submitted.name, 2)
    };
    let cancelled = client.cancel_transaction(wish.clone()).await.unwrap().into_inner();
    assert!(matches!(cancelled.state(), TransactionState::Cancelling | TransactionState::Cancelled));
    let again = client.cancel_transaction(wish.clone()).await.unwrap().into_inner();
    assert_eq!(again.name, cancelled.name);
    let other = CancelTransactionRequest { reason: "another".to_owned(), ..wish };
    check(&client.cancel_transaction(other).await.unwrap_err(), Code::InvalidArgument, "REQUEST_ID_REUSED");

    let parent = submitted.name;
    let request = ListTransactionEventsRequest { parent, page_size: 0, page_token: String::new() };
    let events = client.list_transaction_events(request).await.unwrap().into_inner().events;
    let note = events.iter().flat_map(|event| &event.note).find(|note| note.text.contains("قطعة")).unwrap();
    assert_eq!(note.language_code, "ar");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = World::start().await;
    let mut client = world.transactions();

    let empty = client.submit_transaction(SubmitTransactionRequest::default()).await.unwrap_err();
    assert_eq!(check(&empty, Code::InvalidArgument, "FIELD_INVALID"), ["request_id", "transaction"]);

    let mut wrong = submission(1);
    wrong.transaction.as_mut().unwrap().answers.as_mut().unwrap().fields.remove("plot_no");
    let status = client.submit_transaction(asked(wrong, &[("accept-language", "ar")])).await.unwrap_err();
    assert_eq!(check(&status, Code::InvalidArgument, "FIELD_INVALID"), ["transaction.answers.plot_no"]);
    let told = &status.get_details_bad_request().unwrap().field_violations[0];
    assert_eq!(told.description, "رقم قطعة الأرض: هذا الحقل مطلوب. يُرجى تعبئته.");

    let mut large = submission(1);
    large.transaction.as_mut().unwrap().etag = "x".repeat(jisr_proto::MAX_MESSAGE_BYTES);
    let status = client.submit_transaction(asked(large.clone(), &[("accept-language", "en")])).await.unwrap_err();
    check(&status, Code::InvalidArgument, "MESSAGE_TOO_LARGE");
    large.transaction.as_mut().unwrap().etag = "x".repeat(5 * jisr_proto::MAX_MESSAGE_BYTES);
    let status = client.submit_transaction(asked(large, &[("accept-language", "en")])).await.unwrap_err();
    check(&status, Code::InvalidArgument, "MESSAGE_TOO_LARGE");
    assert!(status.get_details_localized_message().unwrap().message.contains("larger than allowed"));

    let get = |name: &str| GetTransactionRequest { name: name.to_owned() };
    let malformed = client.get_transaction(get("transactions/1")).await.unwrap_err();
    assert_eq!(check(&malformed, Code::InvalidArgument, "FIELD_INVALID"), ["name"]);
    let unknown = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff";
    let status = client.get_transaction(get(unknown)).await.unwrap_err();
    check(&status, Code::NotFound, "TRANSACTION_NOT_FOUND");
    assert_eq!(status.get_details_resource_info().unwrap().resource_name, unknown);
    let nameless = asked(get(unknown), &[("jisr-client", "Not A Client")]);
    let status = client.get_transaction(nameless).await.unwrap_err();
    assert_eq!(check(&status, Code::InvalidArgument, "FIELD_INVALID"), ["jisr-client"]);

    let status = client.list_transactions(list("colour = أحمر", 0, "")).await.unwrap_err();
    check(&status, Code::InvalidArgument, "FILTER_INVALID");
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.metadata["position"].as_str(), info.metadata["field"].as_str()), ("1", "colour"));
    let status = client.list_transactions(list("", -1, "")).await.unwrap_err();
    assert_eq!(check(&status, Code::InvalidArgument, "FIELD_INVALID"), ["page_size"]);

    let wish = CancelTransactionRequest { etag: "W/1".to_owned(), request_id: String::new(), ..cancellation("x", 1) };
    let status = client.cancel_transaction(wish).await.unwrap_err();
    assert_eq!(check(&status, Code::InvalidArgument, "FIELD_INVALID"), ["name", "request_id", "etag"]);
}
