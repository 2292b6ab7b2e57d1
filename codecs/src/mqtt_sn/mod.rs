//! MQTT-SN 1.2.
//!
//! [`frame`] finds the message at the front of a buffer ([`Raw`], right or wrong inside),
//! [`decode`] turns it into a [`Message`] that cannot hold what the specification forbids, and
//! [`fields`] walks the same bytes and names every field. The [`Context`] says who sent the bytes
//! and how much is taken. [`Message::encode`] writes into a caller's buffer. What the specification
//! only advises against, or says in two ways, is taken and noted.

mod acknowledgement;
mod cite;
mod connect;
mod discovery;
mod encapsulated;
mod encode;
mod flags;
mod framing;
#[cfg(feature = "arbitrary")]
pub mod generate;
#[cfg(feature = "json")]
pub mod json;
mod kind;
#[cfg(feature = "arbitrary")]
pub mod laws;
mod message;
mod publish;
mod register;
mod subscribe;
mod topic;
mod will;

pub use acknowledgement::Acknowledgement;
pub use connect::Connect;
pub use discovery::{Advertise, GwInfo};
pub use encapsulated::Encapsulated;
pub use framing::{Frame, MessageType, Raw, frame};
pub use kind::ErrorKind;
pub use message::{Message, decode, fields};
pub use publish::Publish;
pub use register::Register;
pub use subscribe::{SubAck, Subscribe, Unsubscribe};
pub use topic::{Filter, ShortTopicName, Topic};
pub use will::WillTopic;

/// A rejected MQTT-SN message.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// A message that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;

/// The name in ids, files and on the command line.
pub const NAME: &str = "mqtt-sn-1.2";

/// Who sent the bytes. A forwarder sends for the one whose message it passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A client.
    Client,
    /// A gateway (GW) or server.
    Gateway,
    /// Not known: what either may send is taken.
    Either,
}

/// How much a decoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message in octets, the header included and encapsulations not counted.
    pub maximum_message_size: usize,
    /// How many encapsulations may stand around a message.
    pub maximum_encapsulations: u8,
}

impl Default for Limits {
    /// All that a Length can express; four encapsulations.
    fn default() -> Self {
        Self { maximum_message_size: 65_535, maximum_encapsulations: 4 }
    }
}

/// What the specification leaves to the network underneath.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The bytes are one whole datagram: a message that goes on behind them is refused, and bytes
    /// behind the message are noted.
    pub datagram: bool,
}

/// What a decoder has to know beside the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who sent the bytes.
    pub from: Party,
    /// How much is taken.
    pub limits: Limits,
    /// What the network underneath brings along.
    pub profile: Profile,
}

impl Context {
    /// No limit beyond the protocol's own, no profile.
    pub fn new(from: Party) -> Self {
        Self { from, limits: Limits::default(), profile: Profile::default() }
    }
}

/// The QoS level (5.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QoS {
    /// 0.
    AtMostOnce,
    /// 1.
    AtLeastOnce,
    /// 2.
    ExactlyOnce,
    /// -1: PUBLISH without a connection (6.8).
    MinusOne,
}

impl QoS {
    /// The level of two bits.
    #[inline]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::AtMostOnce,
            1 => Self::AtLeastOnce,
            2 => Self::ExactlyOnce,
            _ => Self::MinusOne,
        }
    }

    /// The two bits of the flag.
    #[inline]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// -1, 0, 1 or 2.
    #[inline]
    pub const fn level(self) -> i8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
            Self::ExactlyOnce => 2,
            Self::MinusOne => -1,
        }
    }
}

/// A ReturnCode (Table 5), also a reserved one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnCode(pub u8);

impl ReturnCode {
    /// Accepted.
    pub const ACCEPTED: Self = Self(0);
    /// Rejected: congestion.
    pub const CONGESTION: Self = Self(1);
    /// Rejected: invalid topic ID.
    pub const INVALID_TOPIC_ID: Self = Self(2);
    /// Rejected: not supported.
    pub const NOT_SUPPORTED: Self = Self(3);

    /// The meaning as the specification prints it.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "Accepted",
            1 => "Rejected: congestion",
            2 => "Rejected: invalid topic ID",
            3 => "Rejected: not supported",
            _ => "reserved",
        }
    }

    /// Whether the code has no meaning yet.
    pub const fn is_reserved(self) -> bool {
        self.0 > 3
    }
}
