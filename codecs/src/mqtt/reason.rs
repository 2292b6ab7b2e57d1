//! Reason codes (2.4) and the return codes of 3.1.1: names, and which packet may carry which.

use core::fmt;

use super::{PacketType, Party, Version};

/// A reason code, or a return code of 3.1.1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonCode(pub u8);

impl ReasonCode {
    /// Success, Normal disconnection, Granted QoS 0, Connection accepted.
    pub const SUCCESS: Self = Self(0);

    /// True for 0x80 and above (2.4).
    #[inline]
    pub const fn is_error(self) -> bool {
        self.0 >= 0x80
    }

    /// The name the specification gives the code in this packet of 5.0; empty if it has none.
    pub const fn name(self, packet: PacketType) -> &'static str {
        match (self.0, packet) {
            (0x00, PacketType::DISCONNECT) => "Normal disconnection",
            (0x00, PacketType::SUBACK) => "Granted QoS 0",
            (0x00, _) => "Success",
            (0x01, _) => "Granted QoS 1",
            (0x02, _) => "Granted QoS 2",
            (0x04, _) => "Disconnect with Will Message",
            (0x10, _) => "No matching subscribers",
            (0x11, _) => "No subscription existed",
            (0x18, _) => "Continue authentication",
            (0x19, _) => "Re-authenticate",
            (0x80, _) => "Unspecified error",
            (0x81, _) => "Malformed Packet",
            (0x82, _) => "Protocol Error",
            (0x83, _) => "Implementation specific error",
            (0x84, _) => "Unsupported Protocol Version",
            (0x85, _) => "Client Identifier not valid",
            (0x86, _) => "Bad User Name or Password",
            (0x87, _) => "Not authorized",
            (0x88, _) => "Server unavailable",
            (0x89, _) => "Server busy",
            (0x8A, _) => "Banned",
            (0x8B, _) => "Server shutting down",
            (0x8C, _) => "Bad authentication method",
            (0x8D, _) => "Keep Alive timeout",
            (0x8E, _) => "Session taken over",
            (0x8F, _) => "Topic Filter invalid",
            (0x90, _) => "Topic Name invalid",
            (0x91, _) => "Packet Identifier in use",
            (0x92, _) => "Packet Identifier not found",
            (0x93, _) => "Receive Maximum exceeded",
            (0x94, _) => "Topic Alias invalid",
            (0x95, _) => "Packet too large",
            (0x96, _) => "Message rate too high",
            (0x97, _) => "Quota exceeded",
            (0x98, _) => "Administrative action",
            (0x99, _) => "Payload format invalid",
            (0x9A, _) => "Retain not supported",
            (0x9B, _) => "QoS not supported",
            (0x9C, _) => "Use another server",
            (0x9D, _) => "Server moved",
            (0x9E, _) => "Shared Subscriptions not supported",
            (0x9F, _) => "Connection rate exceeded",
            (0xA0, _) => "Maximum connect time",
            (0xA1, _) => "Subscription Identifiers not supported",
            (0xA2, _) => "Wildcard Subscriptions not supported",
            _ => "",
        }
    }

    /// The name in the given version; 3.1.1 has its own for CONNACK and SUBACK.
    pub const fn name_in(self, version: Version, packet: PacketType) -> &'static str {
        match (version, packet, self.0) {
            (Version::V5, _, _) => self.name(packet),
            (_, PacketType::CONNACK, 0) => "Connection Accepted",
            (_, PacketType::CONNACK, 1) => "Connection Refused, unacceptable protocol version",
            (_, PacketType::CONNACK, 2) => "Connection Refused, identifier rejected",
            (_, PacketType::CONNACK, 3) => "Connection Refused, Server unavailable",
            (_, PacketType::CONNACK, 4) => "Connection Refused, bad user name or password",
            (_, PacketType::CONNACK, 5) => "Connection Refused, not authorized",
            (_, PacketType::SUBACK, 0) => "Success - Maximum QoS 0",
            (_, PacketType::SUBACK, 1) => "Success - Maximum QoS 1",
            (_, PacketType::SUBACK, 2) => "Success - Maximum QoS 2",
            (_, PacketType::SUBACK, 0x80) => "Failure",
            _ => "",
        }
    }

    /// Whether `packet`, sent by `from`, may carry this code: the tables of 3.2.2.2 to 3.15.2.1,
    /// and for 3.1.1 those of 3.2.2.3 and 3.9.3. Table 2-6 gives 0x8C to DISCONNECT although
    /// DISCONNECT's own table lacks it; it is taken.
    #[inline]
    pub const fn allowed(self, version: Version, packet: PacketType, from: Party) -> bool {
        if !matches!(version, Version::V5) {
            return match packet {
                PacketType::CONNACK => self.0 <= 5,
                PacketType::SUBACK => matches!(self.0, 0 | 1 | 2 | 0x80),
                _ => self.0 == 0,
            };
        }
        match packet {
            PacketType::CONNACK => matches!(
                self.0,
                0 | 0x80..=0x8A | 0x8C | 0x90 | 0x95 | 0x97 | 0x99..=0x9D | 0x9F
            ),
            PacketType::PUBACK | PacketType::PUBREC => {
                // MQTT5-3.4.2.1-p2, MQTT5-3.5.2.1-p2: 0x10 comes from the Server alone.
                matches!(self.0, 0 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99)
                    || self.0 == 0x10 && !matches!(from, Party::Client)
            }
            PacketType::PUBREL | PacketType::PUBCOMP => matches!(self.0, 0 | 0x92),
            PacketType::SUBACK => matches!(
                self.0,
                0..=2 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91 | 0x97 | 0x9E | 0xA1 | 0xA2
            ),
            PacketType::UNSUBACK => {
                matches!(self.0, 0 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8F | 0x91)
            }
            PacketType::DISCONNECT => match self.0 {
                0 | 0x80..=0x83 | 0x8C | 0x90 | 0x93..=0x99 => true,
                0x04 => !matches!(from, Party::Server),
                0x87 | 0x89 | 0x8B | 0x8D..=0x8F | 0x9A..=0xA2 => !matches!(from, Party::Client),
                _ => false,
            },
            PacketType::AUTH => match self.0 {
                0 => !matches!(from, Party::Client),
                0x18 => true,
                0x19 => !matches!(from, Party::Server),
                _ => false,
            },
            _ => false,
        }
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.0)
    }
}
