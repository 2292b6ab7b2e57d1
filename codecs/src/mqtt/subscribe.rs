//! SUBSCRIBE (3.8) and SUBACK (3.9).
//!
//! ```text
//! SUBSCRIBE  Packet Identifier | Properties (5.0) | { Topic Filter | options }
//! options:   reserved 7-6, Retain Handling 5-4, Retain As Published 3, No Local 2, maximum QoS 1-0
//! SUBACK     Packet Identifier | Properties (5.0) | { Reason Code }
//! ```

use super::connect::put_properties;
use super::list::{Item, List, Sink, next_text};
use super::publish::packet_identifier;
use super::text::{put_topic_filter, topic_filter};
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketIdentifier, PacketType, Party, Properties,
    QoS, ReasonCode, Version, property,
};
use crate::wire::{Reader, Visit};

/// A request for Subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Packet Identifier.
    pub packet_identifier: PacketIdentifier,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// At least one.
    pub subscriptions: List<'a, Subscription<'a>>,
}

/// One Topic Filter with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// Topic Filter, shared ones with their `$share/name/`.
    pub topic_filter: &'a str,
    /// The highest QoS the Client takes.
    pub maximum_qos: QoS,
    /// No Local; false before 5.0.
    pub no_local: bool,
    /// Retain As Published; false before 5.0.
    pub retain_as_published: bool,
    /// Retain Handling 0, 1 or 2; 0 before 5.0.
    pub retain_handling: u8,
}

impl<'a> Subscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = packet_identifier(r)?;
        let properties = read_properties(r, PacketType::SUBSCRIBE, ctx)?;
        let bytes = not_empty(r, "subscriptions")?;
        let mut index = 0usize;
        while !r.is_empty() {
            r.group("subscriptions", Some(index));
            let start = r.at();
            Subscription::read(r, ctx)?;
            r.report("", start, None);
            index = index.wrapping_add(1);
        }
        r.group("", None);
        Ok(Self { packet_identifier, properties, subscriptions: List::on_wire(bytes) })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        w.put(&self.packet_identifier.get().to_be_bytes())?;
        put_properties(w, &self.properties, ctx, PacketType::SUBSCRIBE.0)?;
        refuse_empty(&self.subscriptions, "subscriptions")?;
        self.subscriptions.iter().try_for_each(|subscription| subscription.put(w, ctx))
    }
}

impl<'a> Subscription<'a> {
    #[inline]
    fn read<V: Visit>(r: &mut Reader<'a, '_, V>, ctx: &Context) -> Result<(), DecodeError> {
        let filter_at = r.at();
        let filter = topic_filter(r, "topic_filter", ctx)?;
        let at = r.at();
        let options = r.flags("subscription_options")?;
        if ctx.version == Version::V5 {
            r.bits("reserved", 7, 6);
            r.bits("retain_handling", 5, 4);
            r.bits("retain_as_published", 3, 3);
            r.bits("no_local", 2, 2);
        } else {
            r.bits("reserved", 7, 2);
        }
        r.bits("maximum_qos", 1, 0);
        let reserved = if ctx.version == Version::V5 { 0xC0 } else { 0xFC };
        if options & reserved != 0 {
            // MQTT5-3.8.3-5, MQTT311-3.8.3-4
            return Err(DecodeError::new(ErrorKind::ReservedBits, at, "subscription_options"));
        }
        if options & 3 == 3 {
            return Err(DecodeError::new(ErrorKind::InvalidQoS, at, "maximum_qos"));
        }
        if options & 0x30 == 0x30 {
            return Err(DecodeError::new(ErrorKind::InvalidValue, at, "retain_handling"));
        }
        if options & 4 != 0 && filter.starts_with("$share/") {
            // MQTT5-3.8.3-4
            return Err(DecodeError::new(ErrorKind::FlagConflict, at, "no_local"));
        }
        debug_assert!(filter_at < at, "a filter takes at least its length");
        Ok(())
    }

    fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        put_topic_filter(w, self.topic_filter, ctx)?;
        if self.retain_handling > 2 {
            return invalid(ErrorKind::InvalidValue, "retain_handling");
        }
        if self.no_local && self.topic_filter.starts_with("$share/") {
            return invalid(ErrorKind::FlagConflict, "no_local");
        }
        let options = self.retain_handling << 4
            | u8::from(self.retain_as_published) << 3
            | u8::from(self.no_local) << 2
            | self.maximum_qos.level();
        if ctx.version != Version::V5 && options & 0xFC != 0 {
            return invalid(ErrorKind::ReservedBits, "subscription_options");
        }
        w.put(&[options])?;
        Ok(())
    }
}

impl<'a> Item<'a> for Subscription<'a> {
    #[inline]
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let topic_filter = next_text(rest)?;
        let (&options, tail) = rest.split_first()?;
        *rest = tail;
        Some(Self {
            topic_filter,
            maximum_qos: QoS::from_bits(options)?,
            no_local: options & 4 != 0,
            retain_as_published: options & 8 != 0,
            retain_handling: options >> 4 & 3,
        })
    }
}

/// The answer to SUBSCRIBE: one Reason Code (return code) for each Topic Filter, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// The identifier of the SUBSCRIBE.
    pub packet_identifier: PacketIdentifier,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// At least one.
    pub reason_codes: List<'a, ReasonCode>,
}

impl<'a> SubAck<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = packet_identifier(r)?;
        let properties = read_properties(r, PacketType::SUBACK, ctx)?;
        let reason_codes = reason_codes(r, PacketType::SUBACK, ctx)?;
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        w.put(&self.packet_identifier.get().to_be_bytes())?;
        put_properties(w, &self.properties, ctx, PacketType::SUBACK.0)?;
        put_reason_codes(w, &self.reason_codes, PacketType::SUBACK, ctx)
    }
}

/// The Reason Codes that fill the rest of SUBACK or UNSUBACK.
#[inline]
pub(super) fn reason_codes<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    packet: PacketType,
    ctx: &Context,
) -> Result<List<'a, ReasonCode>, DecodeError> {
    let bytes = not_empty(r, "reason_codes")?;
    let mut index = 0usize;
    while !r.is_empty() {
        r.group("reason_codes", Some(index));
        let at = r.at();
        let code = r.flags("reason_codes")?;
        if !ReasonCode(code).allowed(ctx.version, packet, Party::Server) {
            // MQTT5-3.9.3-2, MQTT5-3.11.3-2, MQTT311-3.9.3-2
            return Err(DecodeError::new(ErrorKind::UnknownReasonCode, at, "reason_codes"));
        }
        r.report("", at, None);
        index = index.wrapping_add(1);
    }
    r.group("", None);
    Ok(List::on_wire(bytes))
}

/// Writes the Reason Codes of SUBACK or UNSUBACK.
pub(super) fn put_reason_codes(
    w: &mut impl Sink,
    codes: &List<'_, ReasonCode>,
    packet: PacketType,
    ctx: &Context,
) -> Result<(), EncodeError> {
    refuse_empty(codes, "reason_codes")?;
    for code in codes.iter() {
        if !code.allowed(ctx.version, packet, Party::Server) {
            let (kind, field) = (ErrorKind::UnknownReasonCode, "reason_codes");
            return Err(EncodeError::Invalid { kind, field });
        }
        w.put(&[code.0])?;
    }
    Ok(())
}

/// The rest of the packet, which must hold something.
#[inline]
pub(super) fn not_empty<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    // MQTT5-3.8.3-2, MQTT5-3.10.3-2, MQTT311-3.8.3-3, MQTT311-3.10.3-2
    if r.is_empty() {
        return Err(DecodeError::new(ErrorKind::EmptyList, r.at(), field));
    }
    Ok(r.rest())
}

/// An empty list is not written either.
pub(super) fn refuse_empty<'a, T: Item<'a>>(
    list: &List<'a, T>,
    field: &'static str,
) -> Result<(), EncodeError> {
    if list.is_empty() {
        return Err(EncodeError::Invalid { kind: ErrorKind::EmptyList, field });
    }
    Ok(())
}

/// Properties of a packet that only one party sends.
#[inline]
pub(super) fn read_properties<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    packet: PacketType,
    ctx: &Context,
) -> Result<Properties<'a>, DecodeError> {
    match ctx.version {
        Version::V5 => property::read(r, packet.0, ctx.from),
        Version::V31 | Version::V311 => Ok(Properties::EMPTY),
    }
}
