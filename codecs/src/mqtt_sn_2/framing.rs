//! The packet header (2.1): Length in one of two forms, Packet Type.

use core::fmt;

use super::{DecodeError, EncodeError, ErrorKind, Party};
use crate::mqtt_sn::{self, MessageType};

/// The MQTT-SN Control Packet Type (2.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PacketType(pub u8);

macro_rules! types {
    ($($constant:ident = $value:literal, $name:literal, $key:literal, $sender:ident;)*) => {
        impl PacketType {
            $(#[allow(missing_docs, reason = "the names are the specification's")]
            pub const $constant: Self = Self($value);)*

            /// Every type that is not reserved, in the order of its value.
            pub const ALL: &'static [Self] = &[$(Self($value)),*];

            /// The name as the specification prints it.
            pub const fn name(self) -> &'static str {
                match self.0 { $($value => $name,)* _ => "Reserved" }
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
    CONNECT = 0x01, "CONNECT", "connect", Client;
    CONNACK = 0x02, "CONNACK", "connack", Server;
    PUBLISH = 0x03, "PUBLISH", "publish", Either;
    PUBACK = 0x04, "PUBACK", "puback", Either;
    PUBREC = 0x05, "PUBREC", "pubrec", Either;
    PUBREL = 0x06, "PUBREL", "pubrel", Either;
    PUBCOMP = 0x07, "PUBCOMP", "pubcomp", Either;
    SUBSCRIBE = 0x08, "SUBSCRIBE", "subscribe", Client;
    SUBACK = 0x09, "SUBACK", "suback", Server;
    UNSUBSCRIBE = 0x0A, "UNSUBSCRIBE", "unsubscribe", Client;
    UNSUBACK = 0x0B, "UNSUBACK", "unsuback", Server;
    PINGREQ = 0x0C, "PINGREQ", "pingreq", Client;
    PINGRESP = 0x0D, "PINGRESP", "pingresp", Server;
    DISCONNECT = 0x0E, "DISCONNECT", "disconnect", Either;
    AUTH = 0x0F, "AUTH", "auth", Either;
    REGISTER = 0x10, "REGISTER", "register", Either;
    REGACK = 0x11, "REGACK", "regack", Either;
    PUBWOS = 0x12, "PUBWOS", "pubwos", Either;
    SLEEPREQ = 0x13, "SLEEPREQ", "sleepreq", Client;
    SLEEPRESP = 0x14, "SLEEPRESP", "sleepresp", Server;
    WAKEUP = 0x15, "WAKEUP", "wakeup", Server;
    ADVERTISE = 0x16, "ADVERTISE", "advertise", Server;
    SEARCHGW = 0x17, "SEARCHGW", "searchgw", Client;
    GWINFO = 0x18, "GWINFO", "gwinfo", Either;
    FORWARDER_ENCAPSULATION = 0xFD, "Forwarder Encapsulation", "forwarder_encapsulation", Either;
    CONNECTION_ENCAPSULATION = 0xFE, "Connection Encapsulation", "connection_encapsulation", Client;
    PROTECTION_ENCAPSULATION = 0xFF, "Protection Encapsulation", "protection_encapsulation", Either;
}

impl PacketType {
    /// The type whose JSON form has the key `key`.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|packet_type| packet_type.key() == key)
    }

    /// Whether `party` may send it.
    #[inline]
    pub(super) fn is_sent_by(self, party: Party) -> bool {
        let sender = self.sender();
        party == Party::Either || sender == Party::Either || sender == party
    }
}

impl fmt::Debug for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A packet as it lies on the wire, right or wrong: anything that fits a frame.
///
/// ```text
/// Length (1 byte, or 0x01 and 2 bytes) | Packet Type | body
/// ```
///
/// The Length of a Forwarder or Connection Encapsulation ends before the packet that it
/// encapsulates, which comes behind as a frame of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Whether the Length has the form of three bytes.
    pub long: bool,
    /// The Length as announced; for a packet to be written it may lie. The short form has its
    /// lower eight bits.
    pub length: u16,
    /// The type.
    pub packet_type: PacketType,
    /// What follows the header.
    pub body: &'a [u8],
}

impl Raw<'_> {
    /// Writes the packet as it is; returns its length in bytes.
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let Self { long, length, packet_type, body } = *self;
        let message_type = MessageType(packet_type.0);
        // The frame is that of 1.2.
        let raw = mqtt_sn::Raw { long, length, message_type, body };
        raw.encode(buffer).map_err(|_| EncodeError::BufferTooSmall)
    }
}

/// What lies at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole packet.
    Complete {
        /// Its parts.
        raw: Raw<'a>,
        /// Length of the header in bytes: 2 or 4.
        header: usize,
    },
    /// The packet goes on behind the buffer.
    Incomplete {
        /// At least this many further bytes are needed.
        need: usize,
    },
}

/// Finds the packet at the front of `bytes`; refuses one that announces more than `maximum` bytes.
/// Of what is inside, nothing is judged.
#[inline]
pub fn frame(bytes: &[u8], maximum: usize) -> Result<Frame<'_>, DecodeError> {
    match mqtt_sn::frame(bytes, maximum) {
        Ok(mqtt_sn::Frame::Complete { raw, header }) => {
            let mqtt_sn::Raw { long, length, message_type, body } = raw;
            let raw = Raw { long, length, packet_type: PacketType(message_type.0), body };
            Ok(Frame::Complete { raw, header })
        }
        Ok(mqtt_sn::Frame::Incomplete { need }) => Ok(Frame::Incomplete { need }),
        Err(error) => {
            let kind = match error.kind {
                mqtt_sn::ErrorKind::TooLarge => ErrorKind::TooLarge,
                _ => ErrorKind::InvalidLength,
            };
            Err(DecodeError::new(kind, error.at, error.field))
        }
    }
}
