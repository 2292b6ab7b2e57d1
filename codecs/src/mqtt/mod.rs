//! MQTT 3.1, 3.1.1 and 5.0 from one code base.
//!
//! [`frame`] finds the packet at the front of a buffer ([`Raw`], right or wrong inside),
//! [`decode`] turns it into a [`Message`] that cannot hold what the specification forbids, and
//! [`fields`] walks the same bytes and names every field. Call them on the front of a stream with a
//! [`Context`] that says the version, who sent the bytes and how large a packet may be.
//! [`Message::encode`] writes into a caller's buffer; [`Framer`] reassembles packets from chunks.

mod acknowledgement;
mod auth;
mod cite;
mod connack;
mod connect;
mod disconnect;
mod framing;
#[cfg(feature = "arbitrary")]
pub mod generate;
#[cfg(feature = "json")]
pub mod json;
mod kind;
#[cfg(feature = "arbitrary")]
pub mod laws;
mod list;
mod message;
mod property;
mod publish;
mod raw_property;
mod reason;
mod subscribe;
mod text;
pub mod topic;
mod unsubscribe;

pub use acknowledgement::Acknowledgement;
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use disconnect::Disconnect;
pub use framing::{Frame, Framer, PacketType, Raw, frame, varint_len};
pub use kind::ErrorKind;
pub use list::{Item, List};
pub use message::{Message, connect_version, decode, fields};
pub use property::{Properties, Property};
pub use publish::{Delivery, Publish};
pub use raw_property::{RawProperties, RawProperty, RawValue};
pub use reason::ReasonCode;
pub use subscribe::{SubAck, Subscribe, Subscription};
pub use unsubscribe::{UnsubAck, Unsubscribe};

use core::num::NonZeroU16;

/// A rejected MQTT packet.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// A packet that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;
/// A Packet Identifier; 0 is none (2.2.1).
pub type PacketIdentifier = NonZeroU16;

/// The version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1, `MQIsdp`, level 3; decoded as far as captures need it.
    V31,
    /// MQTT 3.1.1, level 4.
    V311,
    /// MQTT 5.0, level 5.
    V5,
}

impl Version {
    /// The version named by CONNECT's Protocol Level, if it is one of the three.
    pub const fn from_level(level: u8) -> Option<Self> {
        match level {
            3 => Some(Self::V31),
            4 => Some(Self::V311),
            5 => Some(Self::V5),
            _ => None,
        }
    }

    /// CONNECT's Protocol Level (3.1.1) or Protocol Version (5.0).
    pub const fn level(self) -> u8 {
        match self {
            Self::V31 => 3,
            Self::V311 => 4,
            Self::V5 => 5,
        }
    }

    /// CONNECT's Protocol Name.
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V31 => "MQIsdp",
            Self::V311 | Self::V5 => "MQTT",
        }
    }

    /// The name in ids, files and on the command line: `mqtt-5.0`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V31 => "mqtt-3.1",
            Self::V311 => "mqtt-3.1.1",
            Self::V5 => "mqtt-5.0",
        }
    }

    /// The version called `name` by [`Version::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::V31, Self::V311, Self::V5].into_iter().find(|version| version.name() == name)
    }
}

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A Client.
    Client,
    /// A Server.
    Server,
    /// Not known: what either may send is taken.
    Either,
}

/// How much a decoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest packet in bytes, the fixed header included.
    pub maximum_packet_size: usize,
}

impl Default for Limits {
    /// All that MQTT can express: 268,435,455 bytes behind a five-byte header.
    fn default() -> Self {
        Self { maximum_packet_size: 268_435_460 }
    }
}

/// Choices that the specification leaves open or that a later one changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Take `$share/…` filters in 3.1 and 3.1.1 as shared subscriptions and check their form.
    pub shared_subscriptions_before_5: bool,
}

/// What a decoder has to know beside the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The version spoken on the connection.
    pub version: Version,
    /// Who sent the bytes.
    pub from: Party,
    /// How much is taken.
    pub limits: Limits,
    /// Choices left open by the specification.
    pub profile: Profile,
}

impl Context {
    /// No limit beyond the protocol's own, no profile.
    pub fn new(version: Version, from: Party) -> Self {
        Self { version, from, limits: Limits::default(), profile: Profile::default() }
    }
}

/// Quality of Service (4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QoS {
    /// 0.
    AtMostOnce,
    /// 1.
    AtLeastOnce,
    /// 2.
    ExactlyOnce,
}

impl QoS {
    /// The level of two bits; 3 is none.
    #[inline]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 3 {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    #[inline]
    pub const fn level(self) -> u8 {
        self as u8
    }
}
