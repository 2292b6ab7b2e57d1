//! REGISTER (5.4.10).
//!
//! ```text
//! TopicId | MsgId | TopicName
//! ```

use super::topic::{is_wildcard, note_reserved, topic_name};
use super::{Context, DecodeError, EncodeError, ErrorKind, Party};
use crate::wire::{Note, Reader, Visit, Writer};

/// A topic name that is to get a topic id, or has got one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register<'a> {
    /// TopicId: the one that a gateway has assigned; 0 from a client.
    pub topic_id: u16,
    /// MsgId.
    pub message_id: u16,
    /// TopicName, without wildcards.
    pub topic_name: &'a str,
}

impl<'a> Register<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'a, '_, V>,
        ctx: &Context,
    ) -> Result<Self, DecodeError> {
        let at = r.at();
        let topic_id = r.u16("topic_id")?;
        match ctx.from {
            Party::Gateway => note_reserved(r, topic_id),
            Party::Client if topic_id != 0 => {
                let requirement = Some("MQTTSN-5.4.10-1");
                r.note(Note { note: "unused-topic-id", at, field: "topic_id", requirement });
            }
            _ => {}
        }
        let message_id = r.u16("message_id")?;
        let at = r.at();
        let topic_name = topic_name(r, "topic_name")?;
        if let Some(place) = topic_name.bytes().position(is_wildcard) {
            // MQTTSN-6.10.0-p1
            let at = at.wrapping_add(place);
            return Err(DecodeError::new(ErrorKind::WildcardInTopicName, at, "topic_name"));
        }
        Ok(Self { topic_id, message_id, topic_name })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        if self.topic_name.bytes().any(is_wildcard) {
            let (kind, field) = (ErrorKind::WildcardInTopicName, "topic_name");
            return Err(EncodeError::Invalid { kind, field });
        }
        w.u16(self.topic_id)?;
        w.u16(self.message_id)?;
        w.bytes(self.topic_name.as_bytes())?;
        Ok(())
    }
}
