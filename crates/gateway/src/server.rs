//! The server: its services, the layers around them, its limits, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use jisr_engine::Engine;
use jisr_proto::FILE_DESCRIPTOR_SET;
use jisr_proto::edge::{EnrichLayer, LocaleLayer};
use jisr_proto::v1::catalogue_service_server::{self as catalogue_server, CatalogueServiceServer};
use jisr_proto::v1::transaction_service_server::{self as transaction_server, TransactionServiceServer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::catalogue::Catalogue;
use crate::health;
use crate::layers::{DeadlineLayer, LimitLayer, TraceLayer};
use crate::transactions::Transactions;

/// Calls waiting for their answer, over all connections.
const CALLS: usize = 8_192;
/// Calls and streams open on one connection.
const STREAMS: u32 = 2_048;
/// Request headers, in bytes: names, a token and a trace fit many times.
const HEADERS: u32 = 16 * 1024;
/// How often a silent connection is asked whether it lives, and how long it has to answer.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_WITHIN: Duration = Duration::from_secs(10);
/// How long calls already begun have to end once the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the server did not start or ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The edge is open: without authentication and TLS it is for this machine only.
    #[error("{0} is not a loopback address: without authentication and TLS the gateway serves this machine only")]
    NotLoopback(SocketAddr),
    /// The listener has no address.
    #[error("the listener is not usable")]
    Listener(#[source] std::io::Error),
    /// The schema for reflection.
    #[error("the schema cannot be offered for reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
}

/// The front ends' edge.
pub struct Gateway;

impl Gateway {
    /// Serves gRPC on `listener` until `shutdown`; then takes nothing new, ends watches so that their clients resume
    /// elsewhere, and returns once calls already begun are answered, or after ten seconds.
    ///
    /// # Errors
    /// [`GatewayError`] when it cannot start, or when the transport fails.
    pub async fn serve(listener: TcpListener, engine: Engine, shutdown: CancellationToken) -> Result<(), GatewayError> {
        let address = listener.local_addr().map_err(GatewayError::Listener)?;
        if !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let (reporter, health) = tonic_health::server::health_reporter();
        let transactions = TransactionServiceServer::new(Transactions::new(engine.clone(), shutdown.clone()))
            .accept_compressed(CompressionEncoding::Gzip);
        let catalogue =
            CatalogueServiceServer::new(Catalogue::new(engine.clone())).accept_compressed(CompressionEncoding::Gzip);
        let routes =
            Routes::new(transactions).add_service(catalogue).add_service(health).add_service(reflection()?).prepare();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let server = Server::builder()
            .max_concurrent_streams(STREAMS)
            .http2_max_header_list_size(HEADERS)
            .http2_keepalive_interval(Some(PING_EVERY))
            .http2_keepalive_timeout(Some(PING_WITHIN))
            .layer(TraceLayer)
            .layer(LocaleLayer)
            .layer(EnrichLayer)
            .layer(LimitLayer::new(CALLS))
            .layer(DeadlineLayer)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, shutdown.clone().cancelled_owned());
        tracing::info!(%address, "gateway serves without authentication, on the loopback only");
        let upkeep = tokio::spawn(health::keep(engine, reporter, shutdown.clone()));
        let result = tokio::select! {
            result = server => result.map_err(GatewayError::from),
            () = after(&shutdown, DRAIN) => {
                tracing::warn!("connections still open after the time to drain, leaving them");
                Ok(())
            }
        };
        upkeep.abort();
        result
    }
}

async fn after(shutdown: &CancellationToken, wait: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(wait).await;
}

/// Reflection v1 of what is served here; the schema holds more, such as the operators' services.
fn reflection() -> Result<
    tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>,
    tonic_reflection::server::Error,
> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .with_service_name(transaction_server::SERVICE_NAME)
        .with_service_name(catalogue_server::SERVICE_NAME)
        .with_service_name(tonic_health::pb::health_server::SERVICE_NAME)
        .build_v1()
}
