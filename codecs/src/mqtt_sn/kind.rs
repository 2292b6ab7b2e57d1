//! The closed list of what can be wrong with an MQTT-SN message.

use crate::error::kinds;
use crate::wire::Short;

kinds! {
    /// What is wrong with a message; named by what it is, not where.
    InvalidLength = "invalid-length",
        "the Length is smaller than the header, or has a form that this message cannot have";
    TooLarge = "too-large", "the message is larger than the receiver takes";
    Truncated = "truncated", "the field runs past the end of the message";
    TrailingBytes = "trailing-bytes", "bytes are left behind the last field";
    ReservedMessageType = "reserved-message-type", "the message type is reserved";
    WrongDirection = "wrong-direction", "this party never sends this message type";
    InvalidUtf8 = "invalid-utf8", "a string is not well-formed UTF-8";
    ReservedTopicIdType = "reserved-topic-id-type", "the TopicIdType is 0b11";
    ReservedProtocolId = "reserved-protocol-id", "the ProtocolId is not 0x01";
    InvalidQoS = "invalid-qos", "the QoS is -1 outside a PUBLISH of a client";
    FlagConflict = "flag-conflict", "two flags contradict each other";
    ClientIdLength = "client-id-length", "the ClientId does not have 1 to 23 characters";
    WildcardInTopicName = "wildcard-in-topic-name", "a topic name to be registered holds a wildcard";
    MisplacedField = "misplaced-field", "this party leaves the field out of this message";
    MissingField = "missing-field", "this party does not leave the field out of this message";
    NestedTooDeep = "nested-too-deep", "more encapsulations than the receiver takes";
}

impl From<Short> for ErrorKind {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}
