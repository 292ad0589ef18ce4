//! The trace a request belongs to, by W3C Trace Context.

use std::sync::Arc;

use tonic::metadata::MetadataMap;

/// The `traceparent` of a call, if it is well-formed; one that is not starts no trace and is no error.
pub(crate) fn traceparent(metadata: &MetadataMap) -> Option<Arc<str>> {
    let text = metadata.get("traceparent")?.to_str().ok()?;
    is_well_formed(text).then(|| text.into())
}

/// `version-trace_id-parent_id-flags` in lower-case hexadecimal, ids not all zeros. A later version may go on after
/// another hyphen; version `ff` is forbidden.
fn is_well_formed(text: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    let mut parts = text.splitn(5, '-');
    let (Some(version), Some(trace), Some(parent), Some(flags)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let more = parts.next().is_some();
    hex(version, 2)
        && version != "ff"
        && hex(trace, 32)
        && some(trace)
        && hex(parent, 16)
        && some(parent)
        && hex(flags, 2)
        && !(more && version == "00")
        && text.len() <= 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_ones_are_passed_on() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_well_formed(good));
        assert!(is_well_formed(&good.replacen("00-", "cc-", 1)));
        assert!(is_well_formed("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be"));
        for bad in [
            "",
            "00",
            &format!("{good}-extra"),
            &good.to_uppercase(),
            &good.replacen("00-", "ff-", 1),
            &good.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &good.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &good[..54],
            "مسار",
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
