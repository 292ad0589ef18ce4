//! Generated protobuf bindings, the descriptor set, the strict codec, errors on the wire and the JSON mapping.
//!
//! What stands here knows the wire and nothing of what is done with it.

pub mod codec;
pub mod convert;
mod decode_error;
pub mod edge;
mod generated;
pub mod json;
mod json_numbers;
pub mod status;
pub mod stored;

pub use generated::google;
pub use generated::jisr::{adapter, journal, operations, v1};

/// Every file of the schema with its imports, its comments and its custom options: a serialised
/// `google.protobuf.FileDescriptorSet`, for reflection, OpenAPI and redaction.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/jisr.descriptors.bin"));

/// Largest message a server takes, in bytes: 1 MiB.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
