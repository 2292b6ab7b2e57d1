//! Which requirement a rejection enforces, from packet type, kind and field.

use super::{DecodeError, ErrorKind, PacketType, Party};

use ErrorKind as K;
use PacketType as T;

/// The error with the id of its requirement, where one sentence can be named.
#[cold]
pub(super) fn cited(mut error: DecodeError, packet_type: PacketType, from: Party) -> DecodeError {
    if error.requirement.is_none() {
        error.requirement = requirement(packet_type, from, error.kind, error.field);
    }
    error
}

fn requirement(packet_type: T, from: Party, kind: K, field: &str) -> Option<&'static str> {
    Some(match (kind, packet_type, field) {
        (K::InvalidLength, ..) | (K::Truncated, _, "length") => "MQTTSN2-2.1.2-p1",
        (K::ReservedPacketType, ..) | (K::WrongDirection, ..) => "MQTTSN2-2.1.3-p1",
        (K::InvalidUtf8, ..) => "MQTTSN2-1.7.4-1",
        (K::NulCharacter, ..) => "MQTTSN2-1.7.4-2",
        (K::ReservedTopicType, ..) => "MQTTSN2-2.4.0-p1",
        (K::WrongTopicType, T::REGACK, _) => "MQTTSN2-3.5.2.1-1",
        (K::WrongTopicType, T::SUBACK, _) => "MQTTSN2-3.8.2.1-1",
        (K::WrongTopicType, ..) => "MQTTSN2-3.6.1.2.1-1",
        (K::ReservedBits, ..) => return reserved(packet_type),
        (K::InvalidQoS, T::CONNECT, _) => "MQTTSN2-3.1.3.2-p1",
        (K::InvalidQoS, T::SUBSCRIBE, _) => "MQTTSN2-3.7.2.4-p1",
        (K::InvalidQoS, ..) => "MQTTSN2-3.6.3.2.2-p1",
        (K::InvalidValue, _, "keep_alive") => "MQTTSN2-3.1.6-4",
        (K::InvalidValue, _, "maximum_packet_size") => "MQTTSN2-3.1.7-1",
        (K::InvalidValue, _, "retain_handling") => "MQTTSN2-3.7.2.2-p1",
        (K::InvalidValue, _, "sleep_duration") => "MQTTSN2-3.15.4-1",
        (K::InvalidValue, _, "monotonic_counter_length") => "MQTTSN2-3.17.2.1-1",
        (K::InvalidValue, _, "protection_scheme") => "MQTTSN2-3.17.3-1",
        (K::InvalidValue, _, "authentication_tag_length") => "MQTTSN2-3.17.2.3-p1",
        (K::UnsupportedVersion, ..) => "MQTTSN2-3.1.5-1",
        (K::ZeroPacketIdentifier, T::PUBLISH, _) if from == Party::Server => "MQTTSN2-2.2-3",
        (K::ZeroPacketIdentifier, ..) => "MQTTSN2-2.2-1",
        (K::UnknownReasonCode, ..) => return reason_code(packet_type),
        (K::EmptyTopic, ..) => "MQTTSN2-4.7.1.3-1",
        (K::WildcardInTopicName, ..) => "MQTTSN2-4.7.1.1-1",
        (K::MisplacedMultiLevelWildcard, ..) => "MQTTSN2-4.7.1.1.2-1",
        (K::MisplacedSingleLevelWildcard, ..) => "MQTTSN2-4.7.1.1.3-1",
        (K::FlagConflict, T::CONNACK, _) => "MQTTSN2-3.2.2.1-5",
        (K::FlagConflict, T::SUBACK, _) => "MQTTSN2-3.8.2.1-2",
        (K::FlagConflict, ..) => "MQTTSN2-3.6.3.2.3-1",
        (K::MisplacedField, T::REGISTER, _) => "MQTTSN2-3.4-1",
        (K::MissingField, T::REGISTER, _) => "MQTTSN2-3.4-2",
        (K::MisplacedField, T::REGACK, _) => "MQTTSN2-3.5.4-1",
        (K::MisplacedField, T::DISCONNECT, _) => "MQTTSN2-3.13.5-1",
        (K::MisplacedField, ..) => "MQTTSN2-3.20.3.3-p1",
        (K::MissingField, ..) => "MQTTSN2-3.20.3-p1",
        (K::MisplacedPacket, T::CONNECTION_ENCAPSULATION, _) => "MQTTSN2-3.18-3",
        (K::MisplacedPacket, ..) => "MQTTSN2-3.17.8-1",
        (K::Truncated | K::TrailingBytes, ..) => return format(packet_type),
        (K::TooLarge | K::NestedTooDeep | K::InvalidValue, ..) => return None,
    })
}

