//! The JSON forms of MQTT-SN messages: one object with the message's name as its only key.
//!
//! ```text
//! advertise      gateway_id, duration
//! searchgw       radius
//! gwinfo         gateway_id, gateway_address (absent if there is none)
//! connect        will, clean_session, protocol_id, duration, client_id
//! connack, willtopicresp, willmsgresp           return_code
//! willtopicreq, willmsgreq, pingresp
//! willtopic, willtopicupd                       qos, retain, will_topic; or nothing at all
//! willmsg, willmsgupd                           will_message
//! register       topic_id, message_id, topic_name
//! regack, puback                                topic_id, message_id, return_code
//! publish        dup, qos, retain, topic_id_type, topic_id or (short) topic_name, message_id, data
//! pubcomp, pubrec, pubrel, unsuback             message_id
//! subscribe      dup, qos, topic_id_type, message_id, topic_name or topic_id
//! suback         qos, topic_id, message_id, return_code
//! unsubscribe    topic_id_type, message_id, topic_name or topic_id
//! pingreq        client_id (absent if there is none)
//! disconnect     duration (absent if there is none)
//! encapsulated   radius, reserved (absent if 0), wireless_node_id, message: another form
//! raw            hex: any bytes, right or wrong
//! ```
//!
//! `qos` is -1, 0, 1 or 2; `topic_id_type` is 0 (normal), 1 (pre-defined) or 2 (short topic name).
//!
//! [`to_json`] prints every field. [`encode`] takes a form that leaves out what has a default
//! (false, 0, empty, ProtocolId 1, CleanSession true in CONNECT, Duration 60 in CONNECT, the
//! TopicIdType that goes with topic_id or topic_name), and writes what it is told, also what no
//! [`Message`] can hold: flags that the message does not use, TopicIdType 3, a short topic name of
//! three octets.

mod read;
mod write;

use serde_json::Value;

#[cfg(doc)]
use super::Message;
use super::{Context, fields};
use crate::json::{self, Notes};

pub use read::encode;
pub use write::to_json;

/// The fields that the form called `kind` can have; `None` for what is no message.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    macro_rules! with_flags {
        ($($field:literal),*) => {
            &["dup", "qos", "retain", "will", "clean_session", "topic_id_type", $($field),*]
        };
    }
    Some(match kind {
        "advertise" => &["gateway_id", "duration"],
        "searchgw" => &["radius"],
        "gwinfo" => &["gateway_id", "gateway_address"],
        "connect" => with_flags!("protocol_id", "duration", "client_id"),
        "connack" | "willtopicresp" | "willmsgresp" => &["return_code"],
        "willtopicreq" | "willmsgreq" | "pingresp" => &[],
        "willtopic" | "willtopicupd" => with_flags!("will_topic"),
        "willmsg" | "willmsgupd" => &["will_message"],
        "register" => &["topic_id", "message_id", "topic_name"],
        "regack" | "puback" => &["topic_id", "message_id", "return_code"],
        "publish" => with_flags!("topic_id", "topic_name", "message_id", "data"),
        "pubcomp" | "pubrec" | "pubrel" | "unsuback" => &["message_id"],
        "subscribe" | "unsubscribe" => with_flags!("message_id", "topic_name", "topic_id"),
        "suback" => with_flags!("topic_id", "message_id", "return_code"),
        "pingreq" => &["client_id"],
        "disconnect" => &["duration"],
        "encapsulated" => &["radius", "reserved", "wireless_node_id", "message"],
        "raw" => &["hex"],
        _ => return None,
    })
}

/// What a decoder makes of the message at the front of `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`. Input that ends too early is an error of kind `incomplete`.
pub fn envelope(bytes: &[u8], ctx: &Context) -> Value {
    let mut notes = Notes::default();
    let found = fields(bytes, ctx, &mut notes);
    let found = found.map(|found| found.map(|message| to_json(&message)));
    json::envelope(bytes, found, notes, json::error_to_json)
}
