//! PINGRESP, DISCONNECT, SLEEPREQ and SLEEPRESP (3.12, 3.13, 3.15, 3.16).
//!
//! ```text
//! PINGRESP    Packet Identifier | Application Messages Remaining, optional
//! DISCONNECT  Flags | Packet Identifier * | Reason Code * | Session Expiry Interval *
//!             Reason String, optional
//! SLEEPREQ    Flags | Packet Identifier | Sleep Duration
//! SLEEPRESP   Flags | Packet Identifier | Sleep Duration * | Reason Code, optional
//! ```

use super::acknowledgement::{answered, chosen, put_reason};
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::{DecodeError, EncodeError, ErrorKind, PacketType, Party, ReasonCode, text};
use crate::wire::{Reader, Visit};

/// The answer to PINGREQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingResp {
    /// Packet Identifier of the PINGREQ.
    pub packet_identifier: u16,
    /// Application Messages Remaining; 255 is an unspecified number.
    pub application_messages_remaining: Option<u8>,
}

impl PingResp {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        let packet_identifier = answered(r)?;
        let application_messages_remaining =
            if r.is_empty() { None } else { Some(r.u8("application_messages_remaining")?) };
        Ok(Self { packet_identifier, application_messages_remaining })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u16(self.packet_identifier)?;
        match self.application_messages_remaining {
            Some(count) => Ok(w.u8(count)?),
            None => Ok(()),
        }
    }
}

const DISCONNECT_FLAGS: &[Bits] = &[
    ("reason_code_flag", 2, 2),
    ("session_expiry_interval_flag", 1, 1),
    ("packet_identifier_flag", 0, 0),
];

/// The end of a Virtual Connection, or the word that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Packet Identifier of a packet that no Virtual Connection exists for.
    pub packet_identifier: Option<u16>,
    /// Reason Code; absent, it means Normal disconnection.
    pub reason_code: Option<ReasonCode>,
    /// Session Expiry Interval in seconds; a server gives none.
    pub session_expiry_interval: Option<u32>,
    /// Reason String; empty if there is none.
    pub reason_string: &'a str,
}

impl<'a> Disconnect<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "disconnect_flags", DISCONNECT_FLAGS)?;
        let has = |flag| flags & flag != 0;
        if has(1 << 1) && from == Party::Server {
            // MQTTSN2-3.13.5-1
            let (kind, field) = (ErrorKind::MisplacedField, "session_expiry_interval");
            return Err(DecodeError::new(kind, at, field));
        }
        let packet_identifier = if has(1) { Some(answered(r)?) } else { None };
        let reason_code = if has(1 << 2) {
            Some(ReasonCode::read(r, PacketType::DISCONNECT, from)?)
        } else {
            None
        };
        let session_expiry_interval =
            if has(1 << 1) { Some(r.u32("session_expiry_interval")?) } else { None };
        let reason_string = text::rest(r, "reason_string")?;
        Ok(Self { packet_identifier, reason_code, session_expiry_interval, reason_string })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.packet_identifier.is_some(), 1)
            | when(self.session_expiry_interval.is_some(), 1 << 1)
            | when(self.reason_code.is_some(), 1 << 2))?;
        if let Some(packet_identifier) = self.packet_identifier {
            w.u16(packet_identifier)?;
        }
        put_reason(self.reason_code, w)?;
        if let Some(interval) = self.session_expiry_interval {
            w.u32(interval)?;
        }
        Ok(w.bytes(self.reason_string.as_bytes())?)
    }
}

/// A client's word that it goes to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepReq {
    /// Retain Topic Aliases: Session Topic Aliases outlive the sleep.
    pub retain_topic_aliases: bool,
    /// Packet Identifier.
    pub packet_identifier: u16,
    /// Sleep Duration in seconds; never 0.
    pub sleep_duration: u32,
}

impl SleepReq {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        let flags = flags::read(r, "sleepreq_flags", &[("retain_topic_aliases", 0, 0)])?;
        let packet_identifier = chosen(r)?;
        let at = r.at();
        let sleep_duration = r.u32("sleep_duration")?;
        if sleep_duration == 0 {
            // MQTTSN2-3.15.4-1
            return Err(DecodeError::new(ErrorKind::InvalidValue, at, "sleep_duration"));
        }
        Ok(Self { retain_topic_aliases: flags & 1 != 0, packet_identifier, sleep_duration })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.retain_topic_aliases, 1))?;
        w.u16(self.packet_identifier)?;
        Ok(w.u32(self.sleep_duration)?)
    }
}

/// The answer to SLEEPREQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepResp {
    /// Packet Identifier of the SLEEPREQ.
    pub packet_identifier: u16,
    /// Sleep Duration in seconds, if it is not the one asked for.
    pub sleep_duration: Option<u32>,
    /// Reason Code; absent, it means Success.
    pub reason_code: Option<ReasonCode>,
}

impl SleepResp {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        let flags = flags::read(r, "sleepresp_flags", &[("sleep_duration_flag", 0, 0)])?;
        let packet_identifier = answered(r)?;
        let sleep_duration = if flags & 1 != 0 { Some(r.u32("sleep_duration")?) } else { None };
        let reason_code = ReasonCode::read_last(r, PacketType::SLEEPRESP, Party::Server)?;
        Ok(Self { packet_identifier, sleep_duration, reason_code })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.sleep_duration.is_some(), 1))?;
        w.u16(self.packet_identifier)?;
        if let Some(duration) = self.sleep_duration {
            w.u32(duration)?;
        }
        put_reason(self.reason_code, w)
    }
}
