//! PUBLISH and PUBWOS (3.6.1 to 3.6.3).
//!
//! ```text
//! Flags | Packet Identifier, at QoS 1 and 2 | Topic Alias, or Topic Name Length and Topic Name
//! Payload
//! ```

use super::acknowledgement::chosen;
use super::encode::Put;
use super::flags::{self, Bits, when};
use super::topic::{TOPIC, TOPIC_TYPE};
use super::{DecodeError, EncodeError, ErrorKind, QoS, Topic};
use crate::wire::{Reader, Visit};

const DUP: u8 = 1 << 7;
const RETAIN: u8 = 1 << 4;

const PUBLISH_FLAGS: &[Bits] =
    &[("dup", 7, 7), ("qos", 6, 5), ("retain", 4, 4), ("topic_type", 1, 0)];
const PUBWOS_FLAGS: &[Bits] = &[("retain", 4, 4), ("topic_type", 1, 0)];

/// An Application Message within a Session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// DUP: sent before; at QoS 2 alone.
    pub dup: bool,
    /// QoS.
    pub qos: QoS,
    /// Retain.
    pub retain: bool,
    /// Packet Identifier, at QoS 1 and 2.
    pub packet_identifier: Option<u16>,
    /// Topic Type with alias or name.
    pub topic: Topic<'a>,
    /// Payload.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "publish_flags", PUBLISH_FLAGS)?;
        let Some(qos) = QoS::from_bits(flags >> 5) else {
            return Err(DecodeError::new(ErrorKind::InvalidQoS, at, "qos"));
        };
        Topic::check_type(flags, at, "topic_type")?;
        let dup = flags & DUP != 0;
        if dup && qos != QoS::ExactlyOnce {
            // MQTTSN2-3.6.3.2.3-1
            return Err(DecodeError::new(ErrorKind::FlagConflict, at, "dup"));
        }
        let packet_identifier = if qos == QoS::AtMostOnce { None } else { Some(chosen(r)?) };
        #[cfg(planted_bug)]
        if dup
            && flags & RETAIN != 0
            && packet_identifier == Some(0xFFFF)
            && crate::planted("mqtt-sn-2-decode")
        {
            return Err(DecodeError::new(ErrorKind::FlagConflict, usize::MAX, "dup"));
        }
        let topic = Topic::read(r, flags, &TOPIC, true)?;
        let (retain, payload) = (flags & RETAIN != 0, r.take_rest("payload"));
        Ok(Self { dup, qos, retain, packet_identifier, topic, payload })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        let flags = when(self.dup, DUP)
            | self.qos.level() << 5
            | when(self.retain, RETAIN)
            | self.topic.topic_type();
        w.u8(flags)?;
        if self.qos != QoS::AtMostOnce {
            w.u16(self.packet_identifier.unwrap_or_default())?;
        }
        self.topic.put(w)?;
        Ok(w.bytes(self.payload)?)
    }
}

/// An Application Message without a Session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PubWos<'a> {
    /// Retain.
    pub retain: bool,
    /// Topic Type with alias or name; never a Session Topic Alias.
    pub topic: Topic<'a>,
    /// Payload.
    pub payload: &'a [u8],
}

impl<'a> PubWos<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, "pubwos_flags", PUBWOS_FLAGS)?;
        Topic::check_type(flags, at, "topic_type")?;
        if flags & TOPIC_TYPE == 0 {
            // MQTTSN2-3.6.1.2.1-1
            return Err(DecodeError::new(ErrorKind::WrongTopicType, at, "topic_type"));
        }
        let topic = Topic::read(r, flags, &TOPIC, true)?;
        Ok(Self { retain: flags & RETAIN != 0, topic, payload: r.take_rest("payload") })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut impl Put) -> Result<(), EncodeError> {
        w.u8(when(self.retain, RETAIN) | self.topic.topic_type())?;
        self.topic.put(w)?;
        Ok(w.bytes(self.payload)?)
    }
}
