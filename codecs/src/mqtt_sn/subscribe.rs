//! SUBSCRIBE, UNSUBSCRIBE and SUBACK (5.4.15 to 5.4.17).
//!
//! ```text
//! SUBSCRIBE, UNSUBSCRIBE  Flags: DUP, QoS (SUBSCRIBE), TopicIdType | MsgId | TopicName or TopicId
//! SUBACK                  Flags: QoS | TopicId | MsgId | ReturnCode
//! ```

use super::acknowledgement::return_code;
use super::flags::{self, DUP, QOS, TOPIC_ID_TYPE, when};
use super::{DecodeError, EncodeError, Filter, QoS, ReturnCode};
use crate::wire::{Note, Reader, Visit, Writer};

/// A subscription to one topic name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// DUP: sent before. 5.4.15 has it; by 5.3.4 it matters in PUBLISH alone.
    pub dup: bool,
    /// The QoS asked for; never -1.
    pub qos: QoS,
    /// MsgId.
    pub message_id: u16,
    /// TopicIdType and TopicName or TopicId.
    pub filter: Filter<'a>,
}

impl<'a> Subscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, DUP | QOS | TOPIC_ID_TYPE)?;
        let (dup, qos) = (flags & DUP != 0, flags::connected_qos(flags, at)?);
        if dup {
            r.note(Note { note: "dup-in-subscribe", at, field: "dup", requirement: None });
        }
        let message_id = r.u16("message_id")?;
        Ok(Self { dup, qos, message_id, filter: Filter::read(r, flags, at)? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        let flags = when(self.dup, DUP) | flags::put_connected_qos(self.qos)?;
        w.u8(flags | self.filter.topic_id_type())?;
        w.u16(self.message_id)?;
        self.filter.put(w)
    }
}

/// The end of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// MsgId.
    pub message_id: u16,
    /// TopicIdType and TopicName or TopicId.
    pub filter: Filter<'a>,
}

impl<'a> Unsubscribe<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, TOPIC_ID_TYPE)?;
        let message_id = r.u16("message_id")?;
        Ok(Self { message_id, filter: Filter::read(r, flags, at)? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        w.u8(self.filter.topic_id_type())?;
        w.u16(self.message_id)?;
        self.filter.put(w)
    }
}

/// The answer to SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck {
    /// The QoS granted; never -1.
    pub qos: QoS,
    /// TopicId for later PUBLISH messages; 0 where it has none to give.
    pub topic_id: u16,
    /// MsgId of the SUBSCRIBE.
    pub message_id: u16,
    /// ReturnCode.
    pub return_code: ReturnCode,
}

impl SubAck {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<Self, DecodeError> {
        let at = r.at();
        let flags = flags::read(r, QOS)?;
        let qos = flags::connected_qos(flags, at)?;
        let (topic_id, message_id) = (r.u16("topic_id")?, r.u16("message_id")?);
        Ok(Self { qos, topic_id, message_id, return_code: return_code(r)? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        w.u8(flags::put_connected_qos(self.qos)?)?;
        w.u16(self.topic_id)?;
        w.u16(self.message_id)?;
        w.u8(self.return_code.0)?;
        Ok(())
    }
}
