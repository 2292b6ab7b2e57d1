//! WILLTOPIC and WILLTOPICUPD (5.4.7, 5.4.22).
//!
//! ```text
//! Flags: QoS, Retain | WillTopic
//! ```
//!
//! WILLMSG and WILLMSGUPD are the Will message alone.

use super::flags::{self, QOS, RETAIN, when};
use super::topic::{note_wildcard, topic_name};
use super::{DecodeError, EncodeError, QoS};
use crate::wire::{Reader, Visit, Writer};

/// The body of WILLTOPIC and WILLTOPICUPD; without it they delete the Will data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WillTopic<'a> {
    /// The Will QoS; never -1.
    pub qos: QoS,
    /// The Will Retain flag.
    pub retain: bool,
    /// WillTopic.
    pub will_topic: &'a str,
}

impl<'a> WillTopic<'a> {
    #[inline]
    pub(super) fn read<V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<Option<Self>, DecodeError> {
        if r.is_empty() {
            return Ok(None);
        }
        let at = r.at();
        let flags = flags::read(r, QOS | RETAIN)?;
        let qos = flags::connected_qos(flags, at)?;
        let will_topic = topic_name(r, "will_topic")?;
        if V::WANTS {
            note_wildcard(r, will_topic.as_bytes(), "will_topic");
        }
        Ok(Some(Self { qos, retain: flags & RETAIN != 0, will_topic }))
    }

    #[inline]
    pub(super) fn put(&self, w: &mut Writer<'_>) -> Result<(), EncodeError> {
        w.u8(flags::put_connected_qos(self.qos)? | when(self.retain, RETAIN))?;
        w.bytes(self.will_topic.as_bytes())?;
        Ok(())
    }
}
