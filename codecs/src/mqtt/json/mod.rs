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

use serde_json::Value;

#[cfg(doc)]
use super::Message;
use super::{Context, fields};
use crate::json::{self, Notes};

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
    let mut notes = Notes::default();
    let found = fields(bytes, ctx, &mut notes);
    let found = found.map(|found| found.map(|message| to_json(&message, ctx.version)));
    json::envelope(bytes, found, notes, json::error_to_json)
}
