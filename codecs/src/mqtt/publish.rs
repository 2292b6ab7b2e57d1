//! PUBLISH (3.3).
//!
//! ```text
//! flags: DUP 3, QoS 2-1, RETAIN 0
//! Topic Name | [Packet Identifier, QoS 1 and 2] | Properties (5.0) | payload
//! ```

use super::connect::put_properties;
use super::list::Sink;
use super::text::{put_topic_name, topic_name};
use super::{
    Context, DecodeError, EncodeError, ErrorKind, PacketIdentifier, PacketType, Party, Properties,
    QoS, Version, property,
};
use crate::wire::{Reader, Visit};

/// An Application Message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// QoS with what belongs to it.
    pub delivery: Delivery,
    /// RETAIN.
    pub retain: bool,
    /// Topic Name; empty only with a Topic Alias.
    pub topic_name: &'a str,
    /// Properties; none before 5.0.
    pub properties: Properties<'a>,
    /// The Application Message's payload.
    pub payload: &'a [u8],
}

/// The QoS of a PUBLISH. Only QoS 1 and 2 have a Packet Identifier and may be a re-delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// DUP: sent before.
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// DUP: sent before.
        dup: bool,
    },
}

impl Delivery {
    /// The delivery of `qos`; QoS 0 does without the rest.
    pub const fn new(qos: QoS, packet_identifier: PacketIdentifier, dup: bool) -> Self {
        match qos {
            QoS::AtMostOnce => Self::AtMostOnce,
            QoS::AtLeastOnce => Self::AtLeastOnce { packet_identifier, dup },
            QoS::ExactlyOnce => Self::ExactlyOnce { packet_identifier, dup },
        }
    }

    /// The QoS.
    #[inline]
    pub const fn qos(&self) -> QoS {
        match self {
            Self::AtMostOnce => QoS::AtMostOnce,
            Self::AtLeastOnce { .. } => QoS::AtLeastOnce,
            Self::ExactlyOnce { .. } => QoS::ExactlyOnce,
        }
    }

    /// The Packet Identifier of QoS 1 and 2.
    #[inline]
    pub const fn packet_identifier(&self) -> Option<PacketIdentifier> {
        match *self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce { packet_identifier, .. }
            | Self::ExactlyOnce { packet_identifier, .. } => Some(packet_identifier),
        }
    }

    /// The DUP flag.
    #[inline]
    pub const fn dup(&self) -> bool {
        match *self {
            Self::AtMostOnce => false,
            Self::AtLeastOnce { dup, .. } | Self::ExactlyOnce { dup, .. } => dup,
        }
    }
}

impl<'a> Publish<'a> {
    // As with `decode`: it must not go through memory.
    #[inline(always)]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        first: u8,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let (dup, retain) = (first & 8 != 0, first & 1 != 0);
        let Some(qos) = QoS::from_bits(first >> 1) else {
            // MQTT5-3.3.1-4, MQTT311-3.3.1-4
            return Err(DecodeError::new(ErrorKind::InvalidQoS, 0, "qos"));
        };
        if dup && qos == QoS::AtMostOnce {
            // MQTT5-3.3.1-2, MQTT311-3.3.1-2
            return Err(DecodeError::new(ErrorKind::FlagConflict, 0, "dup"));
        }
        let at = r.at();
        let topic_name = topic_name(r, "topic_name")?;
        let delivery = match qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            _ => Delivery::new(qos, packet_identifier(r)?, dup),
        };
        let properties = match ctx.version {
            Version::V5 => property::read(r, PacketType::PUBLISH.0, ctx.from)?,
            Version::V31 | Version::V311 => Properties::EMPTY,
        };
        if topic_name.is_empty() && !has_alias(&properties) {
            // MQTT5-4.7.3-1 and 3.3.2.1, MQTT311-4.7.3-1
            return Err(DecodeError::new(ErrorKind::EmptyTopic, at, "topic_name"));
        }
        let payload = r.take_rest("payload");
        Ok(Self { delivery, retain, topic_name, properties, payload })
    }

    /// The flags of the fixed header.
    #[inline]
    pub(super) fn flags(&self) -> u8 {
        u8::from(self.delivery.dup()) << 3
            | self.delivery.qos().level() << 1
            | u8::from(self.retain)
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Sink, ctx: &Context) -> Result<(), EncodeError> {
        let alias = self.topic_name.is_empty() && has_alias(&self.properties);
        put_topic_name(w, self.topic_name, alias, "topic_name")?;
        if let Some(packet_identifier) = self.delivery.packet_identifier() {
            w.put(&packet_identifier.get().to_be_bytes())?;
        }
        put_properties(w, &self.properties, ctx, PacketType::PUBLISH.0)?;
        w.put(self.payload)?;
        Ok(())
    }
}

fn has_alias(properties: &Properties<'_>) -> bool {
    properties.raw().any(|property| property.identifier == 35)
}

/// A Packet Identifier, which is never 0 (2.2.1; 2.3.1 of 3.1.1).
#[inline]
pub(super) fn packet_identifier<V: Visit>(
    r: &mut Reader<'_, '_, V>,
) -> Result<PacketIdentifier, DecodeError> {
    let at = r.at();
    PacketIdentifier::new(r.u16("packet_identifier")?).ok_or(DecodeError::new(
        ErrorKind::ZeroPacketIdentifier,
        at,
        "packet_identifier",
    ))
}

/// Who sends properties of this packet: the packet type decides where only one party sends it.
pub(super) const fn sender(packet: PacketType, from: Party) -> Party {
    match packet {
        PacketType::CONNECT
        | PacketType::SUBSCRIBE
        | PacketType::UNSUBSCRIBE
        | PacketType::PINGREQ => Party::Client,
        PacketType::CONNACK | PacketType::SUBACK | PacketType::UNSUBACK | PacketType::PINGRESP => {
            Party::Server
        }
        _ => from,
    }
}
