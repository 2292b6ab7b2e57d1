//! UNSUBSCRIBE (3.10) and UNSUBACK (3.11).
//!
//! ```text
//! UNSUBSCRIBE  Packet Identifier | Properties (5.0) | { Topic Filter }
//! UNSUBACK     Packet Identifier | Properties, { Reason Code } (5.0)
//! ```

use super::connect::put_properties;
use super::list::{List, Sink};
use super::publish::packet_identifier;
use super::subscribe::{not_empty, put_reason_codes, read_properties, reason_codes, refuse_empty};
use super::text::{put_topic_filter, topic_filter};
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketIdentifier, PacketType, Properties,
    ReasonCode, Version,
};
use crate::wire::{Reader, Visit};

/// A request to end Subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Packet Identifier.
    pub packet_identifier: PacketIdentifier,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// At least one.
    pub topic_filters: List<'a, &'a str>,
}

impl<'a> Unsubscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = packet_identifier(r)?;
        let properties = read_properties(r, PacketType::UNSUBSCRIBE, ctx)?;
        let bytes = not_empty(r, "topic_filters")?;
        let mut index = 0usize;
        while !r.is_empty() {
            r.group("topic_filters", Some(index));
            let start = r.at();
            topic_filter(r, "topic_filter", ctx)?;
            r.report("", start, None);
            index = index.wrapping_add(1);
        }
        r.group("", None);
        Ok(Self { packet_identifier, properties, topic_filters: List::on_wire(bytes) })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        w.put(&self.packet_identifier.get().to_be_bytes())?;
        put_properties(w, &self.properties, ctx, PacketType::UNSUBSCRIBE.0)?;
        refuse_empty(&self.topic_filters, "topic_filters")?;
        self.topic_filters.iter().try_for_each(|filter| put_topic_filter(w, filter, ctx))
    }
}

/// The answer to UNSUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubAck<'a> {
    /// The identifier of the UNSUBSCRIBE.
    pub packet_identifier: PacketIdentifier,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// One for each Topic Filter; none before 5.0.
    pub reason_codes: List<'a, ReasonCode>,
}

impl<'a> UnsubAck<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = packet_identifier(r)?;
        let properties = read_properties(r, PacketType::UNSUBACK, ctx)?;
        let reason_codes = match ctx.version {
            Version::V5 => reason_codes(r, PacketType::UNSUBACK, ctx)?,
            Version::V31 | Version::V311 => List::EMPTY,
        };
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        w.put(&self.packet_identifier.get().to_be_bytes())?;
        put_properties(w, &self.properties, ctx, PacketType::UNSUBACK.0)?;
        match ctx.version {
            Version::V5 => put_reason_codes(w, &self.reason_codes, PacketType::UNSUBACK, ctx),
            _ if self.reason_codes.is_empty() => Ok(()),
            _ => {
                Err(EncodeError::Invalid { kind: ErrorKind::TrailingBytes, field: "reason_codes" })
            }
        }
    }
}
