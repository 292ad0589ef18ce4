//! For tests: a transaction with something in every field of the schema, and what stands in an encoded one. Read from
//! the descriptors, so that a field added to the schema is tested without a line here.

use std::collections::BTreeMap;

use jisr_proto::json::DESCRIPTORS;
use prost::Message as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};
use prost_types::field_descriptor_proto::Type;
use prost_types::value::Kind;
use prost_types::{Struct, Value};

pub(super) const TRANSACTION: &str = "jisr.v1.Transaction";
const STRUCT: &str = "google.protobuf.Struct";

/// The members of every Struct that is planted.
pub(super) const MEMBERS: [&str; 2] = ["plot_no", "work"];

/// A field of a message.
#[derive(Clone)]
struct Field {
    number: u32,
    name: String,
    kind: Type,
    repeated: bool,
    /// Number of fields before it in its oneof.
    choice: Option<usize>,
    /// The message it holds; nothing for a map, whose entries count as scalars.
    message: Option<String>,
    /// `IDENTIFIER` or `OUTPUT_ONLY` (AIP-203): not the client's to set.
    output: bool,
}

/// A scalar somewhere in a transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    /// Such as `applicant.person.names.full_name` or `answers.plot_no`.
    pub(super) path: String,
    /// It, or a message around it, is not the client's to set.
    pub(super) output: bool,
}

/// All messages by full name.
pub(super) struct Schema(BTreeMap<String, Vec<Field>>);

impl Schema {
    pub(super) fn read() -> Self {
        let behavior = DESCRIPTORS.get_extension_by_name("google.api.field_behavior").expect("imported by the schema");
        let messages = DESCRIPTORS.all_messages().map(|message| {
            let fields = message.fields().map(|field| {
                let options = field.options();
                let behaviors = options.get_extension(&behavior);
                let output = behaviors.as_list().is_some_and(|list| {
                    // OUTPUT_ONLY = 3, IDENTIFIER = 8.
                    list.iter().any(|value| matches!(value.as_enum_number(), Some(3 | 8)))
                });
                let choice = field
                    .containing_oneof()
                    .and_then(|oneof| oneof.fields().position(|member| member.number() == field.number()));
                Field {
                    number: field.number(),
                    name: field.name().to_owned(),
                    kind: field.field_descriptor_proto().r#type(),
                    repeated: field.is_list(),
                    choice,
                    message: field.kind().as_message().filter(|_| !field.is_map()).map(|m| m.full_name().to_owned()),
                    output,
                }
            });
            (message.full_name().to_owned(), fields.collect())
        });
        Self(messages.collect())
    }

    /// An encoded transaction in which every field has a value, of every oneof the member at `choice`, and of every
    /// repeated field two.
    pub(super) fn plant(&self, choice: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.plant_message(TRANSACTION, "", choice, &mut bytes);
        bytes
    }

    fn plant_message(&self, message: &str, path: &str, choice: usize, out: &mut Vec<u8>) {
        if message == STRUCT {
            let member = |name: &&str| {
                ((*name).to_owned(), Value { kind: Some(Kind::StringValue(format!("canary of {path}.{name}"))) })
            };
            Struct { fields: MEMBERS.iter().map(member).collect() }.encode(out).expect("a vector grows");
            return;
        }
        for field in &self.0[message] {
            if field.choice.is_some_and(|at| at != choice) {
                continue;
            }
            let path = below(path, &field.name);
            for _ in 0..=u8::from(field.repeated) {
                let mut value = Vec::new();
                match (&field.message, field.kind) {
                    (Some(message), _) => self.plant_message(message, &path, choice, &mut value),
                    // An entry of a map of texts.
                    (None, Type::Message) => value.extend(b"\x0a\x01k\x12\x06canary"),
                    (None, Type::String | Type::Bytes) => value.extend(format!("canary of {path}").as_bytes()),
                    (None, Type::Double) => {
                        encode_key(field.number, WireType::SixtyFourBit, out);
                        out.extend(1.5_f64.to_le_bytes());
                        continue;
                    }
                    // Two in a packed list, which is how an encoder writes numbers.
                    (None, Type::Enum) if field.repeated => {
                        encode_key(field.number, WireType::LengthDelimited, out);
                        out.extend([2, 1, 1]);
                        break;
                    }
                    (None, Type::Int32 | Type::Int64 | Type::Uint32 | Type::Bool | Type::Enum) => {
                        encode_key(field.number, WireType::Varint, out);
                        out.push(1);
                        continue;
                    }
                    (None, other) => panic!("{path} is of a type not planted yet: {other:?}"),
                }
                encode_key(field.number, WireType::LengthDelimited, out);
                encode_varint(value.len() as u64, out);
                out.extend(value);
            }
        }
    }

    /// Every scalar in an encoded transaction, in the order of its bytes; members of a Struct count as scalars.
    pub(super) fn leaves(&self, transaction: &[u8]) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        self.read_message(TRANSACTION, "", false, transaction, &mut leaves);
        leaves
    }

    fn read_message(&self, message: &str, path: &str, output: bool, mut rest: &[u8], leaves: &mut Vec<Leaf>) {
        if message == STRUCT {
            let members = Struct::decode(rest).expect("a Struct").fields.into_keys();
            leaves.extend(members.map(|name| Leaf { path: below(path, &name), output }));
            return;
        }
        while !rest.is_empty() {
            let (number, wire_type) = decode_key(&mut rest).expect("a key");
            let field = self.0[message].iter().find(|field| field.number == number).expect("a field of the schema");
            let (path, output) = (below(path, &field.name), output || field.output);
            let Some(inner) = &field.message else {
                skip_field(wire_type, number, &mut rest, DecodeContext::default()).expect("a value");
                leaves.push(Leaf { path, output });
                continue;
            };
            let length = usize::try_from(decode_varint(&mut rest).expect("a length")).expect("a small one");
            let (content, after) = rest.split_at(length);
            self.read_message(inner, &path, output, content, leaves);
            rest = after;
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
