//! PUBACK, PUBREC, PUBREL, PUBCOMP and UNSUBACK (3.6.4 to 3.6.7, 3.10), and Packet Identifiers.
//!
//! ```text
//! Packet Identifier | Reason Code, optional
//! ```

use super::encode::Put;
use super::{DecodeError, EncodeError, ErrorKind, PacketType, Party, ReasonCode};
use crate::wire::{Note, Reader, Visit};

/// The body of the packets that acknowledge another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Packet Identifier of what is acknowledged.
    pub packet_identifier: u16,
    /// Reason Code; absent, it means Success.
    pub reason_code: Option<ReasonCode>,
}

impl Acknowledgement {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        packet_type: PacketType,
        from: Party,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = answered(r)?;
        let reason_code = ReasonCode::read_last(r, packet_type, from)?;
        Ok(Self { packet_identifier, reason_code })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u16(self.packet_identifier)?;
        put_reason(self.reason_code, w)
    }
}

/// A Reason Code at the end of a packet.
#[inline]
pub(super) fn put_reason(
    reason_code: Option<ReasonCode>,
    w: &mut impl Put,
) -> Result<(), EncodeError> {
    match reason_code {
        Some(code) => Ok(w.u8(code.0)?),
        None => Ok(()),
    }
}

/// A Packet Identifier that the sender has chosen.
#[inline]
pub(super) fn chosen<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u16, DecodeError> {
    let at = r.at();
    match r.u16("packet_identifier")? {
        0 => Err(DecodeError::new(ErrorKind::ZeroPacketIdentifier, at, "packet_identifier")),
        packet_identifier => Ok(packet_identifier),
    }
}

/// A Packet Identifier that answers another, or that nobody says must not be 0.
#[inline]
pub(super) fn answered<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<u16, DecodeError> {
    let (at, field) = (r.at(), "packet_identifier");
    let packet_identifier = r.u16(field)?;
    if packet_identifier == 0 {
        r.note(Note { note: "zero-packet-identifier", at, field, requirement: None });
    }
    Ok(packet_identifier)
}