/// The requirement that reserves bits of the flags.
fn reserved(packet_type: T) -> Option<&'static str> {
    Some(match packet_type {
        T::CONNECT => "MQTTSN2-3.1.2-1",
        T::CONNACK => "MQTTSN2-3.2.2-1",
        T::PUBLISH => "MQTTSN2-3.6.3.2-1",
        T::UNSUBSCRIBE => "MQTTSN2-3.9.2-1",
        T::SUBACK => "MQTTSN2-3.8.2-1",
        T::DISCONNECT => "MQTTSN2-3.13.2-1",
        T::REGISTER => "MQTTSN2-3.4.2-1",
        T::REGACK => "MQTTSN2-3.5.2-1",
        T::PUBWOS => "MQTTSN2-3.6.1.2-1",
        T::SLEEPREQ => "MQTTSN2-3.15.2-1",
        T::SLEEPRESP => "MQTTSN2-3.16.2-1",
        _ => return None,
    })
}

/// The requirement that says which reason codes the packet may carry.
fn reason_code(packet_type: T) -> Option<&'static str> {
    Some(match packet_type {
        T::CONNACK => "MQTTSN2-3.2.4-1",
        T::AUTH => "MQTTSN2-3.3.3-1",
        T::REGACK => "MQTTSN2-3.5.5-1",
        T::PUBACK => "MQTTSN2-3.6.4.3-1",
        T::PUBREC => "MQTTSN2-3.6.5.3-1",
        T::PUBREL => "MQTTSN2-3.6.6.3-1",
        T::PUBCOMP => "MQTTSN2-3.6.7.3-1",
        T::SUBACK => "MQTTSN2-3.8.5-1",
        T::UNSUBACK => "MQTTSN2-3.10.3-1",
        T::DISCONNECT => "MQTTSN2-3.13.4-1",
        T::SLEEPRESP => "MQTTSN2-3.16.4-1",
        _ => return None,
    })
}

/// The requirement that gives the packet its form.
fn format(packet_type: T) -> Option<&'static str> {
    Some(match packet_type {
        T::CONNECT => "MQTTSN2-3.1.0-p1",
        T::CONNACK => "MQTTSN2-3.2.0-p1",
        T::AUTH => "MQTTSN2-3.3.0-p1",
        T::REGISTER => "MQTTSN2-3.4.0-p1",
        T::REGACK => "MQTTSN2-3.5.0-p1",
        T::PUBWOS => "MQTTSN2-3.6.1-p1",
        T::PUBLISH => "MQTTSN2-3.6.3-p1",
        T::PUBACK => "MQTTSN2-3.6.4-p1",
        T::PUBREC => "MQTTSN2-3.6.5-p1",
        T::PUBREL => "MQTTSN2-3.6.6-p1",
        T::PUBCOMP => "MQTTSN2-3.6.7-p1",
        T::SUBSCRIBE => "MQTTSN2-3.7.0-p1",
        T::SUBACK => "MQTTSN2-3.8.0-p1",
        T::UNSUBSCRIBE => "MQTTSN2-3.9.0-p1",
        T::UNSUBACK => "MQTTSN2-3.10.0-p1",
        T::PINGREQ => "MQTTSN2-3.11.0-p1",
        T::PINGRESP => "MQTTSN2-3.12.0-p1",
        T::DISCONNECT => "MQTTSN2-3.13.0-p1",
        T::WAKEUP => "MQTTSN2-3.14.0-p1",
        T::SLEEPREQ => "MQTTSN2-3.15.0-p1",
        T::SLEEPRESP => "MQTTSN2-3.16.0-p1",
        T::PROTECTION_ENCAPSULATION => "MQTTSN2-3.17.0-p1",
        T::ADVERTISE => "MQTTSN2-3.20.1-p1",
        T::GWINFO => "MQTTSN2-3.20.3-p2",
        _ => return None,
    })
}
