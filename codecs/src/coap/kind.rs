//! The closed list of what can be wrong with a CoAP message.

use crate::error::kinds;
use crate::wire::Short;

kinds! {
    /// What is wrong with a message; named by what it is, not where.
    UnknownVersion = "unknown-version", "the version is not 1";
    Truncated = "truncated", "the message ends before the field does";
    TooLarge = "too-large", "the message is larger than the receiver takes";
    ReservedTokenLength = "reserved-token-length", "the Token Length is a reserved value";
    TokenTooLong = "token-too-long", "the Token is longer than the receiver takes";
    ReservedCodeClass = "reserved-code-class", "the class of the Code is reserved";
    CodeNotForType = "code-not-for-type", "a message of this type does not carry this Code";
    EmptyWithContent = "empty-with-content", "an Empty message goes on behind its header";
    ReservedOptionDelta = "reserved-option-delta",
        "the Option Delta is 15 in a byte that is no payload marker";
    ReservedOptionLength = "reserved-option-length", "the Option Length is 15";
    OptionNumberTooLarge = "option-number-too-large", "the option number is above 65535";
    LengthNotZero = "length-not-zero", "the Length is not 0, although the WebSocket frame has it";
    MarkerWithoutPayload = "marker-without-payload", "no payload follows the payload marker";
}

impl From<Short> for ErrorKind {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}
