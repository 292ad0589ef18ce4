//! What the end-to-end tests share: an application as a front end writes it, a client, and a world.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]

pub mod ledger;
pub mod production;

use std::collections::BTreeMap;
use std::time::Duration;

use jisr_proto::v1;
use jisr_proto::v1::transaction_service_client::TransactionServiceClient;
use jisr_testkit::jisr::Server;
use jisr_testkit::peer::BuildingControl;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// However slow the machine: what has not happened by then does not happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running Jisr with a department's system behind it.
pub struct World {
    pub server: Server,
    pub peer: BuildingControl,
    // Last: the folder goes when nothing runs in it any more.
    pub folder: TempDir,
}

/// Times short enough for a test; what they mean is the same.
pub const QUICK: &str = "call_timeout = \"2s\"\nends_within = \"2s\"\nbegin_within = \"4s\"";

impl World {
    #[must_use]
    pub fn new() -> Self {
        Self::with(QUICK)
    }

    /// One whose adapter has this configuration, as TOML.
    #[must_use]
    pub fn with(adapter: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = BuildingControl::start(folder.path());
        let server = Server::start(folder.path(), &peer.config(adapter));
        Self { server, peer, folder }
    }

    pub async fn client(&self) -> Client {
        client(&self.server.address).await
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

pub type Client = TransactionServiceClient<Channel>;

pub async fn client(address: &str) -> Client {
    let channel = Channel::from_shared(address.to_owned()).unwrap().connect().await.unwrap();
    TransactionServiceClient::new(channel).max_decoding_message_size(16 << 20)
}

/// An application for a building no-objection certificate, as a counter in Al Twar writes it.
#[must_use]
pub fn application(plot_no: &str) -> v1::Transaction {
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let answers = BTreeMap::from([
        ("plot_no".to_owned(), text(plot_no)),
        ("building_type".to_owned(), text("villa")),
        ("floors".to_owned(), Value { kind: Some(Kind::NumberValue(2.0)) }),
        ("built_area_sqm".to_owned(), text("450.50")),
        ("work_description".to_owned(), text("بناء فيلا سكنية من طابقين مع ملحق خارجي")),
    ]);
    v1::Transaction {
        service: "services/building-noc".to_owned(),
        applicant: Some(v1::Party {
            name: String::new(),
            kind: Some(v1::party::Kind::Person(v1::Person {
                names: vec![
                    v1::PersonName {
                        language_code: "ar".to_owned(),
                        full_name: "محمد أحمد عبدالله الشامسي".to_owned(),
                        ..Default::default()
                    },
                    v1::PersonName {
                        language_code: "en".to_owned(),
                        full_name: "Mohammed Ahmed Abdulla Al Shamsi".to_owned(),
                        ..Default::default()
                    },
                ],
                identifiers: vec![v1::Identifier {
                    scheme: v1::IdentifierScheme::AeEid.into(),
                    value: "784-1980-1234567-8".to_owned(),
                    ..Default::default()
                }],
                ..Default::default()
            })),
        }),
        customer_category: v1::CustomerCategory::IndividualCitizen.into(),
        channel: Some(v1::Channel {
            kind: v1::ChannelKind::Counter.into(),
            centre: "centres/al-twar".to_owned(),
            counter: "3".to_owned(),
            ..Default::default()
        }),
        answers: Some(Struct { fields: answers }),
        preferred_language_code: "ar".to_owned(),
        ..Default::default()
    }
}

#[must_use]
pub fn submission(transaction: v1::Transaction) -> v1::SubmitTransactionRequest {
    v1::SubmitTransactionRequest {
        transaction: Some(transaction),
        request_id: uuid::Uuid::new_v4().to_string(),
        validate_only: false,
    }
}

/// The request of a caller who reads this language.
pub fn in_language<T>(language: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("accept-language", language.parse().unwrap());
    request
}

/// Waits until a transaction is terminal.
pub async fn terminal(client: &Client, name: &str) -> v1::Transaction {
    jisr_testkit::wait::until("a terminal state", PATIENCE, || async {
        let found = client.clone().get_transaction(v1::GetTransactionRequest { name: name.to_owned() }).await;
        found.ok().map(tonic::Response::into_inner).filter(is_terminal)
    })
    .await
}

#[must_use]
pub fn is_terminal(transaction: &v1::Transaction) -> bool {
    use v1::TransactionState::{Cancelled, Completed, Expired, Rejected};
    matches!(transaction.state(), Completed | Rejected | Cancelled | Expired)
}

/// The reason an error carries, and its sentence for the clerk.
#[must_use]
pub fn reason(status: &Status) -> (String, String) {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    let message = details.localized_message().map(|said| said.message.clone()).unwrap_or_default();
    (reason, message)
}

/// The fields an error names.
#[must_use]
pub fn fields(status: &Status) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}
