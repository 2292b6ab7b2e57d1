//! Which requirement a rejection enforces, from message type, kind and field.

use super::{DecodeError, ErrorKind, MessageType};

use ErrorKind as K;
use MessageType as T;

/// The error with the id of its requirement, where one sentence can be named.
#[cold]
pub(super) fn cited(mut error: DecodeError, message_type: MessageType) -> DecodeError {
    if error.requirement.is_none() {
        error.requirement = requirement(message_type, error.kind, error.field);
    }
    error
}

fn requirement(message_type: T, kind: K, field: &str) -> Option<&'static str> {
    Some(match (kind, message_type, field) {
        (K::InvalidLength, T::ENCAPSULATED, _) => "MQTTSN-5.5-1",
        (K::InvalidLength, ..) | (K::Truncated, _, "length") => "MQTTSN-5.2.1-1",
        (K::ReservedMessageType, ..) => "MQTTSN-5.2.2-1",
        (K::InvalidUtf8 | K::ClientIdLength, _, "client_id") => "MQTTSN-5.3.1-1",
        (K::InvalidUtf8, ..) => "MQTTSN-5.3.12-1",
        (K::ReservedTopicIdType, T::SUBSCRIBE, _) => "MQTTSN-5.4.15-2",
        (K::ReservedTopicIdType, ..) => "MQTTSN-5.3.4-4",
        (K::ReservedProtocolId, ..) => "MQTTSN-5.3.8-1",
        (K::InvalidQoS, ..) => "MQTTSN-5.3.4-3",
        (K::FlagConflict, ..) => "MQTTSN-6.8-2",
        (K::WildcardInTopicName, ..) => "MQTTSN-6.10.0-p1",
        (K::MissingField, T::GWINFO, _) => "MQTTSN-5.4.3-2",
        (K::MisplacedField, T::DISCONNECT, _) => "MQTTSN-5.4.21-2",
        // A short topic name has two octets wherever it stands.
        (K::Truncated, _, "topic_name") => "MQTTSN-6.7-3",
        (K::WrongDirection | K::Truncated | K::TrailingBytes | K::MisplacedField, ..) => {
            return format(message_type);
        }
        _ => return None,
    })
}

/// The requirement that gives the message its form and its sender.
fn format(message_type: T) -> Option<&'static str> {
    Some(match message_type {
        T::ADVERTISE => "MQTTSN-5.4.1-1",
        T::SEARCHGW => "MQTTSN-5.4.2-1",
        T::GWINFO => "MQTTSN-5.4.3-1",
        T::CONNECT => "MQTTSN-5.4.4-1",
        T::CONNACK => "MQTTSN-5.4.5-1",
        T::WILLTOPICREQ => "MQTTSN-5.4.6-1",
        T::WILLTOPIC => "MQTTSN-5.4.7-1",
        T::WILLMSGREQ => "MQTTSN-5.4.8-1",
        T::WILLMSG => "MQTTSN-5.4.9-1",
        T::REGISTER => "MQTTSN-5.4.10-3",
        T::REGACK => "MQTTSN-5.4.11-1",
        T::PUBLISH => "MQTTSN-5.4.12-1",
        T::PUBACK => "MQTTSN-5.4.13-1",
        T::PUBCOMP | T::PUBREC | T::PUBREL => "MQTTSN-5.4.14-1",
        T::SUBSCRIBE => "MQTTSN-5.4.15-1",
        T::SUBACK => "MQTTSN-5.4.16-1",
        T::UNSUBSCRIBE => "MQTTSN-5.4.17-1",
        T::UNSUBACK => "MQTTSN-5.4.18-1",
        T::PINGREQ => "MQTTSN-5.4.19-1",
        T::PINGRESP => "MQTTSN-5.4.20-1",
        T::DISCONNECT => "MQTTSN-5.4.21-2",
        T::WILLTOPICUPD => "MQTTSN-5.4.22-1",
        T::WILLTOPICRESP => "MQTTSN-5.4.24-1",
        T::WILLMSGUPD => "MQTTSN-5.4.23-1",
        T::WILLMSGRESP => "MQTTSN-5.4.25-1",
        T::ENCAPSULATED => "MQTTSN-5.5-1",
        _ => return None,
    })
}
