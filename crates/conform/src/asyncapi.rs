//! An adapter as an AsyncAPI 3.0 document: its queue, what comes there for each operation, and what it sends. Made of its
//! manifest and of the schema; nothing in it is written by hand.

use jisr_proto::adapter::v1::{Effect, Manifest, OperationManifest};
use jisr_proto::convert;
use serde_json::{Map, Value, json};

use crate::json_schema;

/// Version of AsyncAPI's bindings for AMQP 0-9-1.
const BINDING: &str = "0.3.0";
/// What an adapter sends and is sent: key, AMQP `type`, message of the schema, summary.
const MESSAGES: [(&str, &str, &str, &str); 4] = [
    ("legRequest", "jisr.leg.requested.v1", "jisr.adapter.v1.LegRequest", "One command to the department"),
    ("legReply", "jisr.leg.replied.v1", "jisr.adapter.v1.LegReply", "One answer to a command"),
    ("announcement", "jisr.adapter.announced.v1", "jisr.adapter.v1.AdapterAnnouncement", "What the adapter can do"),
    ("heartbeat", "jisr.adapter.alive.v1", "jisr.adapter.v1.Heartbeat", "A sign of life, every 10 s"),
];

/// The document of a department's adapter.
#[must_use]
pub fn asyncapi(manifest: &Manifest, version: &str) -> Value {
    let department = &manifest.department;
    let title = |language: &str| {
        let title = manifest.titles.iter().find(|title| title.language_code == language);
        title.map_or("", |title| title.text.as_str())
    };
    let messages = MESSAGES.map(|(key, kind, schema, summary)| (key.to_owned(), message(kind, schema, summary)));
    let schemas = json_schema::of(&MESSAGES.map(|(_, _, schema, _)| schema));
    json!({
        "asyncapi": "3.0.0",
        "id": format!("urn:jisr:departments:{department}"),
        "info": {
            "title": format!("{} · {}", title("en"), title("ar")),
            "version": version,
            "description": format!("The adapter of department {department}: {}, {}.", manifest.system, manifest.protocol),
        },
        "defaultContentType": if manifest.json { "application/json" } else { "application/protobuf" },
        "servers": { "broker": {
            "host": "localhost:5672",
            "protocol": "amqp",
            "protocolVersion": "0.9.1",
            "description": "RabbitMQ 3.10 or later; where it is, is configuration.",
        }},
        "channels": channels(department),
        "operations": operations(manifest),
        "components": { "messages": Map::from_iter(messages), "schemas": schemas },
    })
}

fn message(kind: &str, schema: &str, summary: &str) -> Value {
    let mut headers = json!({
        "type": "object",
        "required": ["jisr-wire", "jisr-attempt"],
        "properties": {
            "jisr-wire": { "const": 1, "description": "Version of the contract." },
            "jisr-attempt": { "type": "integer", "minimum": 0, "description": "Number of the request within its leg; 0 where there is none." },
            "jisr-republished": { "type": "boolean", "description": "It was possibly sent before: as a redelivery." },
            "traceparent": { "type": "string", "description": "W3C Trace Context; carried from a request to its replies." },
            "tracestate": { "type": "string", "description": "W3C Trace Context." },
        },
    });
    for name in ["id", "source", "specversion", "type", "time", "subject"] {
        let text = json!({ "type": "string", "description": format!("CloudEvents 1.0, `{name}`.") });
        headers["properties"][format!("cloudEvents_{name}")] = text;
    }
    json!({
        "name": kind,
        "title": schema.rsplit('.').next(),
        "summary": summary,
        "description": format!("Protobuf `{schema}`, or its proto3 JSON, as `content-type` says. `message-id` is a UUID, the same however \
                                often it is sent; `user-id` is the sender's; `delivery-mode` is 2."),
        "headers": headers,
        "payload": { "$ref": format!("#/components/schemas/{schema}") },
        "correlationId": { "location": "$message.header#/correlation-id", "description": "The transaction; an AMQP property." },
        "bindings": { "amqp": { "messageType": kind, "bindingVersion": BINDING } },
    })
}

