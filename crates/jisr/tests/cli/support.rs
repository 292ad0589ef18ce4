//! The program as a child process, and a server whose answers the test writes down beforehand.

use std::collections::VecDeque;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jisr_proto::v1;
use jisr_proto::v1::transaction_service_server::{TransactionService, TransactionServiceServer};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Far longer than any command here takes: a test fails instead of hanging.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `jisr`; the shell's language and addresses do not count.
pub(crate) async fn jisr(arguments: &[&str]) -> Output {
    jisr_reading(arguments, "").await
}

/// Runs `jisr` with this as its standard input.
pub(crate) async fn jisr_reading(arguments: &[&str], input: &str) -> Output {
    let mut child = start(command(arguments));
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that does not read is free to end before this is written.
    let _ = tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await;
    drop(stdin);
    ended(child).await
}

/// `jisr` with these arguments, for a user of whom the shell knows nothing but the name.
pub(crate) fn command(arguments: &[&str]) -> Command {
    by_user(Command::new(env!("CARGO_BIN_EXE_jisr")), arguments)
}

/// Some program, as the same user.
pub(crate) fn by_user(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments).env("LC_ALL", "C").env("USER", "m.rashid");
    for name in ["JISR_ADDRESS", "JISR_OPERATIONS_ADDRESS", "JISR_OPERATOR"] {
        command.env_remove(name);
    }
    command
}

/// Starts it with everything piped.
pub(crate) fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("the program is built")
}

/// What it said, once it has ended by itself.
pub(crate) async fn ended(child: Child) -> Output {
    let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await.expect("the command ends");
    output.expect("its output can be read")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended it")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("results are UTF-8")
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("talk is UTF-8")
}

pub(crate) const ID: &str = "019ca77b-46fb-7fff-bfff-ffffffffffff";
pub(crate) const NAME: &str = "transactions/019ca77b-46fb-7fff-bfff-ffffffffffff";

/// A reference number with its right check character.
pub(crate) fn reference_no() -> String {
    use jisr_core::{reference_no::ReferenceNo, time::Timestamp};
    ReferenceNo::new(Timestamp::from_millis(1_772_336_400_123), 9_999).to_string()
}

pub(crate) fn transaction(state: v1::TransactionState) -> v1::Transaction {
    v1::Transaction {
        name: NAME.to_owned(),
        reference_no: reference_no(),
        service: "services/building-noc".to_owned(),
        state: state.into(),
        submit_time: Some(at(0)),
        ..v1::Transaction::default()
    }
}

pub(crate) fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: 1_767_225_600 + seconds, nanos: 0 }
}

pub(crate) fn event(sequence: i64, from: &str, to: &str) -> v1::Event {
    v1::Event {
        sequence,
        transaction: NAME.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        actor: Some(v1::Actor { kind: v1::ActorKind::System.into(), id: "engine".to_owned() }),
        time: Some(at(sequence - 1)),
        ..v1::Event::default()
    }
}

pub(crate) fn update(event: Option<v1::Event>, state: v1::TransactionState, resume_token: &str) -> v1::WatchResponse {
    let update = v1::TransactionUpdate { event, transaction: Some(transaction(state)) };
    let body = Some(v1::watch_response::Body::Update(update));
    v1::WatchResponse { body, resume_token: resume_token.to_owned() }
}

pub(crate) fn heartbeat() -> v1::WatchResponse {
    let body = Some(v1::watch_response::Body::Heartbeat(v1::Heartbeat { time: Some(at(0)) }));
    v1::WatchResponse { body, resume_token: String::new() }
}

/// One stream of a watch: its messages, and how it ends. Nothing: it stays open.
pub(crate) type Script = (Vec<v1::WatchResponse>, Option<Result<(), Status>>);

/// What the server answers, call by call, and what it was asked.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) submissions: VecDeque<Result<v1::Transaction, Status>>,
    pub(crate) transaction: Option<v1::Transaction>,
    pub(crate) pages: VecDeque<v1::ListTransactionsResponse>,
    pub(crate) events: Vec<v1::Event>,
    pub(crate) streams: VecDeque<Script>,
    pub(crate) submitted: Vec<v1::SubmitTransactionRequest>,
    pub(crate) cancelled: Vec<v1::CancelTransactionRequest>,
    pub(crate) listed: Vec<v1::ListTransactionsRequest>,
    pub(crate) watched: Vec<v1::WatchTransactionRequest>,
    pub(crate) languages: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Mutex<State>>);

