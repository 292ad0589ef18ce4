//! The fingerprint of a write: equal for the same request sent again, different for any other.

use jisr_proto::v1::{CancelTransactionRequest, SubmitTransactionRequest};
use prost::Message;
use sha2::{Digest, Sha256};

/// A write with an id of its own, which is no part of what it says.
pub(crate) trait Write: Message {
    /// The id.
    fn id(&mut self) -> &mut String;
}

impl Write for SubmitTransactionRequest {
    fn id(&mut self) -> &mut String {
        &mut self.request_id
    }
}

impl Write for CancelTransactionRequest {
    fn id(&mut self) -> &mut String {
        &mut self.request_id
    }
}

/// SHA-256 of the request's encoding without its id. The encoding is canonical: fields in order, maps by key, and what
/// the schema does not know dropped when the request was read.
pub(crate) fn fingerprint(request: &mut impl Write) -> [u8; 32] {
    let id = std::mem::take(request.id());
    let fingerprint = Sha256::digest(request.encode_to_vec()).into();
    *request.id() = id;
    fingerprint
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
        let one = fingerprint(&mut submit("1", &[("a", "1"), ("b", "2")]));
        assert_eq!(one, fingerprint(&mut submit("2", &[("b", "2"), ("a", "1")])), "another id, another order");
        assert_ne!(one, fingerprint(&mut submit("1", &[("a", "1"), ("b", "3")])));
    }

    #[test]
    fn the_order_on_the_wire_does_not_count() {
        let mut request = submit("", &[("a", "1"), ("b", "2")]);
        let mut turned = submit("", &[("b", "2")]).encode_to_vec();
        turned.extend(submit("", &[("a", "1")]).encode_to_vec());
        let mut turned = SubmitTransactionRequest::decode(&turned[..]).unwrap();
        assert_eq!(fingerprint(&mut turned), fingerprint(&mut request));
    }
}
