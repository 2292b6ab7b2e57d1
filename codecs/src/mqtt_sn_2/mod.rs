//! The packets of MQTT-SN 2.0, after the Committee Specification Draft 01 of 05 February 2026.
//!
//! It is a draft and may change; nothing here goes beyond single packets. [`frame`], [`decode`],
//! [`fields`] and [`Packet::encode`] are what they are for [MQTT-SN 1.2](crate::mqtt_sn). Where the
//! draft says a thing in two ways, it is read like this:
//!
//! * Packet types are those of 2.1.3; figure 3-7 has other ones for PUBLISH and PUBWOS. Forwarder
//!   Encapsulation is 0xFD, although the line of 0xFF calls it 0xFE. 0xFE is named Session
//!   Encapsulation there and Connection Encapsulation in 3.18, as here.
//! * REGISTER, REGACK, GWINFO and Forwarder Encapsulation go both ways, as their sections say; the
//!   table of 2.1.3 has one way alone.
//! * The reserved bits of the CONNACK Flags are 7-4, since 3.2.2.3 and 3.2.2.4 define bits 2 and 3.
//! * A Topic Alias is absent from SUBACK if its flag is 0; 3.8.2.2 prints 1 in both sentences.
//! * SUBACK without a Reason Code is taken and noted: optional in 3.8.5, a MUST in 3.7.6.
//! * A Maximum Packet Size of 0 is no limit (3.1.7), and noted; 1 to 9 are refused, 10 being the
//!   least.
//! * A Packet Identifier is not 0 where the sender chooses it. In an answer 0 is noted: it shows
//!   what was asked, or that nothing was read. In REGISTER it is refused from a client alone, since
//!   2.2 speaks of no other packet of a server than PUBLISH.
//! * Wildcards are refused in the Topic Names of PUBLISH and PUBWOS (4.7.1.1), and noted elsewhere.
//! * A reason code has to be one that the table of 2.3 has for this packet and sender.
//! * A packet under an Authentication Only scheme is readable and judged; its own Length says where
//!   the Authentication Tag begins. What is encrypted is taken as it is. Where a provider defines
//!   the size of the tag of an encrypted packet, both are one field.

mod acknowledgement;
mod cite;
mod connack;
mod connect;
mod discovery;
mod encapsulation;
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
mod packet;
mod protection;
mod publish;
mod reason;
mod register;
mod session;
mod subscribe;
mod text;
mod topic;

pub use crate::mqtt::{Party, QoS};
pub use crate::mqtt_sn::{Limits, Profile};
pub use acknowledgement::Acknowledgement;
pub use connack::{Auth, ConnAck};
pub use connect::{Authentication, Connect, Will};
pub use discovery::{Advertise, GwInfo};
pub use encapsulation::{ConnectionEncapsulation, ForwarderEncapsulation};
pub use framing::{Frame, PacketType, Raw, frame};
pub use kind::ErrorKind;
pub use packet::{Packet, decode, fields};
pub use protection::{ProtectionEncapsulation, ProtectionScheme};
pub use publish::{PubWos, Publish};
pub use reason::ReasonCode;
pub use register::{Register, TopicAcknowledgement};
pub use session::{Disconnect, PingResp, SleepReq, SleepResp};
pub use subscribe::{Subscribe, Unsubscribe};
pub use topic::Topic;

/// A rejected packet.
pub type DecodeError = crate::DecodeError<ErrorKind>;
/// A packet that could not be written.
pub type EncodeError = crate::EncodeError<ErrorKind>;

/// The name in ids, files and on the command line.
pub const NAME: &str = "mqtt-sn-2.0-draft";

/// What a decoder has to know beside the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who sent the bytes; of a forwarded packet, who sent that.
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
