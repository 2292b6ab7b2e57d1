//! CONNACK (3.2).
//!
//! ```text
//! Connect Acknowledge Flags: reserved 7-1, Session Present 0 | Reason Code | Properties (5.0)
//! ```

use super::connect::put_properties;
use super::list::Sink;
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketType, Party, Properties, ReasonCode,
    Version, property,
};
use crate::wire::{Reader, Visit};

/// A Server's answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Session Present; 3.1 has none.
    pub session_present: bool,
    /// Reason Code (5.0) or return code.
    pub reason_code: ReasonCode,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
}

impl<'a> ConnAck<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let flags_at = r.at();
        let flags = r.flags("connect_acknowledge_flags")?;
        r.group("connect_acknowledge_flags", None);
        r.bits("reserved", 7, 1);
        r.bits("session_present", 0, 0);
        r.group("", None);
        // MQTT5-3.2.2-1; the byte is unused in 3.1.
        if flags & 0xFE != 0 && ctx.version != Version::V31 {
            let kind = ErrorKind::ReservedBits;
            return Err(DecodeError::new(kind, flags_at, "connect_acknowledge_flags"));
        }
        let session_present = flags & 1 != 0 && ctx.version != Version::V31;
        let at = r.at();
        let reason_code = ReasonCode(r.u8("reason_code")?);
        if !reason_code.allowed(ctx.version, PacketType::CONNACK, Party::Server) {
            // MQTT5-3.2.2-8
            return Err(DecodeError::new(ErrorKind::UnknownReasonCode, at, "reason_code"));
        }
        if session_present && reason_code != ReasonCode::SUCCESS {
            // MQTT5-3.2.2-6, MQTT311-3.2.2-4
            return Err(DecodeError::new(ErrorKind::FlagConflict, flags_at, "session_present"));
        }
        let properties = match ctx.version {
            Version::V5 => property::read(r, PacketType::CONNACK.0, Party::Server)?,
            Version::V31 | Version::V311 => Properties::EMPTY,
        };
        Ok(Self { session_present, reason_code, properties })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        if !self.reason_code.allowed(ctx.version, PacketType::CONNACK, Party::Server) {
            let (kind, field) = (ErrorKind::UnknownReasonCode, "reason_code");
            return Err(EncodeError::Invalid { kind, field });
        }
        if self.session_present
            && (self.reason_code != ReasonCode::SUCCESS || ctx.version == Version::V31)
        {
            let (kind, field) = (ErrorKind::FlagConflict, "session_present");
            return Err(EncodeError::Invalid { kind, field });
        }
        w.put(&[u8::from(self.session_present), self.reason_code.0])?;
        put_properties(w, &self.properties, ctx, PacketType::CONNACK.0)
    }
}
