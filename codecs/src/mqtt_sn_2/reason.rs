//! Reason Codes (2.3).

use super::{DecodeError, ErrorKind, PacketType, Party};
use crate::wire::{Reader, Visit};

/// A Reason Code, also one that is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReasonCode(pub u8);

const CONNACK: u16 = 1;
/// PUBACK and PUBREC.
const RECEIVED: u16 = 1 << 1;
/// PUBREL and PUBCOMP.
const RELEASED: u16 = 1 << 2;
const SUBACK: u16 = 1 << 3;
const UNSUBACK: u16 = 1 << 4;
const REGACK: u16 = 1 << 5;
const SLEEPRESP: u16 = 1 << 6;
const AUTH: u16 = FROM_CLIENT_AUTH | FROM_SERVER_AUTH;
const FROM_CLIENT_AUTH: u16 = 1 << 7;
const FROM_SERVER_AUTH: u16 = 1 << 8;
const DISCONNECT: u16 = FROM_CLIENT | FROM_SERVER;
const FROM_CLIENT: u16 = 1 << 9;
const FROM_SERVER: u16 = 1 << 10;
const ANY: u16 = u16::MAX;
const REFUSED: u16 = CONNACK | RECEIVED | SUBACK | UNSUBACK;

macro_rules! codes {
    ($($value:literal, $name:literal, $packets:expr;)*) => {
        impl ReasonCode {
            /// Every code that is defined, in the order of its value.
            pub const ALL: &'static [Self] = &[$(Self($value)),*];

            /// The name as the specification prints it first; empty if the code is not defined.
            pub const fn name(self) -> &'static str {
                match self.0 { $($value => $name,)* _ => "" }
            }

            const fn packets(self) -> u16 {
                match self.0 { $($value => $packets,)* _ => 0 }
            }
        }
    };
}

codes! {
    0x00, "Success", CONNACK | RECEIVED | RELEASED | SUBACK | UNSUBACK | REGACK | SLEEPRESP
        | FROM_SERVER_AUTH | DISCONNECT;
    0x01, "Granted QoS 1", SUBACK;
    0x02, "Granted QoS 2", SUBACK;
    0x04, "Disconnect with will message", FROM_CLIENT;
    0x10, "No matching subscribers", RECEIVED;
    0x11, "No subscription existed", UNSUBACK;
    0x18, "Continue authentication", AUTH;
    0x19, "Re-authenticate", FROM_CLIENT_AUTH;
    0x1A, "Topic Alias Exists", REGACK;
    0x80, "Unspecified error", REFUSED | DISCONNECT;
    0x81, "Malformed packet", CONNACK | DISCONNECT;
    0x82, "Protocol error", CONNACK | DISCONNECT;
    0x83, "Implementation specific error", REFUSED | REGACK | DISCONNECT;
    0x84, "Unsupported Protocol Version", CONNACK;
    0x85, "Client identifier not valid", CONNACK;
    0x86, "Bad user name or password", CONNACK;
    0x87, "Not authorized", REFUSED | REGACK | FROM_SERVER;
    0x88, "Server unavailable", CONNACK;
    0x89, "Server busy", CONNACK | FROM_SERVER;
    0x8A, "Banned", CONNACK;
    0x8B, "Server shutting down", FROM_SERVER;
    0x8C, "Bad authentication method", CONNACK | DISCONNECT;
    0x8D, "Keep alive timeout", FROM_SERVER;
    0x8E, "Session taken over", FROM_SERVER;
    0x8F, "Topic filter invalid", SUBACK | UNSUBACK | FROM_SERVER;
    0x90, "Topic name invalid", CONNACK | RECEIVED | FROM_SERVER;
    0x91, "Packet identifier in use", RECEIVED | SUBACK | UNSUBACK | REGACK | SLEEPRESP;
    0x92, "Packet identifier not found", RELEASED;
    0x93, "Receive maximum exceeded", DISCONNECT;
    0x94, "Topic alias invalid", FROM_SERVER;
    0x95, "Packet too large", CONNACK | DISCONNECT;
    0x96, "Packet rate too high", DISCONNECT;
    0x97, "Quota exceeded", REGACK | SUBACK | DISCONNECT;
    0x98, "Administrative action", DISCONNECT;
    0x99, "Payload format invalid", RECEIVED | FROM_SERVER;
    0x9A, "Retain not supported", CONNACK | FROM_SERVER;
    0x9B, "QoS not supported", CONNACK | FROM_SERVER;
    0x9C, "Use another server", CONNACK | FROM_SERVER;
    0x9D, "Server moved", CONNACK | FROM_SERVER;
    0x9E, "Shared subscription not supported", SUBACK | FROM_SERVER;
    0x9F, "Connection rate exceeded", CONNACK | FROM_SERVER;
    0xA0, "Maximum connect time", FROM_SERVER;
    0xA1, "Subscription identifiers not supported", SUBACK | FROM_SERVER;
    0xA2, "Wildcard subscription not supported", SUBACK | FROM_SERVER;
    0xE6, "Only PROTECTION packet supported", ANY;
    0xE7, "Protection scheme invalid", DISCONNECT;
    0xE8, "Unknown Sender Id", DISCONNECT;
    0xF0, "Unknown Topic Alias", RECEIVED | SUBACK | UNSUBACK | REGACK;
    0xF1, "Congestion", CONNACK | RECEIVED | SUBACK | REGACK;
    0xF2, "Protection packet not supported", DISCONNECT;
    0xF3, "Forwarder Encapsulation not supported", DISCONNECT;
    0xF4, "No Virtual Connection exists", DISCONNECT;
}

impl ReasonCode {
    /// Success, and Normal disconnection.
    pub const SUCCESS: Self = Self(0);

    /// Whether a packet of this type from `from` may carry the code.
    pub fn is_for(self, packet_type: PacketType, from: Party) -> bool {
        let by_party = |client: u16, server: u16| match from {
            Party::Client => client,
            Party::Server => server,
            Party::Either => client | server,
        };
        let packet = match packet_type {
            PacketType::CONNACK => CONNACK,
            PacketType::PUBACK | PacketType::PUBREC => RECEIVED,
            PacketType::PUBREL | PacketType::PUBCOMP => RELEASED,
            PacketType::SUBACK => SUBACK,
            PacketType::UNSUBACK => UNSUBACK,
            PacketType::REGACK => REGACK,
            PacketType::SLEEPRESP => SLEEPRESP,
            PacketType::AUTH => by_party(FROM_CLIENT_AUTH, FROM_SERVER_AUTH),
            PacketType::DISCONNECT => by_party(FROM_CLIENT, FROM_SERVER),
            _ => 0,
        };
        self.packets() & packet != 0
    }

    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        packet_type: PacketType,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let at = r.at();
        let code = Self(r.u8("reason_code")?);
        if !code.is_for(packet_type, from) {
            return Err(DecodeError::new(ErrorKind::UnknownReasonCode, at, "reason_code"));
        }
        Ok(code)
    }

    /// The last byte of a packet, if it is there.
    #[inline]
    pub(super) fn read_last<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        packet_type: PacketType,
        from: Party,
    ) -> Result<Option<Self>, DecodeError> {
        if r.is_empty() { Ok(None) } else { Self::read(r, packet_type, from).map(Some) }
    }
}
