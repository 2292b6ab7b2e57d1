//! SUBSCRIBE and UNSUBSCRIBE (3.7, 3.9).
//!
//! ```text
//! Flags | Packet Identifier | Topic Alias or Topic Filter
//! ```

use super::acknowledgement::chosen;
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::{DecodeError, EncodeError, ErrorKind, QoS, Topic};
use crate::wire::{Reader, Visit};

const NO_LOCAL: u8 = 1 << 7;
const RETAIN_AS_PUBLISHED: u8 = 1 << 4;

const SUBSCRIBE_FLAGS: &[Bits] = &[
    ("no_local", 7, 7),
    ("qos", 6, 5),
    ("retain_as_published", 4, 4),
    ("retain_handling", 3, 2),
    ("topic_type", 1, 0),
];

/// A subscription to one Topic Filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// No Local: not what the client publishes itself.
    pub no_local: bool,
    /// The most that the server may send at.
    pub qos: QoS,
    /// Retain as Published: RETAIN is passed on.
    pub retain_as_published: bool,
    /// Retain Handling: 0, 1 or 2.
    pub retain_handling: u8,
    /// Packet Identifier.
    pub packet_identifier: u16,
    /// Topic Type with alias or filter.
    pub topic: Topic<'a>,
}

impl<'a> Subscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "subscribe_flags", SUBSCRIBE_FLAGS)?;
        Topic::check_type(flags, at, "topic_type")?;
        let Some(qos) = QoS::from_bits(flags >> 5) else {
            // MQTTSN2-3.7.2.4-p1
            return Err(DecodeError::new(ErrorKind::InvalidQoS, at, "qos"));
        };
        let retain_handling = flags >> 2 & 3;
        if retain_handling == 3 {
            // MQTTSN2-3.7.2.2-p1
            return Err(DecodeError::new(ErrorKind::InvalidValue, at, "retain_handling"));
        }
        let packet_identifier = chosen(r)?;
        Ok(Self {
            no_local: flags & NO_LOCAL != 0,
            qos,
            retain_as_published: flags & RETAIN_AS_PUBLISHED != 0,
            retain_handling,
            packet_identifier,
            topic: Topic::read_filter(r, flags)?,
        })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        let flags = when(self.no_local, NO_LOCAL)
            | self.qos.level() << 5
            | when(self.retain_as_published, RETAIN_AS_PUBLISHED)
            | (self.retain_handling & 3) << 2
            | self.topic.topic_type();
        #[cfg(planted_bug)]
        let flags =
            if flags == 0x98 && crate::planted("mqtt-sn-2-round-trip") { 0x94 } else { flags };
        w.u8(flags)?;
        w.u16(self.packet_identifier)?;
        self.topic.put_filter(w)
    }
}

/// The end of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Packet Identifier.
    pub packet_identifier: u16,
    /// Topic Type with alias or filter.
    pub topic: Topic<'a>,
}

impl<'a> Unsubscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "unsubscribe_flags", &[("topic_type", 1, 0)])?;
        Topic::check_type(flags, at, "topic_type")?;
        let packet_identifier = chosen(r)?;
        Ok(Self { packet_identifier, topic: Topic::read_filter(r, flags)? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(self.topic.topic_type())?;
        w.u16(self.packet_identifier)?;
        self.topic.put_filter(w)
    }
}
