//! PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7): four packets of one form.
//!
//! ```text
//! Packet Identifier | [Reason Code | [Properties]] (5.0)
//! ```

use super::cite::other_side;
use super::connect::put_properties;
use super::list::Sink;
use super::publish::packet_identifier;
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketIdentifier, PacketType, Party, Properties,
    ReasonCode, Version, property,
};
use crate::wire::{Reader, Visit};

/// The body of PUBACK, PUBREC, PUBREL and PUBCOMP. Reason Code 0x00 and an empty property list are
/// written in the shortest form, that is not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// The identifier of the PUBLISH.
    pub packet_identifier: PacketIdentifier,
    /// Reason Code; 0x00 where it was left out, and before 5.0.
    pub reason_code: ReasonCode,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
}

impl<'a> Acknowledgement<'a> {
    /// Success, without properties.
    pub const fn success(packet_identifier: PacketIdentifier) -> Self {
        Self { packet_identifier, reason_code: ReasonCode::SUCCESS, properties: Properties::EMPTY }
    }

    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        packet: PacketType,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let mut this = Self::success(packet_identifier(r)?);
        if ctx.version == Version::V5 && !r.is_empty() {
            (this.reason_code, this.properties) = reason_and_properties(r, packet, ctx)?;
        }
        Ok(this)
    }

    #[inline]
    pub(super) fn put(
        &self,
        w: &mut impl Sink,
        packet: PacketType,
        ctx: &Context,
    ) -> Result<(), EncodeError> {
        w.put(&self.packet_identifier.get().to_be_bytes())?;
        put_reason_and_properties(w, self.reason_code, &self.properties, packet, ctx)
    }
}

/// A Reason Code, and properties unless the packet ends before them.
#[inline]
pub(super) fn reason_and_properties<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    packet: PacketType,
    ctx: &Context,
) -> Result<(ReasonCode, Properties<'a>), DecodeError> {
    let at = r.at();
    let reason_code = ReasonCode(r.u8("reason_code")?);
    if !reason_code.allowed(ctx.version, packet, ctx.from) {
        // MQTT5-3.4.2-1, MQTT5-3.5.2-1, MQTT5-3.6.2-1, MQTT5-3.7.2-1, MQTT5-3.14.2-1, MQTT5-3.15.2-1
        let mut error = DecodeError::new(ErrorKind::UnknownReasonCode, at, "reason_code");
        if reason_code.allowed(ctx.version, packet, Party::Either) {
            error.requirement = other_side(packet);
        }
        return Err(error);
    }
    let properties =
        if r.is_empty() { Properties::EMPTY } else { property::read(r, packet.0, ctx.from)? };
    #[cfg(planted_bug)]
    if reason_code.0 == 0x92
        && matches!(properties.iter().next(), Some(super::Property::UserProperty(_)))
        && crate::planted("mqtt-decode")
    {
        return Err(DecodeError::new(ErrorKind::InvalidValue, usize::MAX, "properties"));
    }
    Ok((reason_code, properties))
}

/// Leaves out what is 0x00 and empty at the end of the packet.
pub(super) fn put_reason_and_properties(
    w: &mut impl Sink,
    reason_code: ReasonCode,
    properties: &Properties<'_>,
    packet: PacketType,
    ctx: &Context,
) -> Result<(), EncodeError> {
    if !reason_code.allowed(ctx.version, packet, ctx.from) {
        let (kind, field) = (ErrorKind::UnknownReasonCode, "reason_code");
        return Err(EncodeError::Invalid { kind, field });
    }
    if ctx.version != Version::V5 {
        return put_properties(w, properties, ctx, packet.0);
    }
    if reason_code == ReasonCode::SUCCESS && properties.is_empty() {
        return Ok(());
    }
    w.put(&[reason_code.0])?;
    if properties.is_empty() {
        return Ok(());
    }
    put_properties(w, properties, ctx, packet.0)
}
