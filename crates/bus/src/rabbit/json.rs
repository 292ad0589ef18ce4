//! Bodies as JSON, for adapters that would rather: to protobuf as they come in, from protobuf as they go out. Above the bus
//! everything is protobuf.

use bytes::Bytes;
use jisr_proto::adapter::v1::{AdapterAnnouncement, Heartbeat, LegReply, LegRequest};
use jisr_proto::json::{from_json_of_any_version, to_json};
use prost::{Message, Name};

use super::wire::WireError;
use crate::kind;

pub(super) const CONTENT_TYPE: &str = "application/json";

/// The protobuf of a JSON body that came as a message of this kind.
pub(super) fn to_protobuf(kind: &str, body: &[u8]) -> Result<Bytes, WireError> {
    match kind {
        kind::LEG_REQUESTED => read::<LegRequest>(body),
        kind::LEG_REPLIED => read::<LegReply>(body),
        kind::ADAPTER_ANNOUNCED => read::<AdapterAnnouncement>(body),
        kind::ADAPTER_ALIVE => read::<Heartbeat>(body),
        other => Err(WireError::Garbled("content-type", format!("{CONTENT_TYPE} for {other:.40?}"))),
    }
}

/// The JSON of a body that goes out as a message of this kind.
pub(super) fn from_protobuf(kind: &str, body: &Bytes) -> Result<Bytes, WireError> {
    match kind {
        kind::LEG_REQUESTED => {
            let request = LegRequest::decode(body.clone());
            let request = request.map_err(|error| WireError::Garbled("body", error.to_string()))?;
            Ok(to_json(&request, false).into())
        }
        other => Err(WireError::Garbled("content-type", format!("{CONTENT_TYPE} for {other:.40?}"))),
    }
}

fn read<T: Message + Name + Default>(body: &[u8]) -> Result<Bytes, WireError> {
    let garbled = |why: String| WireError::Garbled("body", why);
    let text = std::str::from_utf8(body).map_err(|error| garbled(error.to_string()))?;
    let message: T = from_json_of_any_version(text).map_err(|error| garbled(error.to_string()))?;
    Ok(message.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_either_way() {
        let request = LegRequest { leg: "رخصة".to_owned(), attempt: 2, ..LegRequest::default() };
        let body = Bytes::from(request.encode_to_vec());
        let json = from_protobuf(kind::LEG_REQUESTED, &body).unwrap();
        assert_eq!(json, "{\"leg\":\"رخصة\",\"attempt\":2}");
        assert_eq!(to_protobuf(kind::LEG_REQUESTED, &json).unwrap(), body);
    }

    #[test]
    fn a_later_version_is_understood_and_garbage_is_not() {
        let alive = Heartbeat { department: "library".to_owned(), ..Heartbeat::default() };
        let read = to_protobuf(kind::ADAPTER_ALIVE, br#"{"department": "library", "mood": "good"}"#);
        assert_eq!(read.unwrap(), alive.encode_to_vec());
        for (kind, body, says) in [
            (kind::ADAPTER_ALIVE, &b"{"[..], "body is garbled: line 1"),
            (kind::LEG_REPLIED, br#"{"leg": 7}"#, "field leg"),
            (kind::LEG_REPLIED, b"\xff", "utf-8"),
            (kind::PACK, b"{}", "application/json for"),
        ] {
            let error = to_protobuf(kind, body).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(from_protobuf(kind::LEG_REPLIED, &Bytes::new()).is_err());
        assert!(from_protobuf(kind::LEG_REQUESTED, &Bytes::from_static(&[0xff])).is_err());
    }
}
