//! REGACK and PUBACK (5.4.11, 5.4.13), and return codes.
//!
//! ```text
//! TopicId | MsgId | ReturnCode
//! ```

use super::topic::note_reserved;
use super::{DecodeError, EncodeError, MessageType, ReturnCode};
use crate::wire::{Note, Reader, Visit, Writer};

/// The body of REGACK and PUBACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// TopicId: in REGACK the assigned one, in PUBACK that of the PUBLISH.
    pub topic_id: u16,
    /// MsgId of the message that is acknowledged.
    pub message_id: u16,
    /// ReturnCode.
    pub return_code: ReturnCode,
}

impl Acknowledgement {
    #[inline]
    pub(super) fn read<V: Visit>(
        r: &mut Reader<'_, '_, V>,
        message_type: MessageType,
    ) -> Result<Self, DecodeError> {
        let topic_id = r.u16("topic_id")?;
        if V::WANTS
            && message_type == MessageType::REGACK
            && r.rest().get(2) == Some(&ReturnCode::ACCEPTED.0)
        {
            note_reserved(r, topic_id);
        }
        let message_id = r.u16("message_id")?;
        Ok(Self { topic_id, message_id, return_code: return_code(r)? })
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        let [topic_high, topic_low] = self.topic_id.to_be_bytes();
        let [message_high, message_low] = self.message_id.to_be_bytes();
        w.bytes(&[topic_high, topic_low, message_high, message_low, self.return_code.0])?;
        Ok(())
    }
}

/// A ReturnCode; reserved ones are taken and noted.
#[inline]
pub(super) fn return_code<V: Visit>(r: &mut Reader<'_, '_, V>) -> Result<ReturnCode, DecodeError> {
    let code = ReturnCode(r.u8("return_code")?);
    if V::WANTS && code.is_reserved() {
        let (at, requirement) = (r.at().wrapping_sub(1), Some("MQTTSN-5.3.10-1"));
        r.note(Note { note: "reserved-return-code", at, field: "return_code", requirement });
    }
    Ok(code)
}
