//! The JSON forms of MQTT packets: one object with the packet's name as its only key.
//!
//! ```text
//! connect      protocol_name, protocol_version, clean_start (before 5.0: clean_session),
//!              keep_alive, properties, client_identifier,
//!              will {retain, qos, properties, topic, payload}, user_name, password
//! connack      session_present, reason_code, properties
//! publish      dup, qos, retain, topic_name, packet_identifier (QoS 1 and 2), properties, payload
//! puback, pubrec, pubrel, pubcomp     packet_identifier, reason_code, properties
//! subscribe    packet_identifier, properties, subscriptions [{topic_filter, maximum_qos,
//!              no_local, retain_as_published, retain_handling}]
//! suback       packet_identifier, properties, reason_codes
//! unsubscribe  packet_identifier, properties, topic_filters
//! unsuback     packet_identifier, properties, reason_codes
//! pingreq, pingresp
//! disconnect, auth   reason_code, properties
//! raw          first, length, body: any packet, right or wrong
//! ```
//!
//! Before 5.0 there are no properties, the acknowledgements have no reason code, UNSUBACK has no
//! reason codes, DISCONNECT has nothing, and a subscription has topic_filter and maximum_qos. The
//! return codes of 3.1.1 are called reason codes here.
//!
//! [`to_json`] prints every field. [`encode`] takes a form that leaves out what has a default
//! (false, 0, empty, the version's own name and level, Clean Start true, Keep Alive 60), and writes
//! what it is told, also what no [`Message`] can hold: `reserved` bits, QoS 3, Packet Identifier 0,
//! a property in the wrong packet, `{"127": {"hex": "00"}}` for an unknown one.

mod read;
mod write;

use alloc::format;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

#[cfg(doc)]
use super::Message;
use super::{Context, DecodeError, fields};
use crate::Decoded;
use crate::json::{note_to_json, to_hex};
use crate::wire::{Note, Span, Visit};

pub use read::encode;
pub use write::{property_to_json, to_json};

/// The fields that the form called `kind` can have, of all versions; `None` for what is no packet.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "connect" => &[
            "protocol_name",
            "protocol_version",
            "clean_start",
            "clean_session",
            "keep_alive",
            "properties",
            "client_identifier",
            "will",
            "user_name",
            "password",
            "reserved",
        ],
        "connack" => &["session_present", "reason_code", "properties", "reserved"],
        "publish" => {
            &["dup", "qos", "retain", "topic_name", "packet_identifier", "properties", "payload"]
        }
        "puback" | "pubrec" | "pubrel" | "pubcomp" => {
            &["packet_identifier", "reason_code", "properties"]
        }
        "subscribe" => &["packet_identifier", "properties", "subscriptions"],
        "suback" | "unsuback" => &["packet_identifier", "properties", "reason_codes"],
        "unsubscribe" => &["packet_identifier", "properties", "topic_filters"],
        "pingreq" | "pingresp" => &[],
        "disconnect" | "auth" => &["reason_code", "properties"],
        "raw" => &["first", "length", "body"],
        _ => return None,
    })
}

/// What a decoder makes of the packet at the front of `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`. Input that ends too early is an error of kind `incomplete`.
pub fn envelope(bytes: &[u8], ctx: &Context) -> Value {
    let mut notes = Notes(Vec::new());
    match fields(bytes, ctx, &mut notes) {
        Ok(Decoded::Complete { message, used }) => {
            let message = to_json(&message, ctx.version);
            json!({ "message": message, "used": used, "notes": notes.0 })
        }
        Ok(Decoded::Incomplete { need }) => json!({
            "error": {
                "kind": "incomplete",
                "at": bytes.len(),
                "field": "",
                "text": format!("the input ends at least {need} bytes before the packet does"),
            },
            "raw": { "hex": to_hex(bytes) },
        }),
        Err(error) => json!({ "error": error_to_json(&error), "raw": { "hex": to_hex(bytes) } }),
    }
}

/// `{"kind", "at", "field", "requirement", "text"}`.
pub fn error_to_json(error: &DecodeError) -> Value {
    let mut object = Map::new();
    object.insert("kind".into(), error.kind.name().into());
    object.insert("at".into(), error.at.into());
    object.insert("field".into(), error.field.into());
    if let Some(requirement) = error.requirement {
        object.insert("requirement".into(), requirement.into());
    }
    object.insert("text".into(), error.kind.text().into());
    Value::Object(object)
}

struct Notes(Vec<Value>);

impl Visit for Notes {
    fn field(&mut self, _: Span) {}
    fn note(&mut self, note: Note) {
        self.0.push(note_to_json(&note));
    }
}
