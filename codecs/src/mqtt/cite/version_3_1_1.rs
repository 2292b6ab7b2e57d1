//! The requirements of MQTT 3.1.1, which also serve for 3.1.

use super::super::{ErrorKind, PacketType};

use ErrorKind as K;
use PacketType as P;

pub(super) fn requirement(packet: PacketType, kind: K, field: &str) -> Option<&'static str> {
    Some(match (kind, packet, field) {
        (K::ReservedPacketType, ..) => "MQTT311-2.2.1-p1",
        (K::WrongDirection, ..) => "MQTT311-2.2.1-p2",
        (K::WrongFlags, P::PUBREL, _) => "MQTT311-3.6.1-1",
        (K::WrongFlags, P::SUBSCRIBE, _) => "MQTT311-3.8.1-1",
        (K::WrongFlags, P::UNSUBSCRIBE, _) => "MQTT311-3.10.1-1",
        (K::WrongFlags, P::DISCONNECT, _) => "MQTT311-3.14.1-1",
        (K::WrongFlags, ..) => "MQTT311-2.2.2-1",
        (K::MalformedVarint, ..) => "MQTT311-2.2.3-p2",
        (K::Truncated, P::CONNECT, "client_identifier") => "MQTT311-3.1.3-3",
        (K::Truncated, P::CONNECT, "topic" | "payload") => "MQTT311-3.1.2-9",
        (K::Truncated, P::CONNECT, "user_name") => "MQTT311-3.1.2-19",
        (K::Truncated, P::CONNECT, "password") => "MQTT311-3.1.2-21",
        (K::Truncated | K::TrailingBytes, ..) => length(packet),
        (K::InvalidUtf8, ..) => "MQTT311-1.5.3-1",
        (K::NulCharacter, ..) => "MQTT311-1.5.3-2",
        (K::WrongProtocolName, ..) => "MQTT311-3.1.2.1-p1",
        (K::UnsupportedVersion, ..) => "MQTT311-3.1.2-2",
        (K::ReservedBits, P::CONNECT, _) => "MQTT311-3.1.2-3",
        (K::ReservedBits, P::CONNACK, _) => "MQTT311-3.2.2.1-p1",
        (K::ReservedBits | K::InvalidQoS, P::SUBSCRIBE, _) => "MQTT311-3.8.3-4",
        (K::InvalidQoS, P::PUBLISH, _) => "MQTT311-3.3.1-4",
        (K::InvalidQoS, P::CONNECT, _) => "MQTT311-3.1.2-14",
        (K::FlagConflict, P::PUBLISH, _) => "MQTT311-3.3.1-2",
        (K::FlagConflict, P::CONNECT, "will_qos") => "MQTT311-3.1.2-13",
        (K::FlagConflict, P::CONNECT, "will_retain") => "MQTT311-3.1.2-15",
        (K::FlagConflict, P::CONNECT, _) => "MQTT311-3.1.2-22",
        (K::FlagConflict, P::CONNACK, _) => "MQTT311-3.2.2-4",
        (K::EmptyClientIdentifier, ..) => "MQTT311-3.1.3-7",
        (K::ZeroPacketIdentifier, P::PUBLISH | P::SUBSCRIBE | P::UNSUBSCRIBE, _) => {
            "MQTT311-2.3.1-1"
        }
        (K::ZeroPacketIdentifier, P::SUBACK | P::UNSUBACK, _) => "MQTT311-2.3.1-7",
        (K::ZeroPacketIdentifier, ..) => "MQTT311-2.3.1-6",
        (K::EmptyList, P::SUBSCRIBE, _) => "MQTT311-3.8.3-3",
        (K::EmptyList, P::SUBACK, _) => "MQTT311-3.8.4-5",
        (K::EmptyList, P::UNSUBSCRIBE, _) => "MQTT311-3.10.3-2",
        (K::EmptyTopic, ..) => "MQTT311-4.7.3-1",
        (K::WildcardInTopicName, P::PUBLISH, _) => "MQTT311-3.3.2-2",
        (K::WildcardInTopicName, ..) => "MQTT311-4.7.1-1",
        (K::MisplacedMultiLevelWildcard, ..) => "MQTT311-4.7.1-2",
        (K::MisplacedSingleLevelWildcard, ..) => "MQTT311-4.7.1-3",
        (K::UnknownReasonCode, P::CONNACK, _) => "MQTT311-3.2.2.3-p2",
        (K::UnknownReasonCode, P::SUBACK, _) => "MQTT311-3.9.3-2",
        _ => return None,
    })
}

/// The packets of fixed length have a sentence each.
fn length(packet: PacketType) -> &'static str {
    match packet {
        P::CONNACK => "MQTT311-3.2.1-p1",
        P::PUBACK => "MQTT311-3.4.1-p1",
        P::PUBREC => "MQTT311-3.5.1-p1",
        P::PUBREL => "MQTT311-3.6.1-p1",
        P::PUBCOMP => "MQTT311-3.7.1-p1",
        P::UNSUBACK => "MQTT311-3.11.1-p1",
        P::PINGREQ => "MQTT311-3.12.1-p1",
        P::PINGRESP => "MQTT311-3.13.1-p1",
        P::DISCONNECT => "MQTT311-3.14.1-p1",
        _ => "MQTT311-2.2.3-p1",
    }
}
