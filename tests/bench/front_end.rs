//! A front end that costs as little as one can, as the baselines do: what it submits is encoded once but for the id of the
//! request, and of what it is told it reads what it has to know.

use std::marker::PhantomData;

use http::uri::PathAndQuery;
use jisr_proto::v1;
use prost::Message as _;
use prost::bytes::{BufMut as _, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

const SUBMIT: &str = "/jisr.v1.TransactionService/SubmitTransaction";
const WATCH: &str = "/jisr.v1.TransactionService/WatchTransactions";

/// Of a transaction, its name.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Named {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// Of a message of a watch, what happened.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Told {
    #[prost(message, optional, tag = "1")]
    pub(crate) update: Option<Update>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Update {
    #[prost(message, optional, tag = "1")]
    pub(crate) event: Option<Event>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Event {
    #[prost(string, tag = "2")]
    pub(crate) transaction: String,
    #[prost(string, tag = "3")]
    pub(crate) leg: String,
    #[prost(string, tag = "5")]
    pub(crate) to: String,
}

/// An application, ready to be submitted any number of times.
pub(crate) struct Application(Bytes);

impl Application {
    pub(crate) fn new(application: &v1::Transaction) -> Self {
        let request = v1::SubmitTransactionRequest {
            transaction: Some(application.clone()),
            ..v1::SubmitTransactionRequest::default()
        };
        Self(request.encode_to_vec().into())
    }
}

/// One connection to the gateway.
#[derive(Clone)]
pub(crate) struct FrontEnd(Grpc<Channel>);

impl FrontEnd {
    pub(crate) async fn connect(address: &str) -> Self {
        let channel = Channel::from_shared(address.to_owned()).unwrap().connect().await.unwrap();
        Self(Grpc::new(channel).max_decoding_message_size(16 << 20))
    }

    /// Submits an application under an id of its own; the transaction's name.
    pub(crate) async fn submit(&mut self, application: &Application) -> String {
        self.0.ready().await.unwrap();
        let id = uuid::Uuid::new_v4().to_string();
        let request = Request::new((application.0.clone(), id));
        let answer = self.0.unary(request, PathAndQuery::from_static(SUBMIT), Light::<Named>(PhantomData)).await;
        answer.unwrap().into_inner().name
    }

    /// What comes to this end from now on.
    pub(crate) async fn watch(&mut self, filter: &str) -> Streaming<Told> {
        self.0.ready().await.unwrap();
        let filter =
            v1::WatchTransactionsRequest { filter: filter.to_owned(), ..v1::WatchTransactionsRequest::default() };
        let request = Request::new((filter.encode_to_vec().into(), String::new()));
        let path = PathAndQuery::from_static(WATCH);
        self.0.server_streaming(request, path, Light::<Told>(PhantomData)).await.unwrap().into_inner()
    }
}

/// Bytes that are encoded already, followed by field 2 where there is one; and of the answer as much as `T` knows.
struct Light<T>(PhantomData<T>);

impl<T: prost::Message + Default + 'static> Codec for Light<T> {
    type Encode = (Bytes, String);
    type Decode = T;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(PhantomData)
    }

    fn decoder(&mut self) -> Self {
        Self(PhantomData)
    }
}

impl<T> Encoder for Light<T> {
    type Item = (Bytes, String);
    type Error = Status;

    fn encode(&mut self, (bytes, id): Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(bytes);
        if !id.is_empty() {
            prost::encoding::string::encode(2, &id, buffer);
        }
        Ok(())
    }
}

impl<T: prost::Message + Default> Decoder for Light<T> {
    type Item = T;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<T>, Status> {
        T::decode(buffer).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
