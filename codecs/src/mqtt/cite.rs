//! Which requirement a rejection enforces, from packet, kind and field.

use super::{Context, ErrorKind, PacketType, Party, Version};

use ErrorKind as K;
use PacketType as P;

/// The id of the requirement, where one sentence can be named.
pub(super) fn requirement(
    ctx: &Context,
    packet: PacketType,
    kind: ErrorKind,
    field: &str,
) -> Option<&'static str> {
    match ctx.version {
        Version::V5 => version_5(packet, kind, field, ctx.from),
        Version::V31 | Version::V311 => version_3_1_1(packet, kind, field),
    }
}

fn version_5(packet: PacketType, kind: K, field: &str, from: Party) -> Option<&'static str> {
    Some(match (kind, packet, field) {
        (K::WrongFlags, P::PUBREL, _) => "MQTT5-3.6.1-1",
        (K::WrongFlags, P::SUBSCRIBE, _) => "MQTT5-3.8.1-1",
        (K::WrongFlags, P::UNSUBSCRIBE, _) => "MQTT5-3.10.1-1",
        (K::WrongFlags, P::DISCONNECT, _) => "MQTT5-3.14.1-1",
        (K::WrongFlags, P::AUTH, _) => "MQTT5-3.15.1-1",
        (K::WrongFlags, ..) => "MQTT5-2.1.3-1",
        (K::TooLarge, ..) if from == Party::Server => "MQTT5-3.1.2-24",
        (K::TooLarge, ..) => "MQTT5-3.2.2-15",
        (K::InvalidUtf8, ..) => "MQTT5-1.5.4-1",
        (K::NulCharacter, ..) => "MQTT5-1.5.4-2",
        (K::WrongProtocolName, ..) => "MQTT5-3.1.2-1",
        (K::UnsupportedVersion, ..) => "MQTT5-3.1.2-2",
        (K::ReservedBits, P::CONNECT, _) => "MQTT5-3.1.2-3",
        (K::ReservedBits, P::CONNACK, _) => "MQTT5-3.2.2-1",
        (K::ReservedBits, P::SUBSCRIBE, _) => "MQTT5-3.8.3-5",
        (K::InvalidQoS, P::PUBLISH, _) => "MQTT5-3.3.1-4",
        (K::InvalidQoS, P::CONNECT, _) => "MQTT5-3.1.2-12",
        (K::FlagConflict, P::PUBLISH, _) => "MQTT5-3.3.1-2",
        (K::FlagConflict, P::CONNECT, "will_qos") => "MQTT5-3.1.2-11",
        (K::FlagConflict, P::CONNECT, "will_retain") => "MQTT5-3.1.2-13",
        (K::FlagConflict, P::CONNACK, _) => "MQTT5-3.2.2-6",
        (K::FlagConflict, P::SUBSCRIBE, _) => "MQTT5-3.8.3-4",
        (K::ZeroPacketIdentifier, P::PUBLISH, _) if from == Party::Server => "MQTT5-2.2.1-4",
        (K::ZeroPacketIdentifier, P::PUBLISH | P::SUBSCRIBE | P::UNSUBSCRIBE, _) => "MQTT5-2.2.1-3",
        (K::EmptyList, P::SUBSCRIBE, _) => "MQTT5-3.8.3-2",
        (K::EmptyList, P::SUBACK, _) => "MQTT5-3.8.4-6",
        (K::EmptyList, P::UNSUBSCRIBE, _) => "MQTT5-3.10.3-2",
        (K::EmptyList, P::UNSUBACK, _) => "MQTT5-3.11.3-2",
        (K::EmptyTopic, ..) => "MQTT5-4.7.3-1",
        (K::WildcardInTopicName, P::PUBLISH, "topic_name") => "MQTT5-3.3.2-2",
        (K::WildcardInTopicName, _, "response_topic") => "MQTT5-3.3.2-14",
        (K::WildcardInTopicName, ..) => "MQTT5-4.7.0-1",
        (K::MisplacedMultiLevelWildcard, ..) => "MQTT5-4.7.1-1",
        (K::MisplacedSingleLevelWildcard, ..) => "MQTT5-4.7.1-2",
        (K::MisplacedProperty, P::PUBLISH, "subscription_identifier") => "MQTT5-3.3.4-6",
        (K::MisplacedProperty, P::DISCONNECT, "session_expiry_interval") => "MQTT5-3.14.2-2",
        (K::InvalidValue, P::PUBLISH, "topic_alias") => "MQTT5-3.3.2-8",
        (K::UnknownReasonCode, P::CONNACK, _) => "MQTT5-3.2.2-8",
        (K::UnknownReasonCode, P::PUBACK, _) => "MQTT5-3.4.2-1",
        (K::UnknownReasonCode, P::PUBREC, _) => "MQTT5-3.5.2-1",
        (K::UnknownReasonCode, P::PUBREL, _) => "MQTT5-3.6.2-1",
        (K::UnknownReasonCode, P::PUBCOMP, _) => "MQTT5-3.7.2-1",
        (K::UnknownReasonCode, P::SUBACK, _) => "MQTT5-3.9.3-2",
        (K::UnknownReasonCode, P::UNSUBACK, _) => "MQTT5-3.11.3-2",
        (K::UnknownReasonCode, P::DISCONNECT, _) => "MQTT5-3.14.2-1",
        (K::UnknownReasonCode, P::AUTH, _) => "MQTT5-3.15.2-1",
        _ => return None,
    })
}

fn version_3_1_1(packet: PacketType, kind: K, field: &str) -> Option<&'static str> {
    Some(match (kind, packet, field) {
        (K::WrongFlags, P::PUBREL, _) => "MQTT311-3.6.1-1",
        (K::WrongFlags, P::SUBSCRIBE, _) => "MQTT311-3.8.1-1",
        (K::WrongFlags, P::UNSUBSCRIBE, _) => "MQTT311-3.10.1-1",
        (K::WrongFlags, P::DISCONNECT, _) => "MQTT311-3.14.1-1",
        (K::WrongFlags, ..) => "MQTT311-2.2.2-2",
        (K::InvalidUtf8, ..) => "MQTT311-1.5.3-1",
        (K::NulCharacter, ..) => "MQTT311-1.5.3-2",
        (K::WrongProtocolName, ..) => "MQTT311-3.1.2-1",
        (K::UnsupportedVersion, ..) => "MQTT311-3.1.2-2",
        (K::ReservedBits, P::CONNECT, _) => "MQTT311-3.1.2-3",
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
        (K::EmptyList, P::SUBSCRIBE, _) => "MQTT311-3.8.3-3",
        (K::EmptyList, P::SUBACK, _) => "MQTT311-3.8.4-5",
        (K::EmptyList, P::UNSUBSCRIBE, _) => "MQTT311-3.10.3-2",
        (K::EmptyTopic, ..) => "MQTT311-4.7.3-1",
        (K::WildcardInTopicName, P::PUBLISH, _) => "MQTT311-3.3.2-2",
        (K::WildcardInTopicName, ..) => "MQTT311-4.7.1-1",
        (K::MisplacedMultiLevelWildcard, ..) => "MQTT311-4.7.1-2",
        (K::MisplacedSingleLevelWildcard, ..) => "MQTT311-4.7.1-3",
        (K::UnknownReasonCode, P::SUBACK, _) => "MQTT311-3.9.3-2",
        _ => return None,
    })
}
