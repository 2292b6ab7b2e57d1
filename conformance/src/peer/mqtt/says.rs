//! Saying what no Server may say: see [`crate::peer::saying`].

use wirecheck_codecs::mqtt::{PacketType, Version};

use super::state::{LinkId, State};
use crate::case::Protocol;

/// The versions in which the broker says what is wrong.
pub(super) const PROTOCOLS: &[Protocol] = &[Protocol::Mqtt311, Protocol::Mqtt50];

impl State {
    /// Queues what the fault says, in place of a CONNACK if it is one and behind it otherwise.
    /// False if the CONNACK itself is still to be queued.
    pub(super) fn say(&mut self, id: LinkId, connack: &[u8]) -> bool {
        let version = self.version(id);
        let Some(saying) = &self.saying else { return false };
        if (saying.protocol == Protocol::Mqtt50) != (version == Version::V5) {
            return false;
        }
        let bytes = saying.bytes.clone();
        let first = bytes.first().copied().unwrap_or_default();
        if PacketType(first >> 4) != PacketType::CONNACK {
            self.queue(id, connack.to_vec(), false);
        }
        self.queue(id, bytes, false);
        true
    }
}
