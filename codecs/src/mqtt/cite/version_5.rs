//! The requirements of MQTT 5.0.

use super::super::{ErrorKind, PacketType, Party};

use ErrorKind as K;
use PacketType as P;

pub(super) fn requirement(
    packet: PacketType,
    kind: K,
    field: &str,
    from: Party,
) -> Option<&'static str> {
    match kind {
        K::DuplicateProperty => return once(packet, field),
        K::InvalidValue => return range(packet, field),
        K::UnknownReasonCode => return reason_code(packet),
        _ => {}
    }
    Some(match (kind, packet, field) {
        (K::ReservedPacketType, ..) => "MQTT5-2.1.2-p1",
        (K::WrongDirection, ..) => "MQTT5-2.1.2-p2",
        (K::WrongFlags, P::PUBREL, _) => "MQTT5-3.6.1-1",
        (K::WrongFlags, P::SUBSCRIBE, _) => "MQTT5-3.8.1-1",
        (K::WrongFlags, P::UNSUBSCRIBE, _) => "MQTT5-3.10.1-1",
        (K::WrongFlags, P::DISCONNECT, _) => "MQTT5-3.14.1-1",
        (K::WrongFlags, P::AUTH, _) => "MQTT5-3.15.1-1",
        (K::WrongFlags, ..) => "MQTT5-2.1.3-1",
        (K::MalformedVarint, ..) => "MQTT5-1.5.5-p1",
        (K::TooLarge, ..) if from == Party::Server => "MQTT5-3.1.2-24",
        (K::TooLarge, ..) => "MQTT5-3.2.2-15",
        (K::Truncated, P::CONNECT, "client_identifier") => "MQTT5-3.1.3-3",
        (K::Truncated, P::CONNECT, "topic" | "payload") => "MQTT5-3.1.2-9",
        (K::Truncated, P::CONNECT, "user_name") => "MQTT5-3.1.2-17",
        (K::Truncated, P::CONNECT, "password") => "MQTT5-3.1.2-19",
        (K::Truncated, ..) => "MQTT5-2.1.4-p1",
        (K::TrailingBytes, P::PINGREQ, _) => "MQTT5-3.12.2-p1",
        (K::TrailingBytes, P::PINGRESP, _) => "MQTT5-3.13.2-p1",
        (K::TrailingBytes, P::CONNECT, _) => "MQTT5-2.1.4-p1",
        (K::TrailingBytes, ..) => "MQTT5-2.3.0-p1",
        (K::InvalidUtf8, ..) => "MQTT5-1.5.4-1",
        (K::NulCharacter, ..) => "MQTT5-1.5.4-2",
        (K::WrongProtocolName, ..) => "MQTT5-3.1.2-1",
        (K::UnsupportedVersion, ..) => "MQTT5-3.1.2-2",
        (K::ReservedBits, P::CONNECT, _) => "MQTT5-3.1.2-3",
        (K::ReservedBits, P::CONNACK, _) => "MQTT5-3.2.2-1",
        (K::ReservedBits, P::SUBSCRIBE, _) => "MQTT5-3.8.3-5",
        (K::InvalidQoS, P::CONNECT, _) => "MQTT5-3.1.2-12",
        (K::InvalidQoS, P::PUBLISH, _) => "MQTT5-3.3.1-4",
        (K::InvalidQoS, P::SUBSCRIBE, _) => "MQTT5-3.8.3.1-p1",
        (K::FlagConflict, P::CONNECT, "will_qos") => "MQTT5-3.1.2-11",
        (K::FlagConflict, P::CONNECT, "will_retain") => "MQTT5-3.1.2-13",
        (K::FlagConflict, P::CONNACK, _) => "MQTT5-3.2.2-6",
        (K::FlagConflict, P::PUBLISH, _) => "MQTT5-3.3.1-2",
        (K::FlagConflict, P::SUBSCRIBE, _) => "MQTT5-3.8.3-4",
        (K::ZeroPacketIdentifier, P::PUBLISH, _) if from == Party::Server => "MQTT5-2.2.1-4",
        (K::ZeroPacketIdentifier, P::PUBLISH | P::SUBSCRIBE | P::UNSUBSCRIBE, _) => "MQTT5-2.2.1-3",
        (K::ZeroPacketIdentifier, P::SUBACK | P::UNSUBACK, _) => "MQTT5-2.2.1-6",
        (K::ZeroPacketIdentifier, ..) => "MQTT5-2.2.1-5",
        (K::EmptyList, P::SUBSCRIBE, _) => "MQTT5-3.8.3-2",
        (K::EmptyList, P::SUBACK, _) => "MQTT5-3.8.4-6",
        (K::EmptyList, P::UNSUBSCRIBE, _) => "MQTT5-3.10.3-2",
        (K::EmptyList, P::UNSUBACK, _) => "MQTT5-3.11.3-2",
        (K::EmptyTopic, P::PUBLISH, "topic_name") => "MQTT5-3.3.2.1-p2",
        (K::EmptyTopic, ..) => "MQTT5-4.7.3-1",
        (K::WildcardInTopicName, P::PUBLISH, "topic_name") => "MQTT5-3.3.2-2",
        (K::WildcardInTopicName, P::PUBLISH, "response_topic") => "MQTT5-3.3.2-14",
        (K::WildcardInTopicName, ..) => "MQTT5-4.7.0-1",
        (K::MisplacedMultiLevelWildcard, ..) => "MQTT5-4.7.1-1",
        (K::MisplacedSingleLevelWildcard, ..) => "MQTT5-4.7.1-2",
        (K::MisplacedProperty, P::PUBLISH, "subscription_identifier") => "MQTT5-3.3.4-6",
        (K::MisplacedProperty, P::DISCONNECT, "session_expiry_interval") => "MQTT5-3.14.2-2",
        (K::MisplacedProperty | K::UnknownProperty, ..) => "MQTT5-2.2.2.2-p1",
        (K::MissingProperty, P::CONNECT, _) => "MQTT5-3.1.2.11.10-p1",
        (K::MissingProperty, ..) => "MQTT5-3.15.2.2.2-p1",
        _ => return None,
    })
}

