//! CONNACK and AUTH (3.2, 3.3).
//!
//! ```text
//! CONNACK  Flags | Packet Identifier | Reason Code | Session Expiry Interval *
//!          Server Keep Alive * | Authentication Method Length *, Method *
//!          Authentication Data Length *, Data * | Assigned Client Identifier, optional
//! AUTH     Packet Identifier | Reason Code | Authentication Method Length, Method | Data
//! ```

use super::acknowledgement::{answered, chosen};
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::{
    Authentication, DecodeError, EncodeError, ErrorKind, PacketType, Party, ReasonCode, text,
};
use crate::wire::{Note, Reader, Visit};

const SESSION_PRESENT: u8 = 1;
const HAS_EXPIRY: u8 = 1 << 1;
const HAS_KEEP_ALIVE: u8 = 1 << 2;
const HAS_AUTHENTICATION: u8 = 1 << 3;

const CONNACK_FLAGS: &[Bits] = &[
    ("authentication_flag", 3, 3),
    ("server_keep_alive_flag", 2, 2),
    ("session_expiry_interval_flag", 1, 1),
    ("session_present", 0, 0),
];

/// The answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Session Present; never with a Reason Code other than Success.
    pub session_present: bool,
    /// Packet Identifier of the CONNECT or AUTH.
    pub packet_identifier: u16,
    /// Reason Code.
    pub reason_code: ReasonCode,
    /// Session Expiry Interval in seconds, if it is not the one asked for.
    pub session_expiry_interval: Option<u32>,
    /// Server Keep Alive in seconds, if it is not the one asked for.
    pub server_keep_alive: Option<u16>,
    /// Authentication Method and Data.
    pub authentication: Option<Authentication<'a>>,
    /// Assigned Client Identifier; empty if none is assigned.
    pub assigned_client_identifier: &'a str,
}

impl<'a> ConnAck<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "connack_flags", CONNACK_FLAGS)?;
        let has = |flag| flags & flag != 0;
        let packet_identifier = answered(r)?;
        let reason_code = ReasonCode::read(r, PacketType::CONNACK, Party::Server)?;
        if has(SESSION_PRESENT) && reason_code != ReasonCode::SUCCESS {
            // MQTTSN2-3.2.2.1-5
            return Err(DecodeError::new(ErrorKind::FlagConflict, at, "session_present"));
        }
        let session_expiry_interval =
            if has(HAS_EXPIRY) { Some(r.u32("session_expiry_interval")?) } else { None };
        let server_keep_alive = if has(HAS_KEEP_ALIVE) { Some(keep_alive(r)?) } else { None };
        let authentication =
            if has(HAS_AUTHENTICATION) { Some(Authentication::read(r)?) } else { None };
        Ok(Self {
            session_present: has(SESSION_PRESENT),
            packet_identifier,
            reason_code,
            session_expiry_interval,
            server_keep_alive,
            authentication,
            assigned_client_identifier: text::rest(r, "assigned_client_identifier")?,
        })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.session_present, SESSION_PRESENT)
            | when(self.session_expiry_interval.is_some(), HAS_EXPIRY)
            | when(self.server_keep_alive.is_some(), HAS_KEEP_ALIVE)
            | when(self.authentication.is_some(), HAS_AUTHENTICATION))?;
        w.u16(self.packet_identifier)?;
        w.u8(self.reason_code.0)?;
        if let Some(interval) = self.session_expiry_interval {
            w.u32(interval)?;
        }
        if let Some(interval) = self.server_keep_alive {
            w.u16(interval)?;
        }
        if let Some(authentication) = &self.authentication {
            authentication.put(w)?;
        }
        Ok(w.bytes(self.assigned_client_identifier.as_bytes())?)
    }
}

/// 3.1.6 speaks of what a client sets; a server that takes over 0 is no better off.
fn keep_alive<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u16, DecodeError> {
    let (at, field) = (r.at(), "server_keep_alive");
    let interval = r.u16(field)?;
    if interval == 0 {
        r.note(Note { note: "zero-keep-alive", at, field, requirement: None });
    }
    Ok(interval)
}

/// A further step of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Packet Identifier: the client's own, or the one that the server answers.
    pub packet_identifier: u16,
    /// Reason Code.
    pub reason_code: ReasonCode,
    /// Authentication Method and Data; the data goes on to the end of the packet.
    pub authentication: Authentication<'a>,
}

impl<'a> Auth<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = if from == Party::Client { chosen(r)? } else { answered(r)? };
        let reason_code = ReasonCode::read(r, PacketType::AUTH, from)?;
        let method = Authentication::read_method(r)?;
        let authentication = Authentication { method, data: r.take_rest("authentication_data") };
        Ok(Self { packet_identifier, reason_code, authentication })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u16(self.packet_identifier)?;
        w.u8(self.reason_code.0)?;
        self.authentication.put_method(w)?;
        Ok(w.bytes(self.authentication.data)?)
    }
}