impl Server {
    /// Starts to answer on a free port; gives its address.
    pub(crate) async fn start(state: State) -> (Self, String) {
        let server = Self(Arc::new(Mutex::new(state)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = format!("http://{}", listener.local_addr().expect("it listens"));
        let service = TransactionServiceServer::new(server.clone());
        let serving = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        (server, address)
    }

    pub(crate) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no test thread panicked while it held it")
    }

    fn heard<T>(&self, request: Request<T>) -> T {
        let language =
            request.metadata().get("accept-language").and_then(|tag| tag.to_str().ok()).expect("every call names it");
        self.state().languages.push(language.to_owned());
        request.into_inner()
    }
}

pub(crate) type Answer<T> = Result<Response<T>, Status>;
type Watch = std::pin::Pin<Box<dyn Stream<Item = Result<v1::WatchResponse, Status>> + Send>>;

#[tonic::async_trait]
impl TransactionService for Server {
    async fn submit_transaction(&self, request: Request<v1::SubmitTransactionRequest>) -> Answer<v1::Transaction> {
        let request = self.heard(request);
        let mut state = self.state();
        state.submitted.push(request);
        state.submissions.pop_front().expect("an answer is written down").map(Response::new)
    }

    async fn get_transaction(&self, request: Request<v1::GetTransactionRequest>) -> Answer<v1::Transaction> {
        self.heard(request);
        let missing = || {
            let details = ErrorDetails::with_error_info("TRANSACTION_NOT_FOUND", "jisr", []);
            Status::with_error_details(tonic::Code::NotFound, "There is no such transaction.", details)
        };
        self.state().transaction.clone().map(Response::new).ok_or_else(missing)
    }

    async fn list_transactions(
        &self,
        request: Request<v1::ListTransactionsRequest>,
    ) -> Answer<v1::ListTransactionsResponse> {
        let request = self.heard(request);
        let mut state = self.state();
        state.listed.push(request);
        Ok(Response::new(state.pages.pop_front().unwrap_or_default()))
    }

    async fn cancel_transaction(&self, request: Request<v1::CancelTransactionRequest>) -> Answer<v1::Transaction> {
        let request = self.heard(request);
        self.state().cancelled.push(request);
        Ok(Response::new(transaction(v1::TransactionState::Cancelling)))
    }

    async fn list_transaction_events(
        &self,
        request: Request<v1::ListTransactionEventsRequest>,
    ) -> Answer<v1::ListTransactionEventsResponse> {
        self.heard(request);
        let events = self.state().events.clone();
        Ok(Response::new(v1::ListTransactionEventsResponse { events, next_page_token: String::new() }))
    }

    type WatchTransactionStream = Watch;

    async fn watch_transaction(
        &self,
        request: Request<v1::WatchTransactionRequest>,
    ) -> Answer<Self::WatchTransactionStream> {
        let request = self.heard(request);
        let mut state = self.state();
        state.watched.push(request);
        let (messages, end) = state.streams.pop_front().ok_or_else(|| Status::unavailable("stopping"))?;
        let messages = messages.into_iter().map(Ok);
        let stream: Watch = match end {
            Some(Ok(())) => Box::pin(tokio_stream::iter(messages)),
            Some(Err(status)) => Box::pin(tokio_stream::iter(messages.chain([Err(status)]))),
            None => Box::pin(tokio_stream::StreamExt::chain(tokio_stream::iter(messages), tokio_stream::pending())),
        };
        Ok(Response::new(stream))
    }

    type WatchTransactionsStream = Watch;

    async fn watch_transactions(
        &self,
        _: Request<v1::WatchTransactionsRequest>,
    ) -> Answer<Self::WatchTransactionsStream> {
        Err(Status::unimplemented("not asked for here"))
    }
}