/// The code is in no table for the packet; one that the other side alone may send is cited where
/// it is found.
fn reason_code(packet: PacketType) -> Option<&'static str> {
    Some(match packet {
        P::CONNACK => "MQTT5-3.2.2-8",
        P::PUBACK => "MQTT5-3.4.2-1",
        P::PUBREC => "MQTT5-3.5.2-1",
        P::PUBREL => "MQTT5-3.6.2-1",
        P::PUBCOMP => "MQTT5-3.7.2-1",
        P::SUBACK => "MQTT5-3.9.3-2",
        P::UNSUBACK => "MQTT5-3.11.3-2",
        P::DISCONNECT => "MQTT5-3.14.2-1",
        P::AUTH => "MQTT5-3.15.2-1",
        _ => return None,
    })
}

/// A reason code of this packet that the sender leaves to the other side.
pub(in super::super) fn other_side(packet: PacketType) -> Option<&'static str> {
    Some(match packet {
        P::PUBACK => "MQTT5-3.4.2.1-p2",
        P::PUBREC => "MQTT5-3.5.2.1-p2",
        P::DISCONNECT => "MQTT5-3.14.2.1-p3",
        P::AUTH => "MQTT5-3.15.2.1-p1",
        _ => return None,
    })
}

/// A property that stands at most once. No sentence says so of Payload Format Indicator and
/// Message Expiry Interval in PUBLISH, although the Will Properties have one for each.
fn once(packet: PacketType, field: &str) -> Option<&'static str> {
    Some(match (packet, field) {
        (P::CONNECT, "will_delay_interval") => "MQTT5-3.1.3.2.2-p1",
        (P::CONNECT, "payload_format_indicator") => "MQTT5-3.1.3.2.3-p3",
        (P::CONNECT, "message_expiry_interval") => "MQTT5-3.1.3.2.4-p1",
        (P::CONNECT, "content_type") => "MQTT5-3.1.3.2.5-p1",
        (P::CONNECT, "response_topic") => "MQTT5-3.1.3.2.6-p1",
        (P::CONNECT, "correlation_data") => "MQTT5-3.1.3.2.7-p1",
        (P::CONNECT, "session_expiry_interval") => "MQTT5-3.1.2.11.2-p1",
        (P::CONNECT, "authentication_method") => "MQTT5-3.1.2.11.9-p1",
        (P::CONNECT, "authentication_data") => "MQTT5-3.1.2.11.10-p2",
        (P::CONNECT, "topic_alias_maximum") => "MQTT5-3.1.2.11.5-p1",
        (P::CONNECT, _) => return range(packet, field),
        (P::CONNACK, "session_expiry_interval") => "MQTT5-3.2.2.3.2-p1",
        (P::CONNACK, "assigned_client_identifier") => "MQTT5-3.2.2.3.7-p1",
        (P::CONNACK, "topic_alias_maximum") => "MQTT5-3.2.2.3.8-p1",
        (P::CONNACK, "reason_string") => "MQTT5-3.2.2.3.9-p2",
        (P::CONNACK, "server_keep_alive") => "MQTT5-3.2.2.3.14-p1",
        (P::CONNACK, "response_information") => "MQTT5-3.2.2.3.15-p1",
        (P::CONNACK, "server_reference") => "MQTT5-3.2.2.3.16-p1",
        (P::CONNACK, "authentication_method") => "MQTT5-3.2.2.3.17-p1",
        (P::CONNACK, "authentication_data") => "MQTT5-3.2.2.3.18-p1",
        (P::CONNACK, _) => return range(packet, field),
        (P::PUBLISH, "topic_alias") => "MQTT5-3.3.2.3.4-p1",
        (P::PUBLISH, "response_topic") => "MQTT5-3.3.2.3.5-p1",
        (P::PUBLISH, "correlation_data") => "MQTT5-3.3.2.3.6-p1",
        (P::PUBLISH, "content_type") => "MQTT5-3.3.2.3.9-p1",
        (P::SUBSCRIBE, "subscription_identifier") => "MQTT5-3.8.2.1.2-p2",
        (P::PUBACK, "reason_string") => "MQTT5-3.4.2.2.2-p1",
        (P::PUBREC, "reason_string") => "MQTT5-3.5.2.2.2-p2",
        (P::PUBREL, "reason_string") => "MQTT5-3.6.2.2.2-p2",
        (P::PUBCOMP, "reason_string") => "MQTT5-3.7.2.2.2-p2",
        (P::SUBACK, "reason_string") => "MQTT5-3.9.2.1.2-p2",
        (P::UNSUBACK, "reason_string") => "MQTT5-3.11.2.1.2-p2",
        (P::DISCONNECT, "session_expiry_interval") => "MQTT5-3.14.2.2.2-p1",
        (P::DISCONNECT, "reason_string") => "MQTT5-3.14.2.2.3-p2",
        (P::DISCONNECT, "server_reference") => "MQTT5-3.14.2.2.5-p1",
        (P::AUTH, "authentication_method") => "MQTT5-3.15.2.2.2-p1",
        (P::AUTH, "authentication_data") => "MQTT5-3.15.2.2.3-p1",
        (P::AUTH, "reason_string") => "MQTT5-3.15.2.2.4-p2",
        _ => return None,
    })
}

