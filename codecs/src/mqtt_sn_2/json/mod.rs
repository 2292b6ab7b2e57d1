//! The JSON forms of packets: one object with the packet's name as its only key.
//!
//! ```text
//! connect        clean_start, allow_network_address_changes, allow_server_suggested_values,
//!                packet_identifier, protocol_version, keep_alive, maximum_packet_size,
//!                default_awake_messages *, session_expiry_interval *,
//!                will_topic_type *, will_qos *, will_retain *, will_topic_alias * or
//!                will_topic_name *, will_payload *,
//!                authentication_method *, authentication_data *, client_identifier
//! connack        session_present, packet_identifier, reason_code, session_expiry_interval *,
//!                server_keep_alive *, authentication_method *, authentication_data *,
//!                assigned_client_identifier *
//! auth           packet_identifier, reason_code, authentication_method, authentication_data
//! register       packet_identifier, topic_alias *, topic_name
//! regack, suback topic_type, packet_identifier, topic_alias *, reason_code *
//! publish        dup, qos, retain, topic_type, packet_identifier *, topic_alias or topic_name,
//!                payload
//! pubwos         retain, topic_type, topic_alias or topic_name, payload
//! puback, pubrec, pubrel, pubcomp, unsuback      packet_identifier, reason_code *
//! subscribe      no_local, qos, retain_as_published, retain_handling, topic_type,
//!                packet_identifier, topic_alias or topic_filter
//! unsubscribe    topic_type, packet_identifier, topic_alias or topic_filter
//! pingreq        packet_identifier
//! pingresp       packet_identifier, application_messages_remaining *
//! disconnect     packet_identifier *, reason_code *, session_expiry_interval *, reason_string *
//! sleepreq       retain_topic_aliases, packet_identifier, sleep_duration
//! sleepresp      packet_identifier, sleep_duration *, reason_code *
//! wakeup
//! advertise      gateway_identifier, duration
//! searchgw       additional_network_information *
//! gwinfo         gateway_identifier, gateway_address *
//! connection_encapsulation     client_identifier, packet: another form
//! forwarder_encapsulation      client_addressing_information, packet
//! protection_encapsulation     authentication_tag_length, protection_scheme, sender_identifier,
//!                random, cryptographic_material *, monotonic_counter *, packet,
//!                authentication_tag *
//! raw            hex: any bytes, right or wrong
//! ```
//!
//! What has a star is left out if it is absent. `topic_type` is 0 (Session Topic Alias), 1
//! (Predefined Topic Alias) or 3 (Topic Name or Filter). An encrypted `packet` is `raw`.
//!
//! [`to_json`] prints every field. [`encode`] takes a form that leaves out what has a default
//! (false, 0, empty, Clean Start true, Protocol Version 2, Keep Alive 60, Authentication Tag Length
//! 1, the Topic Type that goes with alias, name or filter, a flag that goes with its field), and
//! writes what it is told, also what no [`Packet`] can hold. `reserved` is a number whose bits are
//! set in the first byte of flags.

mod read;
mod write;

use serde_json::Value;

#[cfg(doc)]
use super::Packet;
use super::{Context, fields};
use crate::json::{self, Notes};

pub use read::encode;
pub use write::to_json;

/// The fields that the form called `kind` can have; `None` for what is no packet.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "connect" => &[
            "reserved",
            "clean_start",
            "allow_network_address_changes",
            "allow_server_suggested_values",
            "packet_identifier",
            "protocol_version",
            "keep_alive",
            "maximum_packet_size",
            "default_awake_messages",
            "session_expiry_interval",
            "will_topic_type",
            "will_qos",
            "will_retain",
            "will_topic_alias",
            "will_topic_name",
            "will_payload",
            "authentication_method",
            "authentication_data",
            "client_identifier",
        ],
        "connack" => &[
            "reserved",
            "session_present",
            "packet_identifier",
            "reason_code",
            "session_expiry_interval",
            "server_keep_alive",
            "authentication_method",
            "authentication_data",
            "assigned_client_identifier",
        ],
        "auth" => {
            &["packet_identifier", "reason_code", "authentication_method", "authentication_data"]
        }
        "register" => &["reserved", "packet_identifier", "topic_alias", "topic_name"],
        "regack" | "suback" => {
            &["reserved", "topic_type", "packet_identifier", "topic_alias", "reason_code"]
        }
        "publish" => &[
            "reserved",
            "dup",
            "qos",
            "retain",
            "topic_type",
            "packet_identifier",
            "topic_alias",
            "topic_name",
            "payload",
        ],
        "pubwos" => &["reserved", "retain", "topic_type", "topic_alias", "topic_name", "payload"],
        "puback" | "pubrec" | "pubrel" | "pubcomp" | "unsuback" => {
            &["packet_identifier", "reason_code"]
        }
        "subscribe" => &[
            "reserved",
            "no_local",
            "qos",
            "retain_as_published",
            "retain_handling",
            "topic_type",
            "packet_identifier",
            "topic_alias",
            "topic_filter",
        ],
        "unsubscribe" => {
            &["reserved", "topic_type", "packet_identifier", "topic_alias", "topic_filter"]
        }
        "pingreq" => &["packet_identifier"],
        "pingresp" => &["packet_identifier", "application_messages_remaining"],
        "disconnect" => &[
            "reserved",
            "packet_identifier",
            "reason_code",
            "session_expiry_interval",
            "reason_string",
        ],
        "sleepreq" => &["reserved", "retain_topic_aliases", "packet_identifier", "sleep_duration"],
        "sleepresp" => &["reserved", "packet_identifier", "sleep_duration", "reason_code"],
        "wakeup" => &[],
        "advertise" => &["gateway_identifier", "duration"],
        "searchgw" => &["additional_network_information"],
        "gwinfo" => &["gateway_identifier", "gateway_address"],
        "connection_encapsulation" => &["client_identifier", "packet"],
        "forwarder_encapsulation" => &["client_addressing_information", "packet"],
        "protection_encapsulation" => &[
            "authentication_tag_length",
            "protection_scheme",
            "sender_identifier",
            "random",
            "cryptographic_material",
            "monotonic_counter",
            "packet",
            "authentication_tag",
        ],
        "raw" => &["hex"],
        _ => return None,
    })
}

/// What a decoder makes of the packet at the front of `bytes`: `{"message", "used", "notes"}`, or
/// `{"error", "raw"}`. Input that ends too early is an error of kind `incomplete`.
pub fn envelope(bytes: &[u8], ctx: &Context) -> Value {
    let mut notes = Notes::default();
    let found = fields(bytes, ctx, &mut notes);
    let found = found.map(|found| found.map(|packet| to_json(&packet)));
    json::envelope(bytes, found, notes, json::error_to_json)
}
