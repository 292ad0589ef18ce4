//! Bad input: a clear error in the caller's language that names the field, and nothing made.

use jisr_proto::v1;
use jisr_tests::{Client, World, application, fields, in_language, reason, submission};
use prost_types::Value;
use prost_types::value::Kind;
use tonic::Code;

fn answer(transaction: &mut v1::Transaction, name: &str, value: Option<Kind>) {
    let answers = &mut transaction.answers.as_mut().unwrap().fields;
    match value {
        Some(kind) => drop(answers.insert(name.to_owned(), Value { kind: Some(kind) })),
        None => drop(answers.remove(name)),
    }
}

fn person(transaction: &mut v1::Transaction) -> &mut v1::Person {
    match transaction.applicant.as_mut().unwrap().kind.as_mut().unwrap() {
        v1::party::Kind::Person(person) => person,
        v1::party::Kind::Organization(_) => unreachable!("the applicant is a person"),
    }
}

/// What is wrong, how it is made wrong, and what must be said of it.
type Case = (&'static str, fn(&mut v1::Transaction), Code, &'static str, &'static str);

const CASES: [Case; 12] = [
    ("unknown service", |t| t.service = "services/moon-landing".to_owned(), Code::NotFound, "SERVICE_NOT_FOUND", ""),
    ("missing service", |t| t.service.clear(), Code::InvalidArgument, "FIELD_INVALID", "transaction.service"),
    (
        "missing required answer",
        |t| answer(t, "plot_no", None),
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.answers.plot_no",
    ),
    (
        "wrong type",
        |t| answer(t, "floors", Some(Kind::StringValue("اثنان".to_owned()))),
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.answers.floors",
    ),
    (
        "over-long text",
        |t| answer(t, "work_description", Some(Kind::StringValue("بناء ".repeat(1_000)))),
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.answers.work_description",
    ),
    (
        "unknown answer",
        |t| answer(t, "plott_no", Some(Kind::StringValue("345-0678".to_owned()))),
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.answers.plott_no",
    ),
    (
        "malformed identifier",
        |t| person(t).identifiers[0].value = "784-1980-12345".to_owned(),
        Code::InvalidArgument,
        "IDENTIFIER_MALFORMED",
        "transaction.applicant.person.identifiers[0].value",
    ),
    (
        "a person without a name",
        |t| person(t).names.clear(),
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.applicant.person.names",
    ),
    ("no applicant", |t| t.applicant = None, Code::InvalidArgument, "FIELD_INVALID", "transaction.applicant"),
    (
        "a category the service does not serve",
        |t| t.customer_category = v1::CustomerCategory::Visitor.into(),
        Code::FailedPrecondition,
        "NOT_ELIGIBLE",
        "",
    ),
    (
        "an unknown centre",
        |t| t.channel.as_mut().unwrap().centre = "centres/atlantis".to_owned(),
        Code::NotFound,
        "CENTRE_NOT_FOUND",
        "",
    ),
    (
        "a value of an enumeration that does not exist",
        |t| t.customer_category = 99,
        Code::InvalidArgument,
        "FIELD_INVALID",
        "transaction.customer_category",
    ),
];

async fn nothing_made(client: &mut Client) {
    let all = client.list_transactions(v1::ListTransactionsRequest::default()).await.unwrap().into_inner();
    assert!(all.transactions.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_named_in_both_languages() {
    let world = World::new();
    let mut client = world.client().await;
    for (what, spoil, code, expected, field) in CASES {
        let mut bad = application("345-0200");
        spoil(&mut bad);
        for language in ["ar", "en"] {
            let request = in_language(language, submission(bad.clone()));
            let status = client.submit_transaction(request).await.expect_err(what);
            let (reason, message) = reason(&status);
            assert_eq!((status.code(), reason.as_str()), (code, expected), "{what}: {status:?}");
            let arabic = message.chars().any(|letter| ('\u{0621}'..='\u{064A}').contains(&letter));
            assert_eq!(arabic, language == "ar", "{what}: {message}");
            if !field.is_empty() {
                assert_eq!(fields(&status), [field], "{what}");
            }
        }
    }
    nothing_made(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_mistakes_of_a_form_are_named_at_once() {
    let world = World::new();
    let mut client = world.client().await;
    let mut bad = application("three");
    answer(&mut bad, "building_type", Some(Kind::StringValue("castle".to_owned())));
    answer(&mut bad, "floors", Some(Kind::NumberValue(0.0)));
    let status = client.submit_transaction(submission(bad)).await.unwrap_err();
    let mut named = fields(&status);
    named.sort();
    let expected = ["building_type", "floors", "plot_no"].map(|name| format!("transaction.answers.{name}"));
    assert_eq!(named, expected);
    nothing_made(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_over_size_message_is_refused_and_says_so() {
    let world = World::new();
    let mut client = world.client().await;
    // Above our limit of 1 MiB, and above what the transport takes at all.
    for megabytes in [2, 6] {
        let mut bad = application("345-0201");
        answer(&mut bad, "work_description", Some(Kind::StringValue("x".repeat(megabytes << 20))));
        let status = client.submit_transaction(in_language("ar", submission(bad))).await.unwrap_err();
        let (reason, message) = reason(&status);
        assert_eq!(reason, "MESSAGE_TOO_LARGE", "{megabytes} MiB: {status:?}");
        assert!(!message.is_empty());
    }
    nothing_made(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_utf_8_is_refused_with_the_field() {
    let world = World::new();
    let channel =
        tonic::transport::Channel::from_shared(world.server.address.clone()).unwrap().connect().await.unwrap();
    let mut raw = tonic::client::Grpc::new(channel);
    raw.ready().await.unwrap();
    let path = "/jisr.v1.TransactionService/SubmitTransaction".parse().unwrap();
    // transaction.service = FF FE
    let request = in_language("ar", RawBytes(vec![0x0a, 0x04, 0x2a, 0x02, 0xff, 0xfe]));
    let status = raw.unary(request, path, RawCodec).await.unwrap_err();
    assert_eq!(reason(&status).0, "FIELD_INVALID");
    assert_eq!(fields(&status), ["transaction.service"]);
    nothing_made(&mut world.client().await).await;
}

/// Bytes as they are: no client library would write these.
struct RawBytes(Vec<u8>);

#[derive(Default)]
struct RawCodec;

impl tonic::codec::Codec for RawCodec {
    type Encode = RawBytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl tonic::codec::Encoder for RawCodec {
    type Item = RawBytes;
    type Error = tonic::Status;

    fn encode(&mut self, item: RawBytes, to: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), tonic::Status> {
        prost::bytes::BufMut::put_slice(to, &item.0);
        Ok(())
    }
}

impl tonic::codec::Decoder for RawCodec {
    type Item = ();
    type Error = tonic::Status;

    fn decode(&mut self, from: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<()>, tonic::Status> {
        let rest = prost::bytes::Buf::remaining(from);
        prost::bytes::Buf::advance(from, rest);
        Ok(Some(()))
    }
}
