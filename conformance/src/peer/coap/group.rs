//! What the CoAP server makes of messages that were sent to a multicast group (RFC 7252, section 8).

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::encode;
use wirecheck_codecs::coap::{Context, Message, MessageType, decode};

use super::machine::{Later, Server};
use crate::peer::datagram::{EndpointId, Output};

/// DEFAULT_LEISURE.
const LEISURE: u64 = 5_000;

impl Server {
    /// A message to the group: requests alone are answered, within the leisure; nothing is rejected.
    pub(super) fn in_group(
        &mut self,
        now: Instant,
        from: EndpointId,
        bytes: &[u8],
        out: &mut Output,
    ) {
        let message = match decode(bytes, &Context::default()) {
            Ok(Decoded::Complete { message, .. }) => message,
            _ => return self.reset_in_group(now, from, bytes, out),
        };
        if message.message_type != MessageType::NonConfirmable || !message.code.is_request() {
            return self.reset_in_group(now, from, bytes, out);
        }
        if self.set.varies("ignores-multicast") || self.site.refused(&message).is_some() {
            return;
        }
        let response = self.site.answer(from, &message);
        // Nobody gains by hearing from everybody what does not work.
        if !response.code.starts_with('2') {
            return;
        }
        let id = self.id();
        let form = self.form("NON", id, message.token, &response);
        let wait = self.leisure(&message);
        let bytes = encode(&form).unwrap_or_default();
        self.later.push(Later { due: now + wait, to: from, bytes });
    }

    /// A time within the leisure that differs from request to request.
    fn leisure(&self, message: &Message<'_>) -> Duration {
        if self.set.faulty("answers-multicast-at-once") {
            return Duration::ZERO;
        }
        let id = u64::from(message.message_id) ^ self.set.seed;
        Duration::from_millis(id.wrapping_mul(0x9E37_79B9_7F4A_7C15) % LEISURE)
    }

    /// Under a fault, what cannot be processed is rejected.
    fn reset_in_group(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output) {
        let (true, [_, _, high, low, ..]) = (self.set.faulty("resets-multicast"), bytes) else {
            return;
        };
        let id = u16::from_be_bytes([*high, *low]);
        let reset = json!({ "coap": { "type": "RST", "code": "0.00", "message_id": id } });
        self.send(now, from, &reset, out);
    }
}
