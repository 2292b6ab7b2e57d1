//! PUBLISH (5.4.12).
//!
//! ```text
//! Flags: DUP, QoS, Retain, TopicIdType | TopicId | MsgId | Data
//! ```

use super::flags::{self, DUP, QOS, RETAIN, TOPIC_ID_TYPE, when};
use super::{Context, DecodeError, EncodeError, ErrorKind, Party, QoS, Topic};
use crate::wire::{Note, Reader, Visit, Writer};

/// Data for a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// DUP: sent before.
    pub dup: bool,
    /// QoS; -1 from a client only, and not with an id that has to be registered.
    pub qos: QoS,
    /// Retain.
    pub retain: bool,
    /// TopicIdType and TopicId.
    pub topic: Topic,
    /// MsgId; 0 at QoS 0 and -1.
    pub message_id: u16,
    /// Data.
    pub data: &'a [u8],
}

impl<'a> Publish<'a> {
    #[inline(always)]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        // With a topic id, and connected: the common case, which nothing can be wrong with.
        if !V::WANTS
            && let Some((&[flags, topic_high, topic_low, message_high, message_low], data)) =
                r.rest().split_first_chunk::<5>()
            && flags & 2 == 0
            && flags & QOS != QOS
        {
            r.take_rest("data");
            let id = u16::from_be_bytes([topic_high, topic_low]);
            let topic = if flags & 1 == 0 { Topic::Id(id) } else { Topic::Predefined(id) };
            let message_id = u16::from_be_bytes([message_high, message_low]);
            let (dup, qos, retain) = (flags & DUP != 0, flags::qos(flags), flags & RETAIN != 0);
            return Ok(Self { dup, qos, retain, topic, message_id, data });
        }
        let at = r.at();
        let flags = flags::read(r, DUP | QOS | RETAIN | TOPIC_ID_TYPE)?;
        let (dup, qos, retain) = (flags & DUP != 0, flags::qos(flags), flags & RETAIN != 0);
        if qos == QoS::MinusOne
            && let Some((kind, field)) = fault(ctx.from, flags & TOPIC_ID_TYPE == 0)
        {
            return Err(DecodeError::new(kind, at, field));
        }
        let topic = Topic::read(r, flags, at)?;
        let message_id_at = r.at();
        let message_id = r.u16("message_id")?;
        let data = r.take_rest("data");
        if V::WANTS {
            note(r, dup, qos, message_id, at, message_id_at);
        }
        #[cfg(planted_bug)]
        if flags == 0xD2 && message_id == 0xFFFF && crate::planted("mqtt-sn-decode") {
            return Err(DecodeError::new(ErrorKind::FlagConflict, usize::MAX, "message_id"));
        }
        Ok(Self { dup, qos, retain, topic, message_id, data })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>, ctx: &Context) -> Result<(), EncodeError> {
        if self.qos == QoS::MinusOne
            && let Some((kind, field)) = fault(ctx.from, self.topic.topic_id_type() == 0)
        {
            return Err(EncodeError::Invalid { kind, field });
        }
        let flags = when(self.dup, DUP)
            | self.qos.bits() << 5
            | when(self.retain, RETAIN)
            | self.topic.topic_id_type();
        #[cfg(planted_bug)]
        let flags = if self.message_id == 0 && flags == 0x51 && crate::planted("mqtt-sn-round-trip")
        {
            0x41
        } else {
            flags
        };
        let [topic_high, topic_low] = self.topic.octets();
        let [message_high, message_low] = self.message_id.to_be_bytes();
        w.bytes(&[flags, topic_high, topic_low, message_high, message_low])?;
        w.bytes(self.data)?;
        Ok(())
    }
}

/// What is wrong with QoS -1 here.
#[cold]
fn fault(from: Party, registered: bool) -> Option<(ErrorKind, &'static str)> {
    match (from, registered) {
        // MQTTSN-5.3.4-3
        (Party::Gateway, _) => Some((ErrorKind::InvalidQoS, "qos")),
        // MQTTSN-6.8-2
        (_, true) => Some((ErrorKind::FlagConflict, "topic_id_type")),
        _ => None,
    }
}

fn note<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    dup: bool,
    qos: QoS,
    message_id: u16,
    flags_at: usize,
    message_id_at: usize,
) {
    let acknowledged = matches!(qos, QoS::AtLeastOnce | QoS::ExactlyOnce);
    if dup && !acknowledged {
        r.note(Note { note: "dup-at-qos-0", at: flags_at, field: "dup", requirement: None });
    }
    let (at, field) = (message_id_at, "message_id");
    match (acknowledged, message_id) {
        (true, 0) => r.note(Note { note: "zero-message-id", at, field, requirement: None }),
        (false, 1..) => {
            let requirement = Some("MQTTSN-5.4.12-2");
            r.note(Note { note: "unused-message-id", at, field, requirement });
        }
        _ => {}
    }
}
