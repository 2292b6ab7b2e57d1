//! What the gateway does with what is no message.

use serde_json::json;
use tokio::time::Instant;
use wirecheck_codecs::mqtt_sn::{ErrorKind, Frame, MessageType, frame};

use super::client::Address;
use super::gateway::Gateway;
use crate::peer::datagram::Output;

impl Gateway {
    /// Whether a fault has the gateway understand only one form of Length, and not this one.
    pub(super) fn is_length_unknown(&self, bytes: &[u8]) -> bool {
        match bytes.first() {
            Some(1) => self.set.faulty("short-lengths-only"),
            Some(first) => self.set.faulty("lengths-below-128-only") && *first >= 128,
            None => false,
        }
    }

    /// What is no message is ignored, save requests that can be refused.
    pub(super) fn malformed(
        &mut self,
        now: Instant,
        at: &Address,
        bytes: &[u8],
        kind: ErrorKind,
        out: &mut Output,
    ) {
        if self.set.faulty("deaf-after-malformed") {
            self.deaf.insert(at.clone());
            return;
        }
        let Ok(Frame::Complete { raw, .. }) = frame(bytes, bytes.len()) else { return };
        let number = |place: usize| {
            let pair = raw.body.get(place..place + 2).unwrap_or_default();
            pair.iter().fold(0u16, |number, byte| number << 8 | u16::from(*byte))
        };
        let code = if self.set.varies("other-return-code") { 2 } else { 3 };
        let form = match (raw.message_type, kind) {
            (MessageType::CONNECT, ErrorKind::ReservedProtocolId) => {
                let code = if self.set.faulty("takes-any-protocol-id") { 0 } else { 3 };
                json!({ "connack": { "return_code": code } })
            }
            (MessageType::CONNECT, ErrorKind::ClientIdLength) => {
                json!({ "connack": { "return_code": 3 } })
            }
            (MessageType::REGISTER, ErrorKind::WildcardInTopicName) => {
                if self.set.faulty("silent-on-bad-register") {
                    return;
                }
                json!({ "regack": { "topic_id": 0, "message_id": number(2), "return_code": code } })
            }
            (MessageType::SUBSCRIBE, ErrorKind::ReservedTopicIdType) => {
                if self.set.faulty("accepts-bad-subscribe") {
                    return;
                }
                json!({ "suback": { "message_id": number(1), "return_code": code } })
            }
            (MessageType::SUBSCRIBE, ErrorKind::TrailingBytes) => {
                let code = if self.set.faulty("takes-long-short-name") { 0 } else { code };
                json!({ "suback": { "message_id": number(1), "return_code": code } })
            }
            _ => return,
        };
        self.send(now, at, &form, out);
    }
}