fn channels(department: &str) -> Value {
    let messages = |keys: &[&str]| -> Map<String, Value> {
        let reference = |key: &&str| ((*key).to_owned(), json!({ "$ref": format!("#/components/messages/{key}") }));
        keys.iter().map(reference).collect()
    };
    let server = json!([{ "$ref": "#/servers/broker" }]);
    let queue = format!("jisr.department.{department}");
    json!({
        "requests": {
            "address": queue,
            "title": "Commands to the department",
            "description": "A quorum queue that the engine declares. Acknowledge a command once its last reply is confirmed.",
            "servers": server,
            "messages": messages(&["legRequest"]),
            "bindings": { "amqp": {
                "is": "queue",
                "queue": { "name": queue, "durable": true, "exclusive": false, "autoDelete": false },
                "bindingVersion": BINDING,
            }},
        },
        "replies": {
            "address": format!("{department}.reply"),
            "title": "What the adapter says",
            "description": "Routing key at the topic exchange `jisr.from-department`. Published with `mandatory` and confirms.",
            "servers": server,
            "messages": messages(&["legReply", "announcement", "heartbeat"]),
            "bindings": { "amqp": routing() },
        },
        "dead": {
            "address": format!("{department}.dead"),
            "title": "What is no command",
            "description": "Routing key at the same exchange, for what cannot be dealt with by anyone: the message as it came, \
                            with header `x-jisr-reason`.",
            "servers": server,
            "messages": messages(&["legRequest"]),
            "bindings": { "amqp": routing() },
        },
    })
}

fn routing() -> Value {
    json!({
        "is": "routingKey",
        "exchange": { "name": "jisr.from-department", "type": "topic", "durable": true, "autoDelete": false },
        "bindingVersion": BINDING,
    })
}

fn operations(manifest: &Manifest) -> Value {
    let channel = |name: &str| json!({ "$ref": format!("#/channels/{name}") });
    let message = |channel: &str, key: &str| json!([{ "$ref": format!("#/channels/{channel}/messages/{key}") }]);
    let mut operations = Map::new();
    for operation in &manifest.operations {
        operations.insert(
            operation.operation.clone(),
            json!({
                "action": "receive",
                "channel": channel("requests"),
                "title": operation.operation,
                "summary": effect(operation.effect()),
                "messages": message("requests", "legRequest"),
                "reply": { "channel": channel("replies"), "messages": message("replies", "legReply") },
                "x-jisr-operation": promises(operation),
            }),
        );
    }
    for (key, of, summary) in [
        ("announce", "announcement", "Sent at the start and whenever it has reconnected, before anything is consumed."),
        ("beat", "heartbeat", "Silence for 30 s means down."),
    ] {
        let send = json!({
            "action": "send",
            "channel": channel("replies"),
            "summary": summary,
            "messages": message("replies", of),
            "bindings": { "amqp": { "deliveryMode": 2, "mandatory": true, "bindingVersion": BINDING } },
        });
        operations.insert(format!("jisr.{key}"), send);
    }
    operations.into()
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Idempotent => "May be repeated: the second time changes nothing.",
        Effect::Lookup => "Must not be repeated: a redelivery is answered IN_DOUBT, a LOOKUP settles it.",
        Effect::Once | Effect::Unspecified => {
            "Must not be repeated, cannot be looked up: a doubt is held for an operator."
        }
    }
}

fn promises(operation: &OperationManifest) -> Value {
    let seconds = |given: &Option<prost_types::Duration>| {
        convert::duration(given.as_ref()).map(|given| format!("{}.{:03}s", given.as_secs(), given.subsec_millis()))
    };
    json!({
        "effect": operation.effect().as_str_name(),
        "compensable": operation.compensable,
        "compensationEffect": operation.compensation_effect().as_str_name(),
        "callTimeout": seconds(&operation.call_timeout),
        "endsWithin": seconds(&operation.ends_within),
        "answerWithin": seconds(&operation.answer_within),
        "maxInFlight": operation.max_in_flight,
    })
}