/// The values of a property or option. The sentences about CONNECT and CONNACK that give a range
/// also say that the property stands once.
fn range(packet: PacketType, field: &str) -> Option<&'static str> {
    Some(match (packet, field) {
        (P::CONNECT, "receive_maximum") => "MQTT5-3.1.2.11.3-p1",
        (P::CONNECT, "maximum_packet_size") => "MQTT5-3.1.2.11.4-p2",
        (P::CONNECT, "request_response_information") => "MQTT5-3.1.2.11.6-p1",
        (P::CONNECT, "request_problem_information") => "MQTT5-3.1.2.11.7-p1",
        (P::CONNECT, "payload_format_indicator") => "MQTT5-3.1.3.2.3-p1",
        (P::CONNACK, "receive_maximum") => "MQTT5-3.2.2.3.3-p1",
        (P::CONNACK, "maximum_qos") => "MQTT5-3.2.2.3.4-p1",
        (P::CONNACK, "retain_available") => "MQTT5-3.2.2.3.5-p2",
        (P::CONNACK, "maximum_packet_size") => "MQTT5-3.2.2.3.6-p2",
        (P::CONNACK, "wildcard_subscription_available") => "MQTT5-3.2.2.3.11-p2",
        (P::CONNACK, "subscription_identifier_available") => "MQTT5-3.2.2.3.12-p2",
        (P::CONNACK, "shared_subscription_available") => "MQTT5-3.2.2.3.13-p2",
        (P::PUBLISH, "payload_format_indicator") => "MQTT5-3.3.2.3.2-p1",
        (P::PUBLISH, "topic_alias") => "MQTT5-3.3.2-8",
        (P::PUBLISH, "subscription_identifier") => "MQTT5-3.3.2.3.8-p1",
        (P::SUBSCRIBE, "subscription_identifier") => "MQTT5-3.8.2.1.2-p1",
        (P::SUBSCRIBE, "retain_handling") => "MQTT5-3.8.3.1-p4",
        _ => return None,
    })
}
