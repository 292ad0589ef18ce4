//! The server: gRPC and the probes on one port, and how it ends.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use jisr_engine::Engine;
use jisr_proto::FILE_DESCRIPTOR_SET;
use jisr_proto::edge::{EnrichLayer, LocaleLayer};
use jisr_proto::operations::v1::operations_service_server::{OperationsServiceServer, SERVICE_NAME};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::operations::Operations;
use crate::probes;

/// How long calls already begun have to end once the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the server did not start or ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The edge is open: without authentication and TLS it is for this machine only.
    #[error("{0} is not a loopback address: without authentication and TLS the console serves this machine only")]
    NotLoopback(SocketAddr),
    /// The listener has no address, or fails.
    #[error("the listener is not usable")]
    Listener(#[source] io::Error),
    /// The schema for reflection.
    #[error("the schema cannot be offered for reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// The operators' edge.
pub struct Console;

impl Console {
    /// Serves on `listener` until `shutdown`, then returns once calls already begun are answered, or after five seconds.
    ///
    /// # Errors
    /// [`ConsoleError`] when it cannot start, or when the listener fails.
    pub async fn serve(listener: TcpListener, engine: Engine, shutdown: CancellationToken) -> Result<(), ConsoleError> {
        let address = listener.local_addr().map_err(ConsoleError::Listener)?;
        if !address.ip().is_loopback() {
            return Err(ConsoleError::NotLoopback(address));
        }
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .with_service_name(SERVICE_NAME)
            .build_v1()?;
        let router = Routes::new(OperationsServiceServer::new(Operations::new(engine.clone())))
            .add_service(reflection)
            .into_axum_router()
            .fallback(probes::elsewhere)
            .layer(EnrichLayer)
            .layer(LocaleLayer)
            .merge(probes::routes(engine, shutdown.clone()));
        let listener = listener.tap_io(|connection| {
            // Only speed is lost where it cannot be set.
            let _ = connection.set_nodelay(true);
        });
        let server = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
        tracing::info!(%address, "console serves without authentication, on the loopback only");
        tokio::select! {
            result = server.into_future() => result.map_err(ConsoleError::Listener),
            () = after(&shutdown, DRAIN) => {
                tracing::warn!("connections still open after the time to drain, leaving them");
                Ok(())
            }
        }
    }
}

async fn after(shutdown: &CancellationToken, wait: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(wait).await;
}
