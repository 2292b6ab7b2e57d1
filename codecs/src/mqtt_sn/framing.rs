//! The message header (5.2): Length in one of two forms, MsgType.

use core::fmt;

use super::{DecodeError, EncodeError, ErrorKind, Party};
use crate::wire::Writer;

/// The MsgType (Table 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageType(pub u8);

macro_rules! types {
    ($($constant:ident = $value:literal, $key:literal, $sender:ident;)*) => {
        impl MessageType {
            $(#[allow(missing_docs, reason = "the names are the specification's")]
            pub const $constant: Self = Self($value);)*

            /// Every type that is not reserved, in the order of its value.
            pub const ALL: &'static [Self] = &[$(Self($value)),*];

            /// The name as the specification prints it.
            pub const fn name(self) -> &'static str {
                match self.0 { $($value => stringify!($constant),)* _ => "RESERVED" }
            }

            /// The key of the JSON form.
            pub const fn key(self) -> &'static str {
                match self.0 { $($value => $key,)* _ => "reserved" }
            }

            /// Who sends it.
            pub const fn sender(self) -> Party {
                match self.0 { $($value => Party::$sender,)* _ => Party::Either }
            }
        }
    };
}

types! {
    ADVERTISE = 0x00, "advertise", Gateway;
    SEARCHGW = 0x01, "searchgw", Client;
    GWINFO = 0x02, "gwinfo", Either;
    CONNECT = 0x04, "connect", Client;
    CONNACK = 0x05, "connack", Gateway;
    WILLTOPICREQ = 0x06, "willtopicreq", Gateway;
    WILLTOPIC = 0x07, "willtopic", Client;
    WILLMSGREQ = 0x08, "willmsgreq", Gateway;
    WILLMSG = 0x09, "willmsg", Client;
    REGISTER = 0x0A, "register", Either;
    REGACK = 0x0B, "regack", Either;
    PUBLISH = 0x0C, "publish", Either;
    PUBACK = 0x0D, "puback", Either;
    PUBCOMP = 0x0E, "pubcomp", Either;
    PUBREC = 0x0F, "pubrec", Either;
    PUBREL = 0x10, "pubrel", Either;
    SUBSCRIBE = 0x12, "subscribe", Client;
    SUBACK = 0x13, "suback", Gateway;
    UNSUBSCRIBE = 0x14, "unsubscribe", Client;
    UNSUBACK = 0x15, "unsuback", Gateway;
    PINGREQ = 0x16, "pingreq", Either;
    PINGRESP = 0x17, "pingresp", Either;
    DISCONNECT = 0x18, "disconnect", Either;
    WILLTOPICUPD = 0x1A, "willtopicupd", Client;
    WILLTOPICRESP = 0x1B, "willtopicresp", Gateway;
    WILLMSGUPD = 0x1C, "willmsgupd", Client;
    WILLMSGRESP = 0x1D, "willmsgresp", Gateway;
    ENCAPSULATED = 0xFE, "encapsulated", Either;
}

impl MessageType {
    /// The type whose JSON form has the key `key`.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|message_type| message_type.key() == key)
    }

    /// Whether `party` may send it.
    #[inline]
    pub(super) fn is_sent_by(self, party: Party) -> bool {
        let sender = self.sender();
        party == Party::Either || sender == Party::Either || sender == party
    }
}

impl fmt::Debug for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message as it lies on the wire, right or wrong: anything that fits a frame.
///
/// ```text
/// Length (1 octet, or 0x01 and 2 octets) | MsgType | body
/// ```
///
/// The Length of an encapsulated message ends with its Wireless Node Id; what it encapsulates comes
/// behind, as a frame of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Whether the Length has the form of three octets.
    pub long: bool,
    /// The Length as announced; for a message to be written it may lie. The short form has its
    /// lower eight bits.
    pub length: u16,
    /// The type.
    pub message_type: MessageType,
    /// What follows the header.
    pub body: &'a [u8],
}

impl Raw<'_> {
    /// Writes the message as it is; returns its length in octets.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(buffer);
        let [high, low] = self.length.to_be_bytes();
        if self.long {
            w.bytes(&[1, high, low])?
        } else {
            w.u8(low)?
        }
        w.u8(self.message_type.0)?;
        w.bytes(self.body)?;
        Ok(w.written())
    }
}

/// What lies at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole message.
    Complete {
        /// Its parts.
        raw: Raw<'a>,
        /// Length of the header in octets: 2 or 4.
        header: usize,
    },
    /// The message goes on behind the buffer.
    Incomplete {
        /// At least this many further octets are needed.
        need: usize,
    },
}

/// Finds the message at the front of `bytes`; refuses one that announces more than `maximum`
/// octets. Of what is inside, nothing is judged.
#[inline(always)]
pub fn frame(bytes: &[u8], maximum: usize) -> Result<Frame<'_>, DecodeError> {
    // One octet of Length is the common case.
    if let [length @ 2..=255, message_type, rest @ ..] = bytes
        && let Some(body) = rest.get(..usize::from(*length).wrapping_sub(2))
        && usize::from(*length) <= maximum
    {
        let (length, message_type) = (u16::from(*length), MessageType(*message_type));
        return Ok(Frame::Complete {
            raw: Raw { long: false, length, message_type, body },
            header: 2,
        });
    }
    frame_long(bytes, maximum)
}

#[cold]
fn frame_long(bytes: &[u8], maximum: usize) -> Result<Frame<'_>, DecodeError> {
    let (length, header) = match *bytes {
        [] => return Ok(Frame::Incomplete { need: 2 }),
        [1] => return Ok(Frame::Incomplete { need: 3 }),
        [1, _] => return Ok(Frame::Incomplete { need: 2 }),
        // MQTTSN-5.2.1-2
        [1, high, low, ..] => (u16::from_be_bytes([high, low]), 4),
        // MQTTSN-5.2.1-3
        [length, ..] => (length.into(), 2),
    };
    let whole = usize::from(length);
    if whole < header {
        return Err(DecodeError::new(ErrorKind::InvalidLength, 0, "length"));
    }
    if whole > maximum {
        return Err(DecodeError::new(ErrorKind::TooLarge, 0, "length"));
    }
    match (bytes.get(header.wrapping_sub(1)), bytes.get(header..whole)) {
        (Some(message_type), Some(body)) => {
            let message_type = MessageType(*message_type);
            Ok(Frame::Complete {
                raw: Raw { long: header == 4, length, message_type, body },
                header,
            })
        }
        _ => Ok(Frame::Incomplete { need: whole.wrapping_sub(bytes.len()) }),
    }
}
