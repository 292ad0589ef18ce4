//! The fingerprint of a write: equal for the same request sent again, different for any other.

use jisr_proto::v1::{CancelTransactionRequest, SubmitTransactionRequest};
use prost::Message;
use sha2::{Digest, Sha256};

/// A write with an id of its own, which is no part of what it says.
pub(crate) trait Write: Message + Clone {
    /// The same request without its id.
    fn without_id(&self) -> Self;
}

impl Write for SubmitTransactionRequest {
    fn without_id(&self) -> Self {
        Self { request_id: String::new(), ..self.clone() }
    }
}

impl Write for CancelTransactionRequest {
    fn without_id(&self) -> Self {
        Self { request_id: String::new(), ..self.clone() }
    }
}

/// SHA-256 of the request's encoding without its id. The encoding is canonical: fields in order, maps by key, and what
/// the schema does not know dropped when the request was read.
pub(crate) fn fingerprint(request: &impl Write) -> [u8; 32] {
    Sha256::digest(request.without_id().encode_to_vec()).into()
}

#[cfg(test)]
mod tests {
    use jisr_proto::v1::Transaction;

    use super::*;

    fn submit(id: &str, labels: &[(&str, &str)]) -> SubmitTransactionRequest {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let transaction = Transaction { labels, ..Transaction::default() };
        SubmitTransactionRequest { transaction: Some(transaction), request_id: id.to_owned(), validate_only: false }
    }

    #[test]
    fn only_content_counts() {
        let one = fingerprint(&submit("1", &[("a", "1"), ("b", "2")]));
        assert_eq!(one, fingerprint(&submit("2", &[("b", "2"), ("a", "1")])), "another id, another order");
        assert_ne!(one, fingerprint(&submit("1", &[("a", "1"), ("b", "3")])));
    }

    #[test]
    fn the_order_on_the_wire_does_not_count() {
        let request = submit("", &[("a", "1"), ("b", "2")]);
        let mut turned = submit("", &[("b", "2")]).encode_to_vec();
        turned.extend(submit("", &[("a", "1")]).encode_to_vec());
        let turned = SubmitTransactionRequest::decode(&turned[..]).unwrap();
        assert_eq!(fingerprint(&turned), fingerprint(&request));
    }
}
