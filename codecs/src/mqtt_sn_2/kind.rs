//! The closed list of what can be wrong with a packet.

use crate::error::kinds;
use crate::wire::Short;

kinds! {
    /// What is wrong with a packet; named by what it is, not where.
    InvalidLength = "invalid-length", "the Length is smaller than the header";
    TooLarge = "too-large", "the packet is larger than the receiver takes";
    Truncated = "truncated", "the field runs past the end of the packet";
    TrailingBytes = "trailing-bytes", "bytes are left behind the last field";
    ReservedPacketType = "reserved-packet-type", "the packet type is reserved";
    WrongDirection = "wrong-direction", "this party never sends this packet type";
    InvalidUtf8 = "invalid-utf8", "a string is not well-formed UTF-8";
    NulCharacter = "nul-character", "a string holds U+0000";
    ReservedBits = "reserved-bits", "a reserved flag is set";
    ReservedTopicType = "reserved-topic-type", "the Topic Type is 0b10";
    WrongTopicType = "wrong-topic-type", "the Topic Type is none that this packet may have";
    InvalidQoS = "invalid-qos", "the QoS is 3";
    InvalidValue = "invalid-value", "the value is outside the range that is defined for it";
    FlagConflict = "flag-conflict", "two fields contradict each other";
    UnsupportedVersion = "unsupported-version", "the Protocol Version is not 0x02";
    ZeroPacketIdentifier = "zero-packet-identifier", "the Packet Identifier is 0";
    UnknownReasonCode = "unknown-reason-code",
        "the reason code is not defined for this packet and sender";
    EmptyTopic = "empty-topic", "a Topic Name or Topic Filter has no characters";
    WildcardInTopicName = "wildcard-in-topic-name", "a Topic Name holds a wildcard";
    MisplacedMultiLevelWildcard = "misplaced-multi-level-wildcard",
        "# does not stand alone in the last level of the Topic Filter";
    MisplacedSingleLevelWildcard = "misplaced-single-level-wildcard",
        "+ does not fill a whole level of the Topic Filter";
    MisplacedField = "misplaced-field", "this party leaves the field out of this packet";
    MissingField = "missing-field", "this party does not leave the field out of this packet";
    MisplacedPacket = "misplaced-packet", "no packet of this type may be encapsulated so";
    NestedTooDeep = "nested-too-deep", "more encapsulations than the receiver takes";
}

impl From<Short> for ErrorKind {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}
