//! The closed list of what can be wrong with an MQTT packet.

use crate::error::kinds;
use crate::wire::Short;

kinds! {
    /// What is wrong with a packet; named by what it is, not where.
    ReservedPacketType = "reserved-packet-type", "the packet type is reserved in this version";
    WrongFlags = "wrong-flags", "the flags of the fixed header are not those of this packet type";
    MalformedVarint = "malformed-varint", "a Variable Byte Integer is longer than four bytes";
    TooLarge = "too-large", "the packet is larger than the receiver takes";
    Truncated = "truncated", "the field runs past the end of the block that holds it";
    TrailingBytes = "trailing-bytes", "bytes are left behind the last field";
    InvalidUtf8 = "invalid-utf8", "a string is not well-formed UTF-8";
    NulCharacter = "nul-character", "a string holds U+0000";
    WrongProtocolName = "wrong-protocol-name", "the Protocol Name is not that of this version";
    UnsupportedVersion = "unsupported-version", "the Protocol Version is not the expected one";
    ReservedBits = "reserved-bits", "a reserved bit is set";
    InvalidQoS = "invalid-qos", "the QoS is 3";
    FlagConflict = "flag-conflict", "two fields contradict each other";
    ZeroPacketIdentifier = "zero-packet-identifier", "the Packet Identifier is 0";
    EmptyList = "empty-list", "the payload has no entry where at least one is required";
    EmptyTopic = "empty-topic", "a Topic Name or Topic Filter has no characters";
    WildcardInTopicName = "wildcard-in-topic-name", "a Topic Name holds a wildcard";
    MisplacedMultiLevelWildcard = "misplaced-multi-level-wildcard",
        "# does not stand alone in the last level of the Topic Filter";
    MisplacedSingleLevelWildcard = "misplaced-single-level-wildcard",
        "+ does not fill a whole level of the Topic Filter";
    InvalidShareName = "invalid-share-name",
        "a shared subscription has no proper ShareName followed by a Topic Filter";
    UnknownProperty = "unknown-property", "the property identifier is not defined";
    MisplacedProperty = "misplaced-property", "the property may not stand in this packet";
    DuplicateProperty = "duplicate-property", "a property stands twice that may stand once";
    MissingProperty = "missing-property", "a property is absent that another one or the packet needs";
    InvalidValue = "invalid-value", "the value is outside the range that is defined for it";
    UnknownReasonCode = "unknown-reason-code",
        "the reason code is not defined for this packet and sender";
    WrongDirection = "wrong-direction", "this party never sends this packet type";
    EmptyClientIdentifier = "empty-client-identifier",
        "the Client Identifier is empty without Clean Session";
}

impl From<Short> for ErrorKind {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}
