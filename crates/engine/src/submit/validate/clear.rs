//! Empties what is not the client's to set (AIP-203): whatever a front end sends there is ignored.

use jisr_proto::v1;

/// Empties every field that the schema marks OUTPUT_ONLY or IDENTIFIER.
///
/// Written out, and held against the schema by a test: the fields of `Leg`, `FeeLine` and `Output` go with their lists.
pub(super) fn clear(content: &mut v1::Transaction) {
    content.name.clear();
    content.uid.clear();
    content.etag.clear();
    content.reference_no.clear();
    content.state = 0;
    content.state_reason.clear();
    content.department_status.clear();
    content.legs.clear();
    content.fees.clear();
    content.outputs.clear();
    content.warnings.clear();
    content.due_time = None;
    content.expected_time = None;
    content.create_time = None;
    content.submit_time = None;
    content.update_time = None;
    content.complete_time = None;
    if let Some(channel) = &mut content.channel {
        channel.client.clear();
    }
}

#[cfg(test)]
mod tests {
    use jisr_proto::v1;
    use prost::Message as _;

    use super::super::schema::{Leaf, Schema};
    use super::clear;

    /// A new output-only field that is not cleared fails here.
    #[test]
    fn every_output_only_field_of_the_schema_is_emptied_and_nothing_else() {
        let schema = Schema::read();
        for choice in [0, 1] {
            let mut content = v1::Transaction::decode(&schema.plant(choice)[..]).unwrap();
            let before = schema.leaves(&content.encode_to_vec());
            let (output, input): (Vec<Leaf>, Vec<Leaf>) = before.into_iter().partition(|leaf| leaf.output);
            for known in
                ["etag", "legs.name", "fees.amount.units", "warnings.reason", "channel.client", "due_time.nanos"]
            {
                assert!(output.iter().any(|leaf| leaf.path == known), "{known}");
            }
            clear(&mut content);
            assert_eq!(schema.leaves(&content.encode_to_vec()), input);
        }
    }
}
